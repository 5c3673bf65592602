"""
Saved searches and what they found, as their owners see them.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from carmarket.core.catalog.car import CarId
from carmarket.core.money import Money
from carmarket.core.search.alerts import Alert, AlertId
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.saved import HowOften, SavedSearch, SavedSearchId


@frozen(kw_only=True)
class SavedSearchView:
    """A saved search as its owner sees it."""

    id: SavedSearchId
    version: int
    name: str
    how_often: HowOften
    query: str
    """As it was said."""
    understood: SearchQuery
    """As its words were taken when it was saved."""
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class AlertView:
    """A car that came to match, as it was then."""

    id: AlertId
    saved_search: SavedSearchId
    car: CarId
    version: int
    title: str
    price: Money
    at: datetime
    told_at: datetime | None


@frozen(kw_only=True)
class AlertPage:
    """Alerts, the newest first, and where the next page begins."""

    alerts: tuple[AlertView, ...]
    next: str | None


def view(saved: SavedSearch) -> SavedSearchView:
    return SavedSearchView(
        id=saved.id,
        version=saved.version,
        name=saved.name,
        how_often=saved.how_often,
        query=saved.asked,
        understood=saved.query,
        created_at=saved.created_at,
        updated_at=saved.updated_at,
    )


def alert_view(alert: Alert) -> AlertView:
    return AlertView(
        id=alert.id,
        saved_search=alert.search_id,
        car=alert.car_id,
        version=alert.version,
        title=alert.title,
        price=alert.price,
        at=alert.at,
        told_at=alert.told_at,
    )
