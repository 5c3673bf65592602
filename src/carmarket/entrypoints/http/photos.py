"""
Photos: sellers put them in, everybody sees the re-encoded sizes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from attrs import frozen
from litestar import Request, delete, get, post, put
from litestar.params import FromPath
from litestar.response import Stream

from carmarket.core.catalog.listing import ListingId
from carmarket.core.catalog.photos import PhotoId, public_key
from carmarket.core.errors import NotFoundError
from carmarket.entrypoints.http.access import KIB, WRITE, for_users, opened
from carmarket.entrypoints.http.answers import Answer, json_answer
from carmarket.entrypoints.http.bodies import NewUpload, PhotoOrder, read_body, read_nothing
from carmarket.entrypoints.http.catalog import CHANGING
from carmarket.entrypoints.http.conditional import expected_version, tag
from carmarket.entrypoints.http.envelope import too_large
from carmarket.entrypoints.http.openapi import IF_MATCH, about
from carmarket.entrypoints.http.queries import demand_names, query_params
from carmarket.entrypoints.http.uploads import read_upload
from carmarket.entrypoints.http.views import ListingView, view
from carmarket.ports.pictures import MOST_BYTES, PUBLIC_SIZES, PUBLIC_TYPE
from carmarket.services.market import Market
from carmarket.services.uploads import TYPES

UPLOADED = tuple(TYPES)
FORM_ITSELF = 4 * KIB
"""What a form adds to the one file in it."""
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
"""A picture's address is made from its content."""


@get(
    "/photos/{photo_id:uuid}/{name:str}",
    opt={**opened(rate=None, deadline=30), **about("search", media=(PUBLIC_TYPE,), errors=(404,))},
)
async def show_photo(request: Request[Any, Any, Any], photo_id: FromPath[UUID], name: FromPath[str]) -> Stream:
    """A public size of a picture: large.jpg, medium.jpg or small.jpg."""
    market: Market = request.app.state.market
    size = name.removesuffix(".jpg")
    key = public_key(PhotoId(photo_id), size)
    info = await market.stock.blobs.info(key) if name.endswith(".jpg") and size in PUBLIC_SIZES else None
    if info is None:
        raise NotFoundError("There is no such picture.", field="photo", value=f"{photo_id}/{name}"[:200])
    headers = {**FOR_EVER, "Content-Length": str(info.size)}
    return Stream(market.stock.blobs.stream(key), media_type=PUBLIC_TYPE, headers=headers)


@post(
    "/v1/listings/{listing_id:uuid}/photos",
    status_code=202,
    opt={
        **for_users(rate="upload", deadline=60, body_limit=MOST_BYTES, held_limit=MOST_BYTES + FORM_ITSELF),
        **about("catalog", ok=ListingView, status=202, files=UPLOADED, parameters=[IF_MATCH], errors=(*CHANGING, 415)),
    },
)
async def add_photo(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Answer:
    """Put a picture behind the others. It is shown once it has been re-encoded."""
    query_params(request, ())
    expected = expected_version(request)
    upload = await read_upload(request, UPLOADED)
    demand_names(upload.fields, ())
    picture = await upload.whole()
    if len(picture) > MOST_BYTES:
        raise too_large(len(picture), MOST_BYTES)
    market: Market = request.app.state.market
    listing = await market.photos.add(request.user, ListingId(listing_id), picture, expected=expected)
    return json_answer(view(listing, request.user), status=202, headers={"ETag": tag(listing.version)})


@frozen(kw_only=True)
class UploadView:
    """
    Where a picture is to be sent, and how.

    POST sends a form with these fields and the picture as its last field, "file"; PUT sends the picture with these
    headers.
    """

    id: UUID
    method: Literal["POST", "PUT"]
    url: str
    fields: Mapping[str, str]
    ends_at: datetime


@post(
    "/v1/listings/{listing_id:uuid}/uploads",
    status_code=201,
    opt={
        **for_users(rate="upload", body_limit=4 * KIB),
        **about("catalog", ok=UploadView, status=201, body=NewUpload, errors=(400, 404, 409, 422)),
    },
)
async def begin_upload(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Answer:
    """Get leave to put one picture straight into the store; it is for this size and type, and a quarter of an hour."""
    query_params(request, ())
    said = await read_body(request, NewUpload)
    market: Market = request.app.state.market
    begun = await market.uploads.begin(
        request.user, ListingId(listing_id), content_type=said.content_type, size=said.size
    )
    ticket = begun.ticket
    shown = UploadView(id=begun.id, method=ticket.method, url=ticket.url, fields=ticket.fields, ends_at=begun.ends_at)
    return json_answer(shown, status=201)


@post(
    "/v1/listings/{listing_id:uuid}/uploads/{upload_id:uuid}",
    status_code=202,
    opt={
        **for_users(rate="upload", deadline=30, body_limit=KIB),
        **about("catalog", ok=ListingView, status=202, parameters=[IF_MATCH], errors=CHANGING),
    },
)
async def take_upload(request: Request[Any, Any, Any], listing_id: FromPath[UUID], upload_id: FromPath[UUID]) -> Answer:
    """Put a picture that was sent to the store behind the others. It is shown once it has been re-encoded."""
    query_params(request, ())
    expected = expected_version(request)
    await read_nothing(request)
    market: Market = request.app.state.market
    listing = await market.uploads.take(request.user, ListingId(listing_id), upload_id, expected=expected)
    return json_answer(view(listing, request.user), status=202, headers={"ETag": tag(listing.version)})


@put(
    "/v1/listings/{listing_id:uuid}/photos",
    opt={**WRITE, **about("catalog", ok=ListingView, body=PhotoOrder, parameters=[IF_MATCH], errors=CHANGING)},
)
async def order_photos(request: Request[Any, Any, Any], listing_id: FromPath[UUID]) -> Answer:
    """Put the pictures in order, the cover first."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, PhotoOrder)
    market: Market = request.app.state.market
    listing = await market.photos.order(
        request.user, ListingId(listing_id), [PhotoId(one) for one in said.photos], expected=expected
    )
    return json_answer(view(listing, request.user), headers={"ETag": tag(listing.version)})


@delete(
    "/v1/listings/{listing_id:uuid}/photos/{photo_id:uuid}",
    status_code=200,
    opt={**for_users(rate="write"), **about("catalog", ok=ListingView, parameters=[IF_MATCH], errors=CHANGING)},
)
async def remove_photo(request: Request[Any, Any, Any], listing_id: FromPath[UUID], photo_id: FromPath[UUID]) -> Answer:
    """Take a picture from the listing."""
    query_params(request, ())
    market: Market = request.app.state.market
    listing = await market.photos.remove(
        request.user, ListingId(listing_id), PhotoId(photo_id), expected=expected_version(request)
    )
    return json_answer(view(listing, request.user), headers={"ETag": tag(listing.version)})
