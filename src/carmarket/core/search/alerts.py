"""
An alert: a car newly matches a saved search, and in which letter that is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import NewType
from uuid import UUID, uuid5

from attrs import frozen

from carmarket.core.catalog.car import Car, CarId
from carmarket.core.money import Money
from carmarket.core.period import milliseconds
from carmarket.core.search.document import Entry, SearchDocument
from carmarket.core.search.saved import HowOften, SavedSearch, SavedSearchId
from carmarket.core.users.ids import UserId

AlertId = NewType("AlertId", UUID)
MOST_AT_ONCE = 20
"""Letters that one search sends at once on one day; what comes beyond them goes into the letter of the day."""
MOST_SHOWN = 50
"""Cars that one letter shows."""
MARGIN = timedelta(minutes=5)
"""How long after its end a period is told, so that what belongs to it has been written down."""
DAY = timedelta(days=1)


@frozen(kw_only=True)
class AlertPosition:
    """Where an alert stands among those of one person, the newest first."""

    at: int
    """Milliseconds since 1970, UTC."""
    id: AlertId


@frozen(kw_only=True)
class Alert:
    """Of one search, one car at one of its versions: its id is made of them, so it is there once."""

    id: AlertId
    search_id: SavedSearchId
    owner: UserId
    car_id: CarId
    version: int
    title: str
    price: Money
    """As they were when the car came to match."""
    at: datetime
    """When it came to match."""
    letter: UUID
    """The letter that tells of it; one of a day or a week tells of several."""
    due_at: datetime
    """When that letter is to be sent."""
    told_at: datetime | None = None
    """When it was sent, or found to have nobody to go to."""

    @classmethod
    def of(
        cls, search: SavedSearch, car: Car, *, at: datetime, now: datetime, how_often: HowOften | None = None
    ) -> Alert:
        """The car newly matches; `how_often` comes in place of what the search says."""
        alert_id = AlertId(uuid5(search.id, f"{car.id}:{car.version}"))
        often = how_often or search.how_often
        letter, due_at = (alert_id, at) if often is HowOften.AT_ONCE else _digest(search.id, often, now)
        return cls(
            id=alert_id,
            search_id=search.id,
            owner=search.owner,
            car_id=car.id,
            version=car.version,
            title=car.vehicle.title,
            price=car.price.current,
            at=at,
            letter=letter,
            due_at=due_at,
        )

    @property
    def is_alone(self) -> bool:
        """Whether its letter tells of this car alone."""
        return self.letter == self.id

    @property
    def position(self) -> AlertPosition:
        return AlertPosition(at=milliseconds(self.at), id=self.id)


def seen(entry: Entry) -> SearchDocument:
    """
    The car as alerts look at it: bookings aside.

    A car counts as free at any time, for it is a change of its listing that an alert tells of.
    """
    return SearchDocument(car_id=entry.car.id, version=entry.car.version, entry=entry)


def newly_matches(search: SavedSearch, *, before: Entry | None, at: datetime) -> bool:
    """Of a search that finds the car now: whether it did not before, and was there when the car changed."""
    return search.created_at <= at and (before is None or not search.query.matches(seen(before)))


def facts_of(search: SavedSearch, alerts: Sequence[Alert], site: str) -> Mapping[str, str]:
    """What a letter says: of one car, or of all that a day or a week brought, each once and as it was last."""
    if alerts[0].is_alone:
        (alert,) = alerts
        path = f"/cars/{alert.car_id}"
        return {"search": search.name, "car": alert.title, "price": str(alert.price), "link": path}
    latest = {alert.car_id: alert for alert in sorted(alerts, key=lambda one: (one.at, one.version))}
    newest = sorted(latest.values(), key=lambda one: one.position.at, reverse=True)[:MOST_SHOWN]
    # A seller's words on one line: a second one would pass for a car with a link of its own.
    lines = [f"{' '.join(one.title.split())}, {one.price} | {site}/cars/{one.car_id}" for one in newest]
    return {
        "search": search.name,
        "count": str(len(latest)),
        "cars": "\n".join(lines),
        "link": f"/?{search.asked}" if search.asked else "/",
    }


def begun(now: datetime) -> datetime:
    """When this day began, in UTC."""
    return datetime.combine(now.date(), time(), now.tzinfo)


def _digest(search_id: SavedSearchId, how_often: HowOften, now: datetime) -> tuple[UUID, datetime]:
    """The letter of the day or the week that it is now in UTC, and when that is sent."""
    today = begun(now)
    if how_often is HowOften.WEEKLY:
        year, week, weekday = today.isocalendar()
        return uuid5(search_id, f"{year}-W{week:02}"), today + (8 - weekday) * DAY + MARGIN
    return uuid5(search_id, today.date().isoformat()), today + DAY + MARGIN
