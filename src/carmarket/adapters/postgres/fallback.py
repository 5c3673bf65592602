"""
The fallback of a search that is elsewhere: what queries ask for stands in columns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from math import degrees
from typing import Any

from attrs import frozen

from carmarket.adapters.postgres.database import Database
from carmarket.adapters.postgres.statements import statements
from carmarket.codec.cars import decode_car, decode_entry, encode_entry
from carmarket.core.catalog.car import CarId
from carmarket.core.place import EARTH_RADIUS_M
from carmarket.core.search.document import BookingFact, Entry, Fact, ListingFact
from carmarket.core.search.page import Cursor, Hit, Page, sort_value
from carmarket.core.search.plain import plain
from carmarket.core.search.query import Near, Range, SearchQuery
from carmarket.ports.fallback import SearchFallback

SQL = statements("fallback")
Piece = tuple[str, Mapping[str, Any]]
"""A condition, and the values of its marks."""
CHOICES = {
    "makes": "make", "models": "model", "trims": "trim", "bodies": "body", "fuels": "fuel",
    "transmissions": "transmission", "drivetrains": "drivetrain", "colours": "colour", "conditions": "condition",
}  # fmt: skip
"""Which column a choice looks at, by the query's name for it."""
RANGES = ("price", "year", "odometer", "power")
BEHIND = "(newest, id) > (%(newest)s, %(after)s)"
IS_FREE = """NOT EXISTS (
    SELECT FROM fallback_bookings AS booked
    WHERE booked.car = fallback_cars.id AND booked.blocks AND booked.period && tstzrange(%(begins)s, %(ends)s)
)"""
IS_NEAR = f"""latitude BETWEEN %(south)s AND %(north)s AND 2 * {EARTH_RADIUS_M} * asin(least(1, sqrt(
    sin(radians(latitude - %(latitude)s) / 2) ^ 2
    + cos(radians(%(latitude)s)) * cos(radians(latitude)) * sin(radians(longitude - %(longitude)s) / 2) ^ 2
))) <= %(radius)s"""
"""Haversine, as `Point.distance_m`, of what lies between two latitudes."""


@frozen
class PostgresSearchFallback(SearchFallback):
    """One statement a page: which there are, and beside each how many in all."""

    _database: Database

    async def tell(self, facts: Sequence[Fact]) -> None:
        cars = [_car(fact) for fact in facts if isinstance(fact, ListingFact)]
        bookings = [_booking(fact) for fact in facts if isinstance(fact, BookingFact)]
        # In the order of ids, so that two who tell wait for each other and never in a ring.
        if cars:
            await self._database.count(SQL["tell_car"], sorted(cars, key=lambda car: (car["id"], car["version"])))
        if bookings:
            await self._database.count(SQL["tell_booking"], sorted(bookings, key=lambda one: (one["car"], one["id"])))

    async def get(self, car_id: CarId) -> Entry | None:
        row = await self._database.row(SQL["get"], {"id": car_id})
        return decode_entry(row[0]) if row else None

    async def find(self, query: SearchQuery, *, after: Cursor | None = None, limit: int = 20) -> Page:
        query.demand_read()
        asked = plain(query)
        where, values = _where(asked)
        count = f"SELECT count(*) FROM fallback_cars WHERE {where}"  # noqa: S608  fixed texts and marks
        behind, place = ("true", {}) if after is None else (BEHIND, {"newest": after.value, "after": after.car_id})
        page = f"SELECT id, newest FROM fallback_cars WHERE {where} AND {behind} ORDER BY newest, id LIMIT %(more)s"  # noqa: S608  likewise
        sql = f"""
            SELECT ({count}) AS total, id, newest, document FROM ({page}) AS page JOIN fallback_entries USING (id)
            ORDER BY newest, id
        """  # noqa: S608  likewise
        rows = await self._database.rows(sql, {**values, **place, "more": limit + 1})
        if not rows:  # then nobody has counted
            return Page(hits=(), total=(await self._database.rows(count, values))[0][0] if after else 0)
        shown = rows[:limit]
        last = Cursor(value=shown[-1][2], car_id=CarId(shown[-1][1])) if len(rows) > limit else None
        return Page(hits=tuple(_hit(document, asked.near) for *_, document in shown), total=rows[0][0], next=last)


