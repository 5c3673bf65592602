"""
What a provider says of itself: where its endpoints are, and which keys it signs with (OpenID Connect Discovery 1.0).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field, frozen

from carmarket.adapters.oidc.wire import Wire, away, is_safe
from carmarket.core.errors import UnavailableError
from carmarket.ports.clock import Clock

KEPT = timedelta(hours=1)
"""How long documents are believed without looking again."""
PAUSE = timedelta(seconds=30)
"""How long it takes at least from one look for a new key to the next."""
REST = timedelta(seconds=2)
"""How long a provider that was away is not asked again, so that nobody waits behind others in vain."""


@frozen(kw_only=True)
class Endpoints:
    authorization: str
    token: str
    keys: str
    user_info: str | None
    takes_basic: bool
    """The client's secret goes into a header and not into the form (RFC 6749, 2.3.1)."""


@define
class Directory:
    """Looks once for all who ask at the same moment, and remembers for a while what it saw, be it nothing."""

    _issuer: str
    _wire: Wire
    _clock: Clock
    _lock: asyncio.Lock = field(factory=asyncio.Lock, init=False)
    _endpoints: tuple[datetime, Endpoints] | None = field(default=None, init=False)
    _keys: tuple[datetime, Sequence[Mapping[str, Any]]] | None = field(default=None, init=False)
    _away_until: datetime | None = field(default=None, init=False)

    async def endpoints(self) -> Endpoints:
        """Raises: UnavailableError, also for a document that is another issuer's, or that leads over open lines."""
        async with self._lock:
            return await self._look_for_endpoints()

    async def keys(self, key_id: str | None) -> Sequence[Mapping[str, Any]]:
        """
        The public keys as they are published; looked for again where the one that is meant is not among those known.

        Raises: UnavailableError.
        """
        async with self._lock:
            now = self._clock.now()
            if self._keys is not None:
                seen, keys = self._keys
                is_known = key_id is None or any(one.get("kid") == key_id for one in keys)
                if now < seen + (KEPT if is_known else PAUSE):
                    return keys
            endpoints = await self._look_for_endpoints()
            said = await self._seen(endpoints.keys)
            found = said.get("keys")
            if not isinstance(found, list):
                raise away("its keys are none")
            keys = tuple(one for one in found if isinstance(one, dict))
            self._keys = now, keys
            return keys

    async def _look_for_endpoints(self) -> Endpoints:
        now = self._clock.now()
        if self._endpoints is None or now >= self._endpoints[0] + KEPT:
            said = await self._seen(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            self._endpoints = now, _endpoints(said, self._issuer)
        return self._endpoints[1]

    async def _seen(self, url: str) -> Mapping[str, Any]:
        if self._away_until is not None and self._clock.now() < self._away_until:
            raise away("it did not answer a moment ago")
        try:
            reply = await self._wire.get(url)
        except (UnavailableError, asyncio.CancelledError):
            self._away_until = self._clock.now() + REST
            raise
        if reply.status != 200:
            self._away_until = self._clock.now() + REST
            raise away(f"it answers {reply.status}")
        self._away_until = None
        return reply.said


def _endpoints(said: Mapping[str, Any], issuer: str) -> Endpoints:
    if said.get("issuer") != issuer:
        raise away("it says that it is another issuer")
    authorization, token, keys = (
        said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    )  # fmt: skip
    user_info = said.get("userinfo_endpoint")
    for url in (authorization, token, keys, *([] if user_info is None else [user_info])):
        if not is_safe(url, issuer):
            raise away("it names an address that is not safe")
    methods = said.get("token_endpoint_auth_methods_supported")
    return Endpoints(
        authorization=str(authorization), token=str(token), keys=str(keys), user_info=user_info,
        takes_basic=not isinstance(methods, list) or "client_secret_basic" in methods,
    )  # fmt: skip
