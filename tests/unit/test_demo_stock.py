"""
The demo's stock as it ships: real VINs, plausible facts, the columns of a dealer's feed.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from importlib import resources

import pytest

from carmarket.core.catalog.vehicle import Colour
from carmarket.core.catalog.vin import parse_vin

HEADER = (
    "Dealer,Stock #,VIN,Make,Model,Trim,Year,Body,Fuel,Transmission,Drivetrain,Engine,Power (hp),Exterior Color,"
    "Paint,Interior Color,Doors,Seats,Condition,Features,Mileage (mi),Price (USD),City,State,ZIP,Country,Latitude,"
    "Longitude,Time zone,Description"
)
WORDS = {
    "Body": "Hatchback Sedan Wagon Coupe Convertible SUV Pickup Minivan Van",
    "Transmission": "Automatic Manual",
    "Drivetrain": "FWD RWD AWD 4WD",
    "Condition": "New Used Certified Damaged",
    "Country": "US",
}
RANGES = {
    "Year": (2006, 2026),
    "Power (hp)": (50, 1300),
    "Doors": (2, 5),
    "Seats": (2, 15),
    "Mileage (mi)": (0, 700_000),
    "Price (USD)": (1_000, 700_000),
    "Latitude": (24, 50),
    "Longitude": (-125, -66),
}


@pytest.fixture(scope="module")
def text():
    packed = resources.files("carmarket.entrypoints.cli.demo").joinpath("stock.csv.gz").read_bytes()
    assert len(packed) < 1_000_000
    return gzip.decompress(packed).decode()


@pytest.fixture(scope="module")
def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_the_columns_are_those_of_a_dealers_feed(text):
    assert text.splitlines()[0] == HEADER


def test_five_thousand_cars_stand_in_the_shop(rows):
    assert len(rows) == 5_000


def test_every_vin_is_valid_and_stands_once(rows):
    vins = [parse_vin(row["VIN"]) for row in rows]

    assert vins == [row["VIN"] for row in rows]
    assert len(set(vins)) == len(rows)


def test_every_stock_number_stands_once(rows):
    assert len({row["Stock #"] for row in rows}) == len(rows)


def test_each_of_fourteen_dealers_has_cars_in_one_state(rows):
    dealers = Counter(row["Dealer"] for row in rows)

    assert len(dealers) == 14
    assert min(dealers.values()) > 100
    assert len({(row["Dealer"], row["State"]) for row in rows}) == 14


@pytest.mark.parametrize("column", RANGES)
def test_numbers_are_plausible_where_they_are_known(rows, column):
    low, high = RANGES[column]

    known = [float(row[column]) for row in rows if row[column]]

    assert len(known) > len(rows) / 3
    assert low <= min(known) <= max(known) <= high


@pytest.mark.parametrize("column", WORDS)
def test_words_are_the_common_american_ones(rows, column):
    assert {row[column] for row in rows} - {""} == set(WORDS[column].split())


def test_colours_are_the_basic_ones(rows):
    basic = {colour.value.capitalize() for colour in Colour} | {""}

    assert {row["Exterior Color"] for row in rows} <= basic
    assert {row["Interior Color"] for row in rows} <= basic


def test_features_stand_once_in_a_car_and_number_about_forty(rows):
    lists = [row["Features"].split("; ") for row in rows if row["Features"]]

    assert all(len(set(features)) == len(features) for features in lists)
    assert 35 <= len({feature for features in lists for feature in features}) <= 45


def test_what_people_look_for_is_there_in_good_number(rows):
    models = Counter(f"{row['Make']} {row['Model']}" for row in rows)

    for model in ("Ford F-150", "Toyota Camry", "Honda Civic", "BMW 3 Series", "Tesla Model 3", "Volkswagen Jetta"):
        assert models[model] >= 30


def test_cars_of_the_new_year_are_dearer_than_ten_years_old_ones(rows):
    young = sorted(int(row["Price (USD)"]) for row in rows if row["Year"] == "2026")
    old = sorted(int(row["Price (USD)"]) for row in rows if row["Year"] == "2016")

    assert young[len(young) // 2] > 2 * old[len(old) // 2]


def test_some_facts_stay_unknown_and_some_cars_are_described(rows):
    assert all(any(not row[column] for row in rows) for column in ("Trim", "Exterior Color", "Seats", "Features"))
    assert 400 < sum(bool(row["Description"]) for row in rows) < 600
