"""
Every question about reviews has its index.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from carmarket.adapters.sqlite.connections import prepare
from carmarket.adapters.sqlite.reviews import SQL, _source, _where
from carmarket.core.actor import UserId
from carmarket.core.catalog.car import SellerId
from carmarket.core.side import Side
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.reviews import ReviewFilter
from carmarket.testing.builders import NOW

SOMEBODY = UUID(int=1)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (ReviewFilter(seller=SellerId(SOMEBODY), author=Side.CUSTOMER, is_public=True), "INDEX reviews_public"),
        (ReviewFilter(seller=SellerId(SOMEBODY)), "INDEX reviews_by_seller"),
        (ReviewFilter(customer=UserId(SOMEBODY), author=Side.CUSTOMER), "INDEX reviews_by_customer"),
        (ReviewFilter(is_waiting=True), "INDEX reviews_waiting"),
        (ReviewFilter(reveals_by=NOW), "INDEX reviews_hidden"),
        (ReviewFilter(reported_by=UserId(SOMEBODY)), "review_reports USING PRIMARY KEY"),
    ],
)
def test_every_question_has_its_index(tmp_path: Path, wanted: ReviewFilter, index: str):
    prepare(tmp_path / "market.db")
    where, values = _where(wanted, Bookmark(NOW, SOMEBODY), oldest_first=False)
    with closing(sqlite3.connect(tmp_path / "market.db")) as connection:
        plan = connection.execute(
            f"EXPLAIN QUERY PLAN SELECT document FROM {_source(wanted)} WHERE {where}"
            " ORDER BY created_at DESC, id DESC LIMIT 10",
            values,
        ).fetchall()

    assert any(index in row[3] for row in plan), plan
    needs_no_sorting = wanted.reveals_by is None and wanted.reported_by is None
    assert needs_no_sorting != any("TEMP B-TREE" in row[3] for row in plan), plan


def test_a_rating_is_counted_from_an_index_alone(tmp_path: Path):
    prepare(tmp_path / "market.db")
    with closing(sqlite3.connect(tmp_path / "market.db")) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {SQL['rating']}", (SOMEBODY.bytes,)).fetchall()

    assert [row[3] for row in plan] == [
        "SEARCH reviews USING COVERING INDEX reviews_stars (seller=? AND author=? AND is_public=?)"
    ]
