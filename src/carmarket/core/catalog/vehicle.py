"""
The car itself, as far as its seller knows it. What is not known is `None` and stays so.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from carmarket.core.errors import InvalidError
from carmarket.core.text import short

METRES_PER_MILE = 1_609.344
EARLIEST_MODEL_YEAR = 1886
"""The year of the first patent for a car."""
LATEST_MODEL_YEAR = 2100
MOST_FEATURES = 200


class BodyStyle(StrEnum):
    HATCHBACK = "hatchback"
    SEDAN = "sedan"
    WAGON = "wagon"
    COUPE = "coupe"
    CONVERTIBLE = "convertible"
    SUV = "suv"
    PICKUP = "pickup"
    MINIVAN = "minivan"
    VAN = "van"


class Fuel(StrEnum):
    PETROL = "petrol"
    DIESEL = "diesel"
    HYBRID = "hybrid"
    PLUG_IN_HYBRID = "plug-in-hybrid"
    ELECTRIC = "electric"
    LPG = "lpg"
    CNG = "cng"
    HYDROGEN = "hydrogen"
    ETHANOL = "ethanol"


class Transmission(StrEnum):
    MANUAL = "manual"
    AUTOMATIC = "automatic"


class Drivetrain(StrEnum):
    FRONT = "fwd"
    REAR = "rwd"
    ALL = "awd"


class Colour(StrEnum):
    BLACK = "black"
    WHITE = "white"
    SILVER = "silver"
    GREY = "grey"
    RED = "red"
    BLUE = "blue"
    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    BROWN = "brown"
    BEIGE = "beige"
    GOLD = "gold"
    PURPLE = "purple"
    PINK = "pink"
    TURQUOISE = "turquoise"


class Condition(StrEnum):
    NEW = "new"
    USED = "used"
    CERTIFIED = "certified"
    DAMAGED = "damaged"


class DistanceUnit(StrEnum):
    KILOMETRES = "km"
    MILES = "mi"


class PowerUnit(StrEnum):
    KILOWATTS = "kW"
    METRIC_HORSEPOWER = "PS"
    MECHANICAL_HORSEPOWER = "hp"


WATTS = {
    PowerUnit.KILOWATTS: 1_000.0,
    PowerUnit.METRIC_HORSEPOWER: 735.49875,
    PowerUnit.MECHANICAL_HORSEPOWER: 745.69987158227022,
}
"""DIN 66036 for the metric horsepower, 550 ft lbf/s for the mechanical one."""


@frozen
class Odometer:
    """How far the car has run, in the unit of its instrument."""

    value: int
    unit: DistanceUnit = DistanceUnit.KILOMETRES

    def __attrs_post_init__(self) -> None:
        between("odometer", self.value, 0, 5_000_000)

    @property
    def metres(self) -> int:
        """What ranges and sorts compare, whatever the unit."""
        scale = METRES_PER_MILE if self.unit is DistanceUnit.MILES else 1_000.0
        return round(self.value * scale)


@frozen
class Power:
    """The power of the engine, in the unit of its papers."""

    value: int
    unit: PowerUnit = PowerUnit.KILOWATTS

    def __attrs_post_init__(self) -> None:
        between("power", self.value, 1, 5_000)

    @property
    def watts(self) -> int:
        """What ranges compare, whatever the unit."""
        return round(self.value * WATTS[self.unit])


@frozen(kw_only=True)
class Vehicle:
    """
    What is for sale. Make and model are known of every car; the rest as far as it is known.

    Raises: InvalidError naming the field, the value and what would be right.
    """

    make: str
    model: str
    trim: str | None = None
    model_year: int | None = None
    body_style: BodyStyle | None = None
    fuel: Fuel | None = None
    transmission: Transmission | None = None
    drivetrain: Drivetrain | None = None
    engine: str | None = None
    """As its maker calls it, such as "2.0 TDI"."""
    power: Power | None = None
    colour: Colour | None = None
    paint: str | None = None
    """The maker's name for the colour, such as "Deep Black Pearl"."""
    interior_colour: Colour | None = None
    doors: int | None = None
    seats: int | None = None
    condition: Condition | None = None
    features: tuple[str, ...] = ()
    """In the seller's order, such as "Sunroof"; each once."""

    def __attrs_post_init__(self) -> None:
        named("make", self.make)
        named("model", self.model)
        short("trim", self.trim)
        short("engine", self.engine)
        short("paint", self.paint)
        between("model_year", self.model_year, EARLIEST_MODEL_YEAR, LATEST_MODEL_YEAR)
        between("doors", self.doors, 1, 9)
        between("seats", self.seats, 1, 99)
        if len(self.features) > MOST_FEATURES or len(set(self.features)) != len(self.features):
            raise InvalidError(
                "A car has at most 200 features, each once.",
                field="features",
                value=len(self.features),
                expected="up to 200 different features",
            )
        for feature in self.features:
            short("features", feature)

    @property
    def title(self) -> str:
        """ "2019 Volkswagen Golf GTI", as far as it is known."""
        named = f"{self.make} {self.model} {self.trim}" if self.trim else f"{self.make} {self.model}"
        return f"{self.model_year} {named}" if self.model_year else named


def between(name: str, value: int | None, low: int, high: int) -> None:
    """Raises: InvalidError if a known value lies outside `low` to `high`, both included."""
    if value is not None and not low <= value <= high:
        raise InvalidError(
            f"The {name.replace('_', ' ')} lies between {low} and {high}.",
            field=name,
            value=value,
            expected=f"{low} to {high}",
        )


def named(name: str, value: str) -> None:
    """Raises: InvalidError for a name that says nothing, or is no short text."""
    if not value or value.isspace():
        raise InvalidError(f"A car has a {name}.", field=name, value=value, expected=f"the name of a {name}")
    short(name, value)
