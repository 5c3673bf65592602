"""
Copying a market into another: is all ready, move it, build the index, prove it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.ports.catalog import ListingFilter
from carmarket.services.copying.files import Files
from carmarket.services.copying.people import PEOPLE
from carmarket.services.copying.proof import Canonical, Compared, Total, total_of
from carmarket.services.copying.readiness import demand_alone, demand_room, demand_same_keys, demand_told
from carmarket.services.copying.subjects import Subject
from carmarket.services.copying.trade import TRADE
from carmarket.services.market import Market

SUBJECTS: tuple[Subject, ...] = (Files(), *PEOPLE, *TRADE)
"""A photo comes before the listing that shows it, a search before its alerts, a webhook before its deliveries."""
FOUND = "cars that can be found"
Tell = Callable[[str], None]


async def copy_market(
    source: Market, target: Market, *, canonical: Canonical, settle: bool = False, tell: Tell = lambda _: None
) -> Sequence[Compared]:
    """
    Move all that the source keeps into the target, which tells nobody of it; how the two then compare.

    Events stay where they happened. What was broken off goes on where it was when it is begun anew. With `settle` the
    source first works off what waits there. `tell` hears of each step before it is taken.

    Raises: ConflictError where one of them is in use, or has something to tell, be it since the copy began, or the
        target holds anything else; InvalidError for two markets with different keys.
    """
    demand_same_keys(source, target)
    await demand_alone(source, "from")
    await demand_alone(target, "to")
    if settle:
        tell("Working off what waits")
        await source.settle()
    tell("Looking whether all is told")
    await demand_told(source, "from")
    await demand_told(target, "to")
    tell("Looking at what is there")
    await demand_room(source, target, SUBJECTS, canonical)
    for subject in SUBJECTS:
        tell(f"Copying {subject.name}")
        await subject.move(source.stock, target.stock)
    tell("Building the index")
    found = await _index(source, target)
    compared = [*await compare(source, target, canonical=canonical, tell=tell), found]
    tell("Looking whether something happened meanwhile")
    await demand_told(source, "from")
    await demand_told(target, "to")
    return compared


async def compare(
    source: Market, target: Market, *, canonical: Canonical, tell: Tell = lambda _: None
) -> Sequence[Compared]:
    """Counts and checksums of all that both keep, as it is read now."""
    compared = []
    for subject in SUBJECTS:
        tell(f"Comparing {subject.name}")
        there, here = [await total_of(subject, one.stock, canonical) for one in (source, target)]
        compared.append(Compared.of(subject.name, there, here))
    return compared


async def _index(source: Market, target: Market) -> Compared:
    """Built from the target's own catalog; it has no checksum, for it is in words of its own."""
    published = ListingFilter(statuses=frozenset({ListingStatus.PUBLISHED}))
    there = await source.stock.listings.count(published)
    rebuilt = await target.keeper.rebuild()
    await target.keeper.refill()
    await target.keeper.snapshot()
    return Compared.of(FOUND, Total(there, ""), Total(rebuilt.cars, ""))
