"""
Real cars for the demo stock: what NHTSA's vPIC (public domain, in `ultravin`) says of generated VINs.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import ultravin
from demo_trims import trim_of

AS_OF = datetime(2026, 11, 1, tzinfo=UTC)
YEARS = range(2006, 2027)
MORE_DRAWS = dict.fromkeys(("Ford", "Chevrolet"), 8000) | dict.fromkeys(
    ("GMC", "Buick", "Cadillac", "Chrysler", "Dodge", "Ram", "Jeep"), 2500
)
"""These makers share one VIN schema among many models, so each model is rarer in a draw."""

BODIES = {
    "Hatchback/Liftback/Notchback": "Hatchback",
    "Sedan/Saloon": "Sedan",
    "Wagon": "Wagon",
    "Coupe": "Coupe",
    "Convertible/Cabriolet": "Convertible",
    "Roadster": "Convertible",
    "Sport Utility Vehicle [SUV]/Multipurpose Vehicle [MPV]": "SUV",
    "Crossover Utility Vehicle [CUV]": "SUV",
    "Pickup": "Pickup",
    "Sport Utility Truck [SUT]": "Pickup",
    "Minivan": "Minivan",
    "Van": "Van",
    "Cargo Van": "Van",
}
LETTERS = {
    "H": "Hatchback",
    "S": "Sedan",
    "W": "Wagon",
    "C": "Coupe",
    "V": "Convertible",
    "U": "SUV",
    "P": "Pickup",
    "M": "Minivan",
    "N": "Van",
}
DOORS = {"Sedan": (4,), "Wagon": (4, 5), "SUV": (4, 5), "Coupe": (2, 3), "Convertible": (2,)}
TWO_DOOR_SUVS = {"Wrangler", "Range Rover Evoque", "Defender"}
DRIVES = {"AWD/All-Wheel Drive": "AWD", "4WD/4-Wheel Drive/4x4": "4WD", "FWD/Front-Wheel Drive": "FWD"}
DRIVES["RWD/Rear-Wheel Drive"] = "RWD"
LAYOUTS = {"In-Line": "I", "V-Shaped": "V", "Horizontally opposed (boxer)": "Flat-"}
FUEL_CLASSES = {None: "", "Gasoline": "", "Flexible Fuel Vehicle (FFV)": "", "Diesel": "D", "Electric": "E"}


@dataclass(frozen=True)
class Model:
    """A model of `demo_models.csv`: how dealers write it, how often it is met, what it costs new."""

    make: str
    name: str
    vpic: frozenset[str]
    bodies: frozenset[str]
    two_driven: str
    engines: frozenset[str]
    weight: int
    price: int

    def built(self, car: Car) -> bool:
        """Whether this was ever built: generated VINs mix bodies and engines of a maker's other models."""
        right_body = car.body is None or car.body in self.bodies
        right_engine = car.powertrain in self.engines if self.engines else car.powertrain[0] != "X"
        return right_body and right_engine and self._right_doors(car)

    def _right_doors(self, car: Car) -> bool:
        small = car.body == "SUV" and self.name in TWO_DOOR_SUVS
        return small or car.doors is None or car.doors in DOORS.get(car.body or "", range(2, 6))


@dataclass(frozen=True)
class Car:
    """What vPIC says of one VIN, in dealers' words; None where it says nothing."""

    vin: str
    year: int
    model: str
    trim: str | None
    body: str | None
    fuel: str | None
    transmission: str | None
    drivetrain: str | None
    engine: str | None
    powertrain: str
    litres: float
    power: int | None
    doors: int | None
    seats: int | None
    standard: frozenset[str] = field(default=frozenset())

    @property
    def known(self) -> int:
        """How many of the facts a buyer filters by are known."""
        facts = (self.trim, self.body, self.fuel, self.drivetrain, self.engine, self.power, self.doors, self.seats)
        return sum(fact is not None for fact in facts)


def read_models(path: Path) -> list[Model]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Model(
                make=row["make"],
                name=row["model"],
                vpic=frozenset((row["vpic"] or row["model"]).casefold().split("|")),
                bodies=frozenset(LETTERS[letter] for letter in row["bodies"]),
                two_driven={"F": "FWD", "R": "RWD"}[row["two_driven"]],
                engines=frozenset(row["engines"].split()),
                weight=int(row["weight"]),
                price=int(row["price"]),
            )
            for row in csv.DictReader(file)
        ]


