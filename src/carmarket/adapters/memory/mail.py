"""
Letters in a list, for tests to look at.
"""

from __future__ import annotations

from attrs import define, field

from carmarket.core.letters import Letter
from carmarket.ports.mail import Mailer


@define
class MemoryMailer(Mailer):
    """Nothing leaves the process."""

    sent: list[Letter] = field(factory=list)

    async def send(self, letter: Letter) -> None:
        self.sent.append(letter)
