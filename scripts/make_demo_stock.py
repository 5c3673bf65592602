"""
Writes the demo's stock of 5,000 cars: real makes, models and VINs, made-up dealers, prices and words.

Run it from anywhere after `uv pip install ultravin zipcodes`; the same versions write the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from random import Random

import zipcodes
from demo_vpic import Car, Model, draw_cars, read_models
from demo_words import DEALERS, INTERIORS, LOUD, PAINTS, describe, features_of

SEED = 20261101
CARS = 5_000
THIS_YEAR = 2026
HERE = Path(__file__).resolve().parent
STOCK = HERE.parent / "src/carmarket/entrypoints/cli/demo/stock.csv.gz"
HEADER_LINE = (
    "Dealer,Stock #,VIN,Make,Model,Trim,Year,Body,Fuel,Transmission,Drivetrain,Engine,Power (hp),"
    "Exterior Color,Paint,Interior Color,Doors,Seats,Condition,Features,Mileage (mi),Price (USD),"
    "City,State,ZIP,Country,Latitude,Longitude,Time zone,Description"
)
HEADER = HEADER_LINE.split(",")

YEAR_WEIGHTS = (11, 10, 9, 10, 9, 8.5, 8, 7, 6, 5, 4.2, 3.6, 3, 2.5, 2, 1.7, 1.4, 1.2, 1, 0.8, 0.6)
"""From this model year back to twenty years ago."""
HOLDS_VALUE = {"Toyota", "Honda", "Porsche", "Subaru", "Jeep", "Lexus"}
LOSES_VALUE = {"Jaguar", "Land Rover", "BMW", "Audi", "Mercedes-Benz", "Infiniti", "Fiat", "Alfa Romeo", "Cadillac"}
SUNNY_DAYS = {"Coupe", "Convertible"}
"""Bodies that see fewer miles and keep their value longer."""
RACING_BADGE = re.compile(r"Z06|ZR1|GT[234]|GT500|Hellcat|Blackwing|AMG|Raptor")
LEFT_OUT = {"Trim": 0.03, "Exterior Color": 0.03, "Interior Color": 0.08, "Doors": 0.03, "Body": 0.01}
"""The share of dealers' rows in which a known fact is not filled in."""
NEARBY_KM = 40.0


def main() -> None:
    rows = list(make_rows(Random(SEED)))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    STOCK.parent.mkdir(parents=True, exist_ok=True)
    with STOCK.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.getvalue().encode())
    print(f"{len(rows)} cars, {STOCK.stat().st_size:,} bytes, {STOCK}")


def make_rows(rng: Random) -> Iterator[dict[str, str]]:
    pool = draw_cars(read_models(HERE / "demo_models.csv"))
    stands = {dealer: places_near(zip_code) for dealer, (zip_code, _, _) in DEALERS.items()}
    shares = [share for _, _, share in DEALERS.values()]
    for number, (model, car) in enumerate(pick_cars(pool, rng)):
        dealer = rng.choices(list(DEALERS), shares)[0]
        row = dict.fromkeys(HEADER, "")
        row |= {"Dealer": dealer, "Stock #": f"{DEALERS[dealer][1]}{10_000 + number * 3 + rng.randrange(3)}"}
        row |= car_cells(model, car, rng) | paint_cells(car, rng)
        row |= sale_cells(model, car, usual_power(pool[model]), rng)
        forget(row, rng)
        if rng.random() > 0.03:
            row["Features"] = "; ".join(features_of(row, model.price, car.standard, rng))
        home, nearby = stands[dealer]
        row |= place_cells(home if rng.random() < 0.7 else rng.choice(nearby))
        if rng.random() < 0.1:
            row["Description"] = describe(row, rng)
        yield row


def pick_cars(pool: dict[Model, list[Car]], rng: Random) -> Iterator[tuple[Model, Car]]:
    """Popular models, younger years and well-described cars more often; no car twice."""
    models, sold = list(pool), set()
    ranked = {model: weights_of(cars) for model, cars in pool.items()}
    while len(sold) < CARS:
        model = rng.choices(models, [model.weight for model in models])[0]
        car = rng.choices(pool[model], ranked[model])[0]
        if car.vin not in sold:
            sold.add(car.vin)
            yield model, car


def weights_of(cars: list[Car]) -> list[float]:
    """A car's chance: its year's share among its model's cars, more for known facts, less for huge engines."""
    crowd = {year: sum(car.year == year for car in cars) for year in {car.year for car in cars}}
    return [
        YEAR_WEIGHTS[THIS_YEAR - car.year] / crowd[car.year] * (1 + car.known) ** 1.5 / max(car.litres, 1) ** 1.5
        for car in cars
    ]


def usual_power(cars: list[Car]) -> float:
    return statistics.median([car.power for car in cars if car.power] or [200])


