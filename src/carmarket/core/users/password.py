"""
What a password must be (NIST SP 800-63B, 5.1.1.2): long enough, and not one that everybody tries first.
"""

from __future__ import annotations

from collections.abc import Callable

from carmarket.core.errors import InvalidError

SHORTEST = 8
LONGEST = 128


def demand_password(text: str, *, is_common: Callable[[str], bool], field: str = "password") -> None:
    """
    Let a new password pass.

    Raises: InvalidError, which never repeats the password.
    """
    if not SHORTEST <= len(text) <= LONGEST:
        raise InvalidError(
            f"A password has {SHORTEST} to {LONGEST} characters.", field=field, expected="a longer or shorter one"
        )
    if is_common(text):
        raise InvalidError("This password is one of the first that are tried.", field=field, expected="another one")
