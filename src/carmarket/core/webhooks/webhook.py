"""
A webhook: an address that is told of events.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NewType
from urllib.parse import urlsplit
from uuid import UUID

from attrs import evolve, frozen

from carmarket.core.actor import UserId
from carmarket.core.booking.events import BOOKING_EVENTS, BookingEvent
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.events import LISTING_EVENTS, ListingEvent
from carmarket.core.change import Change
from carmarket.core.errors import InvalidError
from carmarket.core.events import Event

WebhookId = NewType("WebhookId", UUID)
MOST_WEBHOOKS = 20
"""Of one seller, and of all administrators together."""
LONGEST_URL = 2_000
TOLD: Mapping[str, type[Event]] = {event.type: event for event in (*LISTING_EVENTS, *BOOKING_EVENTS)}
"""The events that integrators are told of: each says whose it is. What is not here leaves the market for nobody."""


@frozen(kw_only=True)
class Webhook:
    """An aggregate that tells of itself in no events: what is set up here is nobody else's affair."""

    id: WebhookId
    version: int
    seller: SellerId | None
    """Whose events it is told; `None`: everybody's, for administrators."""
    user_id: UserId
    """Who set it up, or said it anew since."""
    url: str
    event_types: frozenset[str]
    """Only these; if empty, all."""
    is_active: bool = True
    created_at: datetime
    updated_at: datetime
    fingerprint: str | None = None
    """Of the request that made it, where that had an Idempotency-Key."""

    @classmethod
    def register(
        cls,
        *,
        webhook_id: WebhookId,
        seller: SellerId | None,
        user_id: UserId,
        url: str,
        event_types: frozenset[str],
        now: datetime,
        fingerprint: str | None = None,
    ) -> Change[Webhook]:
        """
        Who is told from now on.

        Raises: InvalidError for a type of events that there is not.
        """
        _demand_known(event_types)
        state = cls(
            id=webhook_id,
            version=1,
            seller=seller,
            user_id=user_id,
            url=url,
            event_types=event_types,
            created_at=now,
            updated_at=now,
            fingerprint=fingerprint,
        )
        return Change(base=0, state=state, events=())

    def revise(
        self, *, url: str, event_types: frozenset[str], is_active: bool, user_id: UserId, now: datetime
    ) -> Change[Webhook]:
        """
        Say all of it anew; who does so answers for it from then on.

        While it is not active it is told nothing, and what waits for it goes on waiting.

        Raises: InvalidError for a type of events that there is not.
        """
        _demand_known(event_types)
        state = evolve(
            self, version=self.version + 1, url=url, event_types=event_types, is_active=is_active, user_id=user_id,
            updated_at=now,
        )  # fmt: skip
        return Change(base=self.version, state=state, events=())

    def stop(self, *, now: datetime) -> Change[Webhook]:
        """Tell it nothing, until somebody says it anew."""
        state = evolve(self, version=self.version + 1, is_active=False, updated_at=now)
        return Change(base=self.version, state=state, events=())

    def wants(self, event: Event) -> bool:
        """Whether it is told of the event: one that its owner may see, and that happened since it was set up."""
        return (
            self.is_active
            and event.type in TOLD
            and (not self.event_types or event.type in self.event_types)
            and (self.seller is None or self.seller == seller_told_in(event))
            and event.at >= self.created_at
        )


def seller_told_in(event: Event) -> SellerId | None:
    """Whose car it happened to, if integrators are told of it."""
    return event.seller if isinstance(event, ListingEvent | BookingEvent) else None


def demand_url(url: str, *, plain: bool = False) -> None:
    """Raises: InvalidError for what is no plain `https:` URL; with `plain`, `http:` will do."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    schemes = {"https", "http"} if plain else {"https"}
    is_plain_text = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    is_bare = "@" not in parts.netloc and "#" not in url
    if not (is_plain_text and is_bare and parts.scheme in schemes and parts.hostname and port != 0):
        raise InvalidError(
            "A webhook has an https: URL.",
            field="url",
            value=url[:200],
            expected=f"https://shop.example/carmarket, without a password, of at most {LONGEST_URL} letters",
        )


def _demand_known(event_types: frozenset[str]) -> None:
    unknown = sorted(event_types - TOLD.keys())
    if unknown:
        raise InvalidError(
            "There is no such event.", field="event_types", value=unknown[0][:80], expected=", ".join(sorted(TOLD))
        )
