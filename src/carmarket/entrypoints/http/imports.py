"""
Imports and feeds: a dealer's file into the market, and the market as a file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from attrs import frozen
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Stream

from carmarket.codec.feeds import FEED_HEADER, car_row, csv_of
from carmarket.codec.params import Params
from carmarket.codec.results import car_view
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.imports import ColumnMatch, Counts, Import, ImportId, ImportOptions, ImportStatus
from carmarket.core.errors import InvalidError, NotFoundError
from carmarket.core.search.page import LARGEST_PAGE, Page
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.entrypoints.http.access import IMPORTERS, MIB, for_roles, for_users, opened
from carmarket.entrypoints.http.answers import json_answer
from carmarket.entrypoints.http.catalog import keyed
from carmarket.entrypoints.http.openapi import KEY, about, parameter
from carmarket.entrypoints.http.problems import UnsupportedTypeError
from carmarket.entrypoints.http.queries import flag, one, query_params
from carmarket.services.market import Market

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = ("text/csv", XLSX)
LARGEST_FILE = 250 * MIB
LARGEST_WITH_KEY = 20 * MIB
"""A body that is fingerprinted is held in memory."""
BOOLEAN = {"type": "boolean", "default": False}
OPTIONS = [
    parameter("file_name", "How the file is called.", {"type": "string", "maxLength": 200}),
    parameter("mapping", "A mapping file (TOML), for columns that do not explain themselves.", {"type": "string"}),
    parameter("dry_run", "Look at everything, change nothing.", BOOLEAN),
    parameter("full", "The file names all of the seller's cars: those it leaves out are withdrawn.", BOOLEAN),
    parameter("allow_removals", "Withdraw even if that is more than 30 %.", BOOLEAN),
    parameter("seller", "For administrators: whose cars they are.", {"type": "string", "format": "uuid"}),
]  # fmt: skip
SELLER = parameter("seller", "Only the cars of this seller.", {"type": "string", "format": "uuid"})
FEEDS = {"csv": "text/csv", "jsonl": "application/jsonl"}


@frozen(kw_only=True)
class ImportView:
    """How far an import is."""

    id: ImportId
    status: ImportStatus
    file_name: str
    options: ImportOptions
    columns: tuple[ColumnMatch, ...]
    counts: Counts
    line: int
    total_lines: int | None
    failure: str | None
    failed_rows: str | None
    """Where the rows that failed can be had."""
    created_at: datetime
    updated_at: datetime


def view(job: Import) -> ImportView:
    return ImportView(
        id=job.id,
        status=job.status,
        file_name=job.file_name,
        options=job.options,
        columns=job.columns,
        counts=job.counts,
        line=job.line,
        total_lines=job.total_lines,
        failure=job.failure,
        failed_rows=f"/v1/imports/{job.id}/failed-rows" if job.counts.failed else None,
        created_at=job.created_at,
        updated_at=job.updated_at,
    )


@post(
    "/v1/imports",
    status_code=202,
    opt={
        **for_roles(IMPORTERS, rate="upload", deadline=300, body_limit=LARGEST_FILE),
        **about("imports", ok=ImportView, status=202, files=TYPES, parameters=[*OPTIONS, KEY], errors=(400, 415, 422)),
    },
)
async def start_import(request: Request[Any, Any, Any]) -> Response[bytes]:
    """
    Put a dealer's file in: CSV or XLSX.

    The answer comes when the file is kept and its columns are understood; the address it names tells how far it is.
    """
    params = query_params(request, [one["name"] for one in OPTIONS])
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in TYPES:
        raise UnsupportedTypeError(
            "The body is a table.", field="Content-Type", value=media_type[:80], expected=", ".join(TYPES)
        )
    key, fingerprint = await keyed(request)
    market: Market = request.app.state.market
    job = await market.imports.start(
        request.user,
        file_name=(one(params, "file_name") or "upload")[:200],
        data=await request.body() if key else request.stream(),
        options=_options(params),
        seller=seller_of(params),
        key=key,
        fingerprint=fingerprint,
    )
    return json_answer(view(job), status=202, headers={"Location": f"/v1/imports/{job.id}"})


@get(
    "/v1/imports/{import_id:uuid}",
    opt={**for_users(), **about("imports", ok=ImportView, errors=(404, 422))},
)
async def show_import(request: Request[Any, Any, Any], import_id: FromPath[UUID]) -> Response[bytes]:
    """How far an import is, and what its columns were taken for."""
    query_params(request, ())
    market: Market = request.app.state.market
    return json_answer(view(await market.imports.get(request.user, ImportId(import_id))))


@get(
    "/v1/imports/{import_id:uuid}/failed-rows",
    opt={**for_users(deadline=60), **about("imports", media="text/csv", errors=(404, 422))},
)
async def show_failed_rows(request: Request[Any, Any, Any], import_id: FromPath[UUID]) -> Stream:
    """The rows that failed with the reasons beside them, as CSV, to correct and import again."""
    query_params(request, ())
    market: Market = request.app.state.market
    await market.imports.get(request.user, ImportId(import_id))
    return Stream(
        market.imports.failed_rows(request.user, ImportId(import_id)),
        media_type="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{import_id}.failed.csv"'},
    )


@get(
    "/v1/feeds/{form:str}",
    opt={
        **opened(rate="search", deadline=300),
        **about("search", media="text/csv", errors=(404, 422), parameters=[SELLER]),
    },
)
async def feed(request: Request[Any, Any, Any], form: FromPath[str]) -> Stream:
    """All cars before the public as one file: csv, in columns that an import knows, or jsonl."""
    params = query_params(request, ("seller",))
    if form not in FEEDS:
        raise NotFoundError("There is no such feed.", field="format", value=form[:80], expected=", ".join(FEEDS))
    market: Market = request.app.state.market
    pages = _pages(market, SearchQuery(seller=seller_of(params), sort=Sort.NEWEST))
    lines = _csv(pages) if form == "csv" else _json_lines(pages)
    return Stream(lines, media_type=f"{FEEDS[form]}")


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


def _options(params: Params) -> ImportOptions:
    return ImportOptions(
        mapping=one(params, "mapping"),
        dry_run=flag(params, "dry_run", default=False),
        full=flag(params, "full", default=False),
        allow_removals=flag(params, "allow_removals", default=False),
    )


def seller_of(params: Params) -> SellerId | None:
    """Raises: InvalidError for what is no id."""
    text = one(params, "seller")
    try:
        return SellerId(UUID(text)) if text else None
    except ValueError:
        raise InvalidError(
            "A seller is named by an id.", field="seller", value=(text or "")[:80], expected="a UUID"
        ) from None
