"""
Numbers, money, dates and filters in words.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from litestar.datastructures import MultiDict

from carmarket.codec.wording import money
from carmarket.core.catalog.prices import AskingPrice, PricePoint
from carmarket.core.money import Money
from carmarket.core.place import Place
from carmarket.core.search.query import Range, SearchQuery
from carmarket.core.search.reading import Understood
from carmarket.entrypoints.web.asked import Asked
from carmarket.entrypoints.web.chips import Meant, chips, understood
from carmarket.entrypoints.web.formats import address, day, distance, town
from carmarket.entrypoints.web.price_line import price_line

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (1_999_500, "USD", "$19,995"),
        (1_999_550, "EUR", "€19,995.50"),
        (2_500_000, "JPY", "¥2,500,000"),
        (1_999_500, "CHF", "19,995\u00a0CHF"),
        (4_500_000, "PLN", "45,000\u00a0zł"),
        (12_345_678, "KWD", "12,345.678\u00a0KWD"),
        (0, "USD", "$0"),
    ],
)
def test_money_is_written_with_its_sign_or_code(amount, currency, shown):
    assert money(Money(amount, currency)) == shown


def test_dates_and_distances_read_well():
    assert day(datetime(2026, 3, 4, tzinfo=UTC)) == "4 March 2026"
    assert distance(1_234_567) == "1,235\u00a0km away"


def test_a_place_is_told_as_far_as_it_is_known():
    assert town(Place(country="DE")) == "DE"
    assert town(Place(city="Bremen", country="DE")) == "Bremen"
    assert address(Place(city="Dayton", region="OH", postcode="45402", country="US")) == "Dayton, OH 45402, US"


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        (Understood("$5k-10k", "price", "500000..1000000"), "Price $5,000 to $10,000"),
        (Understood("over 2018", "year", "2018.."), "Year from 2018"),
        (Understood("2019", "year", "2019"), "Year 2019"),
        (Understood("under 60,000 miles", "odometer", "..96560640"), "Odometer up to 60,000 mi"),
        (Understood("under 60000 km", "odometer", "..60000000"), "Odometer up to 60,000 km"),
        (Understood("200hp", "power", "149140.."), "Power from 200 hp"),
        (Understood("150 ps", "power", "110325.."), "Power from 150 PS"),
        (Understood("110kw", "power", "110000.."), "Power from 110 kW"),
        (Understood("4x4", "drivetrains", "awd"), "Drivetrain All-wheel drive"),
        (Understood("green", "fuels", "electric, hybrid"), "Fuel Electric, Hybrid"),
    ],
)
def test_what_was_understood_is_told_in_the_units_that_were_typed(said, meaning):
    assert understood([said], SearchQuery(), "USD") == (Meant(typed=said.text, meaning=meaning),)


def test_what_was_set_by_hand_is_not_told_as_understood():
    said = Understood("under 5k", "price", "..500000")

    assert understood([said], SearchQuery(price=Range(high=100)), "USD") == ()


@pytest.mark.parametrize(
    ("query", "texts"),
    [
        ("price_min=5000", ["Price from 5,000"]),
        ("price_min=5e3&price_max=10000&currency=eur", ["Price 5,000 to 10,000 EUR"]),
        ("year_min=2019&year_max=2019", ["Year 2019"]),
        ("odometer_max=60000&odometer_unit=mi", ["Odometer up to 60,000 mi"]),
        ("power_min=100&power_unit=PS", ["Power from 100 PS"]),
        ("make=BMW&make=vw&trim=gti", ["Make: BMW", "Make: Vw", "Trim: Gti"]),
        ("words=golf&sort=price&nonsense=1&body=", []),
    ],
)
def test_filters_are_told_in_words(query, texts):
    asked = Asked.of(MultiDict(pair.split("=") for pair in query.split("&")))

    assert [chip.text for chip in chips(asked)] == texts


def test_a_search_has_one_address_in_whatever_order_it_is_said():
    one = Asked.of(MultiDict([("body", "suv"), ("words", "a b"), ("make", "bmw"), ("make", "audi")]))
    other = Asked.of(MultiDict([("words", "a b"), ("make", "bmw"), ("make", "audi"), ("body", "suv")]))

    assert one.href() == other.href() == "/?words=a+b&make=bmw&make=audi&body=suv"
    assert one.without_choice("make", "BMW").href() == "/?words=a+b&make=audi&body=suv"
    assert Asked({}).href(cursor="x") == "/?cursor=x"


def test_a_price_line_holds_each_price_until_the_next():
    price = AskingPrice.first(Money(10_000, "USD"), START)
    price = price.changed_to(Money(9_000, "USD"), START + timedelta(days=1))
    price = price.changed_to(Money(9_500, "USD"), START + timedelta(days=2))

    line = price_line(price.history)

    assert line is not None
    assert line.dots == ((10, 10), (271, 110), (532, 60))
    assert line.points == "10,10 271,10 271,110 532,110 532,60 590,60"


def test_prices_that_cannot_be_compared_are_not_drawn():
    dollars, euros = PricePoint(START, Money(1, "USD")), PricePoint(START, Money(1, "EUR"))

    assert price_line([dollars]) is None
    assert price_line([dollars, euros]) is None