def _hit(document: bytes, near: Near | None) -> Hit:
    car = decode_car(document)
    point = car.place.point if car.place else None
    return Hit(car=car, distance_m=int(near.point.distance_m(point)) if near and point else None)


def _car(fact: ListingFact) -> dict[str, Any]:
    columns = dict.fromkeys((
        "newest", "seller", "make", "model", "trim", "body", "fuel", "transmission", "drivetrain", "colour",
        "condition", "features", "words", "price", "year", "odometer", "power", "latitude", "longitude",
    ))  # fmt: skip
    told = {} if fact.entry is None else _columns(fact.entry)
    document = b"" if fact.entry is None else encode_entry(fact.entry)
    return {**columns, **told, "id": fact.car_id, "version": fact.version, "document": document}


def _columns(entry: Entry) -> dict[str, Any]:
    vehicle, point = entry.car.vehicle, entry.point
    return {
        "newest": sort_value(entry, plain(SearchQuery())), "seller": entry.car.seller,
        "make": entry.make, "model": entry.model, "trim": entry.trim,
        "body": _text(vehicle.body_style), "fuel": _text(vehicle.fuel),
        "transmission": _text(vehicle.transmission), "drivetrain": _text(vehicle.drivetrain),
        "colour": _text(vehicle.colour), "condition": _text(vehicle.condition),
        "features": sorted(entry.features), "words": sorted(entry.words),
        "price": entry.price, "year": vehicle.model_year, "odometer": entry.odometer, "power": entry.power,
        "latitude": point and point.latitude, "longitude": point and point.longitude,
    }  # fmt: skip


def _text(value: StrEnum | None) -> str | None:
    return None if value is None else value.value


def _booking(fact: BookingFact) -> dict[str, Any]:
    return {
        "car": fact.car_id, "id": fact.booking_id, "version": fact.version, "blocks": fact.blocks,
        "begins": fact.period.start, "ends": fact.period.end,
    }  # fmt: skip


def _where(query: SearchQuery) -> tuple[str, dict[str, Any]]:
    """A condition of fixed texts, and the values of its marks."""
    pieces: list[Piece] = [("newest IS NOT NULL", {}), *_choices(query), *_ranges(query)]
    if query.near is not None:
        pieces.append((IS_NEAR, _around(query.near)))
    if query.free is not None:
        pieces.append((IS_FREE, {"begins": query.free.start, "ends": query.free.end}))
    if query.seller is not None:
        pieces.append(("seller = %(seller)s", {"seller": query.seller}))
    return " AND ".join(text for text, _ in pieces), {mark: it for _, marks in pieces for mark, it in marks.items()}


def _choices(query: SearchQuery) -> Iterator[Piece]:
    for name, column in CHOICES.items():
        if chosen := getattr(query, name):
            yield f"{column} = ANY(%({name})s::text[])", {name: sorted(map(str, chosen))}
    for column, wanted in (("features", query.features), ("words", {word.text for word in query.terms})):
        if wanted:
            yield f"{column} @> %({column})s::text[]", {column: sorted(wanted)}


def _ranges(query: SearchQuery) -> Iterator[Piece]:
    for name in RANGES:
        asked: Range | None = getattr(query, name)
        if asked is None:
            continue
        yield f"{name} IS NOT NULL", {}
        if asked.low is not None:
            yield f"{name} >= %(low_{name})s::bigint", {f"low_{name}": asked.low}
        if asked.high is not None:
            yield f"{name} <= %(high_{name})s::bigint", {f"high_{name}": asked.high}


def _around(near: Near) -> dict[str, float]:
    latitude, reach = near.point.latitude, degrees(near.radius_m / EARTH_RADIUS_M) + 1e-6
    return {
        "latitude": latitude, "longitude": near.point.longitude, "radius": near.radius_m,
        "south": latitude - reach, "north": latitude + reach,
    }  # fmt: skip
