"""
Whether a change of a listing can be written, from what a store knows of it and of VINs.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import TypeVar

from carmarket.core.catalog.lifecycle import LIVE
from carmarket.core.catalog.listing import Listing, taken_vin
from carmarket.core.errors import CarmarketError
from carmarket.core.versions import changed_meanwhile

K = TypeVar("K")
Stored = Mapping[K, tuple[int, str | None]]
"""Of each listing that is there its version, and its VIN if it is live, by what the store knows it by."""


def refusal(
    listing: Listing, base: int, *, key: K, stored: Stored[K], holders: MutableMapping[str, K]
) -> CarmarketError | None:
    """
    Why the listing cannot be written; if it can, the holders of VINs are brought up to date.

    Changes are judged in the order of their ids, each as if those before it were written.
    """
    version, before = stored.get(key, (0, None))
    if version != base:
        return changed_meanwhile(base, version, what="listing")
    vin = listing.details.vin if listing.status in LIVE else None
    if vin is not None and holders.get(vin, key) != key:
        return taken_vin(listing)
    if before is not None:
        holders.pop(before, None)
    if vin is not None:
        holders[vin] = key
    return None
