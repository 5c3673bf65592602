"""
The law of `Clock` and `Ids`, as tests.
"""

from __future__ import annotations

from datetime import UTC

from carmarket.ports.clock import Clock, Ids


class ClockContract:
    """Give a fixture `clock`."""

    def test_it_tells_utc_to_the_millisecond_and_never_runs_backwards(self, clock: Clock) -> None:
        told = [clock.now() for _ in range(1_000)]

        assert all(instant.tzinfo is UTC and instant.microsecond % 1_000 == 0 for instant in told)
        assert told == sorted(told)


class IdsContract:
    """Give a fixture `ids`."""

    def test_each_is_new_and_they_sort_in_their_order(self, ids: Ids) -> None:
        given = [ids.new() for _ in range(10_000)]

        assert len(set(given)) == len(given)
        assert given == sorted(given)
        assert {(one.version, one.variant) for one in given} == {(7, "specified in RFC 4122")}
