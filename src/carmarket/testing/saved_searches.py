"""
Saved searches and alerts for tests, with everything a test does not care about filled in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from carmarket.core.catalog.car import Car
from carmarket.core.change import Change
from carmarket.core.search.alerts import Alert
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.saved import HowOften, SavedSearch, SavedSearchId
from carmarket.core.users.ids import UserId
from carmarket.testing.builders import NOW, a_published

SEEKER = UserId(UUID(int=0x5EEC))
GOLFS = SearchQuery(models=["golf"])


def a_saved_search(
    number: int = 1,
    query: SearchQuery = GOLFS,
    *,
    owner: UserId = SEEKER,
    how_often: HowOften = HowOften.AT_ONCE,
    now: datetime = NOW,
    **said: Any,
) -> Change[SavedSearch]:
    """A new search with this number as its id."""
    return SavedSearch.create(
        search_id=SavedSearchId(UUID(int=number)),
        owner=owner,
        query=query,
        how_often=how_often,
        now=now,
        **{"name": f"Search {number}", **said},
    )


def a_car(number: int = 1, **said: Any) -> Car:
    """A car before the public."""
    car = a_published(number, **said).state.public
    assert car is not None
    return car


def an_alert(search: SavedSearch, number: int = 1, *, at: datetime = NOW, now: datetime | None = None) -> Alert:
    """The car of this number newly matches."""
    return Alert.of(search, a_car(number), at=at, now=now or at)