def draw_cars(models: list[Model]) -> dict[Model, list[Car]]:
    """Cars of each model, the same ones each time."""
    pool: dict[Model, list[Car]] = {model: [] for model in models}
    for make in dict.fromkeys(model.make for model in models):
        named = {name: model for model in models if model.make == make for name in model.vpic}
        for vin, year, facts in _decoded(make):
            model = named.get(facts.get("Model", "").casefold())
            if model and model.built(car := _car(vin, year, facts, model)):
                pool[model].append(car)
    return pool


def _decoded(make: str) -> Iterator[tuple[str, int, dict[str, str]]]:
    foreign = ("Mexico", "Canada", "Non-U.S., Non-Canada", "Other Export Market (BUX) ")
    kinds = ("PASSENGER CAR", "MULTIPURPOSE PASSENGER VEHICLE (MPV)", "TRUCK")
    for year in YEARS:
        vins = ultravin.generate(MORE_DRAWS.get(make, 800), seed=year, make=make.upper(), year=year, now=AS_OF)
        for decoded in ultravin.decode_batch(vins, now=AS_OF):
            facts = decoded["attributes"]
            at_home = facts.get("Destination Market") not in foreign
            at_home = at_home and not facts.get("Steering Location", "").startswith("Right")
            if decoded["error_codes"] == [0] and facts.get("Vehicle Type") in kinds and at_home:
                yield decoded["vin"], decoded["model_year"], facts


def _car(vin: str, year: int, facts: dict[str, str], model: Model) -> Car:
    litres = float(facts.get("Displacement (L)") or 0)
    trim = trim_of(facts, model.make, model.name, Random(vin))
    return Car(
        vin=vin,
        year=year,
        model=model.name,
        trim=trim,
        body=BODIES.get(facts.get("Body Class", "")),
        fuel=_fuel(facts),
        transmission=_transmission(facts),
        drivetrain=_drivetrain(facts, trim or "", model),
        engine=_engine(facts, litres),
        powertrain=FUEL_CLASSES.get(facts.get("Fuel Type - Primary"), "X") + (f"{litres:.1f}" if litres else "-"),
        litres=litres,
        power=_number(facts.get("Engine Brake (hp) From"), 50, 1300),
        doors=_number(facts.get("Doors"), 2, 5),
        seats=_number(facts.get("Number of Seats"), 2, 15),
        standard=frozenset(name for name, value in facts.items() if value == "Standard"),
    )


def _number(text: str | None, low: int, high: int) -> int | None:
    value = round(float(text)) if text and re.fullmatch(r"[\d.]+", text) else 0
    return value if low <= value <= high else None


def _fuel(facts: dict[str, str]) -> str | None:
    level = facts.get("Electrification Level", "").split(" ")[0]
    primary, second = facts.get("Fuel Type - Primary", ""), facts.get("Fuel Type - Secondary", "")
    if level == "PHEV" or (primary == "Electric" and second == "Gasoline"):
        return "Plug-in hybrid"
    if level in ("Strong", "HEV") or (primary == "Gasoline" and second == "Electric" and level != "Mild"):
        return "Hybrid"
    words = {"": None, "Flexible Fuel Vehicle (FFV)": "Gasoline", "Compressed Natural Gas (CNG)": "CNG"}
    return words.get(primary, "Hydrogen" if "Fuel Cell" in primary or "Hydrogen" in primary else primary)


def _transmission(facts: dict[str, str]) -> str | None:
    style = facts.get("Transmission Style")
    return style and ("Manual" if style == "Manual/Standard" else "Automatic")


def _drivetrain(facts: dict[str, str], trim: str, model: Model) -> str | None:
    if re.search(r"xdrive|quattro|4matic|4motion|awd|all4", trim.casefold()):
        return "AWD"
    if facts.get("Fuel Type - Primary") == "Electric" and "Dual Motor" in facts.get("EV Drive Unit", ""):
        return "AWD"
    drive = facts.get("Drive Type", "")
    return model.two_driven if drive == "4x2" else DRIVES.get(drive)


def _engine(facts: dict[str, str], litres: float) -> str | None:
    if not litres:
        return facts.get("EV Drive Unit") if facts.get("Fuel Type - Primary") == "Electric" else None
    cylinders = facts.get("Engine Number of Cylinders")
    layout = LAYOUTS.get(facts.get("Engine Configuration", ""))
    shape = f" {layout}{cylinders}" if layout and cylinders else f" {cylinders}-cyl" if cylinders else ""
    return f"{litres:.1f}L{shape}{' Turbo' if facts.get('Turbo') == 'Yes' else ''}"
