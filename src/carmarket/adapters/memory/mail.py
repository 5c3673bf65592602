"""
Letters in a list, for tests to look at.
"""

from __future__ import annotations

from typing import Self

from attrs import define, field

from carmarket.core.letters import Letter
from carmarket.ports.clock import Clock
from carmarket.ports.mail import Mailer


@define
class MemoryMailer(Mailer):
    """Keeps letters as they were handed over, the same one twice if it came twice; nobody needs the words."""

    sent: list[Letter] = field(factory=list)

    @classmethod
    def of(cls, *, sender: str, clock: Clock) -> Self:
        """The mailer of a market; who writes, and when, is told by no letter here."""
        del sender, clock
        return cls()

    async def send(self, letter: Letter) -> None:
        letter.demand_whole()
        self.sent.append(letter)
