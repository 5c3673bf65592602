"""
The stores that settings name: each URL opened once, each port taken from where its setting says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar
from urllib.parse import urlsplit

from attrs import define, field, frozen

from carmarket.config import MissingExtraError, shown
from carmarket.core.errors import InvalidError
from carmarket.ports.events import EVENTS, OUTBOX, Outbox
from carmarket.ports.offer import Offer, Port

T = TypeVar("T")

GROUP = "carmarket.adapters"
NAMES = ("catalog", "booking", "users", "reviews", "enquiries", "search", "photos", "events", "mail")
"""Of the settings that name stores, but for the cache, without which a market can do."""
EXTRAS = {
    "sqlite": "embedded", "bitmap": "embedded", "file": "embedded", "eml": "mail", "smtp": "mail",
    "postgresql": "postgres", "mongodb": "mongo", "mongodb+srv": "mongo", "rediss": "redis",
}  # fmt: skip
"""Which extra brings what an adapter of this scheme imports."""


@frozen
class Store:
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
class Offers:
    """Opens each distinct URL once."""

    stack: AsyncExitStack
    _open: dict[str, Offer] = field(factory=dict)

    async def open(self, setting: str, url: str) -> Store:
        if url not in self._open:
            self._open[url] = await self.stack.enter_async_context(_adapter(url)(url))
        return Store(setting, url, self._open[url])


async def outboxes_of(stores: Mapping[str, Store], events: Store) -> Mapping[str, Outbox]:
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
        package = entry.dist.name if entry.dist else "carmarket"
        needed = f"carmarket[{EXTRAS.get(entry.name, entry.name)}]" if package == "carmarket" else package
        raise MissingExtraError(f"{entry.name}: needs {missing.name}: install {needed}.") from missing
