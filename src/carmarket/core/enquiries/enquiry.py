"""
An enquiry: what a person and the seller of a car write to each other about it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NewType
from uuid import UUID, uuid5

from attrs import evolve, frozen

from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.enquiries import events
from carmarket.core.enquiries.enquirable import EnquirableCar, NotEnquirableError
from carmarket.core.enquiries.lifecycle import EnquiryAction, EnquiryStatus, next_status
from carmarket.core.errors import ConflictError, InvalidError, KeyReusedError
from carmarket.core.side import Side
from carmarket.core.text import short
from carmarket.core.users.ids import UserId

EnquiryId = NewType("EnquiryId", UUID)
MessageId = NewType("MessageId", UUID)
LONGEST_TEXT = 2_000
MOST_MESSAGES = 200


@frozen(kw_only=True)
class Message:
    """What one of the two writes, once."""

    id: MessageId
    author: Side
    text: str
    """Empty: the person has erased themselves."""
    at: datetime


@frozen(kw_only=True)
class Enquiry:
    """An aggregate: every method that decides something returns a Change and alters nothing itself."""

    id: EnquiryId
    version: int
    status: EnquiryStatus
    car_id: CarId
    seller: SellerId
    customer: UserId | None
    """`None`: the person has erased themselves, and nobody writes any more."""
    messages: tuple[Message, ...]
    assignee: UserId | None = None
    """Who answers it for the seller."""
    seen_by_customer: int
    """So many of the messages."""
    seen_by_seller: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def make(
        cls, car: EnquirableCar, *, customer: UserId, message_id: MessageId, text: str, now: datetime
    ) -> Change[Enquiry]:
        """
        Ask about a car for the first time.

        Raises: NotEnquirableError; InvalidError for a text that is empty, too long or not plain.
        """
        if not car.is_enquirable:
            raise NotEnquirableError("The car is not before the public.", field="car", value=str(car.id))
        state = cls(
            id=enquiry_id(car.id, customer),
            version=1,
            status=EnquiryStatus.OPEN,
            car_id=car.id,
            seller=car.seller,
            customer=customer,
            messages=(Message(id=message_id, author=Side.CUSTOMER, text=_said(text), at=now),),
            seen_by_customer=1,
            seen_by_seller=0,
            created_at=now,
            updated_at=now,
        )
        return Change(base=0, state=state, events=(_told(events.EnquiryMade, state, now),))

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another message."""
        return len(self.messages) >= MOST_MESSAGES

    def unread(self, side: Side) -> int:
        """How many messages of the other side this one has not seen."""
        return sum(1 for one in self.messages[self._seen(side) :] if one.author is not side)

    def ask(self, text: str, *, message_id: MessageId, now: datetime) -> Change[Enquiry]:
        """The person writes on. Raises: see `_write`."""
        return self._write(EnquiryAction.ASK, Side.CUSTOMER, text, message_id, now)

    def answer(self, text: str, *, message_id: MessageId, by: UserId, now: datetime) -> Change[Enquiry]:
        """The seller writes; who does so first answers it from then on. Raises: see `_write`."""
        return self._write(EnquiryAction.ANSWER, Side.SELLER, text, message_id, now, assignee=self.assignee or by)

    def read(self, side: Side, *, now: datetime) -> Change[Enquiry]:
        """One side has seen all that was written."""
        if not self.unread(side):
            return self._unchanged()
        return self._changed(events.EnquiryRead, now, {"reader": side}, **_seen_by(side, len(self.messages)))

    def assign(self, assignee: UserId | None, *, now: datetime) -> Change[Enquiry]:
        """Say who answers it for the seller."""
        if assignee == self.assignee:
            return self._unchanged()
        return self._changed(events.EnquiryAssigned, now, assignee=assignee)

    def close(self, *, now: datetime) -> Change[Enquiry]:
        """Nothing is open any more, until one of the two writes again."""
        return self._changed(events.EnquiryClosed, now, status=next_status(self.status, EnquiryAction.CLOSE))

    def forget(self, person: UserId, *, now: datetime) -> Change[Enquiry]:
        """
        A person has erased themselves: that somebody asked about the car stays, names and words go.

        With a customer all words go, for those to a person can tell who it is as well as those of one; with a private
        seller those of the seller do. Either way nobody waits for an answer any more.
        """
        changes: dict[str, Any] = {}
        if person in {self.customer, self.seller}:
            gone = {Side.CUSTOMER, Side.SELLER} if person == self.customer else {Side.SELLER}
            changes = {
                "status": EnquiryStatus.CLOSED,
                "customer": None if person == self.customer else self.customer,
                "messages": tuple(evolve(one, text="") if one.author in gone else one for one in self.messages),
            }
        if person == self.assignee:
            changes["assignee"] = None
        if evolve(self, **changes) == self:
            return self._unchanged()
        return self._changed(events.EnquiryAnonymised, now, **changes)

    def _write(
        self, action: EnquiryAction, author: Side, text: str, message_id: MessageId, now: datetime, **changes: Any
    ) -> Change[Enquiry]:
        """
        A message of this id is written once: again it changes nothing.

        Raises: KeyReusedError for the id of another message; ConflictError for a full thread, or one whose person is
            gone; InvalidError for a text that is empty, too long or not plain.
        """
        known = next((one for one in self.messages if one.id == message_id), None)
        if known is not None:
            if (known.author, known.text) != (author, text):
                raise key_reused()
            return self._unchanged()
        if self.customer is None:
            raise ConflictError("The person who asked is gone.", field="enquiry", value=str(self.id))
        if self.is_full:
            raise ConflictError(
                "There is no room for more messages.", field="messages", value=len(self.messages),
                expected=f"at most {MOST_MESSAGES}",
            )  # fmt: skip
        messages = (*self.messages, Message(id=message_id, author=author, text=_said(text), at=now))
        unread = 1 + self.unread(author.other)
        return self._changed(
            events.MessageWritten, now, {"author": author, "unread": unread}, status=next_status(self.status, action),
            messages=messages, **_seen_by(author, len(messages)), **changes,
        )  # fmt: skip

    def _seen(self, side: Side) -> int:
        return self.seen_by_customer if side is Side.CUSTOMER else self.seen_by_seller

    def _changed(
        self, event: type[events.EnquiryEvent], now: datetime, told: dict[str, Any] | None = None, **changes: Any
    ) -> Change[Enquiry]:
        state = evolve(self, version=self.version + 1, updated_at=now, **changes)
        return Change(base=self.version, state=state, events=(_told(event, state, now, **(told or {})),))

    def _unchanged(self) -> Change[Enquiry]:
        return Change(base=self.version, state=self, events=())


def enquiry_id(car_id: CarId, customer: UserId) -> EnquiryId:
    """A person has one enquiry about a car, and it has one id."""
    return EnquiryId(uuid5(car_id, f"enquiry:{customer}"))


def key_reused() -> KeyReusedError:
    return KeyReusedError(
        "This key came before with another message.",
        field="Idempotency-Key",
        expected="a new key for a new message",
    )


def _told(event: type[events.EnquiryEvent], state: Enquiry, now: datetime, **more: Any) -> events.EnquiryEvent:
    return event(
        key=state.id,
        version=state.version,
        at=now,
        car_id=state.car_id,
        seller=state.seller,
        customer=state.customer,
        assignee=state.assignee,
        status=state.status,
        **more,
    )


def _seen_by(side: Side, messages: int) -> dict[str, int]:
    return {"seen_by_customer" if side is Side.CUSTOMER else "seen_by_seller": messages}


def _said(text: str) -> str:
    if not text.strip():
        raise InvalidError(
            "A message says something.", field="text", value=text, expected=f"1 to {LONGEST_TEXT} letters"
        )
    short("text", text, LONGEST_TEXT)
    return text
