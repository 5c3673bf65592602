"""
What people type, and what it is taken for.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from carmarket.core.catalog.vehicle import METRES_PER_MILE, BodyStyle, Colour, Drivetrain, Fuel, Transmission
from carmarket.core.errors import InvalidError
from carmarket.core.money import RateTable
from carmarket.core.search.query import Range, SearchQuery
from carmarket.core.search.reading import Known, Understood, read
from carmarket.core.search.words import Word, WordKind

RATES = RateTable(base="USD", rates={"EUR": Decimal("1.5"), "GBP": Decimal(2)})
NOTHING = Known()


def meant(text: str, known: Known = NOTHING) -> SearchQuery:
    return read(SearchQuery(words=text), RATES).settle(known)


def miles(number: int) -> int:
    return round(number * METRES_PER_MILE)


@pytest.mark.parametrize(
    ("text", "words", "filters"),
    [
        ("golf under 15k 2019 diesel", "golf", {"price": Range(high=1_500_000), "year": Range(2019, 2019)}),
        ("honda civic under 60,000 miles", "honda civic", {"odometer": Range(high=miles(60_000))}),
        ("2018+ suv awd", "", {"year": Range(low=2018), "bodies": frozenset({BodyStyle.SUV})}),
        ("bmw 320d 2015-2018 manual", "bmw 320d", {"year": Range(2015, 2018)}),
        ("€15.000 golf", "golf", {"price": Range(high=2_250_000)}),
        ("£10k mini", "mini", {"price": Range(high=2_000_000)}),
        ("golf ab 2018 bis 20.000 euro", "golf", {"year": Range(low=2018), "price": Range(high=3_000_000)}),
        ("between 10k and 20k", "", {"price": Range(1_000_000, 2_000_000)}),
        ("10-15k", "", {"price": Range(1_000_000, 1_500_000)}),
        ("$5,000 - $7,500", "", {"price": Range(500_000, 750_000)}),
        ("over 300hp", "", {"power": Range(low=223_710)}),
        ("at least 100 kW", "", {"power": Range(low=100_000)}),
        ("150 ps", "", {"power": Range(low=110_325)}),
        ("max 50tkm", "", {"odometer": Range(high=50_000_000)}),
        ("less than 30k miles", "", {"odometer": Range(high=miles(30_000))}),
        ("before 2015", "", {"year": Range(high=2014)}),
        ("newer than 2020", "", {"year": Range(low=2021)}),
        ("2020 or newer", "", {"year": Range(low=2020)}),
        ("mercedes", "mercedes", {}),
        ("911", "911", {}),
        ("mazda 3", "mazda 3", {}),
        ("audi 2002", "audi", {"year": Range(2002, 2002)}),
        ("bmw 2002", "bmw 2002", {}),
        ("", "", {}),
    ],
)
def test_numbers_become_filters_and_names_stay_words(text, words, filters):
    query = meant(text)

    assert " ".join(word.text for word in query.terms) == words
    assert {name: getattr(query, name) for name in ("price", "year", "odometer", "power") if getattr(query, name)} == {
        name: asked for name, asked in filters.items() if isinstance(asked, Range)
    }
    for name, value in filters.items():
        assert getattr(query, name) == value


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("kombi", "bodies", BodyStyle.WAGON),
        ("station wagon", "bodies", BodyStyle.WAGON),
        ("estate", "bodies", BodyStyle.WAGON),
        ("gasoline", "fuels", Fuel.PETROL),
        ("plug-in hybrid", "fuels", Fuel.PLUG_IN_HYBRID),
        ("stick shift", "transmissions", Transmission.MANUAL),
        ("all wheel drive", "drivetrains", Drivetrain.ALL),
        ("gray", "colours", Colour.GREY),
        ("red", "colours", Colour.RED),
    ],
)
def test_trade_words_become_choices(text, name, value):
    query = meant(text)

    assert value in getattr(query, name)
    assert query.terms == ()


def test_what_was_understood_is_told_in_the_words_that_were_typed():
    reading = read(SearchQuery(words="Golf under 15K Diesel"), RATES)

    assert reading.understood == (
        Understood("under 15k", "price", "..1500000"),
        Understood("diesel", "fuels", "diesel"),
    )
    assert reading.unread == ("golf",)


def test_what_was_chosen_by_hand_wins_over_what_was_typed():
    query = read(SearchQuery(words="golf under 15k", price=Range(high=900_000)), RATES).settle(NOTHING)

    assert query.price == Range(high=900_000)


def test_two_bounds_on_one_number_narrow_each_other():
    assert meant("over 10k under 15k").price == Range(1_000_000, 1_500_000)


@pytest.mark.parametrize(
    ("text", "known", "kinds"),
    [
        ("golf", Known(words=frozenset({"golf"})), {"golf": WordKind.EXACT}),
        ("glof", NOTHING, {"glof": WordKind.FUZZY}),
        ("toyota cam", Known(prefixes=frozenset({"cam"})), {"toyota": WordKind.EXACT, "cam": WordKind.PREFIX}),
        ("cam toyota", Known(prefixes=frozenset({"cam"})), {"cam": WordKind.PREFIX, "toyota": WordKind.EXACT}),
        ("ca mry", Known(prefixes=frozenset({"ca"})), {"ca": WordKind.EXACT, "mry": WordKind.FUZZY}),
        ("320d", NOTHING, {"320d": WordKind.EXACT}),
        ("vw", NOTHING, {"volkswagen": WordKind.EXACT}),
        ("merc", NOTHING, {"mercedes": WordKind.EXACT}),
        ("golf golf", NOTHING, {"golf": WordKind.FUZZY}),
    ],
)
def test_how_a_word_is_to_be_found_is_decided_by_what_the_market_knows(text, known, kinds):
    assert meant(text, known).terms == tuple(Word(word, kind) for word, kind in kinds.items())


def test_more_than_32_words_are_refused():
    with pytest.raises(InvalidError) as refused:
        read(SearchQuery(words=" ".join(f"word{chr(97 + n % 26)}{n}" for n in range(33))), RATES)

    assert (refused.value.field, refused.value.expected) == ("words", "up to 32")
