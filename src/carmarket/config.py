"""
Settings: where the stores are and how the market behaves.

It is long, for what each setting is stands beside how it is read from a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import evolve, field, frozen

from carmarket.core.errors import CarmarketError, InvalidError
from carmarket.core.limits import DEFAULT_LIMITS, Limit

DEFAULT_URL = "sqlite:///carmarket.db"
PREFIX = "CARMARKET_"
TIMES = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}
PROVIDER_NAME = re.compile("[a-z][a-z0-9-]{0,31}")
OIDC_FIELDS = ("issuer", "client_id", "client_secret")


class MissingExtraError(CarmarketError):
    """Something was asked for that this installation leaves out."""

    code = "missing-extra"


@frozen(kw_only=True)
class OidcProvider:
    """A provider of OpenID Connect, and what this market is known by there."""

    issuer: str
    """As its discovery document says it, letter for letter; `memory://` for one whose people tests play."""
    client_id: str
    client_secret: str = field(default="", repr=False)
    """Empty for a client that has none."""


@frozen(kw_only=True)
class Settings:
    """
    Where a market keeps its things. `url` decides for every store that is not named on its own.

    From the environment each field is `CARMARKET_` and its name in capitals, such as `CARMARKET_URL`; rates are
    written as "EUR=1.08, GBP=1.27", limits as "login=10/m, read=100/s" (what is not said stays as it is) or "off",
    and proxies as "10.0.0.0/8, ::1".
    """

    url: str = DEFAULT_URL
    catalog: str | None = None
    booking: str | None = None
    users: str | None = None
    reviews: str | None = None
    enquiries: str | None = None
    search: str | None = None
    photos: str | None = None
    events: str | None = None
    """Where events are read: `kafka://broker:9092`; by default the catalog's own log."""
    cache: str | None = None
    """Where requests are counted for all processes: `redis://host:6379`; by default each counts for itself."""
    keys: str | None = None
    """A file with the market's keys, made at first use."""
    mail: str | None = field(default=None, repr=False)
    """Who carries letters: `smtp://user:password@mail.example:587`, or `eml:///letters` for a folder."""
    mail_from: str = "carmarket <no-reply@carmarket.example>"
    """Whom letters come from: a name and an address."""
    site: str = "http://127.0.0.1:8000"
    """The address that links in letters begin with."""
    oidc: Mapping[str, OidcProvider] = {}
    """
    Whom people may log in with, by name; a table each in TOML, or "google=https://issuer|client|secret" from the
    environment, with commas between several.
    """
    base_currency: str = "USD"
    """The currency that filters and sorts compare prices in."""
    rates: Mapping[str, Decimal] = {}
    """What one major unit of another currency is worth in the base currency."""
    listing_days: int = 60
    """How long a listing stays before the public unless it is renewed."""
    limits: Mapping[str, Limit] | None = DEFAULT_LIMITS
    """
    How often each user and each address may ask, by class of request; `None`: as often as they like.

    A class that is left out has no limit.
    """
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies whose word on where a request came from is believed."""
    webhooks_to_loopback: bool = False
    """Whether webhooks may be on this very machine, and by plain `http:`; for tests and development alone."""


READ_HERE = (
    Mapping[str, Decimal], Mapping[str, Limit] | None, tuple[str, ...], Mapping[str, OidcProvider],
)  # fmt: skip
"""Types of settings that are also written as a text of their own."""


@frozen(kw_only=True)
class Stores:
    """The URL of each store, with nothing left open."""

    catalog: str
    booking: str
    users: str
    reviews: str
    enquiries: str
    search: str
    photos: str
    events: str
    cache: str | None
    mail: str = field(repr=False)
    keys: str | None
    """`None`: keys live and die with the process."""


def stores(settings: Settings) -> Stores:
    """
    Which URL serves which store.

    Raises: InvalidError for a `url` that is no URL.
    """
    scheme = urlsplit(settings.url).scheme
    if not scheme:
        raise InvalidError(
            "A market is named by a URL.",
            field="url",
            value=settings.url,
            expected="memory:// or sqlite:///garage.db",
        )
    if scheme == "sqlite":
        path = settings.url.removeprefix("sqlite:///")
        search, photos, keys = f"bitmap:///{path}.index", f"file:///{path}.photos", f"{path}.keys"
        mail = f"eml:///{path}.mail"
    else:
        search, photos, mail, keys = settings.url, settings.url, settings.url, None
    return Stores(
        catalog=settings.catalog or settings.url,
        booking=settings.booking or settings.catalog or settings.url,
        users=settings.users or settings.catalog or settings.url,
        reviews=settings.reviews or settings.users or settings.catalog or settings.url,
        enquiries=settings.enquiries or settings.catalog or settings.url,
        search=settings.search or search,
        photos=settings.photos or photos,
        events=settings.events or settings.catalog or settings.url,
        cache=settings.cache,
        mail=settings.mail or mail,
        keys=settings.keys or keys,
    )


def shown(url: str) -> str:
    """A URL as people may see it: without its password."""
    secret = urlsplit(url).password
    return url.replace(f":{secret}@", ":***@", 1) if secret else url


def load_settings(*, url: str | None = None, file: Path | None = None, environment: bool = True) -> Settings:
    """
    Settings from a TOML file and, if wanted, the environment, the later over the former; `url` over both.

    Raises: MissingExtraError without the extra `settings`; InvalidError naming what cannot be understood.
    """
    try:
        import typed_settings as ts  # noqa: PLC0415  the base install needs no settings library
        from typed_settings.exceptions import TsError  # noqa: PLC0415
    except ImportError as missing:
        raise MissingExtraError("Reading settings needs another package: install carmarket[settings].") from missing
    loaders: list[Any] = [
        ts.FileLoader({"*.toml": ts.TomlFormat("carmarket")}, [file] if file else []),
        *([ts.EnvLoader(PREFIX)] if environment else []),
    ]
    converter: Any = ts.default_converter()
    converter.register_structure_hook_func(lambda kind: kind in READ_HERE, lambda said, _: said)
    try:
        settings = ts.load_settings(Settings, loaders, converter=converter)
    except TsError as unclear:
        causes = getattr(unclear, "exceptions", (unclear,))
        raise InvalidError(
            f"The settings cannot be understood: {'; '.join(map(str, causes))}", field="settings"
        ) from unclear
    # Read here and not by the loader, which would bury the reason in a text of its own.
    settings = evolve(
        settings,
        rates=_rates(settings.rates),
        limits=_limits(settings.limits),
        trusted_proxies=_proxies(settings.trusted_proxies),
        oidc=_providers(settings.oidc),
    )
    return settings if url is None else evolve(settings, url=url)


def _rates(said: object) -> Mapping[str, Decimal]:
    """From a table, or from a text such as "EUR=1.08, GBP=1.27"."""
    parts = [part for part in str(said).split(",") if part.strip()]
    pairs = said.items() if isinstance(said, Mapping) else [part.partition("=")[::2] for part in parts]
    try:
        rates = {str(currency).strip(): Decimal(str(rate).strip()) for currency, rate in pairs}
    except InvalidOperation:
        rates = {"": Decimal(0)}
    for currency, rate in rates.items():
        if len(currency) != 3 or not currency.isupper() or not rate.is_finite() or rate <= 0:
            raise InvalidError(
                "A rate is a currency and what one of it is worth.",
                field="rates",
                value=str(said),
                expected="EUR=1.08, GBP=1.27",
            )
    return rates


def _limits(said: object) -> Mapping[str, Limit] | None:
    """From a table, or from a text such as "login=10/m, read=100/s"; "off" is no limit at all."""
    if said is None or said == "off":
        return None
    parts = [part for part in str(said).split(",") if part.strip()]
    pairs = said.items() if isinstance(said, Mapping) else [part.partition("=")[::2] for part in parts]
    return {**DEFAULT_LIMITS, **{str(rate).strip(): _limit(str(rate).strip(), limit) for rate, limit in pairs}}


def _limit(rate: str, said: object) -> Limit:
    if isinstance(said, Limit):
        return said
    count, _, time = str(said).strip().partition("/")
    if rate not in DEFAULT_LIMITS or not (count.isascii() and count.isdigit() and len(count) < 10 and time in TIMES):
        raise InvalidError(
            "A limit is a class of requests, and how many of them in a second, a minute or an hour.",
            field="limits",
            value=f"{rate}={said}",
            expected=f"login=10/m; one of: {', '.join(DEFAULT_LIMITS)}",
        )
    return Limit(int(count), TIMES[time])


def _proxies(said: object) -> tuple[str, ...]:
    """From a list, or from a text such as "10.0.0.0/8, ::1"."""
    names = said.split(",") if isinstance(said, str) else said if isinstance(said, Iterable) else ()
    proxies = tuple(str(name).strip() for name in names if str(name).strip())
    for proxy in proxies:
        try:
            ip_network(proxy)
        except ValueError:
            raise InvalidError(
                "A proxy is an address or a network.",
                field="trusted_proxies",
                value=proxy,
                expected="10.0.0.0/8, ::1",
            ) from None
    return proxies


def _providers(said: object) -> Mapping[str, OidcProvider]:
    """From tables, or from a text such as "google=https://issuer|client|secret"."""
    if isinstance(said, Mapping):
        told = {str(name): dict(one) if isinstance(one, Mapping) else {} for name, one in said.items()}
    else:
        parts = [part.strip().partition("=")[::2] for part in str(said).split(",") if part.strip()]
        told = {name: dict(zip(OIDC_FIELDS, one.split("|"), strict=False)) for name, one in parts}
        if len(told) != len(parts) or any(one.count("|") >= len(OIDC_FIELDS) for _, one in parts):
            raise _no_provider()
    return {name: _provider(name, one) for name, one in told.items()}


def _provider(name: str, told: Mapping[str, Any]) -> OidcProvider:
    is_told = {"issuer", "client_id"} <= told.keys() <= set(OIDC_FIELDS) and all(
        isinstance(value, str) for value in told.values()
    )
    if not PROVIDER_NAME.fullmatch(name) or not is_told or not told["issuer"] or not told["client_id"]:
        raise _no_provider()
    return OidcProvider(**told)


def _no_provider() -> InvalidError:
    # Without what was given: it may hold a secret.
    return InvalidError(
        "A provider of log-ins has a name, an issuer, a client id and, mostly, a secret.",
        field="oidc",
        expected="google=https://accounts.google.com|client|secret",
    )
