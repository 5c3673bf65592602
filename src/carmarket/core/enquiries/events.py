"""
What happens to enquiries.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.enquiries.lifecycle import EnquiryStatus
from carmarket.core.events import Event
from carmarket.core.side import Side
from carmarket.core.users.ids import UserId


@frozen(kw_only=True)
class EnquiryEvent(Event):
    """Every event of an enquiry tells whose it is and where it stands; the words are for the two alone."""

    car_id: CarId
    seller: SellerId
    customer: UserId | None
    assignee: UserId | None
    status: EnquiryStatus


@frozen(kw_only=True)
class EnquiryMade(EnquiryEvent):
    """A person has asked about a car for the first time."""

    type = "enquiries.enquiry-made"


@frozen(kw_only=True)
class MessageWritten(EnquiryEvent):
    """One of the two has written on."""

    type = "enquiries.message-written"

    author: Side
    unread: int = 1
    """How many messages of the author's the other side has not seen, this one with them."""


@frozen(kw_only=True)
class EnquiryRead(EnquiryEvent):
    type = "enquiries.enquiry-read"

    reader: Side


@frozen(kw_only=True)
class EnquiryAssigned(EnquiryEvent):
    """Somebody else of the seller's answers it, or nobody for now."""

    type = "enquiries.enquiry-assigned"


@frozen(kw_only=True)
class EnquiryClosed(EnquiryEvent):
    type = "enquiries.enquiry-closed"


@frozen(kw_only=True)
class EnquiryAnonymised(EnquiryEvent):
    """Somebody who had to do with it has erased themselves."""

    type = "enquiries.enquiry-anonymised"


ENQUIRY_EVENTS: tuple[type[EnquiryEvent], ...] = (
    EnquiryMade,
    MessageWritten,
    EnquiryRead,
    EnquiryAssigned,
    EnquiryClosed,
    EnquiryAnonymised,
)
