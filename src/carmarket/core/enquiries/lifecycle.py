"""
The life of an enquiry, as a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from carmarket.core.lifecycle import step


class EnquiryStatus(StrEnum):
    OPEN = "open"
    """It is the seller's turn."""
    ANSWERED = "answered"
    CLOSED = "closed"


class EnquiryAction(StrEnum):
    ASK = "ask"
    ANSWER = "answer"
    CLOSE = "close"


TRANSITIONS: Mapping[tuple[EnquiryStatus, EnquiryAction], EnquiryStatus] = {
    **{(status, EnquiryAction.ASK): EnquiryStatus.OPEN for status in EnquiryStatus},
    **{(status, EnquiryAction.ANSWER): EnquiryStatus.ANSWERED for status in EnquiryStatus},
    (EnquiryStatus.OPEN, EnquiryAction.CLOSE): EnquiryStatus.CLOSED,
    (EnquiryStatus.ANSWERED, EnquiryAction.CLOSE): EnquiryStatus.CLOSED,
}
"""A closed enquiry is opened again by whoever writes."""


def next_status(status: EnquiryStatus, action: EnquiryAction) -> EnquiryStatus:
    """Raises: IllegalTransitionError if the table has no such step."""
    return step(TRANSITIONS, status, action, what="enquiry")
