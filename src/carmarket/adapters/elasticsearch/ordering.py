"""
Pages in the order of a number: what comes first, and where the next page begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import frozen
from elasticsearch import AsyncElasticsearch

from carmarket.adapters.elasticsearch.mapping import Source, point_of
from carmarket.core.catalog.car import CarId
from carmarket.core.place import Point
from carmarket.core.search.page import Cursor
from carmarket.core.search.query import Sort

COLUMNS: Mapping[Sort, tuple[str, int]] = {
    Sort.PRICE: ("price", 1),
    Sort.PRICE_DESCENDING: ("price", -1),
    Sort.YEAR: ("year", 1),
    Sort.YEAR_DESCENDING: ("year", -1),
    Sort.ODOMETER: ("odometer", 1),
    Sort.ODOMETER_DESCENDING: ("odometer", -1),
    Sort.NEWEST: ("published", -1),
}
"""The field of a sort, and whether its largest come first."""
UNKNOWN = {1: 2**63 - 1, -1: -(2**63)}
"""What Elasticsearch sorts a missing number as, so that it comes last."""
SLACK = 50
MORE = 1_000


@frozen(kw_only=True)
class Answered:
    """The cars of a page, and what the first request answered besides."""

    shown: Sequence[Source]
    next: Cursor | None
    answer: Mapping[str, Any]


async def by_number(
    client: AsyncElasticsearch, said: dict[str, Any], sort: Sort, after: Cursor | None, limit: int
) -> Answered:
    field, sign = COLUMNS[sort]
    order = {"order": "asc" if sign > 0 else "desc", "missing": "_last"}
    behind: dict[str, Any] = {}
    if after is not None:
        behind["search_after"] = [UNKNOWN[sign] if after.is_unknown else sign * after.value, str(after.car_id)]
    answer = (await client.search(**said, **behind, sort=[{field: order}, {"id": "asc"}], size=limit + 1)).body
    hits = answer["hits"]["hits"]
    return Answered(
        shown=[hit["_source"] for hit in hits[:limit]],
        next=_cursor(hits[limit - 1], sign) if len(hits) > limit else None,
        answer=answer,
    )


async def by_distance(
    client: AsyncElasticsearch, said: dict[str, Any], point: Point, after: Cursor | None, limit: int
) -> Answered:
    """
    By whole metres as the core has them, equals by id.

    Elasticsearch orders by fractions of metres of slightly rounded points. So a little more than the page is read, up
    to where the last metre that is shown must have ended, and put in order here.
    """
    where = {"lat": point.latitude, "lon": point.longitude}
    away = {"point": where, "order": "asc", "unit": "m", "distance_type": "arc"}
    sort: list[dict[str, Any]] = [{"_geo_distance": away}, {"id": "asc"}]
    behind: list[Any] = [after.value - 1.0 if after else -1.0, ""]
    first, size, rows = None, limit + SLACK, list[tuple[int, str, Source]]()
    while True:
        answer = (await client.search(**said, search_after=behind, sort=sort, size=size)).body
        first = first or answer
        hits = answer["hits"]["hits"]
        rows += [row for row in (_measured(hit, point) for hit in hits) if after is None or _is_behind(row, after)]
        rows.sort(key=lambda row: row[:2])
        if len(hits) < size or (len(rows) > limit and hits[-1]["sort"][0] > rows[limit][0] + 2):
            break
        behind, size = hits[-1]["sort"], MORE
        said = {name: value for name, value in said.items() if name != "aggs"}
    following = None
    if len(rows) > limit:
        metres, car_id, _ = rows[limit - 1]
        following = Cursor(value=metres, car_id=CarId(UUID(car_id)))
    return Answered(shown=[source for *_, source in rows[:limit]], next=following, answer=first)


def _cursor(hit: Mapping[str, Any], sign: int) -> Cursor:
    value, car_id = hit["sort"]
    is_unknown = value == UNKNOWN[sign]
    return Cursor(value=0 if is_unknown else sign * value, car_id=CarId(UUID(car_id)), is_unknown=is_unknown)


def _measured(hit: Mapping[str, Any], point: Point) -> tuple[int, str, Source]:
    source = hit["_source"]
    where = point_of(source)
    assert where is not None  # who asks for nearness finds no car without a place
    return int(point.distance_m(where)), source["id"], source


def _is_behind(row: tuple[int, str, Source], after: Cursor) -> bool:
    return row[:2] > (after.value, str(after.car_id))
