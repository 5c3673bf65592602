"""
Every question about enquiries has its index.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from carmarket.adapters.sqlite.connections import prepare
from carmarket.adapters.sqlite.enquiries import _where
from carmarket.core.catalog.car import SellerId
from carmarket.core.enquiries.lifecycle import EnquiryStatus
from carmarket.core.users.ids import UserId
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.enquiries import EnquiryFilter
from carmarket.testing.builders import NOW

SOMEBODY = UUID(int=1)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (EnquiryFilter(seller=SellerId(SOMEBODY)), "enquiries_by_seller"),
        (EnquiryFilter(seller=SellerId(SOMEBODY), statuses=frozenset({EnquiryStatus.OPEN})), "enquiries_by_seller"),
        (EnquiryFilter(customer=UserId(SOMEBODY)), "enquiries_by_customer"),
        (EnquiryFilter(assignee=UserId(SOMEBODY)), "enquiries_by_assignee"),
    ],
)
def test_every_question_has_its_index(tmp_path: Path, wanted: EnquiryFilter, index: str):
    prepare(tmp_path / "market.db")
    where, values = _where(wanted, Bookmark(NOW, SOMEBODY))
    with closing(sqlite3.connect(tmp_path / "market.db")) as connection:
        plan = connection.execute(
            f"EXPLAIN QUERY PLAN SELECT document FROM enquiries WHERE {where}"
            " ORDER BY created_at DESC, id DESC LIMIT 10",
            values,
        ).fetchall()

    assert any(index in row[3] for row in plan), plan
    assert not any("TEMP B-TREE" in row[3] for row in plan), plan
