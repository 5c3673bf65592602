"""
Hypothesis strategies for searching: few values, so that queries and cars meet often, at their edges too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from attrs import evolve
from hypothesis import strategies as st

from carmarket.core.catalog.car import Car, CarId, SellerId
from carmarket.core.catalog.prices import AskingPrice, PricePoint
from carmarket.core.catalog.vehicle import (
    BodyStyle,
    Colour,
    Condition,
    DistanceUnit,
    Drivetrain,
    Fuel,
    Odometer,
    Power,
    Transmission,
    Vehicle,
)
from carmarket.core.money import Money, RateTable
from carmarket.core.period import Period
from carmarket.core.place import Place, Point
from carmarket.core.search.document import BookingFact, Entry, Fact, ListingFact
from carmarket.core.search.query import Near, Range, SearchQuery, Sort
from carmarket.core.search.words import Word, WordKind
from carmarket.testing.builders import NOW
from carmarket.testing.listings import maybe

MAKES = {"Volkswagen": ["Golf", "Golf Plus"], "Citroën": ["C3", "DS 3"], "Mazda": ["CX-5", "6"], "BMW": ["320d", "X5"]}
TRIMS = ["GTI", "Base", "S line"]
SAID = ["One owner.", "Garage-kept, no rust", "süß und günstig", "golden wheels", "Gold & go", "x" * 70, ""]
FEATURES = ["Sunroof", "Tow bar", "ABS", "Heated seats"]
WORDS = [
    "golf", "gold", "golden", "glof", "gof", "volkswagen", "wolkswagen", "volkswgaen", "citroen", "c3", "cx5", "cx",
    "5", "320d", "garagekept", "garage", "rust", "guenstig", "gunstig", "sunroof", "sunrof", "seats", "x5", "s", "line",
    "owner", "onwer", "base", "zzz", "golff", "plus", "berlin", "brelin",
]  # fmt: skip
POINTS = [
    Point(52.52, 13.405),
    Point(52.53, 13.405),
    Point(48.14, 11.58),
    Point(-33.87, 151.21),
    Point(0.0, 180.0),
    Point(0.0, -179.9),
]
RATES = RateTable(base="USD")
CARS = 12
SELLERS = [SellerId(UUID(int=n)) for n in (501, 502)]
CHOICES: list[tuple[str, Any]] = [
    ("bodies", BodyStyle),
    ("fuels", Fuel),
    ("transmissions", Transmission),
    ("drivetrains", Drivetrain),
    ("colours", Colour),
    ("conditions", Condition),
]


def few(values: Any) -> st.SearchStrategy[Any]:
    """The first values of an enumeration, so that they meet."""
    return st.sampled_from(list(values)[:3])


@st.composite
def vehicles(draw: st.DrawFn) -> Vehicle:
    make = draw(st.sampled_from(sorted(MAKES)))
    said: dict[str, Any] = {
        "trim": st.sampled_from(TRIMS),
        "model_year": st.integers(2015, 2020),
        "power": st.builds(Power, st.sampled_from([90, 91, 150])),
        "body_style": few(BodyStyle),
        "fuel": few(Fuel),
        "transmission": few(Transmission),
        "drivetrain": few(Drivetrain),
        "colour": few(Colour),
        "condition": few(Condition),
    }
    return Vehicle(
        make=make,
        model=draw(st.sampled_from(MAKES[make])),
        features=tuple(draw(st.lists(st.sampled_from(FEATURES), unique=True, max_size=3))),
        **{name: draw(maybe(values)) for name, values in said.items()},
    )


@st.composite
def cars(draw: st.DrawFn, number: int = 1, version: int = 1) -> Car:
    """A car with this number as its id; many facts may be unknown, its price too (there is no rate for it)."""
    amounts = st.sampled_from([1, 999_999, 1_000_000, 1_000_001, 2_000_000])
    currencies = st.sampled_from(["USD", "USD", "XXX"])
    published = NOW - timedelta(hours=draw(st.sampled_from([0, 0, 5, 6, 7, 900])))
    places = st.builds(Place, city=st.sampled_from(["Berlin", "München"]), point=maybe(st.sampled_from(POINTS)))
    odometers = st.builds(Odometer, st.sampled_from([0, 1, 60_000, 60_001]), st.sampled_from(DistanceUnit))
    return Car(
        id=CarId(UUID(int=number)),
        version=version,
        seller=draw(st.sampled_from(SELLERS)),
        vehicle=draw(vehicles()),
        price=AskingPrice((PricePoint(published, Money(draw(amounts), draw(currencies))),)),
        odometer=draw(maybe(odometers)),
        place=draw(maybe(places)),
        description=draw(st.sampled_from(SAID)),
        published_at=published,
    )


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start = draw(st.integers(0, 6))
    length = draw(st.integers(1, 3))
    return Period(NOW + timedelta(days=start), NOW + timedelta(days=start + length))


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    """A listing or a booking of one of a dozen cars, at one of a few versions."""
    number, version = draw(st.integers(1, CARS)), draw(st.integers(1, 4))
    car_id = CarId(UUID(int=number))
    if draw(st.integers(0, 3)) == 0:
        return BookingFact(
            car_id=car_id, booking_id=UUID(int=draw(st.integers(1, 3))), version=version, period=draw(periods()),
            blocks=draw(st.booleans()),
        )  # fmt: skip
    entry = Entry.of(draw(cars(number, version)), RATES) if draw(st.integers(0, 5)) else None
    return ListingFact(car_id=car_id, version=version, entry=entry)


@st.composite
def histories(draw: st.DrawFn, most: int = 60) -> list[Fact]:
    """Facts in any order. One version of a thing says one thing, however often it comes."""
    said: dict[Any, Fact] = {}
    told = []
    for fact in draw(st.lists(facts(), min_size=1, max_size=most)):
        name = (fact.car_id, fact.booking_id if isinstance(fact, BookingFact) else None, fact.version)
        told.append(said.setdefault(name, fact))
    return told


def ranges(values: list[int]) -> st.SearchStrategy[Range]:
    """Ranges whose ends are values, or one beside them."""
    ends = st.sampled_from(sorted({near for value in values for near in (value - 1, value, value + 1)}))
    both = st.tuples(ends, ends).map(lambda pair: Range(min(pair), max(pair)))
    return both | st.builds(Range, low=ends) | st.builds(Range, high=ends)


@st.composite
def words(draw: st.DrawFn) -> Word:
    text = draw(st.sampled_from(WORDS))
    kind = draw(st.sampled_from(WordKind))
    return Word(text if kind is not WordKind.PREFIX else text[: draw(st.integers(1, len(text)))], kind)


@st.composite
def queries(draw: st.DrawFn) -> SearchQuery:
    """Queries with few or many conditions; a condition that is not drawn is not there."""
    said: dict[str, Any] = {}

    def perhaps(name: str, strategy: st.SearchStrategy[Any], chance: int = 5) -> None:
        if draw(st.integers(0, chance)) == 0:
            said[name] = draw(strategy)

    perhaps("terms", st.lists(words(), min_size=1, max_size=3).map(tuple), 1)
    perhaps("makes", st.sets(st.sampled_from(sorted(MAKES)), min_size=1, max_size=2))
    perhaps("models", st.sets(st.sampled_from(["golf", "c3", "x5", "nothing"]), min_size=1, max_size=2))
    perhaps("trims", st.sets(st.sampled_from(TRIMS), min_size=1))
    for name, kind in CHOICES:
        perhaps(name, st.sets(few(kind), min_size=1, max_size=2))
    perhaps("features", st.sets(st.sampled_from([*FEATURES, "unheard of"]), min_size=1, max_size=2), 7)
    perhaps("price", ranges([1, 999_999, 1_000_000, 2_000_000]))
    perhaps("year", ranges([2015, 2017, 2020]))
    perhaps("odometer", ranges([0, 60_000_000, round(60_000 * 1609.344)]))
    perhaps("power", ranges([90_000, 91_000]))
    perhaps("near", st.builds(Near, st.sampled_from(POINTS), st.sampled_from([1_000, 1_200, 600_000, 20_100_000])))
    perhaps("free", periods())
    perhaps("seller", st.sampled_from(SELLERS))
    sorts = [sort for sort in Sort if sort is not Sort.DISTANCE or "near" in said]
    return SearchQuery(**said, sort=draw(st.sampled_from(sorts)))


def renamed(fact: Fact, number: int) -> Fact:
    """The same fact about another car."""
    if isinstance(fact, BookingFact):
        return evolve(fact, car_id=CarId(UUID(int=number)))
    entry = fact.entry and evolve(fact.entry, car=evolve(fact.entry.car, id=CarId(UUID(int=number))))
    return evolve(fact, car_id=CarId(UUID(int=number)), entry=entry)