def car_cells(model: Model, car: Car, rng: Random) -> dict[str, str]:
    return {
        "VIN": car.vin,
        "Make": model.make,
        "Model": model.name,
        "Trim": car.trim or "",
        "Year": str(car.year),
        "Body": car.body or "",
        "Fuel": car.fuel or "",
        "Transmission": car.transmission or guess_transmission(car, rng),
        "Drivetrain": car.drivetrain or "",
        "Engine": car.engine or "",
        "Power (hp)": str(car.power or ""),
        "Doors": str(car.doors or ""),
        "Seats": str(car.seats or ""),
    }


def guess_transmission(car: Car, rng: Random) -> str:
    if car.fuel not in ("Gasoline", "Diesel", None) or car.body in ("Minivan", "Pickup"):
        return "Automatic"
    share = {"Coupe": 0.25, "Convertible": 0.22, "Hatchback": 0.14}.get(car.body or "", 0.02)
    return "Manual" if rng.random() < share + (0.05 if car.year < 2014 else 0) else "Automatic"


def paint_cells(car: Car, rng: Random) -> dict[str, str]:
    sporty = car.body in SUNNY_DAYS
    shares = [share * (2.5 if sporty and colour in LOUD else 1) for colour, (share, _) in PAINTS.items()]
    colour = rng.choices(list(PAINTS), shares)[0]
    return {
        "Exterior Color": colour,
        "Paint": rng.choice(PAINTS[colour][1]) if rng.random() < 0.5 else "",
        "Interior Color": rng.choices(list(INTERIORS), list(INTERIORS.values()))[0],
    }


def sale_cells(model: Model, car: Car, usual: float, rng: Random) -> dict[str, str]:
    age = max(THIS_YEAR - car.year, 0)
    condition = condition_of(age, rng)
    expected = (7_000 if car.body in SUNNY_DAYS else 11_500) * (age + 0.6)
    run = min(round(expected * rng.lognormvariate(-0.06, 0.38)), rng.randint(230_000, 320_000))
    miles = rng.randint(3, 60) if condition == "New" else run
    new = price_new(model, car, usual) * rng.lognormvariate(0, 0.06)
    kept = 0.95 * yearly_value(model, car) ** age * math.exp(-0.2 * (miles / expected - 1))
    price = max(new * (1 if condition == "New" else kept) * (0.5 if condition == "Damaged" else 1), 1_400)
    return {"Condition": condition, "Mileage (mi)": str(miles), "Price (USD)": str(sensible(price, rng))}


def price_new(model: Model, car: Car, usual: float) -> float:
    """What it cost in its year: more with more power than its siblings, or with a badge that stands for it."""
    stronger = min(max(((car.power or usual) / usual) ** 0.7, 0.75), 2.2)
    badge = 1.5 if car.power is None and RACING_BADGE.search(car.trim or "") else 1
    return model.price * stronger * badge * 0.985 ** (THIS_YEAR - car.year)


def yearly_value(model: Model, car: Car) -> float:
    """The share of its value a car keeps each year."""
    keep = 0.925 if model.make in HOLDS_VALUE else 0.865 if model.make in LOSES_VALUE else 0.89
    keep += 0.015 if car.body in SUNNY_DAYS or car.body == "Pickup" else 0
    return keep - (0.03 if car.fuel == "Electric" else 0)


def condition_of(age: int, rng: Random) -> str:
    if rng.random() < {0: 0.75, 1: 0.15}.get(age, 0):
        return "New"
    certified = 0.25 if 1 <= age <= 5 else 0
    return rng.choices(("Certified", "Damaged", "Used"), (certified, 0.015, 0.985 - certified))[0]


def sensible(price: float, rng: Random) -> int:
    """A price as written on a windshield: 18,995 or 21,500 rather than 18,873."""
    step = 500 if price < 100_000 else 1_000
    rounded = max(round(price / step), 2) * step
    return rounded - rng.choice((0, 1, 5, 5, 10, 10, 100, 50, 200))


def forget(row: dict[str, str], rng: Random) -> None:
    for column, share in LEFT_OUT.items():
        if rng.random() < share:
            row[column] = ""
            if column == "Exterior Color":
                row["Paint"] = ""


def places_near(zip_code: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """The yard's own ZIP code, and the ones of the overflow lots around it in the same state."""
    home = zipcodes.matching(zip_code)[0]
    near = [
        place
        for place in zipcodes.filter_by(state=home["state"], zip_code_type="STANDARD", active=True)
        if kilometres(home, place) < NEARBY_KM
    ]
    return home, sorted(near, key=lambda place: place["zip_code"])


def kilometres(one: dict[str, str], other: dict[str, str]) -> float:
    north = (float(one["lat"]) - float(other["lat"])) * 111.2
    east = (float(one["long"]) - float(other["long"])) * 111.2 * math.cos(math.radians(float(one["lat"])))
    return math.hypot(north, east)


def place_cells(place: dict[str, str]) -> dict[str, str]:
    return {
        "City": place["city"],
        "State": place["state"],
        "ZIP": place["zip_code"],
        "Country": "US",
        "Latitude": place["lat"],
        "Longitude": place["long"],
        "Time zone": place["timezone"],
    }


if __name__ == "__main__":
    main()
