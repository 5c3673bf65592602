"""
What people call things: nicknames of makes and models, and the words that mean a filter.
"""

from __future__ import annotations

from collections.abc import Mapping

from carmarket.core.catalog.vehicle import BodyStyle, Colour, Condition, Drivetrain, Fuel, Transmission

MAKES: tuple[str, ...] = (
    "Acura", "Alfa Romeo", "Alpine", "Aston Martin", "Audi", "Bentley", "BMW", "Bugatti", "Buick", "BYD",
    "Cadillac", "Chevrolet", "Chrysler", "Citroën", "Cupra", "Dacia", "Daewoo", "Daihatsu", "Dodge", "DS",
    "Ferrari", "Fiat", "Fisker", "Ford", "Genesis", "GMC", "Holden", "Honda", "Hummer", "Hyundai", "Infiniti",
    "Isuzu", "Jaguar", "Jeep", "Kia", "Lada", "Lamborghini", "Lancia", "Land Rover", "Lexus", "Lincoln",
    "Lotus", "Lucid", "Maserati", "Maybach", "Mazda", "McLaren", "Mercedes-Benz", "Mercury", "MG", "MINI",
    "Mitsubishi", "NIO", "Nissan", "Oldsmobile", "Opel", "Peugeot", "Plymouth", "Polestar", "Pontiac",
    "Porsche", "Ram", "Renault", "Rivian", "Rolls-Royce", "Saab", "Saturn", "Scion", "SEAT", "Škoda", "Smart",
    "SsangYong", "Subaru", "Suzuki", "Tesla", "Toyota", "Vauxhall", "VinFast", "Volkswagen", "Volvo",
)  # fmt: skip

SYNONYMS: Mapping[str, str] = {
    "alfaromeo": "alfa",
    "beamer": "bmw",
    "beemer": "bmw",
    "bimmer": "bmw",
    "chev": "chevrolet",
    "chevvy": "chevrolet",
    "chevy": "chevrolet",
    "chrystler": "chrysler",
    "jag": "jaguar",
    "lambo": "lamborghini",
    "landy": "landrover",
    "lexis": "lexus",
    "merc": "mercedes",
    "mercs": "mercedes",
    "mitsu": "mitsubishi",
    "mustangs": "mustang",
    "porker": "porsche",
    "porsch": "porsche",
    "stang": "mustang",
    "subie": "subaru",
    "vette": "corvette",
    "volkswagon": "volkswagen",
    "vw": "volkswagen",
    "yota": "toyota",
}
"""One spelling for each, in documents and in queries."""

