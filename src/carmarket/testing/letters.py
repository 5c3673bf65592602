"""
Letters of every kind for tests.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from attrs import evolve

from carmarket.core.language import Language
from carmarket.core.letters import FACTS, Letter, LetterKind

DOMAIN = "cars.example"
SENDER = f"Cars of Anytown <hello@{DOMAIN}>"
SAID = {
    "link": "https://cars.example/open?token=abc_DEF-123&from=mail",
    "dealer": "Northside Motors",
    "role": "dealer-agent",
    "reason": "The car is in the workshop",
    "car": "2019 Volkswagen Golf 2.0 TDI",
    "kind": "test-drive",
    "start": "2026-05-04T10:00+02:00",
    "end": "2026-05-04T10:45+02:00",
    "search": "golf under 15k",
    "price": "$13,500",
    "count": "2",
    "cars": "2019 Golf, $13,500 | https://cars.example/cars/1?a=1&b=2\n2020 Golf | https://cars.example/cars/2",
}
"""A value of every fact."""


def a_letter(kind: LetterKind = LetterKind.BOOKING_CONFIRMED, *, number: int = 1, **changes: Any) -> Letter:
    """One that has all it needs."""
    letter = Letter(
        id=UUID(int=number),
        kind=kind,
        language=Language.ENGLISH,
        to="anna@example.com",
        name="Anna Smith",
        facts={name: value for name, value in SAID.items() if name in FACTS[kind]},
    )
    return evolve(letter, **changes)
