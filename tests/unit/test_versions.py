"""
Versions and fingerprints: what is stale, what was faster, and which key came before.
"""

from __future__ import annotations

import pytest

from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError, KeyReusedError, StaleError
from carmarket.core.period import instant_of, milliseconds
from carmarket.core.versions import demand_base, demand_newest, repeated
from carmarket.testing.builders import NOW, a_draft


@pytest.mark.parametrize(("expected", "is_stale"), [(None, False), (1, False), (0, True), (2, True)])
def test_a_decision_is_made_on_the_newest_version_or_on_any(expected, is_stale):
    listing = a_draft().state
    if is_stale:
        with pytest.raises(StaleError) as stale:
            demand_newest(listing, expected, what="listing")
        assert (stale.value.field, stale.value.value, stale.value.expected) == ("version", expected, "1")
    else:
        demand_newest(listing, expected, what="listing")
        assert listing.version == 1


@pytest.mark.parametrize(("is_there", "base", "is_late"), [(0, 0, 0), (1, 1, 0), (0, 1, 1), (1, 0, 1), (1, 2, 1)])
def test_a_change_starts_from_what_is_stored(is_there, base, is_late):
    listing = a_draft().state
    change = Change(base=base, state=listing, events=())
    stored = listing if is_there else None
    if is_late:
        with pytest.raises(ConcurrencyConflictError) as late:
            demand_base(stored, change, what="listing")
        assert (late.value.value, late.value.expected) == (base, str(is_there))
    else:
        demand_base(stored, change, what="listing")
        assert change.base == is_there


def test_a_key_stands_for_one_request():
    made = a_draft().state

    assert repeated(made, made.fingerprint) is made
    with pytest.raises(KeyReusedError):
        repeated(made, "another")


def test_an_instant_comes_back_from_its_milliseconds():
    assert instant_of(milliseconds(NOW)) == NOW
