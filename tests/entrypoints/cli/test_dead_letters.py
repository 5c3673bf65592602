"""
The operator's commands for dead letters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from carmarket import open_market
from carmarket.core.dead_letters import TRIES, ParkedEvent, ParkedStatus
from carmarket.ports.dead_letters import ParkedFilter
from carmarket.services.market import Market
from carmarket.testing.builders import NOW, a_draft

T = TypeVar("T")


def on_market(tmp_path: Path, act: Callable[[Market], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_market(f"sqlite:///{tmp_path}/market.db", with_index=False) as market:
            return await act(market)

    return asyncio.run(run())


@pytest.fixture
def parked(tmp_path: Path) -> list[ParkedEvent]:
    """Two dead letters of the reader of photos, and one that waits behind the first."""
    waiting = [ParkedEvent.of("photos", n, a_draft(n % 2 + 1).events[0], now=NOW) for n in (1, 2, 3)]
    for _ in range(TRIES):
        waiting[:2] = [one.failed("ValueError: [red]no", now=NOW) for one in waiting[:2]]
    on_market(tmp_path, lambda market: market.stock.dead_letters.park(waiting))
    return waiting


def test_dead_letters_are_listed(run, parked):
    dead, everything, others = (
        run("dead-letters", "list", *said, "--json").said for said in ((), ("--all",), ("--reader", "mail"))
    )

    assert [(one["reader"], one["position"], one["status"]) for one in dead] == [
        ("photos", 1, "dead"), ("photos", 2, "dead"),
    ]  # fmt: skip
    assert [one["position"] for one in everything] == [one.position for one in parked]
    assert others == []
    assert "[red]no" in run("dead-letters", "list").out
    assert f"{NOW:%Y-%m-%d %H:%M:%S}" in run("dead-letters", "list", "--all").out


def test_a_dead_letter_is_shown_with_its_event(run, parked):
    assert parked
    said = run("dead-letters", "show", "photos", 1, "--json").said

    assert (said["tries"], said["behind"], said["error"]) == (5, 1, "ValueError: [red]no")
    assert said["event"]["version"] == 1
    assert "'behind': 1" in run("dead-letters", "show", "photos", 1).out
    assert run("dead-letters", "show", "photos", 9).code == 3


def test_a_dead_letter_is_sent_again(run, parked, tmp_path):
    assert parked
    assert run("dead-letters", "retry", "photos", 3).code == 5
    done = run("dead-letters", "retry", "photos", 1)
    on_market(tmp_path, lambda market: market.settle())

    assert "1 sent again" in done.out
    left = run("dead-letters", "list", "--all", "--json").said
    assert [(one["position"], one["status"]) for one in left] == [(2, "dead")]
    assert [one["action"] for one in run("audit", "--json").said] == ["send-dead-letter-again"]


def test_all_dead_letters_of_a_reader_are_sent_again(run, parked):
    assert parked
    said = run("dead-letters", "retry", "photos", "--all", "--json").said

    assert [(one["position"], one["status"], one["tries"]) for one in said] == [(1, "waiting", 0), (2, "waiting", 0)]
    assert run("dead-letters", "list", "--json").said == []


@pytest.mark.parametrize("said", [(), (1, "--all")], ids=["neither", "both"])
def test_what_to_send_again_is_said_in_one_way(run, parked, said):
    assert parked
    done = run("dead-letters", "retry", "photos", *said)

    assert done.code == 2
    assert "a position, or --all" in done.err


def test_a_dead_letter_is_discarded(run, parked, tmp_path):
    assert parked
    done = run("dead-letters", "discard", "photos", 2)
    as_json = run("dead-letters", "discard", "photos", 1, "--json")

    assert "catalog.listing-drafted at 2 is discarded" in done.out
    assert as_json.said["position"] == 1
    assert run("dead-letters", "discard", "photos", 1).code == 3
    left = on_market(tmp_path, lambda market: market.stock.dead_letters.find(ParkedFilter()))
    assert [(one.position, one.status) for one in left] == [(3, ParkedStatus.WAITING)]


def test_the_doctor_points_at_dead_letters(run, parked):
    assert parked
    done = run("doctor", "--json")

    (ill,) = [one for one in done.said["findings"] if one["name"] == "dead letters"]
    assert done.code == 1
    assert (ill["value"], ill["advice"]) == ("2, and 1 events that wait", "carmarket dead-letters list")
