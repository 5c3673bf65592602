"""
Codes of the second factor, against the vectors of the RFC.
"""

from __future__ import annotations

from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pytest

from carmarket.core.users.second_factor import SecondFactor, code_at, digests_of, uri
from carmarket.testing.builders import NOW

SECRET = b32encode(b"12345678901234567890").decode()
STEP = int(NOW.timestamp()) // 30


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_rfc(seconds, code):
    """RFC 6238, appendix B, the last six of the eight digits."""
    assert code_at(SECRET, seconds // 30) == code
    assert SecondFactor(secret=SECRET).take(code, now=datetime.fromtimestamp(seconds, UTC)) is not None


@pytest.mark.parametrize(("off", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_half_a_minute_off(off, is_taken):
    taken = SecondFactor(secret=SECRET).take(code_at(SECRET, STEP + off), now=NOW)

    assert (taken is not None) is is_taken


def test_no_code_is_taken_twice():
    code = code_at(SECRET, STEP)
    taken = SecondFactor(secret=SECRET).take(f" {code[:3]} {code[3:]}", now=NOW)

    assert taken is not None
    assert taken.is_confirmed
    assert taken.take(code, now=NOW) is None
    assert taken.take(code_at(SECRET, STEP - 1), now=NOW) is None
    assert taken.take(code_at(SECRET, STEP + 1), now=NOW + timedelta(seconds=30)) is not None


def test_a_code_may_be_typed_in_the_digits_of_any_script():
    arabic = code_at(SECRET, STEP).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))

    assert SecondFactor(secret=SECRET).take(arabic, now=NOW) is not None
    assert SecondFactor(secret=SECRET).take("ä" * 6, now=NOW) is None


def test_a_recovery_code_counts_once_and_only_once_the_factor_is_confirmed():
    fresh = SecondFactor(secret=SECRET, recovery=digests_of(["abcde-12345", "fffff-00000"]))
    confirmed = SecondFactor(secret=SECRET, recovery=fresh.recovery, is_confirmed=True)

    taken = confirmed.take("ABCDE 12345", now=NOW)

    assert fresh.take("abcde-12345", now=NOW) is None
    assert taken is not None
    assert len(taken.recovery) == 1
    assert taken.take("abcde-12345", now=NOW) is None


def test_an_app_reads_the_secret_from_a_uri():
    assert (
        uri("ABC", email="a b@example.com")
        == "otpauth://totp/carmarket:a%20b%40example.com?secret=ABC&issuer=carmarket"
    )
