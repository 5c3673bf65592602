"""
The OpenAPI document: made of what each handler says of itself, with schemas of the very types that are encoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from inspect import getdoc
from typing import Any

from attrs import Factory, frozen
from litestar import Litestar
from litestar.routes import HTTPRoute

from carmarket.codec.params import PARAMETERS
from carmarket.entrypoints.http.access import OPT, Rule
from carmarket.entrypoints.http.links import add_links
from carmarket.entrypoints.http.schemas import schemas_of

ABOUT = "about"
PROBLEM = "application/problem+json"
JSON = "application/json"
TYPED = re.compile(r"{(\w+):\w+}")
REPEATED = frozenset(name for name, told in PARAMETERS.items() if "repeated" in told)
TAGS = {
    "search": "Find cars; for everybody.",
    "catalog": "List cars and act on them; for sellers and moderators.",
    "booking": "Have a car for a while; for customers and those who offer cars.",
    "reviews": "Say how a booking was, and read what others say.",
    "enquiries": "Ask the seller about a car, and write on.",
    "imports": "Put a dealer's file in.",
    "users": "Accounts, log-ins, dealers and their staff, and what is held about people.",
    "webhooks": "Be told of what happens; for dealers' systems.",
    "operations": "For those who run the service.",
}


@frozen(kw_only=True)
class Problem:
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    """Stable, for programs."""
    field: str | None = None
    value: str | float | bool | None = None
    expected: str | None = None


@frozen(kw_only=True)
class About:
    """What a handler says of itself."""

    tag: str
    ok: Any = None
    """The type of what it answers; `None`: it has no body of JSON."""
    status: int = 200
    media: Sequence[str] = ()
    """Types of an answer that is no JSON."""
    errors: Sequence[int] = ()
    parameters: Sequence[Mapping[str, Any]] = ()
    body: Any = None
    files: Sequence[str] = ()
    """Media types of a body that is a file; it may come as part `file` of a form, too."""
    fields: Sequence[Mapping[str, Any]] = ()
    """Parameters that such a form may have as parts instead."""
    also: Mapping[int, str] = Factory(dict)
    """Answers without a body."""
    others: Mapping[int, Any] = Factory(dict)
    """Answers of another type, where what was asked for is not all that can come of it."""


def about(tag: str, **said: Any) -> dict[str, Any]:
    """For a handler's `opt`."""
    return {ABOUT: About(tag=tag, **said)}


def parameter(
    name: str,
    told: str,
    schema: Mapping[str, Any],
    *,
    place: str = "query",
    required: bool = False,
    may_be_empty: bool = False,
) -> Any:
    """A parameter of an operation; one that may be empty says nothing then, as a form leaves it."""
    said = {"name": name, "in": place, "required": required, "description": told, "schema": dict(schema)}
    return {**said, "allowEmptyValue": True} if may_be_empty else said


def search_parameters() -> list[Any]:
    """The parameters of a search."""
    return [_search_parameter(name, told) for name, told in PARAMETERS.items()]


IF_MATCH: Any = parameter(
    "If-Match", "The ETag of the version that the change was decided on; `*` for whichever there is.",
    {"type": "string", "pattern": r'^((W/)?"[!#-~]*"|\*)$', "examples": ['"3"']}, place="header", required=True,
)  # fmt: skip
KEY: Any = parameter(
    "Idempotency-Key", "The same request with the same key has one effect.",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}, place="header",
)  # fmt: skip
CURSOR: Any = parameter(
    "cursor", "The `next` of an earlier page of the same question.", {"type": "string"}, may_be_empty=True
)
LIMIT: Any = parameter(
    "limit",
    "How many a page, 1 to 100.",
    {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
    may_be_empty=True,
)
FACETS: Any = parameter("facets", "Whether to count facets.", {"type": "boolean", "default": True}, may_be_empty=True)


def document(app: Litestar) -> dict[str, Any]:
    """The whole document of an app's routes that say what they are about."""
    told = list(_told(app))
    types = [
        Problem,
        *(kind for *_, said in told for kind in (said.ok, said.body, *said.others.values()) if kind is not None),
    ]
    schema_of, schemas = schemas_of(types)
    paths: dict[str, dict[str, Any]] = {}
    for path, method, handler, said in told:
        operation = _operation(path, method, handler, said, schema_of)
        paths.setdefault(TYPED.sub(r"{\1}", path), {})[method.lower()] = operation
    components: dict[str, Any] = {
        "schemas": schemas,
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "at+jwt"}},
    }
    add_links(paths, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "carmarket", "version": version("carmarket"), "description": "A car marketplace."},
        "tags": [{"name": name, "description": said} for name, said in TAGS.items()],
        "paths": dict(sorted(paths.items())),
        "components": components,
    }


