"""
Who carries letters.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from carmarket.core.letters import Letter
from carmarket.ports.offer import Port


class Mailer(Protocol):
    """
    Puts letters into words, plain and as HTML, and on their way.

    - At least once: a letter with an `id` that was sent before may be sent again, and goes out under the same
      Message-ID, so that mail programs show it once.
    - Facts are plain text; none of them becomes markup or a header of its own.
    """

    @abstractmethod
    async def send(self, letter: Letter) -> None:
        """
        Hand the letter over; when this returns it is no longer the market's to lose.

        Raises: InvalidError for a letter that lacks a fact, or an address that no letter can go to;
            UnavailableError when the carrier does not answer, so that it is tried again later.
        """


MAIL = Port[Mailer]("mail")
