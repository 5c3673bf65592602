"""
The open market: its services, its jobs and what stands behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from attrs import frozen

from carmarket.core.limits import Limit
from carmarket.core.money import RateTable
from carmarket.services.booking import BookingService
from carmarket.services.busy import BusyTimeService
from carmarket.services.catalog import CatalogService
from carmarket.services.dead_letters import DeadLetterService
from carmarket.services.enquiries import EnquiryService
from carmarket.services.imports import ImportService
from carmarket.services.indexing import IndexKeeper
from carmarket.services.jobs import Job, settle
from carmarket.services.limits import LimitService
from carmarket.services.photos import PhotoService
from carmarket.services.post import Post
from carmarket.services.readers import Reader
from carmarket.services.replaying import ReplayService
from carmarket.services.reviews import ReviewService
from carmarket.services.saved_searches import SavedSearchService
from carmarket.services.schedule import Working, jobs_of, readers_of
from carmarket.services.search import SearchService
from carmarket.services.stock import Stock
from carmarket.services.uploads import UploadService
from carmarket.services.users.menu import Users
from carmarket.services.users.privacy import Holding
from carmarket.services.webhooks import WebhookService


@frozen(kw_only=True)
class Market:
    """The menu: what users of the library call."""

    catalog: CatalogService
    search: SearchService
    photos: PhotoService
    uploads: UploadService
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
    replaying: ReplayService
    keeper: IndexKeeper
    readers: tuple[Reader, ...]
    """Who follow what happens, with effects."""
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
        uploads = UploadService(
            tickets=stock.tickets, catalog=catalog, photos=photos, blobs=stock.blobs, clock=stock.clock, ids=stock.ids
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
            enquiries=stock.enquiries,
            cars=stock.enquirable_cars,
            limiter=stock.limiter,
            clock=stock.clock,
            ids=stock.ids,
        )
        holdings = (
            Holding(name="reviews", held=reviews.held, forget=reviews.forget),
            Holding(name="enquiries", held=enquiries.held, forget=enquiries.forget),
        )
        users = Users.of(stock, post, also=holdings)
        search = SearchService(index=stock.index, fallback=stock.fallback, clock=stock.clock, rates=rates)
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
            subscription=stock.subscriptions.subscribe("index"),
            log=stock.log,
            positions=stock.positions,
            ids=stock.ids,
            rates=rates,
            snapshots=stock.snapshots,
            fallback=stock.fallback,
        )
        working = Working(
            keeper=keeper, photos=photos, imports=imports, users=users, reviews=reviews,
            saved_searches=saved_searches, webhooks=webhooks, post=post, lifetime=lifetime,
        )  # fmt: skip
        readers = readers_of(stock, working)
        followers = {one.name: one.subscription for one in readers}
        if stock.log is None:
            followers["index"] = keeper.subscription
        return cls(
            catalog=catalog,
            search=search,
            photos=photos,
            uploads=uploads,
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
            replaying=ReplayService(
                readers=followers, leadership=None if stock.log is None else stock.leadership, auditor=users.auditor
            ),
            keeper=keeper,
            readers=readers,
            jobs=jobs_of(stock, working, readers),
            stock=stock,
        )

    async def settle(self) -> None:
        """Run all jobs until they are idle: what was written is then found, and photos are shown."""
        await settle(self.jobs)