def _told(app: Litestar) -> Iterable[tuple[str, str, Any, About]]:
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                if ABOUT in handler.opt:
                    for method in sorted(handler.http_methods):
                        yield route.path, method, handler, handler.opt[ABOUT]


def _operation(path: str, method: str, handler: Any, said: About, schema_of: Mapping[int, Any]) -> dict[str, Any]:
    rule: Rule = handler.opt[OPT]
    lines = (getdoc(handler.fn) or "").splitlines()
    operation: dict[str, Any] = {
        "operationId": f"{handler.fn.__name__}" if method != "HEAD" else f"head_{handler.fn.__name__}",
        "tags": [said.tag],
        "summary": lines[0].rstrip(".") if lines else "",
        "description": " ".join(line.strip() for line in lines[1:]).strip(),
        "parameters": [*_path_parameters(path, said), *said.parameters, *said.fields],
        "responses": _responses(said, rule, schema_of),
    }
    if rule.asks_who:
        operation["security"] = [{"bearer": []}]
    if said.body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schema_of[id(said.body)]}}}
    elif said.files:
        operation["requestBody"] = {"required": True, "content": _file_content(said)}
    return operation


def _file_content(said: About) -> dict[str, Any]:
    file = {"type": "string", "format": "binary"}
    parts = {"file": file, **{field["name"]: field["schema"] for field in said.fields}}
    form = {"type": "object", "properties": parts, "required": ["file"], "additionalProperties": False}
    return {**{kind: {"schema": file} for kind in said.files}, "multipart/form-data": {"schema": form}}


def _responses(said: About, rule: Rule, schema_of: Mapping[int, Any]) -> dict[str, Any]:
    errors = {503, 500, *said.errors}
    if rule.asks_who:
        errors |= {401, 403}
    if rule.body_limit:
        errors |= {413}
    if rule.rate is not None:
        errors |= {429}
    if said.body is not None:
        errors |= {400, 415, 422}
    content: dict[str, Any] = {}
    if said.ok is not None:
        content = {"content": {JSON: {"schema": schema_of[id(said.ok)]}}}
    elif said.media:
        content = {"content": {kind: {"schema": {"type": "string"}} for kind in said.media}}
    problem = {PROBLEM: {"schema": schema_of[id(Problem)]}}
    return {
        str(said.status): {"description": HTTPStatus(said.status).phrase, **content},
        **{str(status): {"description": told} for status, told in said.also.items()},
        **{
            str(status): {"description": HTTPStatus(status).phrase, "content": {JSON: {"schema": schema_of[id(kind)]}}}
            for status, kind in said.others.items()
        },
        **{str(status): {"description": HTTPStatus(status).phrase, "content": problem} for status in sorted(errors)},
    }


def _path_parameters(path: str, said: About) -> list[Any]:
    kinds = {"uuid": {"type": "string", "format": "uuid"}}
    told = {one["name"] for one in said.parameters}
    return [
        parameter(
            name,
            "The id." if kind == "uuid" else "A name.",
            kinds.get(kind, {"type": "string"}),
            place="path",
            required=True,
        )
        for name, kind in re.findall(r"{(\w+):(\w+)}", path)
        if name not in told
    ]


def _search_parameter(name: str, told: str) -> Any:
    kind: dict[str, Any] = {"type": "string"}
    listed = re.search(r"One of ([^;]+?)[.;]", told)
    if listed:
        kind = {"type": "string", "enum": [one.strip() for one in listed[1].split(",")]}
    elif name.endswith(("_min", "_max")) or name in {"latitude", "longitude", "radius"}:
        kind = {"type": "number"}
    elif name == "seller":
        kind["format"] = "uuid"
    elif name.startswith("free_"):
        kind["format"] = "date-time"
    if name in REPEATED:
        return parameter(name, told, {"type": "array", "items": kind})
    return parameter(name, told, kind, may_be_empty=True)
