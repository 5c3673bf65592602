"""
What clients send: the core's own shapes, but nothing that the core does not know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import attrs
import msgspec
from attrs import frozen
from litestar import Request
from msgspec import Meta

from carmarket.core.catalog.listing import Details
from carmarket.core.errors import InvalidError
from carmarket.core.money import Money
from carmarket.entrypoints.http.problems import MalformedError, UnsupportedTypeError

T = TypeVar("T")
MISSING = re.compile("Object missing required field `(.+)`")


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
        raise _told(wrong) from wrong


def media_type_of(request: Request[Any, Any, Any]) -> str:
    """What the request says that its body is, without parameters."""
    said: str = request.headers.get("content-type", "")
    return said.partition(";")[0].strip().lower()


def _told(wrong: msgspec.ValidationError) -> InvalidError:
    """What does not fit its type, by the name of its field."""
    message, _, path = str(wrong).partition(" - at `$")
    missing = MISSING.fullmatch(message)
    names = [*filter(None, path.strip("`.").split(".")), *(missing.groups() if missing else ())]
    return InvalidError(message, field=".".join(names) or "body", expected="see the OpenAPI document")


def demand_known(said: Any, kind: Any, path: str) -> None:
    """Raises: InvalidError for a field that the kind does not have, wherever it stands."""
    for member in _members(kind):
        if attrs.has(member) and isinstance(said, Mapping):
            hints = _hints(member)
            for name, value in said.items():
                if name not in hints:
                    raise InvalidError(
                        f"There is no field {name[:80]!r} here.", field=f"{path}{name[:80]}", value=_short(value),
                        expected=", ".join(hints) or "no fields",
                    )  # fmt: skip
                demand_known(value, hints[name], f"{path}{name}.")


def _members(kind: Any) -> tuple[Any, ...]:
    """The classes that a value of this kind may be of."""
    if get_origin(kind) in {Union, UnionType}:
        return tuple(member for member in get_args(kind) if member is not NoneType)
    return (kind,)


_KNOWN: dict[Any, dict[str, Any]] = {}


def _hints(kind: Any) -> dict[str, Any]:
    if kind not in _KNOWN:
        hints = get_type_hints(kind)
        _KNOWN[kind] = {field.name: hints[field.name] for field in attrs.fields(kind)}
    return _KNOWN[kind]


def _short(value: Any) -> str:
    return json.dumps(value, default=str)[:80]
