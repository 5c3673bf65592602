"""
VINs: which are let pass, and what is said of those that are not.
"""

from __future__ import annotations

import pytest

from carmarket.core.catalog.vin import check_digit, parse_vin
from carmarket.core.errors import InvalidError


@pytest.mark.parametrize("text", ["1M8GDM9AXKP042788", "1m8gdm9axkp042788", " 1M8-GDM9A XKP042788 "])
def test_a_vin_is_read_as_people_write_it(text):
    assert parse_vin(text) == "1M8GDM9AXKP042788"


def test_a_european_vin_needs_no_check_digit():
    assert parse_vin("WVWZZZ1KZ6W000001") == "WVWZZZ1KZ6W000001"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1M8GDM9AXKP04278O", "position 17 is 'O'"),
        ("1M8GDM9AXKP0427", "15 characters"),
        ("1M8GDM9AXKP0427888", "18 characters"),
        ("1M8GDM9A1KP042788", "check digit, is '1'"),
        ("1M8GDM9AXKPÄ42788", "position 12 is 'Ä'"),
        ("", "0 characters"),
    ],
)
def test_a_wrong_vin_is_told_which_position_is_wrong(text, fault):
    with pytest.raises(InvalidError, match=fault) as caught:
        parse_vin(text)

    assert caught.value.field == "vin"
    assert caught.value.expected


def test_the_check_digit_of_the_regulation_s_example_is_x():
    assert check_digit("1M8GDM9A_KP042788".replace("_", "0")) == "X"


@pytest.mark.parametrize("position", [n for n in range(17) if n != 8])
def test_most_slips_of_one_digit_are_caught_in_north_america(position):
    vin = "11111111111111111"
    slipped = vin[:position] + "2" + vin[position + 1 :]

    with pytest.raises(InvalidError):
        parse_vin(slipped)
