"""
Trims as badges: vPIC lists several for one VIN, and for some makers its own codes instead.
"""

from __future__ import annotations

import re
from random import Random

SERIES_AS_TRIM = {"MINI", "Jaguar"}
FIRST_OF_MANY = {"Mazda"}
"""Where vPIC gives the American trim before the Canadian one."""

KOREAN = re.compile(
    r"(SE|SEL)( Plus| Premium| Convenience| Standard Range)?|(GT|SX|EX|LX|LXS|S)( Premium| Turbo|[ -]Prestige)?"
    r"|GT-Line( Turbo)?|GT[12]|GLS|Limited|Ultimate|Eco|Sport|Value Edition|N Line|XRT|Calligraphy|Blue|Light|Wind"
    r"|Land|X-Line|X-Pro( Prestige)?|Premium|Essential|Preferred|Wave"
)
"""The rest of what vPIC has for Hyundai and Kia are chassis codes and grades of other markets."""

CODES = re.compile(
    r"not identified|grade|fleet|police|n/a|\bstd\b|^high|^standard$|^normal$|low|middle|body|\bcab\b|supercab"
    r"|supercrew|roof|all models|styleside|flare|waymo|robotaxi|livery|limo|export|deluxe|ssv|vs[23]0|lev"
    r"|^(fl|dp|dc3|dc8|1sv|vf|i4|n|c|v|g|std|br|coupe|convertible|cabriolet|spyder|hatchback|sedan|wagon|w)$"
    r"|^sports$|dlx|delux|fast charge|^rwd$|^others$|ballistic|^ev 2wd$|^van$"
    r"|watch|^res$|^1fl$|ppv|progressiv|^447$|^907$|svfl|blond|pkg|xc90| \+ "
    r"|-[em]$|\+[a-z]|\dbr$|^vx|package$|type \d|edition genesis|with navi|dvd|esv$|^ext$",
    re.IGNORECASE,
)
BADGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .&'+/-]{0,27}")
WORDS = {
    "TECH": "Tech",
    "BASE": "Base",
    "PURE": "Pure",
    "LUXE": "Luxe",
    "PLAT": "Platinum",
    "Ltd": "Limited",
    "Ltd.": "Limited",
    "LTD": "Limited",
    "BLK": "Black",
    "Blk": "Black",
    "GC": "Gran Coupe",
    "JCW": "John Cooper Works",
    "EXL": "EX-L",
    "SI": "Si",
    "TRG": "Touring",
    "TYPE": "Type",
    "TYPE-S": "Type S",
    "Type-S": "Type S",
    "A-SPEC": "A-Spec",
    "4XE": "4xe",
    "FREE": "Free",
    "RED": "Red",
    "330xe": "xDrive",
    "EASY": "Easy",
    "Autobiograghy": "Autobiography",
}
DROPPED = {"SA", "NA", "HP", "-"}


def trim_of(facts: dict[str, str], make: str, model: str, rng: Random) -> str | None:
    """One of the trims the VIN stands for, as a badge; None for vPIC's internal codes."""
    text = facts.get("Trim") or (facts.get("Series") if make in SERIES_AS_TRIM else None) or ""
    names = [badge for part in _parts(text) if (badge := _badge(part, model))]
    if make in ("Hyundai", "Kia"):
        names = [name for name in names if KOREAN.fullmatch(name)]
    chosen = (names[0] if make in FIRST_OF_MANY else rng.choice(names)) if names else None
    variant = facts["Model"]
    if make == "BMW" and model.endswith(" Series"):
        return f"{variant} {chosen}" if chosen and not chosen.startswith(variant) else variant
    return chosen


def _parts(text: str) -> list[str]:
    """ "S (2WD), 4S (4WD)" is "S" and "4S"; what is marked as Canadian goes."""
    whole = text.replace("R/T", "R~T").replace("T/A", "T~A")
    parts = re.split(r",|/| - |&", whole)
    american = [part for part in parts if not re.search(r"\((Can|CAN|Mex)", part)]
    return [re.sub(r"\(.*?\)", "", part).replace("~", "/").strip() for part in american]


def _badge(text: str, model: str) -> str | None:
    text = re.sub(r"-4M$|[ -]?4[ -]?MATIC$", " 4MATIC", text)
    text = re.sub(r"\s+w$", "", text)
    text = re.sub(r"\s+(Coupe|Convertible|Spyder|Spider|Cabriolet)$", "", text)
    if text.casefold().startswith(model.casefold()) and not model.isdigit():
        text = text[len(model) :].strip()
    badge = " ".join(_word(word) for word in text.split() if word not in DROPPED)
    return badge if BADGE.fullmatch(badge) and not CODES.search(badge) else None


def _word(word: str) -> str:
    if word in WORDS:
        return WORDS[word]
    return word.capitalize() if word.isalpha() and word.isupper() and len(word) > 4 else word
