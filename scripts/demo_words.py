"""
The words of the demo stock that no VIN knows: dealers, paints, features and descriptions, all made up.
"""

from __future__ import annotations

from random import Random

DEALERS = {
    "Lone Lantern Motors": ("91506", "LL", 15),
    "Foxglove Auto Barn": ("95814", "FX", 7),
    "Second Gear Sally's": ("77057", "SG", 12),
    "Paper Moon Automobiles": ("75206", "PM", 10),
    "Pelican & Daughter Cars": ("32803", "PD", 10),
    "Old Harbor Wheels": ("11501", "OH", 10),
    "Copper Kettle Motors": ("60618", "CK", 8),
    "Three Pines Auto House": ("19125", "TP", 6),
    "Buckeye Brothers Garage": ("43215", "BB", 6),
    "Magnolia Mile Motors": ("30309", "MM", 7),
    "Blue Heron Auto Gallery": ("28205", "BH", 5),
    "Rainy Day Automobiles": ("98109", "RD", 6),
    "Cactus Wren Cars": ("85016", "CW", 7),
    "High Meadow Trucks & Cars": ("80205", "HM", 6),
}
"""Name: the ZIP code of the yard, the letters of its stock numbers, and its share of the cars."""

PAINTS = {
    "White": (24, ("Pearl White", "Glacier White", "Polar White Metallic", "Chalk White")),
    "Black": (21, ("Midnight Black", "Obsidian Black Metallic", "Deep Black Pearl", "Raven Black")),
    "Grey": (18, ("Graphite Grey Metallic", "Storm Grey", "Magnetic Grey Metallic", "Slate Grey Pearl")),
    "Silver": (12, ("Moonlight Silver", "Quicksilver Metallic", "Lunar Silver", "Tungsten Silver")),
    "Blue": (10, ("Lake Blue Metallic", "Atlantic Blue", "Cobalt Blue Pearl", "Night Blue Metallic")),
    "Red": (8, ("Ruby Red Tintcoat", "Flame Red", "Cherry Red Pearl", "Garnet Red Metallic")),
    "Green": (2.6, ("Forest Green", "Sage Green Metallic", "British Racing Green", "Moss Green")),
    "Brown": (1.4, ("Espresso Brown Metallic", "Chestnut Brown")),
    "Beige": (1.3, ("Desert Beige", "Sandstone Metallic")),
    "Orange": (1.2, ("Sunset Orange", "Molten Orange Pearl")),
    "Yellow": (0.8, ("Racing Yellow", "Solar Yellow")),
    "Gold": (0.6, ("Champagne Gold", "Sahara Gold Metallic")),
    "Purple": (0.3, ("Plum Purple Pearl", "Twilight Purple")),
    "Turquoise": (0.2, ("Lagoon Turquoise",)),
}
LOUD = {"Red", "Blue", "Yellow", "Orange", "Green", "Purple"}
INTERIORS = {"Black": 56, "Grey": 19, "Beige": 14, "Brown": 7, "Red": 2, "White": 2}

FEATURES = {
    "Air conditioning": (1990, 0.95, 0.6, ""),
    "Automatic climate control": (2000, 0.3, 0.95, ""),
    "Dual-zone climate control": (2003, 0.2, 0.85, ""),
    "Cruise control": (1990, 0.8, 0.7, ""),
    "Adaptive cruise control": (2014, 0.45, 0.9, "Adaptive Cruise Control (ACC)"),
    "Lane keeping assist": (2015, 0.5, 0.9, "Lane Keeping Assistance (LKA)"),
    "Blind spot monitor": (2012, 0.35, 0.9, "Blind Spot Warning (BSW)"),
    "Forward collision warning": (2014, 0.5, 0.9, "Forward Collision Warning (FCW)"),
    "Automatic emergency braking": (2016, 0.5, 0.9, "Crash Imminent Braking (CIB)"),
    "Rear cross-traffic alert": (2014, 0.3, 0.85, "Rear Cross Traffic Alert"),
    "Backup camera": (2011, 0.8, 0.95, "Backup Camera"),
    "360-degree camera": (2016, 0.05, 0.7, ""),
    "Parking sensors": (2006, 0.2, 0.9, "Parking Assist"),
    "Keyless entry": (2003, 0.7, 0.9, ""),
    "Push-button start": (2010, 0.5, 0.95, "Keyless Ignition"),
    "Remote start": (2012, 0.3, 0.6, ""),
    "Heated seats": (2003, 0.3, 0.95, ""),
    "Ventilated seats": (2012, 0.04, 0.75, ""),
    "Heated steering wheel": (2012, 0.15, 0.75, ""),
    "Leather seats": (1990, 0.12, 0.92, ""),
    "Power driver seat": (1995, 0.3, 0.9, ""),
    "Memory seats": (2003, 0.05, 0.85, ""),
    "Sunroof": (1995, 0.18, 0.6, ""),
    "Panoramic roof": (2012, 0.06, 0.55, ""),
    "Navigation system": (2008, 0.2, 0.9, ""),
    "Bluetooth": (2009, 0.85, 0.95, ""),
    "Apple CarPlay": (2017, 0.8, 0.92, ""),
    "Android Auto": (2017, 0.8, 0.85, ""),
    "Wireless phone charging": (2019, 0.25, 0.8, ""),
    "Premium sound system": (2003, 0.12, 0.8, ""),
    "Satellite radio": (2006, 0.4, 0.7, ""),
    "Head-up display": (2015, 0.03, 0.55, ""),
    "LED headlights": (2015, 0.45, 0.95, ""),
    "Fog lights": (1990, 0.3, 0.4, ""),
    "Alloy wheels": (1990, 0.65, 0.98, ""),
    "Power liftgate": (2012, 0.12, 0.85, ""),
    "Roof rails": (1995, 0.4, 0.5, ""),
    "Third-row seats": (1990, 0.9, 0.9, ""),
    "Towing package": (1995, 0.4, 0.5, ""),
    "Bed liner": (1995, 0.5, 0.55, ""),
    "DC fast charging": (2012, 0.9, 0.97, ""),
}
"""Feature: the year it became common, its share in cheap and in dear cars, and vPIC's name for it if any."""

