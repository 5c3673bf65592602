"""
What people do in the story, whichever way they take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import define, field

from carmarket.core.letters import Letter


class RefusedError(Exception):
    """The market says no; `code` says why, the same on every way."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@define
class Person:
    """Somebody with an account."""

    email: str
    key: object = field(default=None, repr=False)
    """What the person acts with on this way: an actor, or a token."""
    refresh: str = field(default="", repr=False)


class Ways(Protocol):
    """The menu of the market as far as the story needs it."""

    async def arrive(self, email: str, name: str) -> Person:
        """Register, take the link from the letter, log in."""

    async def arrive_as_admin(self, email: str) -> Person:
        """Somebody whom the operator has made an admin."""

    async def become_dealer(self, person: Person, name: str, admin: Person) -> str:
        """Apply, be verified, come back with the new role; the dealer's id."""

    async def bring_stock(self, dealer: Person, file: bytes) -> Mapping[str, int]:
        """Import a file, to its end; what became of its rows."""

    async def take_bookings(self, dealer: Person) -> None:
        """Be open on weekdays, for test drives of half an hour."""

    async def find(self, words: str) -> Mapping[str, str]:
        """The titles of the cars that words find, by id."""

    async def slots(self, car: str) -> Sequence[tuple[str, str]]:
        """When a car can be tried."""

    async def book(self, person: Person, car: str, slot: tuple[str, str]) -> str:
        """Quote, hold and ask for a test drive; the booking's id. Raises: RefusedError."""

    async def act(self, person: Person, booking: str, action: str) -> str:
        """Take a step with a booking; where it stands then. Raises: RefusedError."""

    async def review(self, person: Person, booking: str, stars: int, text: str) -> None:
        """Say how it was."""

    async def let_all_reviews_pass(self, moderator: Person) -> None:
        """What a moderator does with good ones."""

    async def reviews_of(self, dealer_id: str) -> tuple[float | None, Sequence[tuple[str, str | None]]]:
        """The average, and each public review with its reply."""

    async def reply(self, person: Person, text: str) -> None:
        """Answer the newest review of oneself."""

    async def sell(self, dealer: Person, car: str) -> None:
        """The car is sold."""

    async def reprice(self, dealer: Person, car: str, amount: int) -> None:
        """Ask another price."""

    async def save_search(self, person: Person, query: str) -> None:
        """Be told at once of cars that newly match."""

    async def letters_to(self, email: str) -> Sequence[Letter]:
        """Everything that a person was written, the oldest first."""

    async def hours_pass(self, hours: int) -> None:
        """Time goes by, and the market's jobs run."""
