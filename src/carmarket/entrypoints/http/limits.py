"""
Where a request came from, and how often: what each answer tells of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from math import ceil
from typing import Any

from attrs import frozen

from carmarket.core.limits import Limit, Verdict
from carmarket.services.limits import SECOND, LimitService, TooOftenError

VERDICT = "carmarket.verdict"
FORWARDED = b"x-forwarded-for"
NETWORK_OF_ONE = 64
"""Bits of an IPv6 address that tell customers apart; each has the rest for itself (RFC 6177)."""
Header = tuple[bytes, bytes]


@frozen
class Proxies:
    """The proxies whose X-Forwarded-For is believed; whoever else sends one is taken for the client itself."""

    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, names: Iterable[str]) -> Proxies:
        return cls(tuple(map(ip_network, names)))

    def client(self, scope: Any) -> str:
        """The client's address: of an IPv6 one its network, since its owner has 2^64 of them."""
        peer = scope["client"]
        if peer is None:
            return "unknown"
        address: str = peer[0]
        if self.networks and self._trusts(address):
            said = b",".join(value for name, value in scope["headers"] if name == FORWARDED).decode("latin-1")
            for one in reversed([part.strip() for part in said.split(",") if part.strip()]):
                address = one
                if not self._trusts(one):
                    break
        return _owner(address) if ":" in address else address[:40]

    def _trusts(self, address: str) -> bool:
        try:
            known = ip_address(address)
        except ValueError:
            return False
        return any(known in network for network in self.networks)


async def admit_address(scope: Any, limits: LimitService, proxies: Proxies, rate: str) -> None:
    """Raises: TooOftenError for an address that comes too often."""
    await _admit(scope, limits, rate, proxies.client(scope))


async def admit_user(scope: Any, limits: LimitService, rate: str) -> None:
    """Raises: TooOftenError for a user who comes too often, from whichever addresses."""
    await _admit(scope, limits, rate, f"@{scope['user'].user_id.hex}")


def limit_headers(scope: Any) -> Sequence[Header]:
    """
    What is left, as the client is told: `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).

    Of the limits that the request counted against, the one that has least left.
    """
    told: tuple[str, Limit, Verdict] | None = scope.get(VERDICT)
    if told is None:
        return ()
    rate, limit, verdict = told
    left = f'"{rate}";r={verdict.remaining};t={-(-verdict.full_after // SECOND)}'
    return ((b"ratelimit-policy", _policy(rate, limit)), (b"ratelimit", left.encode("ascii")))


async def _admit(scope: Any, limits: LimitService, rate: str, who: str) -> None:
    try:
        verdict = await limits.admit(rate, who)
    except TooOftenError as often:
        scope[VERDICT] = (rate, limits.table[rate], often.verdict)
        raise
    if verdict is not None and (VERDICT not in scope or verdict.remaining < scope[VERDICT][2].remaining):
        scope[VERDICT] = (rate, limits.table[rate], verdict)


@lru_cache(maxsize=64)
def _policy(rate: str, limit: Limit) -> bytes:
    return f'"{rate}";q={limit.burst};w={ceil(limit.per.total_seconds())}'.encode("ascii")


@lru_cache(maxsize=4_096)
def _owner(address: str) -> str:
    try:
        known = IPv6Address(address)
    except ValueError:
        return address[:40]
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(IPv6Network((known, NETWORK_OF_ONE), strict=False).network_address)
