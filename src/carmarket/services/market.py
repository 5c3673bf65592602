"""
The open market: its services, its jobs and what stands behind them.

It is long, for it is the one page where everything that a market does is put together.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from attrs import frozen

from carmarket.core.limits import Limit
from carmarket.core.money import RateTable
from carmarket.services.alerts import ForgetOldAlerts, TellSeekers
from carmarket.services.booking import BookingService
from carmarket.services.busy import BusyTimeService
from carmarket.services.catalog import CatalogService
from carmarket.services.dead_letters import DeadLetterService
from carmarket.services.enquiries import EnquiryService
from carmarket.services.imports import ImportService
from carmarket.services.indexing import IndexKeeper
from carmarket.services.jobs import ExpireBookings, ExpireListings, Job, Led, PruneEvents, RemindCustomers, settle
from carmarket.services.letters import (
    AddressBook,
    WhenABookingChangesWriteToItsPeople,
    WhenAMessageIsWrittenTellTheOtherSide,
)
from carmarket.services.limits import LimitService
from carmarket.services.photos import PhotoService
from carmarket.services.policies import (
    TellAllCars,
    TellCompletedBookings,
    TellEnquiriesOfAllCars,
    WhenABookingIsCompletedItCanBeReviewed,
    WhenACarNewlyMatchesTellItsSeekers,
    WhenAListingChangesKeepItsCarBookable,
    WhenAListingChangesKeepItsCarEnquirable,
    WhenAReservationIsConfirmedReserveTheListing,
    WhenBothSidesHaveReviewedRevealThem,
    WhenPhotosAreUploadedReEncodeThem,
    WhenSomebodyIsErasedForgetThem,
    WhenSomethingHappensTellIntegrators,
)
from carmarket.services.post import Post
from carmarket.services.readers import Policy, Reader
from carmarket.services.reviews import ReviewService
from carmarket.services.saved_searches import SavedSearchService
from carmarket.services.search import SearchService
from carmarket.services.stock import Stock
from carmarket.services.users.menu import Users
from carmarket.services.users.privacy import Holding
from carmarket.services.webhooks import WebhookService


@frozen(kw_only=True)
class Market:
    """The menu: what users of the library call."""

    catalog: CatalogService
    search: SearchService
    photos: PhotoService
    imports: ImportService
    booking: BookingService
    busy: BusyTimeService
    users: Users
    saved_searches: SavedSearchService
    post: Post
    reviews: ReviewService
    enquiries: EnquiryService
    limits: LimitService
    webhooks: WebhookService
    dead_letters: DeadLetterService
    keeper: IndexKeeper
    jobs: tuple[Job, ...]
    stock: Stock

    @classmethod
    def of(
        cls,
        stock: Stock,
        *,
        rates: RateTable,
        lifetime: timedelta,
        site: str,
        limits: Mapping[str, Limit] | None = None,
    ) -> Market:
        """Put the services together over what the ports are bound to."""
        catalog = CatalogService(listings=stock.listings, clock=stock.clock, ids=stock.ids, lifetime=lifetime)
        photos = PhotoService(
            catalog=catalog, listings=stock.listings, blobs=stock.blobs, lab=stock.lab, clock=stock.clock
        )
        imports = ImportService(
            listings=stock.listings,
            imports=stock.imports,
            blobs=stock.blobs,
            tables=stock.tables,
            clock=stock.clock,
            ids=stock.ids,
            currency=rates.base,
            lifetime=lifetime,
        )
        booking = BookingService(bookings=stock.bookings, rules=stock.booking_rules, clock=stock.clock, ids=stock.ids)
        busy = BusyTimeService(bookings=stock.bookings, rules=stock.booking_rules, clock=stock.clock, ids=stock.ids)
        post = Post(users=stock.users, mailer=stock.mailer, site=site.rstrip("/"))
        reviews = ReviewService(reviews=stock.reviews, bookings=stock.reviewable_bookings, clock=stock.clock)
        enquiries = EnquiryService(
            enquiries=stock.enquiries, cars=stock.enquirable_cars, clock=stock.clock, ids=stock.ids
        )
        holdings = (
            Holding(name="reviews", held=reviews.held, forget=reviews.forget),
            Holding(name="enquiries", held=enquiries.held, forget=enquiries.forget),
        )
        users = Users.of(stock, post, also=holdings)
        search = SearchService(index=stock.index, clock=stock.clock, rates=rates)
        saved_searches = SavedSearchService(
            searches=stock.saved_searches, log=stock.alerts, search=search, secrets=stock.secrets, clock=stock.clock,
            ids=stock.ids,
        )  # fmt: skip
        webhooks = WebhookService(
            webhooks=stock.webhooks,
            deliveries=stock.deliveries,
            courier=stock.courier,
            secrets=stock.secrets,
            clock=stock.clock,
            ids=stock.ids,
        )
        keeper = IndexKeeper(
            index=stock.index,
            listings=stock.listings,
            bookings=stock.bookings,
            log=stock.log,
            readers=stock.readers,
            ids=stock.ids,
            rates=rates,
            snapshots=stock.snapshots,
        )
        return cls(
            catalog=catalog,
            search=search,
            photos=photos,
            imports=imports,
            booking=booking,
            busy=busy,
            users=users,
            saved_searches=saved_searches,
            post=post,
            reviews=reviews,
            enquiries=enquiries,
            limits=LimitService(limiter=stock.limiter, table=limits or {}),
            webhooks=webhooks,
            dead_letters=DeadLetterService(dead_letters=stock.dead_letters, auditor=users.auditor, clock=stock.clock),
            keeper=keeper,
            jobs=_jobs(
                stock,
                keeper,
                photos,
                imports,
                users=users,
                reviews=reviews,
                saved=saved_searches,
                post=post,
                webhooks=webhooks,
            ),
            stock=stock,
        )

    async def settle(self) -> None:
        """Run all jobs until they are idle: what was written is then found, and photos are shown."""
        await settle(self.jobs)


def _jobs(
    stock: Stock,
    keeper: IndexKeeper,
    photos: PhotoService,
    imports: ImportService,
    *,
    users: Users,
    reviews: ReviewService,
    saved: SavedSearchService,
    post: Post,
    webhooks: WebhookService,
) -> tuple[Job, ...]:
    def reader(name: str, policy: Policy, *, start_over: Callable[[], Awaitable[None]] | None = None) -> Reader:
        return Reader(
            name=name, log=stock.log, positions=stock.readers, dead_letters=stock.dead_letters, clock=stock.clock,
            policy=policy, start_over=start_over,
        )  # fmt: skip

    book = AddressBook(users=stock.users, listings=stock.listings)
    readers = (
        reader("photos", WhenPhotosAreUploadedReEncodeThem(photos=photos)),
        reader(
            "bookable-cars",
            WhenAListingChangesKeepItsCarBookable(
                bookings=stock.bookings, rules=stock.booking_rules, clock=stock.clock
            ),
            start_over=TellAllCars(listings=stock.listings, rules=stock.booking_rules),
        ),
        reader(
            "alerts",
            WhenACarNewlyMatchesTellItsSeekers(
                searches=stock.saved_searches, alerts=stock.alerts, clock=stock.clock, rates=keeper.rates
            ),
        ),
        reader("erasure", WhenSomebodyIsErasedForgetThem(privacy=users.privacy)),
        reader(
            "reservations",
            WhenAReservationIsConfirmedReserveTheListing(
                listings=stock.listings, bookings=stock.bookings, clock=stock.clock
            ),
        ),
        reader(
            "reviewable-bookings",
            WhenABookingIsCompletedItCanBeReviewed(bookings=stock.reviewable_bookings),
            start_over=TellCompletedBookings(bookings=stock.bookings, reviewable=stock.reviewable_bookings),
        ),
        reader(
            "enquirable-cars",
            WhenAListingChangesKeepItsCarEnquirable(cars=stock.enquirable_cars),
            start_over=TellEnquiriesOfAllCars(listings=stock.listings, cars=stock.enquirable_cars),
        ),
        reader(
            "booking-letters",
            WhenABookingChangesWriteToItsPeople(
                bookings=stock.bookings, rules=stock.booking_rules, book=book, post=post, clock=stock.clock
            ),
        ),
        reader("enquiry-letters", WhenAMessageIsWrittenTellTheOtherSide(book=book, post=post, clock=stock.clock)),
        reader("both-reviews", WhenBothSidesHaveReviewedRevealThem(reviews=reviews)),
        reader("webhooks", WhenSomethingHappensTellIntegrators(webhooks=webhooks)),
    )

    async def readers_are_idle() -> bool:
        last = await stock.log.last()
        return all([await stock.readers.position(one.name) >= last for one in readers])

    async def snapshot() -> int:
        await keeper.snapshot()
        return 0

    def followed(one: Reader) -> Job:
        return Job(name=one.name, every=second, step=Led(leadership=lead, step=one.step), follows_events=True)

    lead = stock.leadership
    expire = ExpireListings(listings=stock.listings, clock=stock.clock)
    lapse = ExpireBookings(bookings=stock.bookings, clock=stock.clock)
    remind = RemindCustomers(bookings=stock.bookings, clock=stock.clock)
    prune = PruneEvents(log=stock.log, clock=stock.clock, readers_are_idle=readers_are_idle)
    tell = TellSeekers(saved=saved, post=post, clock=stock.clock)
    forget = ForgetOldAlerts(saved=saved, clock=stock.clock)
    second, minute = timedelta(seconds=1), timedelta(minutes=1)
    return (
        Job(name="index", every=second, step=keeper.step, follows_events=True),
        *(followed(one) for one in readers),
        Job(name="imports", every=second, step=Led(leadership=lead, step=imports.step_unfinished)),
        Job(name="expiry", every=minute, step=Led(leadership=lead, step=expire)),
        Job(name="lapses", every=10 * second, step=Led(leadership=lead, step=lapse)),
        Job(name="reminders", every=minute, step=Led(leadership=lead, step=remind)),
        Job(name="sessions", every=60 * minute, step=Led(leadership=lead, step=users.sessions.forget_old)),
        Job(name="reveals", every=minute, step=Led(leadership=lead, step=reviews.reveal_due)),
        Job(name="alert-letters", every=second, step=Led(leadership=lead, step=tell)),
        Job(name="old-alerts", every=60 * minute, step=Led(leadership=lead, step=forget)),
        Job(name="deliveries", every=second, step=Led(leadership=lead, step=webhooks.post)),
        Job(name="old-deliveries", every=60 * minute, step=Led(leadership=lead, step=webhooks.prune), settling=False),
        Job(name="snapshot", every=5 * minute, step=Led(leadership=lead, step=snapshot), settling=False),
        Job(name="prune", every=60 * minute, step=Led(leadership=lead, step=prune), settling=False),
    )
