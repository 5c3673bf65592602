"""
Transactions of log-ins elsewhere, and accounts that go to who proves their address.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from attrs import evolve

from carmarket.core.errors import ConflictError, UnauthenticatedError
from carmarket.core.users.federation import LASTING, Transaction, challenge_of, opened
from carmarket.core.users.ids import UserId
from carmarket.core.users.user import Identity
from carmarket.testing.builders import NOW
from carmarket.testing.users import a_user

SECRET, OTHER = b"s" * 32, b"o" * 32
BEGUN = Transaction(id=b"i" * 16, provider="here", redirect_uri="https://cars.example/login", ends=NOW + LASTING)
GOOGLE = Identity(issuer="https://accounts.example", subject="42")


@pytest.mark.parametrize("user_id", [None, UserId(UUID(int=7))], ids=["log-in", "link"])
def test_a_transaction_comes_back_as_it_was_sealed(user_id):
    transaction = evolve(BEGUN, user_id=user_id)

    assert opened(transaction.sealed(SECRET), SECRET, now=NOW) == transaction
    assert opened(transaction.sealed(SECRET), SECRET, now=NOW + LASTING - timedelta(seconds=1)) == transaction


def test_a_transaction_of_another_market_or_of_the_past_is_refused():
    for secret, now in ((OTHER, NOW), (SECRET, NOW + LASTING)):
        with pytest.raises(UnauthenticatedError):
            opened(BEGUN.sealed(SECRET), secret, now=now)


def test_all_that_is_derived_differs_by_purpose_log_in_and_market():
    derived = {
        of(secret)
        for one in (BEGUN, evolve(BEGUN, id=b"j" * 16))
        for of in (one.state, one.nonce, one.verifier, one.sealed)
        for secret in (SECRET, OTHER)
    }

    assert len(derived) == 16
    assert all(43 <= len(one.verifier(SECRET)) <= 128 for one in (BEGUN,))


def test_the_challenge_is_that_of_the_standard():
    """RFC 7636, appendix B."""
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_an_account_with_a_confirmed_address_is_claimed_by_nobody():
    known = a_user(password="hash").then(lambda it: it.confirm_address(now=NOW)).state

    with pytest.raises(ConflictError):
        known.claim(GOOGLE, name="Mallory", now=NOW)


def test_a_claim_leaves_nothing_of_what_was_said_before():
    waiting = a_user(password="hash").state

    claimed = waiting.claim(GOOGLE, name="Anna", now=NOW)

    assert (claimed.base, claimed.state.version) == (1, 3)
    assert [type(event).__name__ for event in claimed.events] == ["AddressConfirmed", "ProfileChanged"]
    state = claimed.state
    assert (state.is_verified, state.password, state.name, state.identities) == (True, None, "Anna", (GOOGLE,))
