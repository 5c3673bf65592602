"""
What clients send: the core's own shapes, but nothing that the core does not know.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from attrs import frozen
from litestar import Request
from msgspec import Meta

from carmarket.codec.known import demand_known, explained
from carmarket.core.catalog.listing import Details
from carmarket.core.money import Money
from carmarket.core.search.saved import HowOften
from carmarket.entrypoints.http.problems import MalformedError, UnsupportedTypeError

T = TypeVar("T")


@frozen(kw_only=True)
class NewListing:
    """A car and what it is to cost."""

    details: Details
    price: Money


@frozen(kw_only=True)
class Rejection:
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


@frozen(kw_only=True)
class PhotoOrder:
    """Every photo of the listing once, the cover first."""

    photos: tuple[UUID, ...]


@frozen(kw_only=True)
class NewUpload:
    """A picture that is to go straight into the store."""

    content_type: Annotated[str, Meta(max_length=80, description="image/jpeg, image/png or image/webp.")]
    size: Annotated[int, Meta(ge=1, description="Bytes, exactly.")]


@frozen(kw_only=True)
class NewSavedSearch:
    """What is looked for, and how often to tell of it."""

    name: str
    query: Annotated[str, Meta(description="The query of GET /v1/cars, such as words=golf&price_max=15000.")]
    how_often: HowOften = HowOften.DAILY


@frozen(kw_only=True)
class SavedSearchChange:
    name: str
    how_often: HowOften


@frozen
class Nothing:
    """A body that says nothing: `{}`, as many clients send it where there is nothing to say."""


async def read_nothing(request: Request[Any, Any, Any]) -> None:
    """Raises: what `read_body` does, for a body that says something."""
    if await request.body():
        await read_body(request, Nothing)


async def read_body(request: Request[Any, Any, Any], kind: type[T]) -> T:
    """
    The JSON body.

    Raises: UnsupportedTypeError, MalformedError for what is no JSON, InvalidError naming the field that is wrong
        or unknown.
    """
    media_type = media_type_of(request)
    if media_type != "application/json":
        raise UnsupportedTypeError(
            "The body is JSON.", field="Content-Type", value=media_type[:80], expected="application/json"
        )
    data = await request.body()
    try:
        said = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise MalformedError(f"The body is no JSON: {broken}", field="body", expected="a JSON object") from broken
    demand_known(said, kind, "")
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as wrong:
        raise explained(wrong, expected="see the OpenAPI document") from wrong


def media_type_of(request: Request[Any, Any, Any]) -> str:
    """What the request says that its body is, without parameters."""
    said: str = request.headers.get("content-type", "")
    return said.partition(";")[0].strip().lower()
