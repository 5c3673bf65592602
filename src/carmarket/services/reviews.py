"""
Reviews: both sides of a completed booking say how it was, moderators let it pass, the public reads it.

It is long, for who sees what of a review when is one rule with many sentences.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from attrs import evolve, frozen

from carmarket.core.actor import Actor, UserId
from carmarket.core.booking.booking import BookingId
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.ownership import seller_of
from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError, ForbiddenError, NotFoundError
from carmarket.core.reviews.rating import Rating
from carmarket.core.reviews.review import AlreadyReviewedError, Review, ReviewId, review_id
from carmarket.core.reviews.reviewable import ReviewableBooking
from carmarket.core.side import Side, sides_of
from carmarket.core.users.roles import Permission, allows, demand
from carmarket.core.versions import demand_newest
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.clock import Clock
from carmarket.ports.reviews import ReviewableBookings, ReviewFilter, ReviewRepository

TRIES = 5
BATCH = 1_000


@frozen(kw_only=True)
class ReviewService:
    """
    Nobody sees what the other side wrote before they have written themselves, or can no longer write.

    Raises everywhere: NotFoundError for what is not there or not for the actor to see; StaleError when `expected` is
        not the newest version; ConcurrencyConflictError when somebody else was faster.
    """

    reviews: ReviewRepository
    bookings: ReviewableBookings
    clock: Clock

    async def write(self, actor: Actor, booking_id: BookingId, *, stars: int, text: str) -> Review:
        """
        Review a completed booking, as the side that one was on; a moderator looks at it first.

        It has one effect however often it is asked for: the same words again give the review as it is now.

        Raises: AlreadyReviewedError for other words; NotReviewableError two weeks after the booking was completed;
            ForbiddenError for who was on both sides; InvalidError for stars or a text that break the rules.
        """
        demand(actor.roles, Permission.REVIEW)
        booking = await self.bookings.get(booking_id)
        sides = frozenset[Side]() if booking is None else _sides(actor, booking)
        if booking is None or not sides:
            raise NotFoundError("There is no such completed booking.", field="booking", value=str(booking_id))
        if len(sides) > 1:
            raise ForbiddenError("Nobody reviews themselves.", field="booking", value=str(booking_id))
        (author,) = sides
        known = await self.reviews.get(review_id(booking_id, author))
        if known is not None:
            return _repeated(known, stars, text)
        change = Review.write(booking, author=author, stars=stars, text=text, now=self.clock.now())
        try:
            return await self._save(change)
        except ConcurrencyConflictError:
            return _repeated(await self._existing(change.state.id), stars, text)

    async def may_write(self, actor: Actor, booking_id: BookingId) -> bool:
        """Whether the actor can review the booking at this moment, and has not."""
        booking = await self.bookings.get(booking_id)
        sides = frozenset[Side]() if booking is None else _sides(actor, booking)
        if booking is None or len(sides) != 1 or not booking.is_open(self.clock.now()):
            return False
        (author,) = sides
        return await self.reviews.get(review_id(booking_id, author)) is None

    async def get(self, actor: Actor, wanted: ReviewId) -> Review:
        """A review of one's own; one of oneself, or of a seller, that is before the public; moderators see all."""
        review = await self._existing(wanted)
        if not _sees(actor, review):
            raise _no_such(wanted)
        return review

    async def of_booking(self, actor: Actor, booking_id: BookingId) -> Sequence[Review]:
        """What there is of a booking for the actor to see: the customer's first, then the seller's."""
        both = [await self.reviews.get(review_id(booking_id, side)) for side in (Side.CUSTOMER, Side.SELLER)]
        return tuple(one for one in both if one is not None and _sees(actor, one))

    async def find(
        self,
        actor: Actor,
        *,
        as_seller: bool = False,
        about_me: bool = False,
        after: Bookmark | None = None,
        limit: int = 20,
    ) -> Sequence[Review]:
        """What one has written, the newest first; or what others have written about one, once it is public."""
        if as_seller:
            demand(actor.roles, Permission.REVIEW)
        side = Side.SELLER if as_seller else Side.CUSTOMER
        wanted = ReviewFilter(
            seller=seller_of(actor) if as_seller else None,
            customer=None if as_seller else actor.user_id,
            author=side.other if about_me else side,
            is_public=True if about_me else None,
        )
        return await self.reviews.find(wanted, after=after, limit=limit)

    async def of_seller(self, seller: SellerId, *, after: Bookmark | None = None, limit: int = 20) -> Sequence[Review]:
        """What customers say of a seller, before everybody; the newest first."""
        wanted = ReviewFilter(seller=seller, author=Side.CUSTOMER, is_public=True)
        return await self.reviews.find(wanted, after=after, limit=limit)

    async def rating(self, seller: SellerId) -> Rating:
        """What the public reviews of a seller come to at this moment."""
        return await self.reviews.rating(seller)

    async def queue(self, actor: Actor, *, after: Bookmark | None = None, limit: int = 20) -> Sequence[Review]:
        """What waits for a moderator: new reviews, and public ones that were reported; the oldest first."""
        demand(actor.roles, Permission.MODERATE)
        return await self.reviews.find(ReviewFilter(is_waiting=True), after=after, limit=limit, oldest_first=True)

    async def approve(self, actor: Actor, wanted: ReviewId, *, expected: int | None = None) -> Review:
        """Let a review pass; or, once it was reported, let it stand."""
        return await self._moderate(actor, wanted, expected, lambda it: it.approve(now=self.clock.now()))

    async def reject(self, actor: Actor, wanted: ReviewId, *, reason: str, expected: int | None = None) -> Review:
        """Keep a review from the public, or take it away, and say why."""
        return await self._moderate(actor, wanted, expected, lambda it: it.reject(reason, now=self.clock.now()))

    async def reply(self, actor: Actor, wanted: ReviewId, *, text: str, expected: int | None = None) -> Review:
        """
        Answer a review of oneself before the public, once.

        Raises: ConflictError for a second reply; ForbiddenError for others than the reviewed side.
        """
        demand(actor.roles, Permission.REVIEW)
        review = await self.get(actor, wanted)
        if review.author.other not in _sides(actor, review):
            raise ForbiddenError("Only who was reviewed replies.", field="review", value=str(wanted))
        demand_newest(review, expected, what="review")
        return await self._save(review.answer(text, now=self.clock.now()))

    async def report(self, actor: Actor, wanted: ReviewId, *, reason: str) -> Review:
        """Call a moderator to a public review; a second report by the same person changes nothing."""
        await self.get(actor, wanted)
        return await self._persist(wanted, lambda it: it.report(actor.user_id, reason, now=self.clock.now()))

    async def reveal_both(self, booking_id: BookingId) -> None:
        """Lift the cover of both reviews of a booking, once both are in."""
        both = [await self.reviews.get(review_id(booking_id, side)) for side in Side]
        if all(both):
            for review in filter(None, both):
                await self._persist(review.id, lambda it: it.reveal(now=self.clock.now(), both_are_in=True))

    async def reveal_due(self) -> int:
        """Lift the cover of reviews whose other side can no longer write; how many there were."""
        now = self.clock.now()
        due = await self.reviews.find(ReviewFilter(reveals_by=now), limit=BATCH)
        for review in due:
            await self._persist(review.id, lambda it: it.reveal(now=now))
        return len(due)

    async def held(self, person: UserId) -> Sequence[Review]:
        """
        What a person has to do with and may see, with nobody's reports but their own.

        What the other side wrote under cover is not in it, nor does asking for it lift the cover.
        """
        found: dict[ReviewId, Review] = {}
        for wanted in _about(person):
            async for review in self._all(wanted):
                own = person == (review.customer if review.author is Side.CUSTOMER else review.seller)
                if own or review.is_public:
                    reports = tuple(one for one in review.reports if one.reporter == person)
                    found[review.id] = evolve(review, reports=reports)
        return tuple(found.values())

    async def forget(self, person: UserId) -> None:
        """
        Anonymise all that a person had to do with who erases themselves.

        Stars stay, for a seller's rating is a fact about the seller; words and names go (see `Review.forget`).
        """
        await self.bookings.forget(person)
        for wanted in _about(person):
            async for review in self._all(wanted):
                await self._persist(review.id, lambda it: it.forget(person, now=self.clock.now()))

    async def _all(self, wanted: ReviewFilter) -> AsyncIterator[Review]:
        """Page by page, to the end."""
        after = None
        while batch := await self.reviews.find(wanted, after=after, limit=BATCH):
            for review in batch:
                yield review
            after = Bookmark(batch[-1].created_at, batch[-1].id)

    async def _moderate(
        self, actor: Actor, wanted: ReviewId, expected: int | None, decide: Callable[[Review], Change[Review]]
    ) -> Review:
        demand(actor.roles, Permission.MODERATE)
        review = await self._existing(wanted)
        demand_newest(review, expected, what="review")
        return await self._save(decide(review))

    async def _persist(self, wanted: ReviewId, decide: Callable[[Review], Change[Review]]) -> Review:
        """Save a decision that stands whatever else happens to the review: decide again where others were faster."""
        for _ in range(TRIES - 1):
            with suppress(ConcurrencyConflictError):
                return await self._save(decide(await self._existing(wanted)))
        return await self._save(decide(await self._existing(wanted)))

    async def _existing(self, wanted: ReviewId) -> Review:
        review = await self.reviews.get(wanted)
        if review is None:
            raise _no_such(wanted)
        return review

    async def _save(self, change: Change[Review]) -> Review:
        await self.reviews.save(change)
        return change.state


def _about(person: UserId) -> tuple[ReviewFilter, ...]:
    """A person is a customer, a private seller, or somebody who reported what others wrote."""
    return (
        ReviewFilter(customer=person),
        ReviewFilter(seller=SellerId(person)),
        ReviewFilter(reported_by=person),
    )


def _sides(actor: Actor, it: ReviewableBooking | Review) -> frozenset[Side]:
    return sides_of(actor, customer=it.customer, seller=it.seller, speaking=Permission.REVIEW)


def _sees(actor: Actor, review: Review) -> bool:
    sides = _sides(actor, review)
    is_open = review.is_public and (review.author is Side.CUSTOMER or bool(sides))
    return is_open or review.author in sides or allows(actor.roles, Permission.MODERATE)


def _repeated(known: Review, stars: int, text: str) -> Review:
    if (known.stars, known.text) != (stars, text):
        raise AlreadyReviewedError(
            "You have reviewed this booking.", field="booking", value=str(known.booking_id), expected="one review each"
        )
    return known


def _no_such(wanted: ReviewId) -> NotFoundError:
    return NotFoundError("There is no such review.", field="review", value=str(wanted))
