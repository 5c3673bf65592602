"""
Feeds: the market as a file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Stream

from carmarket.codec.feeds import FEED_HEADER, car_row, csv_of
from carmarket.codec.params import Params
from carmarket.codec.results import car_view
from carmarket.core.catalog.car import SellerId
from carmarket.core.errors import InvalidError, NotFoundError
from carmarket.core.search.page import LARGEST_PAGE, Page
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.entrypoints.http.access import opened
from carmarket.entrypoints.http.openapi import about, parameter
from carmarket.entrypoints.http.queries import one, query_params
from carmarket.services.market import Market

FEEDS = {"csv": "text/csv", "jsonl": "application/jsonl"}
FORMAT = parameter(
    "format", "How the file is written.", {"type": "string", "enum": list(FEEDS)}, place="path", required=True
)
SELLER = parameter("seller", "Only the cars of this seller.", {"type": "string", "format": "uuid"})


@get(
    "/v1/feeds/{format:str}",
    opt={
        **opened(rate="search", deadline=300),
        **about("search", media=tuple(FEEDS.values()), errors=(400, 404, 422), parameters=[FORMAT, SELLER]),
    },
)
async def feed(request: Request[Any, Any, Any], format: FromPath[str]) -> Stream:  # noqa: A002  the parameter's name
    """All cars before the public as one file: csv, in columns that an import knows, or jsonl."""
    params = query_params(request, ("seller",))
    if format not in FEEDS:
        raise NotFoundError("There is no such feed.", field="format", value=format[:80], expected=", ".join(FEEDS))
    market: Market = request.app.state.market
    pages = _pages(market, SearchQuery(seller=seller_of(params), sort=Sort.NEWEST))
    lines = _csv(pages) if format == "csv" else _json_lines(pages)
    return Stream(lines, media_type=FEEDS[format])


def seller_of(params: Params) -> SellerId | None:
    """Raises: InvalidError for what is no id."""
    if "seller" not in params:
        return None
    text = one(params, "seller") or ""
    try:
        return SellerId(UUID(text))
    except ValueError:
        raise InvalidError("A seller is named by an id.", field="seller", value=text[:80], expected="a UUID") from None


async def _pages(market: Market, query: SearchQuery) -> AsyncIterator[Page]:
    cursor = None
    while True:
        page = (await market.search.find(query, after=cursor, limit=LARGEST_PAGE)).page
        yield page
        cursor = page.next
        if cursor is None:
            return


async def _csv(pages: AsyncIterator[Page]) -> AsyncIterator[bytes]:
    yield csv_of([FEED_HEADER])
    async for page in pages:
        yield csv_of(car_row(hit.car) for hit in page.hits)


async def _json_lines(pages: AsyncIterator[Page]) -> AsyncIterator[bytes]:
    async for page in pages:
        yield b"".join(msgspec.json.encode(car_view(hit.car)) + b"\n" for hit in page.hits)
