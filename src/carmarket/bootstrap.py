"""
The one place that names adapters: it puts a market together and opens it.

It is long, for there is one such place.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from importlib.metadata import EntryPoint, entry_points
from time import perf_counter
from typing import Any, TypeVar
from urllib.parse import urlsplit

from attrs import define, field, frozen

from carmarket.config import DEFAULT_URL, MissingExtraError, OidcProvider, Settings, shown, stores
from carmarket.core.errors import CarmarketError, InvalidError
from carmarket.core.money import RateTable
from carmarket.ports.audit import AUDIT
from carmarket.ports.backup import BACKUP
from carmarket.ports.blobs import BLOBS
from carmarket.ports.booking import BOOKING_RULES, BOOKINGS
from carmarket.ports.catalog import LISTINGS
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.dead_letters import DEAD_LETTERS
from carmarket.ports.enquiries import ENQUIRABLE_CARS, ENQUIRIES
from carmarket.ports.events import EVENTS, LEADERSHIP, OUTBOX, PUBLISHER, READERS, SUBSCRIPTIONS, Outbox
from carmarket.ports.forgotten import RESET_REQUESTS
from carmarket.ports.identity import IdentityProvider
from carmarket.ports.imports import IMPORTS, TableReader
from carmarket.ports.limits import LIMITS, RateLimiter
from carmarket.ports.mail import MAIL
from carmarket.ports.offer import Offer, Port
from carmarket.ports.pictures import PhotoLab
from carmarket.ports.preparing import PREPARATION
from carmarket.ports.probe import PROBE
from carmarket.ports.reviews import REVIEWABLE_BOOKINGS, REVIEWS
from carmarket.ports.saved_searches import ALERTS, SAVED_SEARCHES
from carmarket.ports.search import SEARCH, SNAPSHOTS
from carmarket.ports.security import PasswordHasher, Secrets, TokenVerifier
from carmarket.ports.users import DEALERS, SESSIONS, USERS
from carmarket.ports.webhooks import DELIVERIES, WEBHOOKS, Courier
from carmarket.services.market import Market
from carmarket.services.stock import Stock
from carmarket.services.subscriptions import LogSubscriptions

T = TypeVar("T")

GROUP = "carmarket.adapters"
NAMES = ("catalog", "booking", "users", "reviews", "enquiries", "search", "photos", "events", "mail")
"""Of the settings that name stores, but for the cache, without which a market can do."""
EXTRAS = {
    "sqlite": "embedded", "bitmap": "embedded", "file": "embedded", "eml": "mail", "smtp": "mail",
    "postgresql": "postgres", "mongodb": "mongo", "mongodb+srv": "mongo", "rediss": "redis",
}  # fmt: skip
"""Which extra brings what an adapter of this scheme imports."""


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
        offers = _Offers(stack)
        catalog, booking, users, reviews, enquiries, search, photos, events, mail = [
            await offers.open(name, getattr(urls, name)) for name in NAMES
        ]
        cache = None if urls.cache is None else await offers.open("cache", urls.cache)
        log, positions = await events.offered(EVENTS), await events.offered(READERS)
        subscriptions = (
            await events.get(SUBSCRIPTIONS) if log is None or positions is None else LogSubscriptions(log, positions)
        )
        tokens, secrets = _keys(urls.keys)
        clock = clock or _clock()
        stock = Stock(
            listings=await catalog.get(LISTINGS),
            subscriptions=subscriptions,
            log=log,
            positions=positions,
            dead_letters=await catalog.get(DEAD_LETTERS),
            leadership=await catalog.get(LEADERSHIP),
            outboxes=await _outboxes(
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
            index=await search.get(SEARCH),
            snapshots=await search.offered(SNAPSHOTS),
            blobs=await photos.get(BLOBS),
            backup=await catalog.offered(BACKUP),
            mailer=(await mail.get(MAIL))(sender=settings.mail_from, clock=clock),
            lab=_photo_lab(),
            tables=_tables(),
            clock=clock,
            ids=ids or _ids(),
            tokens=tokens,
            secrets=secrets,
            passwords=_passwords(urls.keys, stack),
            limiter=_limiter(clock) if cache is None else await cache.get(LIMITS),
            webhooks=await catalog.get(WEBHOOKS),
            deliveries=await catalog.get(DELIVERIES),
            courier=courier or _courier(to_loopback=settings.webhooks_to_loopback),
            providers={name: await _provider(one, clock, stack) for name, one in settings.oidc.items()},
        )
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


async def prepare_stores(settings: Settings) -> Mapping[str, str]:
    """
    Make every store that the settings name ready for use; by its setting what that took.

    Safe to repeat, and for several to do at once. Stores that need nothing are left out.

    Raises: InvalidError, UnavailableError, MissingExtraError.
    """
    urls = stores(settings)
    told: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        offers, seen = _Offers(stack), set[str]()
        for name in (*NAMES, "cache"):
            url: str | None = getattr(urls, name)
            if url is None or url in seen:
                continue
            seen.add(url)
            preparation = await (await offers.open(name, url)).offered(PREPARATION)
            if preparation is not None:
                told[name] = await preparation.prepare()
    return told


async def probe_stores(settings: Settings) -> Mapping[str, str | CarmarketError]:
    """What answers for each setting that names a store, and in which time, or why nothing does; but for files."""
    urls = stores(settings)
    told: dict[str, str | CarmarketError] = {}
    async with AsyncExitStack() as stack:
        offers = _Offers(stack)
        for name in (*NAMES, "cache"):
            url: str | None = getattr(urls, name)
            if url is None:
                continue
            probe = await (await offers.open(name, url)).offered(PROBE)
            if probe is not None:
                begun = perf_counter()
                try:
                    told[name] = f"{await probe.version()}, {(perf_counter() - begun) * 1000:,.0f} ms"
                except CarmarketError as error:
                    told[name] = error
    return told


@frozen
class _Store:
    """What a setting names, and what is behind it."""

    setting: str
    url: str
    offer: Offer

    async def get(self, port: Port[T]) -> T:
        """Raises: InvalidError naming the setting, where its URL names something that keeps no such thing."""
        if not self.offer.serves(port):
            raise InvalidError(
                f"What keeps the {port.name.replace('-', ' ')} is to be named.", field=self.setting,
                value=shown(self.url), expected=f"CARMARKET_{self.setting.upper()}=a URL of a store that keeps them",
            )  # fmt: skip
        return await self.offer.get(port)

    async def offered(self, port: Port[T]) -> T | None:
        return await self.offer.get(port) if self.offer.serves(port) else None


@define
class _Offers:
    """Opens each distinct URL once."""

    stack: AsyncExitStack
    _open: dict[str, Offer] = field(factory=dict)

    async def open(self, setting: str, url: str) -> _Store:
        if url not in self._open:
            self._open[url] = await self.stack.enter_async_context(_adapter(url)(url))
        return _Store(setting, url, self._open[url])


async def _outboxes(stores: Mapping[str, _Store], events: _Store) -> Mapping[str, Outbox]:
    """
    Of each store that is not where events are read: what it tells has to be carried there.

    Raises: InvalidError for a store whose events would reach nobody.
    """
    found: dict[str, Outbox] = {}
    seen = {events.url} if events.offer.serves(EVENTS) else set[str]()
    for name, store in stores.items():
        if store.url in seen:
            continue
        seen.add(store.url)
        outbox = await store.offered(OUTBOX)
        if outbox is None:
            raise InvalidError(
                "What happens in this store would be told to nobody.", field=name, value=shown(store.url),
                expected=f"the store where events are read, {shown(events.url)}, or one that has an outbox",
            )  # fmt: skip
        found[name] = outbox
    return found


def _adapter(url: str) -> Callable[[str], AbstractAsyncContextManager[Offer]]:
    scheme = urlsplit(url).scheme
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if scheme not in found:
        raise InvalidError(
            f"No adapter serves {scheme}: URLs.", field="url", value=shown(url), expected=", ".join(sorted(found))
        )
    adapter: Callable[[str], AbstractAsyncContextManager[Offer]] = _load(found[scheme])
    return adapter


def _load(entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except ImportError as missing:
        extra = EXTRAS.get(entry.name, entry.name)
        raise MissingExtraError(f"{entry.name}: needs {missing.name}: install carmarket[{extra}].") from missing


def _keys(path: str | None) -> tuple[TokenVerifier, Secrets]:
    """Keys from their file, or ones that live as long as the process."""
    if path is None:
        from carmarket.adapters.memory.security import MemorySecrets, MemoryTokens  # noqa: PLC0415  as needed

        return MemoryTokens(), MemorySecrets()
    try:
        from carmarket.adapters.jwt import open_key_file  # noqa: PLC0415  brought by an extra
    except ImportError as missing:
        raise MissingExtraError(f"Tokens need {missing.name}: install carmarket[tokens].") from missing
    return open_key_file(path)


def _passwords(keys: str | None, stack: AsyncExitStack) -> PasswordHasher:
    """Costly hashes where they are kept, cheap ones in a market that ends with the process."""
    if keys is None:
        from carmarket.adapters.memory.security import MemoryPasswords  # noqa: PLC0415  as needed

        return MemoryPasswords()
    try:
        from carmarket.adapters.argon2 import Argon2Passwords  # noqa: PLC0415  brought by an extra
    except ImportError as missing:
        raise MissingExtraError(f"Passwords need {missing.name}: install carmarket[passwords].") from missing
    passwords = Argon2Passwords()
    stack.callback(passwords.close)
    return passwords


async def _provider(said: OidcProvider, clock: Clock, stack: AsyncExitStack) -> IdentityProvider:
    """Asked for what it knows at the first log-in, so that a market opens without it."""
    if said.issuer.startswith("memory:"):
        from carmarket.adapters.memory.identity import MemoryIdentityProvider  # noqa: PLC0415  as needed

        return MemoryIdentityProvider(said.issuer)
    try:
        from carmarket.adapters.oidc import open_provider  # noqa: PLC0415  brought by an extra
    except ImportError as missing:
        raise MissingExtraError(f"Log-ins elsewhere need {missing.name}: install carmarket[oidc].") from missing
    opened = open_provider(said.issuer, client_id=said.client_id, client_secret=said.client_secret, clock=clock)
    return await stack.enter_async_context(opened)


def _photo_lab() -> PhotoLab:
    try:
        from carmarket.adapters.pillow import PillowPhotoLab  # noqa: PLC0415  brought by an extra
    except ImportError:
        from carmarket.adapters.memory.pictures import NoPhotoLab  # noqa: PLC0415  as needed

        return NoPhotoLab()
    return PillowPhotoLab()


def _tables() -> TableReader:
    from carmarket.adapters.tabular import TabularReader  # noqa: PLC0415  as needed

    return TabularReader()


def _courier(*, to_loopback: bool) -> Courier:
    try:
        from carmarket.adapters.http import HttpCourier  # noqa: PLC0415  brought by an extra
    except ImportError:
        from carmarket.adapters.memory.webhooks import NoCourier  # noqa: PLC0415  as needed

        return NoCourier()
    return HttpCourier(to_loopback=to_loopback)


def _limiter(clock: Clock) -> RateLimiter:
    """One process serves these profiles, so its memory knows of every hit."""
    from carmarket.adapters.memory.limits import MemoryRateLimiter  # noqa: PLC0415  as needed

    return MemoryRateLimiter(clock)


def _clock() -> Clock:
    from carmarket.adapters.system.clock import SystemClock  # noqa: PLC0415  as needed

    return SystemClock()


def _ids() -> Ids:
    try:
        from carmarket.adapters.system.ids import SystemIds  # noqa: PLC0415  brought by an extra
    except ImportError:
        from carmarket.adapters.memory.clock import MemoryIds  # noqa: PLC0415  as needed

        return MemoryIds()
    return SystemIds()
