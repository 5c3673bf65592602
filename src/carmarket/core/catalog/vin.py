"""
The vehicle identification number: ISO 3779, and 49 CFR 565 for its check digit in North America.
"""

from __future__ import annotations

from typing import NewType

from carmarket.core.errors import InvalidError

Vin = NewType("Vin", str)
"""17 capital letters and digits that `parse_vin` has let pass."""

LENGTH = 17
CHECK_POSITION = 8
NORTH_AMERICA = frozenset("12345")
"""First letters of the world manufacturer identifiers of the USA, Canada and Mexico, where the digit is law."""

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
VALUES = {digit: int(digit) for digit in "0123456789"} | dict(
    zip(LETTERS, (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def parse_vin(text: str) -> Vin:
    """
    A VIN as people write it: lower case, spaces and hyphens are forgiven.

    Raises: InvalidError that says which position (from 1) is wrong and what would be right there.
    """
    vin = text.strip().upper().replace(" ", "").replace("-", "")
    for position, letter in enumerate(vin[:LENGTH], start=1):
        if letter not in VALUES:
            raise _error(text, f"position {position} is {letter!r}", "digits and the letters A-Z but I, O and Q")
    if len(vin) != LENGTH:
        raise _error(text, f"it has {len(vin)} characters", "17 characters")
    if vin[0] in NORTH_AMERICA:
        right = check_digit(vin)
        if vin[CHECK_POSITION] != right:
            raise _error(text, f"position 9, the check digit, is {vin[CHECK_POSITION]!r}", f"{right!r} there")
    return Vin(vin)


def check_digit(vin: str) -> str:
    """The digit (or X) that belongs at position 9 of these 17 characters."""
    total = sum(VALUES[letter] * weight for letter, weight in zip(vin, WEIGHTS, strict=True))
    return "0123456789X"[total % 11]


def _error(text: str, fault: str, expected: str) -> InvalidError:
    return InvalidError(f"This is no VIN: {fault}.", field="vin", value=text[:40], expected=expected)
