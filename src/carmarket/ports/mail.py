"""
Who carries letters.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from carmarket.core.letters import Letter
from carmarket.ports.clock import Clock
from carmarket.ports.offer import Port


class Mailer(Protocol):
    """
    Puts letters into words, plain and as HTML, and on their way.

    - At least once: a letter with an `id` that was sent before may be sent again, and goes out under the same
      Message-ID, so that mail programs show it once.
    - Facts are plain text; none of them becomes markup or a header of its own.
    - Letters come from one sender, "name <address>", whose domain their Message-IDs end with; their Date is the
      clock's.
    """

    @abstractmethod
    async def send(self, letter: Letter) -> None:
        """
        Hand the letter over; when this returns it is no longer the market's to lose.

        Raises: InvalidError for a letter that lacks a fact, or an address that no letter can go to;
            UnavailableError when the carrier does not answer, so that it is tried again later.
        """


class MailerMaker(Protocol):
    """What an offer has under MAIL, for a mailer needs what no URL says."""

    @abstractmethod
    def __call__(self, *, sender: str, clock: Clock) -> Mailer:
        """
        The mailer of a market whose letters come from `sender`.

        Raises: InvalidError for what is no sender.
        """


MAIL = Port[MailerMaker]("mail")
