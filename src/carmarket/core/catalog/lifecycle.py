"""
The life of a listing, as a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from carmarket.core.lifecycle import step


class ListingStatus(StrEnum):
    DRAFT = "draft"
    PENDING = "pending"
    PUBLISHED = "published"
    PAUSED = "paused"
    RESERVED = "reserved"
    SOLD = "sold"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ARCHIVED = "archived"


class ListingAction(StrEnum):
    SUBMIT = "submit"
    PUBLISH = "publish"
    REJECT = "reject"
    REOPEN = "reopen"
    PAUSE = "pause"
    RESERVE = "reserve"
    RELEASE = "release"
    SELL = "sell"
    EXPIRE = "expire"
    RENEW = "renew"
    ARCHIVE = "archive"
    RECALL = "recall"


TRANSITIONS: Mapping[tuple[ListingStatus, ListingAction], ListingStatus] = {
    (ListingStatus.DRAFT, ListingAction.SUBMIT): ListingStatus.PENDING,
    (ListingStatus.PENDING, ListingAction.PUBLISH): ListingStatus.PUBLISHED,
    (ListingStatus.PENDING, ListingAction.REJECT): ListingStatus.REJECTED,
    (ListingStatus.REJECTED, ListingAction.REOPEN): ListingStatus.DRAFT,
    (ListingStatus.PUBLISHED, ListingAction.PAUSE): ListingStatus.PAUSED,
    (ListingStatus.PAUSED, ListingAction.PUBLISH): ListingStatus.PUBLISHED,
    (ListingStatus.PUBLISHED, ListingAction.RESERVE): ListingStatus.RESERVED,
    (ListingStatus.RESERVED, ListingAction.RELEASE): ListingStatus.PUBLISHED,
    (ListingStatus.RESERVED, ListingAction.SELL): ListingStatus.SOLD,
    (ListingStatus.PUBLISHED, ListingAction.SELL): ListingStatus.SOLD,
    (ListingStatus.PAUSED, ListingAction.SELL): ListingStatus.SOLD,
    (ListingStatus.PUBLISHED, ListingAction.EXPIRE): ListingStatus.EXPIRED,
    (ListingStatus.EXPIRED, ListingAction.RENEW): ListingStatus.PUBLISHED,
    (ListingStatus.PUBLISHED, ListingAction.RENEW): ListingStatus.PUBLISHED,
    (ListingStatus.PUBLISHED, ListingAction.RECALL): ListingStatus.PENDING,
    (ListingStatus.RESERVED, ListingAction.RECALL): ListingStatus.PENDING,
    (ListingStatus.PAUSED, ListingAction.RECALL): ListingStatus.DRAFT,
    (ListingStatus.EXPIRED, ListingAction.RECALL): ListingStatus.DRAFT,
    **{
        (status, ListingAction.ARCHIVE): ListingStatus.ARCHIVED
        for status in ListingStatus
        if status is not ListingStatus.ARCHIVED
    },
}

LIVE = frozenset({ListingStatus.PENDING, ListingStatus.PUBLISHED, ListingStatus.PAUSED, ListingStatus.RESERVED})
"""A VIN is unique among the listings in these states."""

RECALLABLE = frozenset(status for status, action in TRANSITIONS if action is ListingAction.RECALL)
"""What is before the public, or could come there without anybody looking at it."""

ENDED = frozenset({ListingStatus.SOLD, ListingStatus.ARCHIVED})
"""From these a car can be listed anew, and can no longer be changed."""


def next_status(status: ListingStatus, action: ListingAction) -> ListingStatus:
    """Raises: IllegalTransitionError if the table has no such step."""
    return step(TRANSITIONS, status, action, what="listing")
