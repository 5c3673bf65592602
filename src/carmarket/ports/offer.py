"""
Tokens that name ports, and offers that say which of them an adapter can serve.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

from attrs import field, frozen

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@frozen
class Port(Generic[T_co]):
    """A typed name: whoever asks an offer for `Port[BlobStore]` gets a `BlobStore`."""

    name: str


@frozen
class Offer:
    """
    What one URL serves: for each port a factory, run on first use and then kept.

    An adapter package has a function `offer(url) -> AsyncContextManager[Offer]`, registered in the entry point
    group `carmarket.adapters` under the URL's scheme. Leaving the context closes all that was opened.
    """

    factories: Mapping[str, Callable[[], Awaitable[Any]]]
    _made: dict[str, Any] = field(factory=dict, init=False, repr=False)

    def serves(self, port: Port[Any]) -> bool:
        return port.name in self.factories

    async def get(self, port: Port[T]) -> T:
        """
        What stands behind the port.

        Raises: KeyError if the offer does not serve it.
        """
        if port.name not in self._made:
            self._made[port.name] = await self.factories[port.name]()
        made: T = self._made[port.name]
        return made
