"""
Letters: what people are told by mail, before anybody has put it into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from attrs import frozen

from carmarket.core.language import Language


class LetterKind(StrEnum):
    """What a letter is about; beside each, the facts that it needs. Every `link` is a whole URL."""

    CONFIRM_ADDRESS = "confirm-address"
    """link"""
    ALREADY_REGISTERED = "already-registered"
    """link: to reset the password"""
    RESET_PASSWORD = "reset-password"  # noqa: S105  no password but the name of a letter
    """link"""
    PASSWORD_CHANGED = "password-changed"  # noqa: S105  no password but the name of a letter
    """link: to reset it, if it was somebody else"""
    INVITATION = "invitation"
    """dealer, role, link"""
    DEALER_VERIFIED = "dealer-verified"
    """dealer, link"""
    DEALER_REJECTED = "dealer-rejected"
    """dealer, reason"""
    BOOKING_REQUESTED = "booking-requested"
    """To the dealer: car, kind, start, end, link"""
    BOOKING_CONFIRMED = "booking-confirmed"
    """car, kind, start, end, link"""
    BOOKING_DECLINED = "booking-declined"
    """car, kind, start, end, reason, link"""
    BOOKING_CANCELLED = "booking-cancelled"
    """car, kind, start, end, reason, link"""
    BOOKING_REMINDER = "booking-reminder"
    """car, kind, start, end, link"""
    REVIEW_INVITATION = "review-invitation"
    """car, link"""
    MESSAGE = "message"
    """An enquiry, or an answer to one: car, link"""
    ALERT = "alert"
    """One car for a saved search: search, car, price, link"""
    DIGEST = "digest"
    """The cars of a day or a week for a saved search: search, count, cars (a line each, "text | link"), link"""


@frozen(kw_only=True)
class Letter:
    """
    One letter to one person. It is sent at least once: the same `id` is the same letter, and becomes its Message-ID.

    `facts` are texts as they are to be shown, put together by the market; the words around them are the adapter's.
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
