"""
Putting a market together over the stores that its settings name, and opening it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from carmarket.bootstrap.parts import (
    courier_for,
    keys_in,
    own_limiter,
    own_revocations,
    passwords_for,
    photo_lab,
    provider_of,
    system_clock,
    system_ids,
    tables,
    with_copies,
)
from carmarket.bootstrap.stores import NAMES, Offers, outboxes_of
from carmarket.config import DEFAULT_URL, Settings, Stores, shown, stores
from carmarket.core.errors import InvalidError
from carmarket.core.money import RateTable
from carmarket.ports.audit import AUDIT
from carmarket.ports.backup import BACKUP
from carmarket.ports.blobs import BLOBS, DIRECT_UPLOADS
from carmarket.ports.booking import BOOKING_RULES, BOOKINGS
from carmarket.ports.cache import CACHE
from carmarket.ports.catalog import LISTINGS
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.dead_letters import DEAD_LETTER_TOPIC, DEAD_LETTERS
from carmarket.ports.enquiries import ENQUIRABLE_CARS, ENQUIRIES
from carmarket.ports.events import EVENTS, LEADERSHIP, PUBLISHER, READERS, SUBSCRIPTIONS
from carmarket.ports.fallback import FALLBACK
from carmarket.ports.forgotten import RESET_REQUESTS
from carmarket.ports.imports import IMPORTS
from carmarket.ports.limits import LIMITS
from carmarket.ports.mail import MAIL
from carmarket.ports.reviews import REVIEWABLE_BOOKINGS, REVIEWS
from carmarket.ports.revocations import REVOCATIONS
from carmarket.ports.saved_searches import ALERTS, SAVED_SEARCHES
from carmarket.ports.search import SEARCH, SNAPSHOTS
from carmarket.ports.users import DEALERS, SESSIONS, USERS
from carmarket.ports.webhooks import DELIVERIES, WEBHOOKS, Courier
from carmarket.services.market import Market
from carmarket.services.stock import Stock
from carmarket.services.subscriptions import LogSubscriptions

T = TypeVar("T")


@asynccontextmanager
async def open_market(
    where: str | Settings = DEFAULT_URL,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    courier: Courier | None = None,
    with_index: bool = True,
) -> AsyncIterator[Market]:
    """
    A market that is ready to use; leaving the context closes everything.

    `where` is a URL ("memory://", "sqlite:///garage.db") or Settings. Tests may hand in their own clock,
    ids and courier.
    Without its index it opens at once, and finds nothing until its jobs have run.

    Raises: InvalidError for a URL that no adapter serves; MissingExtraError naming what to install.
    """
    settings = where if isinstance(where, Settings) else Settings(url=where)
    urls = stores(settings)
    async with AsyncExitStack() as stack:
        offers = Offers(stack)
        catalog, booking, users, reviews, enquiries, search, photos, events, mail = [
            await offers.open(name, getattr(urls, name)) for name in NAMES
        ]
        cache = None if urls.cache is None else await offers.open("cache", urls.cache)
        log, positions = await events.offered(EVENTS), await events.offered(READERS)
        subscriptions = (
            await events.get(SUBSCRIPTIONS) if log is None or positions is None else LogSubscriptions(log, positions)
        )
        _demand_keys(urls)
        tokens, secrets = keys_in(urls.keys)
        clock = clock or system_clock()
        index = await search.get(SEARCH)
        if index.is_shared and cache is not None:
            index = with_copies(index, await cache.get(CACHE))
        stock = Stock(
            listings=await catalog.get(LISTINGS),
            subscriptions=subscriptions,
            log=log,
            positions=positions,
            dead_letters=await catalog.get(DEAD_LETTERS),
            dead_letter_topic=await events.offered(DEAD_LETTER_TOPIC),
            leadership=await catalog.get(LEADERSHIP),
            outboxes=await outboxes_of(
                {"catalog": catalog, "booking": booking, "users": users, "reviews": reviews, "enquiries": enquiries},
                events,
            ),
            publisher=await events.get(PUBLISHER),
            imports=await catalog.get(IMPORTS),
            bookings=await booking.get(BOOKINGS),
            booking_rules=await booking.get(BOOKING_RULES),
            users=await users.get(USERS),
            dealers=await users.get(DEALERS),
            sessions=await users.get(SESSIONS),
            reset_requests=await users.get(RESET_REQUESTS),
            audit=await users.get(AUDIT),
            reviews=await reviews.get(REVIEWS),
            reviewable_bookings=await reviews.get(REVIEWABLE_BOOKINGS),
            enquiries=await enquiries.get(ENQUIRIES),
            enquirable_cars=await enquiries.get(ENQUIRABLE_CARS),
            saved_searches=await users.get(SAVED_SEARCHES),
            alerts=await users.get(ALERTS),
            index=index,
            fallback=await catalog.offered(FALLBACK) if index.is_shared else None,
            snapshots=await search.offered(SNAPSHOTS),
            blobs=await photos.get(BLOBS),
            tickets=await photos.offered(DIRECT_UPLOADS),
            backup=await catalog.offered(BACKUP),
            mailer=(await mail.get(MAIL))(sender=settings.mail_from, clock=clock),
            lab=photo_lab(),
            tables=tables(),
            clock=clock,
            ids=ids or system_ids(),
            tokens=tokens,
            secrets=secrets,
            passwords=passwords_for(urls.keys, stack),
            limiter=own_limiter(clock) if cache is None else await cache.get(LIMITS),
            revocations=own_revocations(clock) if cache is None else await cache.get(REVOCATIONS),
            webhooks=await catalog.get(WEBHOOKS),
            deliveries=await catalog.get(DELIVERIES),
            courier=courier or courier_for(to_loopback=settings.webhooks_to_loopback),
            providers={name: await provider_of(one, clock, stack) for name, one in settings.oidc.items()},
        )
        _demand_one_index(stock, urls)
        rates = RateTable(base=settings.base_currency, rates=settings.rates)
        market = Market.of(
            stock,
            rates=rates,
            lifetime=timedelta(days=settings.listing_days),
            site=settings.site,
            limits=settings.limits,
        )
        if with_index:
            await market.keeper.start()
        yield market


def _demand_keys(urls: Stores) -> None:
    """Raises: InvalidError where no keys are named for people who outlive the process."""
    if urls.keys is None and urlsplit(urls.users).scheme != "memory":
        raise InvalidError(
            "People that are kept need keys that are kept, and passwords that are costly to guess.", field="keys",
            expected="CARMARKET_KEYS=a file, the same for all processes; it is made where there is none",
        )  # fmt: skip


def _demand_one_index(stock: Stock, urls: Stores) -> None:
    """Raises: InvalidError where each process would have an index of a part of the events."""
    if stock.log is None and not stock.index.is_shared:
        raise InvalidError(
            "Processes share the events of a broker, so they have to share an index.", field="search",
            value=shown(urls.search), expected="elasticsearch://host:9200/carmarket, or no CARMARKET_EVENTS",
        )  # fmt: skip
