"""
What a market stands on besides its stores: as good as this installation has it.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from carmarket.config import MissingExtraError, OidcProvider
from carmarket.ports.cache import Cache
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.identity import IdentityProvider
from carmarket.ports.imports import TableReader
from carmarket.ports.limits import RateLimiter
from carmarket.ports.pictures import PhotoLab
from carmarket.ports.revocations import Revocations
from carmarket.ports.search import SearchIndex
from carmarket.ports.security import PasswordHasher, Secrets, TokenVerifier
from carmarket.ports.webhooks import Courier


def keys_in(path: str | None) -> tuple[TokenVerifier, Secrets]:
    """Keys from their file, or ones that live as long as the process."""
    if path is None:
        from carmarket.adapters.memory.security import MemorySecrets, MemoryTokens  # noqa: PLC0415  as needed

        return MemoryTokens(), MemorySecrets()
    try:
        from carmarket.adapters.jwt import open_key_file  # noqa: PLC0415  brought by an extra
    except ImportError as missing:
        raise MissingExtraError(f"Tokens need {missing.name}: install carmarket[tokens].") from missing
    return open_key_file(path)


def passwords_for(keys: str | None, stack: AsyncExitStack) -> PasswordHasher:
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


async def provider_of(said: OidcProvider, clock: Clock, stack: AsyncExitStack) -> IdentityProvider:
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


def photo_lab() -> PhotoLab:
    try:
        from carmarket.adapters.pillow import PillowPhotoLab  # noqa: PLC0415  brought by an extra
    except ImportError:
        from carmarket.adapters.memory.pictures import NoPhotoLab  # noqa: PLC0415  as needed

        return NoPhotoLab()
    return PillowPhotoLab()


def tables() -> TableReader:
    from carmarket.adapters.tabular import TabularReader  # noqa: PLC0415  as needed

    return TabularReader()


def courier_for(*, to_loopback: bool) -> Courier:
    try:
        from carmarket.adapters.http import HttpCourier  # noqa: PLC0415  brought by an extra
    except ImportError:
        from carmarket.adapters.memory.webhooks import NoCourier  # noqa: PLC0415  as needed

        return NoCourier()
    return HttpCourier(to_loopback=to_loopback)


def own_limiter(clock: Clock) -> RateLimiter:
    """One process serves these profiles, so its memory knows of every hit."""
    from carmarket.adapters.memory.limits import MemoryRateLimiter  # noqa: PLC0415  as needed

    return MemoryRateLimiter(clock)


def own_revocations(clock: Clock) -> Revocations:
    """Likewise; another process of these profiles, such as the command line, is not told."""
    from carmarket.adapters.memory.revocations import MemoryRevocations  # noqa: PLC0415  as needed

    return MemoryRevocations(clock)


def with_copies(index: SearchIndex, cache: Cache) -> SearchIndex:
    """An index that is asked over a line, and what was asked of it lately."""
    from carmarket.adapters.caching import CachedSearchIndex  # noqa: PLC0415  needs what extras bring

    return CachedSearchIndex(index, cache)


def system_clock() -> Clock:
    from carmarket.adapters.system.clock import SystemClock  # noqa: PLC0415  as needed

    return SystemClock()


def system_ids() -> Ids:
    try:
        from carmarket.adapters.system.ids import SystemIds  # noqa: PLC0415  brought by an extra
    except ImportError:
        from carmarket.adapters.memory.clock import MemoryIds  # noqa: PLC0415  as needed

        return MemoryIds()
    return SystemIds()
