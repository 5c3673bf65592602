"""
A review: what one side of a completed booking says of the other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NewType
from uuid import UUID, uuid5

from attrs import evolve, frozen

from carmarket.core.actor import UserId
from carmarket.core.booking.booking import BookingId
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.errors import ConflictError, InvalidError
from carmarket.core.reviews import events
from carmarket.core.reviews.lifecycle import ReviewAction, ReviewStatus, next_status
from carmarket.core.reviews.rating import MOST_STARS
from carmarket.core.reviews.reviewable import ReviewableBooking
from carmarket.core.side import Side
from carmarket.core.text import short

ReviewId = NewType("ReviewId", UUID)
LONGEST_TEXT = 2_000
LONGEST_REASON = 1_000
MOST_REPORTS = 100
"""By then moderators know; further ones are passed over."""


class AlreadyReviewedError(ConflictError):
    """This side has said something else of the booking already."""

    code = "already-reviewed"


@frozen
class Reply:
    """What the reviewed side says to it."""

    text: str
    at: datetime


@frozen(kw_only=True)
class Report:
    """Somebody finds that a review should not be there."""

    reporter: UserId | None
    """`None`: the person has erased themselves."""
    reason: str
    at: datetime


@frozen(kw_only=True)
class Review:
    """An aggregate: every method that decides something returns a Change and alters nothing itself."""

    id: ReviewId
    version: int
    status: ReviewStatus
    booking_id: BookingId
    car_id: CarId
    seller: SellerId
    customer: UserId | None
    """`None`: the person has erased themselves."""
    author: Side
    stars: int
    text: str
    reveals_at: datetime | None
    """Until then, at most, it is hidden from all but its author and moderators; `None`: it was revealed."""
    rejection: str | None = None
    reply: Reply | None = None
    reports: tuple[Report, ...] = ()
    settled: int = 0
    """So many of the reports a moderator has decided on."""
    created_at: datetime
    updated_at: datetime

    @classmethod
    def write(cls, booking: ReviewableBooking, *, author: Side, stars: int, text: str, now: datetime) -> Change[Review]:
        """
        Say how it was: one to five stars, and in words.

        Raises: NotReviewableError; InvalidError for other stars, or a text that is empty, too long or not plain.
        """
        booking.demand_open(now)
        if not 1 <= stars <= MOST_STARS:
            raise InvalidError("A review gives one to five stars.", field="stars", value=stars, expected="1 to 5")
        state = cls(
            id=review_id(booking.id, author),
            version=1,
            status=ReviewStatus.PENDING,
            booking_id=booking.id,
            car_id=booking.car_id,
            seller=booking.seller,
            customer=booking.customer,
            author=author,
            stars=stars,
            text=_said("text", text, LONGEST_TEXT),
            reveals_at=booking.closes_at,
            created_at=now,
            updated_at=now,
        )
        return Change(base=0, state=state, events=(_told(events.ReviewWritten, state, now),))

    @property
    def is_public(self) -> bool:
        """Whether a moderator let it pass and it is no longer hidden."""
        return self.status is ReviewStatus.PUBLISHED and self.reveals_at is None

    @property
    def is_waiting(self) -> bool:
        """Whether a moderator has to look at it."""
        unsettled = self.settled < len(self.reports)
        return self.status is ReviewStatus.PENDING or (self.status is ReviewStatus.PUBLISHED and unsettled)

    def approve(self, *, now: datetime) -> Change[Review]:
        """A moderator lets it pass; or, once it was reported, lets it stand."""
        status = next_status(self.status, ReviewAction.APPROVE)
        if not self.is_waiting:
            return self._unchanged()
        return self._changed(events.ReviewPublished, now, status=status, settled=len(self.reports))

    def reject(self, reason: str, *, now: datetime) -> Change[Review]:
        """A moderator keeps it from the public or takes it away, and says why; a reply goes with it."""
        status = next_status(self.status, ReviewAction.REJECT)
        said = _said("reason", reason, LONGEST_REASON)
        return self._changed(events.ReviewRejected, now, status=status, rejection=said, settled=len(self.reports))

    def reveal(self, *, now: datetime, both_are_in: bool = False) -> Change[Review]:
        """
        Lift the cover: nothing that the other side writes can be an answer to it any more.

        Raises: ConflictError while the other side can still write.
        """
        if self.reveals_at is None:
            return self._unchanged()
        if not both_are_in and now < self.reveals_at:
            raise ConflictError(
                "The other side can still write.",
                field="reveals_at",
                value=now.isoformat(),
                expected=self.reveals_at.isoformat(),
            )
        return self._changed(events.ReviewRevealed, now, reveals_at=None)

    def answer(self, text: str, *, now: datetime) -> Change[Review]:
        """
        The reviewed side replies, once.

        Raises: ConflictError for a second reply, or before the review is public.
        """
        if not self.is_public or self.reply is not None:
            raise ConflictError(
                "A review has one reply.", field="reply", expected="a review before the public without a reply"
            )
        return self._changed(events.ReviewAnswered, now, reply=Reply(_said("text", text, LONGEST_TEXT), now))

    def report(self, reporter: UserId, reason: str, *, now: datetime) -> Change[Review]:
        """
        Call a moderator. A person does so once; more changes nothing.

        Raises: ConflictError before it is public.
        """
        if not self.is_public:
            raise ConflictError("It is not before the public.", field="status", value=self.status.value)
        said = Report(reporter=reporter, reason=_said("reason", reason, LONGEST_REASON), at=now)
        if len(self.reports) >= MOST_REPORTS or any(one.reporter == reporter for one in self.reports):
            return self._unchanged()
        return self._changed(events.ReviewReported, now, reports=(*self.reports, said))

    def forget(self, person: UserId, *, now: datetime) -> Change[Review]:
        """
        A person has erased themselves: the stars stay, as a fact about the other side; names and words go.

        The words of both sides go, for those about a person, or to one, can tell who it is as well as their own.
        """
        wordless: dict[str, Any] = {}
        if person in {self.customer, self.seller}:
            wordless = {"text": "", "reply": None, "customer": None if self.customer == person else self.customer}
        reports = tuple(
            evolve(one, reporter=None, reason="") if one.reporter == person else one for one in self.reports
        )
        after = evolve(self, reports=reports, **wordless)
        return (
            self._unchanged()
            if after == self
            else self._changed(events.ReviewAnonymised, now, reports=reports, **wordless)
        )

    def _changed(self, event: type[events.ReviewEvent], now: datetime, **changes: Any) -> Change[Review]:
        state = evolve(self, version=self.version + 1, updated_at=now, **changes)
        return Change(base=self.version, state=state, events=(_told(event, state, now, was_public=self.is_public),))

    def _unchanged(self) -> Change[Review]:
        return Change(base=self.version, state=self, events=())


def review_id(booking: BookingId, author: Side) -> ReviewId:
    """Each side has one review of a booking, and it has one id."""
    return ReviewId(uuid5(booking, f"review:{author}"))


def _told(
    event: type[events.ReviewEvent], state: Review, now: datetime, *, was_public: bool = False
) -> events.ReviewEvent:
    return event(
        key=state.id,
        version=state.version,
        at=now,
        booking_id=state.booking_id,
        car_id=state.car_id,
        seller=state.seller,
        customer=state.customer,
        author=state.author,
        status=state.status,
        was_public=was_public,
        is_public=state.is_public,
        stars=state.stars if state.is_public else None,
    )


def _said(name: str, text: str, most: int) -> str:
    if not text.strip():
        raise InvalidError(f"The {name} says something.", field=name, value=text, expected=f"1 to {most} letters")
    short(name, text, most)
    return text