TALL = {"SUV", "Wagon", "Minivan", "Van"}
ONLY_WITH = {
    "Power liftgate": TALL,
    "Roof rails": {"SUV", "Wagon"},
    "Towing package": {"SUV", "Pickup", "Van"},
    "Bed liner": {"Pickup"},
}


def features_of(row: dict[str, str], price_new: int, standard: frozenset[str], rng: Random) -> list[str]:
    """What the car has, more of it the younger and dearer it is."""
    luxury = min(max((price_new - 18_000) / 62_000, 0), 1)
    year = int(row["Year"])
    chosen = []
    for feature, (since, cheap, dear, vpic) in FEATURES.items():
        spread = min(max((year - since + 2) / 6, 0), 1)
        chance = 0.97 if vpic in standard else spread * (cheap + (dear - cheap) * luxury)
        if _fits(feature, row) and rng.random() < chance:
            chosen.append(feature)
    return chosen


def _fits(feature: str, row: dict[str, str]) -> bool:
    if feature == "Third-row seats":
        return int(row["Seats"] or 0) >= 7
    if feature == "DC fast charging":
        return row["Fuel"] == "Electric"
    return feature not in ONLY_WITH or row["Body"] in ONLY_WITH[feature]


def describe(row: dict[str, str], rng: Random) -> str:
    """Two to four sentences out of the row's own facts, the way a salesperson types them."""
    name = f"{row['Make']} {row['Model']} {row['Trim']}".strip()
    sentences = [rng.choice((f"{row['Year']} {name}.", f"Nice {name}.", f"Here is a tidy {row['Year']} {name}."))]
    sentences += rng.sample(_claims(row, rng), k=rng.randint(1, 2))
    closings = ("Come by for a test drive.", "Trade-ins welcome.", "Call before you visit.", "Priced to sell.", "")
    return " ".join([*sentences, rng.choice(closings)]).strip()


def _claims(row: dict[str, str], rng: Random) -> list[str]:
    miles, features = int(row["Mileage (mi)"]), row["Features"].split("; ")
    if row["Condition"] == "New":
        return ["Brand new with full factory warranty.", f"Only {miles} miles from delivery.", "Ready to register."]
    if row["Condition"] == "Damaged":
        return ["Runs, but has body damage; sold as is.", "Rebuildable, clear title.", "Damage to one side, drives."]
    claims = [
        rng.choice(("One owner, full service history.", "Two owners, service records in hand.")),
        rng.choice(("Never smoked in.", "Clean title, no accidents known.", "Garage kept.", "New tires last fall.")),
        f"{miles:,} miles on the clock.",
    ]
    if len(features) > 2:
        claims.append(f"Comes with {_in_sentence(features[-1])} and {_in_sentence(features[1])}.")
    if row["Transmission"] == "Manual":
        claims.append("Yes, a real manual.")
    if row["Drivetrain"] in ("AWD", "4WD"):
        claims.append(f"{row['Drivetrain']}, so winter is no worry.")
    if row["Paint"]:
        claims.append(f"Lovely in {row['Paint']}.")
    return claims


def _in_sentence(feature: str) -> str:
    """ "Heated seats" gets a small letter, "Apple CarPlay" and "LED headlights" keep theirs."""
    return feature if feature[1:] != feature[1:].lower() else feature.lower()
