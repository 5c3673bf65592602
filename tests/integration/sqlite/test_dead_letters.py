"""
What readers ask at each step has its index.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from carmarket.adapters.sqlite.connections import prepare
from carmarket.adapters.sqlite.dead_letters import COLUMNS, SQL, _where
from carmarket.core.dead_letters import ParkedStatus
from carmarket.ports.dead_letters import ParkedFilter


@pytest.mark.parametrize(
    ("sql", "values", "index"),
    [
        (SQL["held"], ("mail",), "COVERING INDEX parked_events_by_key"),
        (SQL["due"], {"reader": "mail", "now": 1, "limit": 9}, "COVERING INDEX parked_events_by_key"),
        (SQL["due"], {"reader": "mail", "now": 1, "limit": 9}, "PRIMARY KEY (reader=? AND position=?)"),
    ],
    ids=["held", "due by the first of each queue", "due by name"],
)
def test_every_question_has_its_index(tmp_path, sql, values, index):
    prepare(tmp_path / "market.db")
    with closing(sqlite3.connect(tmp_path / "market.db")) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]

    assert any(index in step for step in plan), plan
    assert not any(step.startswith("SCAN parked") for step in plan), plan


def test_dead_letters_are_found_among_what_waits_by_their_index(tmp_path):
    prepare(tmp_path / "market.db")
    where, values = _where(ParkedFilter(status=ParkedStatus.DEAD))
    with closing(sqlite3.connect(tmp_path / "market.db")) as connection:
        plan = connection.execute(
            f"EXPLAIN QUERY PLAN SELECT {COLUMNS} FROM parked_events WHERE {where} ORDER BY position, reader", values
        ).fetchall()

    assert [row[3] for row in plan] == ["SCAN parked_events USING INDEX parked_events_dead"]
