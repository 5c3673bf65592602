"""
Enquiries as the two sides see them.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.enquiries.enquiry import Enquiry, EnquiryId, Message
from carmarket.core.enquiries.lifecycle import EnquiryStatus
from carmarket.core.side import Side, sides_of
from carmarket.core.users.ids import UserId
from carmarket.core.users.roles import Permission


@frozen(kw_only=True)
class MessageView:
    author: Side
    text: str
    """Empty: the person has erased themselves."""
    at: datetime


@frozen(kw_only=True)
class EnquiryLine:
    """An enquiry in a list, with its last message."""

    id: EnquiryId
    version: int
    status: EnquiryStatus
    car_id: CarId
    seller: SellerId
    last: MessageView
    unread: int
    """Messages of the other side that whoever asks has not seen."""
    assignee: UserId | None
    """Who answers it, for the seller to see."""
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class EnquiryPage:
    """Enquiries, the newest first, and where the next page begins."""

    enquiries: tuple[EnquiryLine, ...]
    next: str | None


@frozen(kw_only=True)
class EnquiryView:
    """An enquiry with all that was written."""

    id: EnquiryId
    version: int
    status: EnquiryStatus
    actions: tuple[str, ...]
    """What whoever asks can do with it now, by the last part of its address."""
    car_id: CarId
    seller: SellerId
    messages: tuple[MessageView, ...]
    unread: int
    """Messages of the other side that whoever asks has not seen."""
    assignee: UserId | None
    """Who answers it, for the seller to see."""
    created_at: datetime
    updated_at: datetime


def enquiry_line(enquiry: Enquiry, actor: Actor) -> EnquiryLine:
    side = _side(enquiry, actor)
    return EnquiryLine(
        id=enquiry.id,
        version=enquiry.version,
        status=enquiry.status,
        car_id=enquiry.car_id,
        seller=enquiry.seller,
        last=_message(enquiry.messages[-1]),
        unread=enquiry.unread(side) if side else 0,
        assignee=None if side is Side.CUSTOMER else enquiry.assignee,
        created_at=enquiry.created_at,
        updated_at=enquiry.updated_at,
    )


def enquiry_view(enquiry: Enquiry, actor: Actor) -> EnquiryView:
    side = _side(enquiry, actor)
    return EnquiryView(
        id=enquiry.id,
        version=enquiry.version,
        status=enquiry.status,
        actions=offered(enquiry, actor),
        car_id=enquiry.car_id,
        seller=enquiry.seller,
        messages=tuple(_message(one) for one in enquiry.messages),
        unread=enquiry.unread(side) if side else 0,
        assignee=None if side is Side.CUSTOMER else enquiry.assignee,
        created_at=enquiry.created_at,
        updated_at=enquiry.updated_at,
    )


def offered(enquiry: Enquiry, actor: Actor) -> tuple[str, ...]:
    """What the actor can do with the enquiry as it stands."""
    side = _side(enquiry, actor)
    if side is None:
        return ()
    may = {"read"}
    if enquiry.customer is not None and not enquiry.is_full:
        may.add("messages")
    if enquiry.status is not EnquiryStatus.CLOSED:
        may.add("close")
    if side is Side.SELLER:
        may.add("assignee")
    return tuple(sorted(may))


def _side(enquiry: Enquiry, actor: Actor) -> Side | None:
    sides = sides_of(actor, customer=enquiry.customer, seller=enquiry.seller, speaking=Permission.ANSWER)
    return next((side for side in (Side.SELLER, Side.CUSTOMER) if side in sides), None)


def _message(message: Message) -> MessageView:
    return MessageView(author=message.author, text=message.text, at=message.at)
