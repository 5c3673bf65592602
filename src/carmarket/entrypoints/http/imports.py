"""
Imports: a dealer's file into the market.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import frozen
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Stream

from carmarket.codec.params import Params
from carmarket.core.catalog.imports import (
    ColumnMatch,
    Counts,
    Import,
    ImportId,
    ImportOptions,
    ImportStatus,
    MissingPhotos,
)
from carmarket.entrypoints.http.access import IMPORTERS, MIB, for_roles, for_users
from carmarket.entrypoints.http.answers import Answer, json_answer
from carmarket.entrypoints.http.feeds import seller_of
from carmarket.entrypoints.http.idempotency import fingerprint_of, key_of
from carmarket.entrypoints.http.openapi import KEY, about, parameter
from carmarket.entrypoints.http.queries import demand_names, flag, one, query_params
from carmarket.entrypoints.http.uploads import read_upload
from carmarket.services.market import Market

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = ("text/csv", XLSX)
LARGEST_FILE = 250 * MIB
LARGEST_HELD = 20 * MIB
"""Of a form, or a file that comes under an Idempotency-Key."""
BOOLEAN = {"type": "boolean", "default": False}
OPTIONS = [
    parameter("file_name", "How the file is called.", {"type": "string", "maxLength": 200}),
    parameter("mapping", "A mapping file (TOML), for columns that do not explain themselves.", {"type": "string"}),
    parameter("dry_run", "Look at everything, change nothing.", BOOLEAN),
    parameter("full", "The file names all of the seller's cars: those it leaves out are withdrawn.", BOOLEAN),
    parameter("allow_removals", "Withdraw even if that is more than 30 %.", BOOLEAN),
    parameter("seller", "For administrators: whose cars they are.", {"type": "string", "format": "uuid"}),
]  # fmt: skip
KNOWN = frozenset(option["name"] for option in OPTIONS)


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
    missing_photos: MissingPhotos
    """Pictures that rows name; over REST none come with the file: add them to each listing."""
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
        missing_photos=job.missing_photos,
        created_at=job.created_at,
        updated_at=job.updated_at,
    )


@post(
    "/v1/imports",
    status_code=202,
    opt={
        **for_roles(IMPORTERS, rate="upload", deadline=300, body_limit=LARGEST_FILE, held_limit=LARGEST_HELD),
        **about(
            "imports",
            ok=ImportView,
            status=202,
            files=TYPES,
            fields=OPTIONS,
            parameters=[KEY],
            errors=(400, 409, 415, 422),
        ),
    },
)
async def start_import(request: Request[Any, Any, Any]) -> Answer:
    """
    Put a dealer's file in: CSV or XLSX.

    The answer comes when the file is kept and its columns are understood; the address it names tells how far it is.
    """
    params, key = query_params(request, KNOWN), key_of(request)
    upload = await read_upload(request, TYPES)
    demand_names(upload.fields, KNOWN)
    params = {**params, **upload.fields}
    data, fingerprint = upload.data, None
    if key:
        data = held = await upload.whole()
        fingerprint = fingerprint_of(request, held, said=upload.fields)
    market: Market = request.app.state.market
    job = await market.imports.start(
        request.user,
        file_name=(one(params, "file_name") or upload.name or "upload")[:200],
        data=data,
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
async def show_import(request: Request[Any, Any, Any], import_id: FromPath[UUID]) -> Answer:
    """How far an import is, and what its columns were taken for."""
    query_params(request, ())
    market: Market = request.app.state.market
    return json_answer(view(await market.imports.get(request.user, ImportId(import_id))))


@get(
    "/v1/imports/{import_id:uuid}/failed-rows",
    opt={**for_users(deadline=60), **about("imports", media=("text/csv",), errors=(404, 422))},
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


def _options(params: Params) -> ImportOptions:
    return ImportOptions(
        mapping=one(params, "mapping"),
        dry_run=flag(params, "dry_run", default=False),
        full=flag(params, "full", default=False),
        allow_removals=flag(params, "allow_removals", default=False),
    )
