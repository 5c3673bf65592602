"""
Letters: what people are told by mail, before anybody has put it into words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from attrs import frozen

from carmarket.core.errors import InvalidError
from carmarket.core.language import Language
from carmarket.core.users.email import parse_email


class LetterKind(StrEnum):
    """What a letter is about."""

    CONFIRM_ADDRESS = "confirm-address"
    ALREADY_REGISTERED = "already-registered"
    """Somebody registers again under the person's address; the link resets the password."""
    RESET_PASSWORD = "reset-password"  # noqa: S105  no password but the name of a letter
    PASSWORD_CHANGED = "password-changed"  # noqa: S105  no password but the name of a letter
    """The link resets it, if it was somebody else."""
    INVITATION = "invitation"
    """To work for a dealer."""
    DEALER_VERIFIED = "dealer-verified"
    DEALER_REJECTED = "dealer-rejected"
    DEALER_SUSPENDED = "dealer-suspended"
    BOOKING_REQUESTED = "booking-requested"
    """To the dealer."""
    BOOKING_CONFIRMED = "booking-confirmed"
    BOOKING_DECLINED = "booking-declined"
    BOOKING_CANCELLED = "booking-cancelled"
    BOOKING_REMINDER = "booking-reminder"
    REVIEW_INVITATION = "review-invitation"
    MESSAGE = "message"
    """An enquiry, or an answer to one."""
    ALERT = "alert"
    """One car for a saved search."""
    DIGEST = "digest"
    """The cars of a day or a week for a saved search; `cars` has a line each, "text | link"."""


FACTS: Mapping[LetterKind, frozenset[str]] = {
    LetterKind.CONFIRM_ADDRESS: frozenset({"link"}),
    LetterKind.ALREADY_REGISTERED: frozenset({"link"}),
    LetterKind.RESET_PASSWORD: frozenset({"link"}),
    LetterKind.PASSWORD_CHANGED: frozenset({"link"}),
    LetterKind.INVITATION: frozenset({"dealer", "role", "link"}),
    LetterKind.DEALER_VERIFIED: frozenset({"dealer", "link"}),
    LetterKind.DEALER_REJECTED: frozenset({"dealer", "reason"}),
    LetterKind.DEALER_SUSPENDED: frozenset({"dealer", "reason"}),
    LetterKind.BOOKING_REQUESTED: frozenset({"car", "kind", "start", "end", "link"}),
    LetterKind.BOOKING_CONFIRMED: frozenset({"car", "kind", "start", "end", "link"}),
    LetterKind.BOOKING_DECLINED: frozenset({"car", "kind", "start", "end", "reason", "link"}),
    LetterKind.BOOKING_CANCELLED: frozenset({"car", "kind", "start", "end", "reason", "link"}),
    LetterKind.BOOKING_REMINDER: frozenset({"car", "kind", "start", "end", "link"}),
    LetterKind.REVIEW_INVITATION: frozenset({"car", "link"}),
    LetterKind.MESSAGE: frozenset({"car", "link"}),
    LetterKind.ALERT: frozenset({"search", "car", "price", "link"}),
    LetterKind.DIGEST: frozenset({"search", "count", "cars", "link"}),
}
"""What each kind of letter needs to know. Every `link` is a whole URL; other facts are left out of the letter."""
UNSAID = frozenset({"reason"})
"""Facts that may be empty: nobody has to give a reason."""
LINK = re.compile(r"https?://[!#-;=?-\[\]_a-z~%]{1,900}")
"""A whole URL as it goes over the wire (RFC 3986), no longer than a line of a header may be (RFC 5322, 2.1.1)."""
BETWEEN = " | "


@frozen(kw_only=True)
class Letter:
    """
    One letter to one person. It is sent at least once: the same `id` is the same letter, and becomes its Message-ID.

    `facts` are texts as they are to be shown, put together by the market; the words around them are the adapter's.
    The value of a booking's kind or of a role is told in the letter's language, and so is a moment in ISO 8601 with
    its offset, by the clock of that offset.
    """

    id: UUID
    kind: LetterKind
    language: Language
    to: str
    """The e-mail address."""
    name: str
    """Of the person."""
    facts: Mapping[str, str]
    unsubscribe: str | None = None
    """A link that ends such letters with one click (RFC 8058), where they can be ended."""

    def demand_whole(self) -> None:
        """
        What every Mailer asks of a letter before it sends it.

        Raises: InvalidError naming the letter and the fact that is missing, or an address that no letter can go to.
        """
        parse_email(self.to)
        for fact in sorted(FACTS[self.kind]):
            if fact not in UNSAID and not self.facts.get(fact, "").strip():
                raise self._lacking(fact, expected="all of " + ", ".join(sorted(FACTS[self.kind])))
        for name, link in self._links():
            if not LINK.fullmatch(link):
                raise self._lacking(name, expected="a whole link, such as https://cars.example/login?token=a")

    @property
    def cars(self) -> Sequence[tuple[str, str]]:
        """The cars of a digest: a text and a link each."""
        lines = [line for line in self.facts.get("cars", "").splitlines() if line.strip()]
        return [(text.strip(), link.strip()) for text, _, link in (line.rpartition(BETWEEN) for line in lines)]

    def _links(self) -> Sequence[tuple[str, str]]:
        needed = FACTS[self.kind]
        own = [("link", self.facts["link"])] if "link" in needed else []
        cars = [("cars", link) for _, link in self.cars] if "cars" in needed else []
        end = [] if self.unsubscribe is None else [("unsubscribe", self.unsubscribe)]
        return [*own, *cars, *end]

    def _lacking(self, fact: str, *, expected: str) -> InvalidError:
        # Without what was given: a link may hold a secret.
        return InvalidError(f"The letter {self.kind} lacks its {fact}.", field=fact, expected=expected)
