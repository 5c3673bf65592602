"""
Any number of cars that look like the demo's: its makes, models and words, with numbers and places of their own.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from importlib.resources import files
from random import Random
from uuid import UUID

from attrs import evolve

from carmarket.core.catalog.car import Car, CarId, SellerId
from carmarket.core.catalog.listing import Details
from carmarket.core.catalog.prices import AskingPrice
from carmarket.core.catalog.rows import plan
from carmarket.core.catalog.vehicle import DistanceUnit, Odometer
from carmarket.core.money import Money, RateTable
from carmarket.core.place import Point
from carmarket.core.search.document import Entry, ListingFact
from carmarket.testing.builders import NOW

RATES = RateTable()
BATCH = 5_000
RARE_WORDS = 100_000
"""Words that few cars have: what sellers write beside what all of them write."""
SYLLABLES = [consonant + vowel for consonant in "bdklmn" for vowel in "aeiou"]


@cache
def demo_stock() -> tuple[tuple[Details, Money], ...]:
    """What the demo's file says, by the rules of an import."""
    packed = files("carmarket.entrypoints.cli.demo").joinpath("stock.csv.gz").read_bytes()
    header, *rows = csv.reader(io.StringIO(gzip.decompress(packed).decode()))
    planned = plan(header)
    read = [planned.read(row) for row in rows]
    return tuple((row.details, row.price) for row in read if row.details is not None and row.price is not None)


@cache
def _demo_entries() -> tuple[Entry, ...]:
    return tuple(
        Entry.of(
            Car(
                id=CarId(UUID(int=1)), version=1, seller=SellerId(UUID(int=1)), vehicle=details.vehicle,
                price=AskingPrice.first(price, NOW), vin=details.vin, odometer=details.odometer, place=details.place,
                description=details.description, published_at=NOW,
            ),
            RATES,
        )
        for details, price in demo_stock()
    )  # fmt: skip


def rare_word(number: int) -> str:
    """A word of four syllables or five for each number."""
    said = []
    for _ in range(4 + number % 2):
        number, at = divmod(number, len(SYLLABLES))
        said.append(SYLLABLES[at])
    return "".join(said)


def facts(count: int, seed: int = 7) -> Iterator[list[ListingFact]]:
    """So many cars before the public, some thousands at a time; never all of them in memory."""
    rng = Random(seed)
    models = _demo_entries()
    batch: list[ListingFact] = []
    for number in range(1, count + 1):
        car_id = CarId(UUID(int=number << 64 | rng.getrandbits(62)))
        batch.append(_told(car_id, models[rng.randrange(len(models))], rng))
        if len(batch) == BATCH or number == count:
            yield batch
            batch = []


def _told(car_id: CarId, model: Entry, rng: Random) -> ListingFact:
    car = model.car
    price = Money(max(100_000, int(car.price.current.amount * rng.uniform(0.7, 1.3)) // 100 * 100), "USD")
    miles = max(0, int((car.odometer.value if car.odometer else 30_000) * rng.uniform(0.5, 1.5)))
    odometer = Odometer(miles, DistanceUnit.MILES)
    published = NOW - timedelta(minutes=rng.randrange(60 * 24 * 60))
    point = model.point
    if point is not None:
        point = Point(point.latitude + rng.uniform(-0.3, 0.3), point.longitude + rng.uniform(-0.3, 0.3))
    own = evolve(
        car, id=car_id, seller=SellerId(UUID(int=rng.randrange(1, 2_000))), price=AskingPrice.first(price, published),
        odometer=odometer, published_at=published,
    )  # fmt: skip
    words = model.texts | {rare_word(int(RARE_WORDS * rng.random() ** 2)) for _ in range(3)}
    entry = evolve(model, car=own, texts=words, price=price.amount, odometer=odometer.metres, point=point)
    return ListingFact(car_id=car_id, version=1, entry=entry)
