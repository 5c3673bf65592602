"""
A car as structured data of schema.org, for machines that read the page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from carmarket.codec.results import CarView
from carmarket.core.catalog.car import Car
from carmarket.core.catalog.vehicle import Condition, DistanceUnit, Drivetrain, PowerUnit

CONDITIONS: Mapping[Condition, str] = {
    Condition.NEW: "https://schema.org/NewCondition",
    Condition.USED: "https://schema.org/UsedCondition",
    Condition.CERTIFIED: "https://schema.org/UsedCondition",
    Condition.DAMAGED: "https://schema.org/DamagedCondition",
}
DRIVES: Mapping[Drivetrain, str] = {
    Drivetrain.FRONT: "https://schema.org/FrontWheelDriveConfiguration",
    Drivetrain.REAR: "https://schema.org/RearWheelDriveConfiguration",
    Drivetrain.ALL: "https://schema.org/AllWheelDriveConfiguration",
}
UNIT_CODES: Mapping[str, str] = {
    DistanceUnit.KILOMETRES: "KMT",
    DistanceUnit.MILES: "SMI",
    PowerUnit.KILOWATTS: "KWT",
    PowerUnit.METRIC_HORSEPOWER: "HJ",
    PowerUnit.MECHANICAL_HORSEPOWER: "BHP",
}
"""UN/CEFACT Recommendation 20."""


def structured(view: CarView) -> dict[str, object]:
    """The car with its offer; addresses are relative to the page, which knows its own host."""
    car, vehicle = view.car, view.car.vehicle
    url = f"/cars/{car.id}"
    condition = vehicle.condition and CONDITIONS[vehicle.condition]
    return _known(
        {
            "@context": "https://schema.org",
            "@type": "Car",
            "@id": url,
            "url": url,
            "name": view.title,
            "brand": {"@type": "Brand", "name": vehicle.make},
            "model": vehicle.model,
            "vehicleConfiguration": vehicle.trim,
            "vehicleModelDate": vehicle.model_year and str(vehicle.model_year),
            "bodyType": vehicle.body_style,
            "fuelType": vehicle.fuel,
            "vehicleTransmission": vehicle.transmission,
            "driveWheelConfiguration": vehicle.drivetrain and DRIVES[vehicle.drivetrain],
            "vehicleEngine": _engine(car),
            "color": vehicle.paint or vehicle.colour,
            "vehicleInteriorColor": vehicle.interior_colour,
            "numberOfDoors": vehicle.doors,
            "vehicleSeatingCapacity": vehicle.seats,
            "itemCondition": condition,
            "mileageFromOdometer": car.odometer and _quantity(car.odometer.value, car.odometer.unit),
            "vehicleIdentificationNumber": car.vin and str(car.vin),
            "description": car.description,
            "image": [photo.sizes["large"] for photo in view.photos],
            "offers": _known(
                {
                    "@type": "Offer",
                    "price": f"{view.price.major:f}",
                    "priceCurrency": view.price.currency,
                    "availability": "https://schema.org/InStock",
                    "itemCondition": condition,
                    "url": url,
                }
            ),
        }
    )


def script_text(data: Mapping[str, object]) -> str:
    """JSON that can stand inside a script element: nothing in it can end the element or begin another."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _engine(car: Car) -> dict[str, object] | None:
    vehicle = car.vehicle
    if vehicle.engine is None and vehicle.power is None:
        return None
    power = vehicle.power and _quantity(vehicle.power.value, vehicle.power.unit)
    return _known({"@type": "EngineSpecification", "name": vehicle.engine, "enginePower": power})


def _quantity(value: int, unit: str) -> dict[str, object]:
    return {"@type": "QuantitativeValue", "value": value, "unitCode": UNIT_CODES[unit]}


def _known(values: Mapping[str, object]) -> dict[str, object]:
    """What is not known is left out."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}
