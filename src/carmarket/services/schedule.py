"""
What a market does by itself: the readers that follow its log, and the jobs that somebody has to repeat.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from attrs import frozen

from carmarket.services.alerts import ForgetOldAlerts, TellSeekers
from carmarket.services.imports import ImportService
from carmarket.services.indexing import IndexKeeper
from carmarket.services.jobs import ExpireBookings, ExpireListings, Job, Led, PruneEvents, RelayEvents, RemindCustomers
from carmarket.services.letters import (
    AddressBook,
    WhenABookingChangesWriteToItsPeople,
    WhenADealerIsJudgedTellItsOwners,
    WhenAMessageIsWrittenTellTheOtherSide,
)
from carmarket.services.photos import PhotoService
from carmarket.services.policies import (
    TellAllCars,
    TellCompletedBookings,
    TellEnquiriesOfAllCars,
    WhenABookingIsCompletedItCanBeReviewed,
    WhenACarChangesKeepTheFallbackInStep,
    WhenACarNewlyMatchesTellItsSeekers,
    WhenAListingChangesKeepItsCarBookable,
    WhenAListingChangesKeepItsCarEnquirable,
    WhenAReservationIsConfirmedReserveTheListing,
    WhenBothSidesHaveReviewedRevealThem,
    WhenPhotosAreUploadedReEncodeThem,
    WhenSomethingHappensTellIntegrators,
)
from carmarket.services.post import Post
from carmarket.services.readers import Policy, Reader
from carmarket.services.reviews import ReviewService
from carmarket.services.saved_searches import SavedSearchService
from carmarket.services.stock import Stock
from carmarket.services.sweeping import SweepPhotos, SweepUploads
from carmarket.services.users.forgotten import SendResetLinks
from carmarket.services.users.menu import Users
from carmarket.services.users.policies import (
    DoAll,
    WhenADealerIsTrustedNoLongerTakeItsCarsBack,
    WhenADealerIsVerifiedAgainGiveItsCarsBack,
    WhenSomebodyIsErasedForgetThem,
    WhenSomebodysRightsChangeStopTheirWebhooks,
)
from carmarket.services.users.sessions import ACCESS
from carmarket.services.webhooks import WebhookService

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
StartOver = Callable[[], Awaitable[None]]
Step = Callable[[], Awaitable[int]]
Wait = Callable[[float], Awaitable[bool]]
Task = tuple[str, timedelta, Step]
"""A name, how often, and what to do."""


@frozen(kw_only=True)
class Working:
    """The services that have work of their own to do."""

    keeper: IndexKeeper
    photos: PhotoService
    imports: ImportService
    users: Users
    reviews: ReviewService
    saved_searches: SavedSearchService
    webhooks: WebhookService
    post: Post
    lifetime: timedelta
    """How long a listing stays before the public."""


def jobs_of(stock: Stock, working: Working, readers: Sequence[Reader]) -> tuple[Job, ...]:
    """All jobs; those with effects are done by the leading process alone, but for the index that each has."""
    settling, housekeeping = _settling(stock, working), _housekeeping(stock, working, readers)
    return (
        *(
            Job(
                name=f"relay-{name}",
                every=SECOND,
                step=RelayEvents(outbox=outbox, publisher=stock.publisher),
                wait=outbox.wait,
            )
            for name, outbox in stock.outboxes.items()
        ),
        Job(
            name="index",
            every=SECOND,
            step=working.keeper.step,
            wait=working.keeper.wait,
            is_own=not stock.index.is_shared,
        ),
        *(_led(stock, one.name, SECOND, one.step, wait=one.subscription.wait) for one in readers),
        *(_led(stock, name, every, step) for name, every, step in settling),
        *(_led(stock, name, every, step, settling=False) for name, every, step in housekeeping),
    )


def readers_of(stock: Stock, working: Working) -> tuple[Reader, ...]:
    """Who follows the log, by name; each has a position of its own."""

    def reader(
        name: str, policy: Policy, *, start_over: StartOver | None = None, delay: timedelta = timedelta(0)
    ) -> Reader:
        return Reader(
            name=name, subscription=stock.subscriptions.subscribe(name), dead_letters=stock.dead_letters,
            clock=stock.clock, policy=policy, start_over=start_over, delay=delay, topic=stock.dead_letter_topic,
        )  # fmt: skip

    bookings, rules, clock = stock.bookings, stock.booking_rules, stock.clock
    leaving = (
        WhenSomebodyIsErasedForgetThem(privacy=working.users.privacy),
        WhenADealerIsTrustedNoLongerTakeItsCarsBack(dealers=stock.dealers, listings=stock.listings, clock=clock),
        WhenSomebodysRightsChangeStopTheirWebhooks(users=stock.users, webhooks=stock.webhooks, clock=clock),
    )
    book = AddressBook(users=stock.users, listings=stock.listings)
    keeper, fallback = working.keeper, stock.fallback
    return (
        *(
            ()
            if fallback is None
            else (
                reader(
                    "fallback",
                    WhenACarChangesKeepTheFallbackInStep(fallback=fallback, rates=keeper.rates),
                    start_over=keeper.refill,
                ),
            )
        ),
        reader("photos", WhenPhotosAreUploadedReEncodeThem(photos=working.photos)),
        reader(
            "bookable-cars",
            WhenAListingChangesKeepItsCarBookable(bookings=bookings, rules=rules, clock=clock),
            start_over=TellAllCars(listings=stock.listings, rules=rules),
        ),
        reader(
            "alerts",
            WhenACarNewlyMatchesTellItsSeekers(
                searches=stock.saved_searches, alerts=stock.alerts, clock=clock, rates=working.keeper.rates
            ),
        ),
        reader("erasure", leaving[0]),
        reader("distrust", leaving[1]),
        reader("webhook-rights", leaving[2]),
        # Once more when the last token of before has run out, for whoever held one may have written since.
        reader("afterwards", DoAll(policies=leaving), delay=ACCESS + MINUTE),
        reader(
            "trust",
            WhenADealerIsVerifiedAgainGiveItsCarsBack(
                dealers=stock.dealers, listings=stock.listings, clock=clock, lifetime=working.lifetime
            ),
        ),
        reader(
            "reservations",
            WhenAReservationIsConfirmedReserveTheListing(listings=stock.listings, bookings=bookings, clock=clock),
        ),
        reader(
            "reviewable-bookings",
            WhenABookingIsCompletedItCanBeReviewed(bookings=stock.reviewable_bookings),
            start_over=TellCompletedBookings(bookings=bookings, reviewable=stock.reviewable_bookings),
        ),
        reader(
            "enquirable-cars",
            WhenAListingChangesKeepItsCarEnquirable(cars=stock.enquirable_cars),
            start_over=TellEnquiriesOfAllCars(listings=stock.listings, cars=stock.enquirable_cars),
        ),
        reader(
            "booking-letters",
            WhenABookingChangesWriteToItsPeople(
                bookings=bookings, rules=rules, book=book, post=working.post, clock=clock
            ),
        ),
        reader("enquiry-letters", WhenAMessageIsWrittenTellTheOtherSide(book=book, post=working.post, clock=clock)),
        reader(
            "dealer-letters",
            WhenADealerIsJudgedTellItsOwners(dealers=stock.dealers, book=book, post=working.post, clock=clock),
        ),
        reader("both-reviews", WhenBothSidesHaveReviewedRevealThem(reviews=working.reviews)),
        reader("webhooks", WhenSomethingHappensTellIntegrators(webhooks=working.webhooks)),
    )


def _settling(stock: Stock, working: Working) -> Sequence[Task]:
    """Work that is done at some time of its own, and that people wait for."""
    clock = stock.clock
    return (
        ("imports", SECOND, working.imports.step_unfinished),
        ("expiry", MINUTE, ExpireListings(listings=stock.listings, clock=clock)),
        ("lapses", 10 * SECOND, ExpireBookings(bookings=stock.bookings, clock=clock)),
        ("reminders", MINUTE, RemindCustomers(bookings=stock.bookings, clock=clock)),
        (
            "reset-links",
            SECOND,
            SendResetLinks(
                requests=stock.reset_requests, users=stock.users, secrets=stock.secrets, post=working.post, clock=clock
            ),
        ),
        ("sessions", HOUR, working.users.sessions.forget_old),
        ("reveals", MINUTE, working.reviews.reveal_due),
        ("alert-letters", SECOND, TellSeekers(saved=working.saved_searches, post=working.post, clock=clock)),
        ("old-alerts", HOUR, ForgetOldAlerts(saved=working.saved_searches, clock=clock)),
        ("deliveries", SECOND, working.webhooks.post),
    )


def _housekeeping(stock: Stock, working: Working, readers: Sequence[Reader]) -> Sequence[Task]:
    """What nobody waits for."""

    async def readers_are_idle() -> bool:
        return all([await one.is_idle() for one in readers])

    async def snapshot() -> int:
        await working.keeper.snapshot()
        return 0

    return (
        ("old-deliveries", HOUR, working.webhooks.prune),
        (
            "photo-sweep",
            3 * HOUR,
            SweepPhotos(listings=stock.listings, blobs=stock.blobs, log=stock.log, clock=stock.clock),
        ),
        ("upload-sweep", 3 * HOUR, SweepUploads(blobs=stock.blobs, clock=stock.clock)),
        ("snapshot", 5 * MINUTE, snapshot),
        *(
            ()
            if stock.log is None
            else (("prune", HOUR, PruneEvents(log=stock.log, clock=stock.clock, readers_are_idle=readers_are_idle)),)
        ),
    )


def _led(
    stock: Stock, name: str, every: timedelta, step: Step, *, wait: Wait | None = None, settling: bool = True
) -> Job:
    led = Led(leadership=stock.leadership, step=step)
    return Job(name=name, every=every, step=led, wait=wait, settling=settling)
