"""
Making stores ready for use, and looking whether they answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from time import perf_counter

from carmarket.bootstrap.stores import NAMES, Offers
from carmarket.config import Settings, stores
from carmarket.core.errors import CarmarketError
from carmarket.ports.preparing import PREPARATION
from carmarket.ports.probe import PROBE, Probe


async def prepare_stores(settings: Settings) -> Mapping[str, str]:
    """
    Make every store that the settings name ready for use; by its setting what that took.

    Safe to repeat, and for several to do at once. Stores that need nothing are left out.

    Raises: InvalidError, UnavailableError, MissingExtraError.
    """
    urls = stores(settings)
    told: dict[str, str] = {}
    async with AsyncExitStack() as stack:
        offers, seen = Offers(stack), set[str]()
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
    async with AsyncExitStack() as stack:
        offers, probes = Offers(stack), dict[str, Probe]()
        for name in (*NAMES, "cache"):
            url: str | None = getattr(urls, name)
            probe = None if url is None else await (await offers.open(name, url)).offered(PROBE)
            if probe is not None:
                probes[name] = probe
        return dict(zip(probes, await asyncio.gather(*map(_told, probes.values())), strict=True))


async def _told(probe: Probe) -> str | CarmarketError:
    begun = perf_counter()
    try:
        return f"{await probe.version()}, {(perf_counter() - begun) * 1000:,.0f} ms"
    except CarmarketError as error:
        return error
