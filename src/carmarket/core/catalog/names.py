"""
What dealers' files call the values of a car, in English, German, French and Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from carmarket.core.catalog.vehicle import BodyStyle, Colour, Condition, Drivetrain, Fuel, Transmission
from carmarket.core.errors import InvalidError
from carmarket.core.text import fold

E = TypeVar("E", bound=StrEnum)
WORD = re.compile(r"[^\W_]+")

UNKNOWN = frozenset(
    {
        "",
        "-",
        "--",
        "n/a",
        "na",
        "nan",
        "null",
        "none",
        "unknown",
        "not specified",
        "unspecified",
        "unbekannt",
        "k.a.",
        "?",
    }
)
"""Cells that say nothing."""
LONGEST_UNKNOWN = 2 * max(map(len, UNKNOWN))
"""Longer texts say something, however they are folded."""
OTHER = frozenset({"other", "others", "andere", "sonstige", "autre", "otro", "2wd", "4x2"})
"""Cells that say nothing where a value is chosen from a list: two driven wheels may be the front ones or the rear."""

NAMES: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    BodyStyle: {
        BodyStyle.HATCHBACK: "hatchback, hatch, liftback, compact, kleinwagen, kompaktklasse, schragheck, citadine, utilitario",
        BodyStyle.SEDAN: "sedan, saloon, limousine, berline, berlina, notchback, stufenheck",
        BodyStyle.WAGON: "wagon, station wagon, estate, kombi, break, touring, avant, variant, familiar, sports tourer",
        BodyStyle.COUPE: "coupe",
        BodyStyle.CONVERTIBLE: "convertible, cabrio, cabriolet, roadster, spyder, spider, cabrio roadster, descapotable, targa",
        BodyStyle.SUV: "suv, sport utility, sport utility vehicle, crossover, cuv, gelandewagen, offroad, off road, suv gelandewagen pickup, todoterreno, 4x4",
        BodyStyle.PICKUP: "pickup, pick up, truck, pickup truck, crew cab, extended cab, regular cab, double cab, quad cab, supercrew",
        BodyStyle.MINIVAN: "minivan, mini van, mpv, people carrier, van kleinbus, monospace, monovolumen, grossraumlimousine",
        BodyStyle.VAN: "van, cargo van, passenger van, panel van, transporter, kastenwagen, bus, utilitaire, furgoneta",
    },
    Fuel: {
        Fuel.PETROL: "petrol, gasoline, gas, benzin, essence, gasolina, unleaded, regular unleaded, premium unleaded, super",
        Fuel.DIESEL: "diesel, gasoil, diesel fuel",
        Fuel.HYBRID: "hybrid, mild hybrid, full hybrid, petrol electric, gas electric, gasoline electric, hybrid benzin elektro, gasoline hybrid, hybride, hibrido, diesel electric, electric petrol, hev, mhev, gas electric hybrid",
        Fuel.PLUG_IN_HYBRID: "plug in hybrid, plugin hybrid, phev, plug in, hybride rechargeable, hibrido enchufable, plug in gas electric hybrid",
        Fuel.ELECTRIC: "electric, ev, bev, elektro, electricity, electrique, electrico, battery electric, electric fuel system",
        Fuel.LPG: "lpg, autogas, gpl, autogas lpg, glp",
        Fuel.CNG: "cng, natural gas, erdgas, erdgas cng, compressed natural gas, gnc",
        Fuel.HYDROGEN: "hydrogen, fuel cell, wasserstoff, hydrogene, hydrogen fuel cell, hidrogeno",
        Fuel.ETHANOL: "ethanol, flex fuel, flexfuel, flex, e85, ffv, flexible fuel, gasoline ethanol, e85 flex fuel",
    },
    Transmission: {
        Transmission.MANUAL: "manual, stick, stick shift, schaltgetriebe, manuell, manuelle, handschaltung, m, man, mt, standard",
        Transmission.AUTOMATIC: (
            "automatic, auto, automatik, automatikgetriebe, automatique, automatico, automatica, halbautomatik, cvt, dct, "
            "dsg, tiptronic, s tronic, pdk, dual clutch, semi automatic, semi auto, a, at, automated manual, "
            "continuously variable, single speed, direct drive, steptronic, powershift, ecvt, amt"
        ),
    },
    Drivetrain: {
        Drivetrain.FRONT: "fwd, front wheel drive, front, frontantrieb, vorderradantrieb, traction, delantera, f",
        Drivetrain.REAR: "rwd, rear wheel drive, rear, hinterradantrieb, heckantrieb, propulsion, trasera, r",
        Drivetrain.ALL: "awd, 4wd, 4x4, all wheel drive, four wheel drive, 4 wheel drive, allrad, allradantrieb, quattro, xdrive, 4matic, 4 4, integrale, total, part time 4wd, full time 4wd",
    },
    Colour: {
        Colour.BLACK: "black, schwarz, noir, negro, ebony, onyx, jet",
        Colour.WHITE: "white, weiss, blanc, blanco, ivory, alpine",
        Colour.SILVER: "silver, silber, argent, plata, aluminium, aluminum, platinum",
        Colour.GREY: "grey, gray, grau, gris, graphite, charcoal, anthracite, anthrazit, gunmetal, slate, magnetic",
        Colour.RED: "red, rot, rouge, rojo, burgundy, maroon, crimson, ruby, scarlet, cherry",
        Colour.BLUE: "blue, blau, bleu, azul, navy, sapphire, cobalt",
        Colour.GREEN: "green, grun, vert, verde, emerald, olive",
        Colour.YELLOW: "yellow, gelb, jaune, amarillo",
        Colour.ORANGE: "orange, naranja, copper",
        Colour.BROWN: "brown, braun, brun, marron, bronze, mocha, espresso, chestnut",
        Colour.BEIGE: "beige, tan, cream, creme, sand, champagne",
        Colour.GOLD: "gold, dorado, or",
        Colour.PURPLE: "purple, violet, violett, lila, violeta, plum, morado",
        Colour.PINK: "pink, rosa, rose",
        Colour.TURQUOISE: "turquoise, turkis, teal, aqua, turquesa",
    },
    Condition: {
        Condition.NEW: "new, neu, neuf, nuevo, brand new, neuwagen, neufahrzeug",
        Condition.USED: "used, second hand, pre owned, preowned, gebraucht, gebrauchtwagen, gebrauchtfahrzeug, occasion, usado, jahreswagen, like new, excellent, very good, good, fair",
        Condition.CERTIFIED: "certified, cpo, certified pre owned, certified used, certified preowned",
        Condition.DAMAGED: "damaged, salvage, accident, unfallwagen, beschadigt, unfall, accidente, for parts, wrecked",
    },
}  # fmt: skip
"""Folded, words only. A single letter counts alone, never inside a longer text."""


def _by_name(members: Mapping[StrEnum, str]) -> Mapping[str, StrEnum]:
    own = {" ".join(WORD.findall(member.value)): member for member in members}
    return own | {name.strip(): member for member, listed in members.items() for name in listed.split(",")}


BY_NAME: Mapping[type[StrEnum], Mapping[str, StrEnum]] = {kind: _by_name(members) for kind, members in NAMES.items()}


def read_name(kind: type[E], text: str) -> E | None:
    """
    The value that the text names: as a whole, or by exactly one value whose name stands in it.

    "8-Speed Automatic w/Tiptronic" is automatic; "Deep Black Pearl" is black. `None` if it names none or several.
    """
    said = WORD.findall(fold(text))
    names = BY_NAME[kind]
    whole = names.get(" ".join(said))
    if whole is not None:
        return kind(whole)
    meant = {
        names[phrase]
        for size in (3, 2, 1)
        for start in range(len(said) - size + 1)
        if len(phrase := " ".join(said[start : start + size])) > 1 and phrase in names
    }
    return kind(meant.pop()) if len(meant) == 1 else None


def demand_name(kind: type[E], field: str, text: str) -> E:
    """Raises: InvalidError listing the values there are, if the text names none of them."""
    found = read_name(kind, text)
    if found is None:
        raise InvalidError(
            f"There is no {field.replace('_', ' ')} of this name.",
            field=field,
            value=text[:80],
            expected=", ".join(kind),
        )
    return found
