"""
Saved searches and alerts: memory, SQLite and MongoDB; and that a matcher with wrong keys does not pass.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings

from carmarket.adapters.memory import MemoryAlertLog, MemorySavedSearches
from carmarket.core.catalog.vehicle import BodyStyle, Colour, Condition, Drivetrain, Fuel, Transmission, Vehicle
from carmarket.core.place import Place, Point
from carmarket.core.search.alerts import seen
from carmarket.core.search.document import Entry, SearchDocument
from carmarket.core.search.keys import keys_of_entry, keys_of_query
from carmarket.core.search.query import Near, SearchQuery
from carmarket.core.search.saved import SavedSearch
from carmarket.core.search.words import Word, WordKind
from carmarket.testing.contracts.alerts import AlertLogContract
from carmarket.testing.contracts.saved_searches import (
    QUIET,
    SavedSearchesContract,
    documents,
    saved,
    scanned,
)
from carmarket.testing.saved_searches import a_car, a_saved_search
from carmarket.testing.strategies import RATES

EVERYTHING = a_car(
    vehicle=Vehicle(
        make="Mazda", model="CX-5", trim="GT", body_style=BodyStyle.SUV, fuel=Fuel.PETROL, drivetrain=Drivetrain.ALL,
        transmission=Transmission.AUTOMATIC, colour=Colour.RED, condition=Condition.USED, features=("Sunroof",),
    ),
    place=Place(point=Point(49.001, 8.4)),
)  # fmt: skip
BY_KIND = {
    "seller": SearchQuery(seller=EVERYTHING.seller),
    "model": SearchQuery(models=["CX-5"]),
    "trim": SearchQuery(trims=["gt"]),
    "word": SearchQuery(terms=(Word("cx5"),)),
    "make": SearchQuery(makes=["mazda", "ford"]),
    "beginning": SearchQuery(terms=(Word("sunr", WordKind.PREFIX),)),
    "latitude": SearchQuery(near=Near(Point(48.999, 8.4), 5_000)),
    "feature": SearchQuery(features=["sunroof"]),
    "colour": SearchQuery(colours={Colour.RED, Colour.BLUE}),
    "body": SearchQuery(bodies={BodyStyle.SUV}),
    "fuel": SearchQuery(fuels={Fuel.PETROL}),
    "drivetrain": SearchQuery(drivetrains={Drivetrain.ALL}),
    "transmission": SearchQuery(transmissions={Transmission.AUTOMATIC}),
    "condition": SearchQuery(conditions={Condition.USED}),
    "any": SearchQuery(terms=(Word("sunrof", WordKind.FUZZY),)),
}
"""For each kind of key a query that stands under it alone, and finds the car."""


class TestSavedSearches(SavedSearchesContract):
    @pytest.fixture
    def open_saved_searches(self, open_people: Any) -> Any:
        return open_people


class TestAlertLog(AlertLogContract):
    @pytest.fixture
    def open_saved_searches(self, open_people: Any) -> Any:
        return open_people


class Forgetful(MemorySavedSearches):
    """A mutant: it does not look under one kind of key."""

    kind = ""

    def _keys_of_entry(self, entry: Entry) -> frozenset[str]:
        return frozenset(key for key in super()._keys_of_entry(entry) if key.partition(":")[0] != self.kind)


def check(matcher: MemorySavedSearches, searches: list[SavedSearch], seen_cars: list[SearchDocument]) -> None:
    async def run() -> None:
        for search in searches:
            await matcher.save(a_saved_search(search.id.int, search.query, how_often=search.how_often))
        for document in seen_cars:
            assert list(await matcher.matching(document)) == scanned(searches, document)

    asyncio.run(run())


@settings(max_examples=60, **QUIET)
@given(searches=saved(60), seen_cars=documents())
def test_a_matcher_finds_what_a_scan_finds(searches, seen_cars):
    check(MemorySavedSearches(MemoryAlertLog()), searches, seen_cars)

    assert all(keys_of_query(search.query) for search in searches)


@pytest.mark.parametrize("kind", BY_KIND)
def test_a_matcher_that_forgets_a_kind_of_key_is_caught(kind):
    searches = [a_saved_search(number, query).state for number, query in enumerate(BY_KIND.values(), start=1)]
    document = seen(Entry.of(EVERYTHING, RATES))
    mutant = type("Mutant", (Forgetful,), {"kind": kind})

    check(MemorySavedSearches(MemoryAlertLog()), searches, [document])
    assert len(scanned(searches, document)) == len(BY_KIND)
    with pytest.raises(AssertionError):
        check(mutant(MemoryAlertLog()), searches, [document])


def test_every_kind_of_key_has_its_mutant():
    kinds = {key.partition(":")[0] for key in keys_of_entry(Entry.of(EVERYTHING, RATES))}

    assert kinds == BY_KIND.keys()
