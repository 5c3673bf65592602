"""
Saved searches in SQLite come by their keys, and alerts by their indexes: nothing is walked through.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from carmarket.adapters.sqlite.connections import prepare
from carmarket.adapters.sqlite.saved_searches import ALERTS, SQL


@pytest.mark.parametrize(
    ("sql", "values", "index"),
    [
        (SQL["candidates"], ('["model:golf"]',), "USING PRIMARY KEY (key=?)"),
        (SQL["of_owner"], (b"1",), "saved_searches_by_owner"),
        (SQL["remove_keys"], (b"1",), "saved_search_keys_by_search"),
        (ALERTS["due"], (1, 10), "alerts_due"),
        (ALERTS["of_letter"], (b"1",), "alerts_by_letter"),
        (ALERTS["tell"], (b"1", 1), "alerts_by_letter"),
        (ALERTS["prune"], (1,), "alerts_told"),
    ],
    ids=["candidates", "of_owner", "remove_keys", "due", "of_letter", "tell", "prune"],
)
def test_every_question_has_its_index(tmp_path, sql, values, index):
    prepare(tmp_path / "market.db")
    with closing(sqlite3.connect(tmp_path / "market.db")) as connection:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]

    assert any(index in step for step in plan), plan
    assert not any(step.startswith("SCAN") and "json_each" not in step for step in plan), plan