FILTER_WORDS: Mapping[str, BodyStyle | Fuel | tuple[Fuel, ...] | Transmission | Drivetrain | Colour | Condition] = {
    "hatchback": BodyStyle.HATCHBACK, "hatchbacks": BodyStyle.HATCHBACK, "hatch": BodyStyle.HATCHBACK,
    "sedan": BodyStyle.SEDAN, "sedans": BodyStyle.SEDAN, "saloon": BodyStyle.SEDAN, "limousine": BodyStyle.SEDAN,
    "wagon": BodyStyle.WAGON, "wagons": BodyStyle.WAGON, "station wagon": BodyStyle.WAGON,
    "estate": BodyStyle.WAGON, "kombi": BodyStyle.WAGON,
    "coupe": BodyStyle.COUPE, "coupes": BodyStyle.COUPE,
    "convertible": BodyStyle.CONVERTIBLE, "convertibles": BodyStyle.CONVERTIBLE, "cabrio": BodyStyle.CONVERTIBLE,
    "cabriolet": BodyStyle.CONVERTIBLE, "roadster": BodyStyle.CONVERTIBLE,
    "suv": BodyStyle.SUV, "suvs": BodyStyle.SUV,
    "pickup": BodyStyle.PICKUP, "pickups": BodyStyle.PICKUP, "pick up": BodyStyle.PICKUP,
    "truck": BodyStyle.PICKUP, "trucks": BodyStyle.PICKUP, "pickup truck": BodyStyle.PICKUP,
    "minivan": BodyStyle.MINIVAN, "minivans": BodyStyle.MINIVAN, "mpv": BodyStyle.MINIVAN,
    "people carrier": BodyStyle.MINIVAN,
    "van": BodyStyle.VAN, "vans": BodyStyle.VAN,
    "petrol": Fuel.PETROL, "gasoline": Fuel.PETROL, "gas": Fuel.PETROL, "benzin": Fuel.PETROL,
    "diesel": Fuel.DIESEL, "diesels": Fuel.DIESEL,
    "hybrid": (Fuel.HYBRID, Fuel.PLUG_IN_HYBRID), "hybrids": (Fuel.HYBRID, Fuel.PLUG_IN_HYBRID),
    "plug in hybrid": Fuel.PLUG_IN_HYBRID, "plugin hybrid": Fuel.PLUG_IN_HYBRID, "phev": Fuel.PLUG_IN_HYBRID,
    "plug in": Fuel.PLUG_IN_HYBRID,
    "electric": Fuel.ELECTRIC, "ev": Fuel.ELECTRIC, "evs": Fuel.ELECTRIC, "bev": Fuel.ELECTRIC,
    "elektro": Fuel.ELECTRIC, "lpg": Fuel.LPG, "autogas": Fuel.LPG, "cng": Fuel.CNG,
    "hydrogen": Fuel.HYDROGEN, "fuel cell": Fuel.HYDROGEN, "flex fuel": Fuel.ETHANOL, "e85": Fuel.ETHANOL,
    "manual": Transmission.MANUAL, "stick": Transmission.MANUAL, "stick shift": Transmission.MANUAL,
    "schaltgetriebe": Transmission.MANUAL,
    "automatic": Transmission.AUTOMATIC, "auto": Transmission.AUTOMATIC, "automatik": Transmission.AUTOMATIC,
    "fwd": Drivetrain.FRONT, "front wheel drive": Drivetrain.FRONT,
    "rwd": Drivetrain.REAR, "rear wheel drive": Drivetrain.REAR,
    "awd": Drivetrain.ALL, "4wd": Drivetrain.ALL, "4x4": Drivetrain.ALL, "all wheel drive": Drivetrain.ALL,
    "four wheel drive": Drivetrain.ALL, "4 wheel drive": Drivetrain.ALL, "allrad": Drivetrain.ALL,
    "black": Colour.BLACK, "white": Colour.WHITE, "silver": Colour.SILVER, "grey": Colour.GREY,
    "gray": Colour.GREY, "red": Colour.RED, "blue": Colour.BLUE, "green": Colour.GREEN,
    "yellow": Colour.YELLOW, "orange": Colour.ORANGE, "brown": Colour.BROWN, "beige": Colour.BEIGE,
    "gold": Colour.GOLD, "purple": Colour.PURPLE, "pink": Colour.PINK, "turquoise": Colour.TURQUOISE,
    "schwarz": Colour.BLACK, "weiss": Colour.WHITE, "silber": Colour.SILVER, "grau": Colour.GREY,
    "rot": Colour.RED, "blau": Colour.BLUE, "grun": Colour.GREEN, "gelb": Colour.YELLOW,
    "brand new": Condition.NEW, "used": Condition.USED, "second hand": Condition.USED,
    "certified": Condition.CERTIFIED, "cpo": Condition.CERTIFIED, "damaged": Condition.DAMAGED,
}  # fmt: skip
"""Folded words, up to three, that say a filter rather than a name."""

LONGEST_PHRASE = 3

FILLERS = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "buy",
        "car",
        "cars",
        "find",
        "for",
        "i",
        "im",
        "in",
        "is",
        "looking",
        "me",
        "my",
        "near",
        "of",
        "on",
        "or",
        "sale",
        "show",
        "some",
        "the",
        "to",
        "want",
        "with",
    ]
)
"""Words that say nothing of the car."""

MODEL_NUMBERS = frozenset({("peugeot", "2008"), ("bmw", "2002")})
"""Models whose name looks like a year."""
