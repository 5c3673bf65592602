"""
The life of a review, as a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from carmarket.core.lifecycle import step


class ReviewStatus(StrEnum):
    PENDING = "pending"
    PUBLISHED = "published"
    REJECTED = "rejected"


class ReviewAction(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


TRANSITIONS: Mapping[tuple[ReviewStatus, ReviewAction], ReviewStatus] = {
    (ReviewStatus.PENDING, ReviewAction.APPROVE): ReviewStatus.PUBLISHED,
    (ReviewStatus.PENDING, ReviewAction.REJECT): ReviewStatus.REJECTED,
    (ReviewStatus.PUBLISHED, ReviewAction.APPROVE): ReviewStatus.PUBLISHED,
    (ReviewStatus.PUBLISHED, ReviewAction.REJECT): ReviewStatus.REJECTED,
}
"""What was published and is reported comes before a moderator again, who lets it stand or takes it away."""


def next_status(status: ReviewStatus, action: ReviewAction) -> ReviewStatus:
    """Raises: IllegalTransitionError if the table has no such step."""
    return step(TRANSITIONS, status, action, what="review")
