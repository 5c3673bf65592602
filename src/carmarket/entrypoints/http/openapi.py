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

import msgspec
from attrs import Factory, frozen
from litestar import Litestar
from litestar.routes import HTTPRoute

from carmarket.codec.params import PARAMETERS
from carmarket.entrypoints.http.access import OPT, Rule

ABOUT = "about"
PROBLEM = "application/problem+json"
JSON = "application/json"
REF = "#/components/schemas/{name}"
TYPED = re.compile(r"{(\w+):\w+}")
REPEATED = frozenset(name for name, told in PARAMETERS.items() if "repeated" in told)
TAGS = {
    "search": "Find cars; for everybody.",
    "catalog": "List cars and act on them; for sellers and moderators.",
    "imports": "Put a dealer's file in.",
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
    media: str = JSON
    errors: Sequence[int] = ()
    parameters: Sequence[Mapping[str, Any]] = ()
    body: Any = None
    files: Sequence[str] = ()
    """Media types of a body that is a file."""
    also: Mapping[int, str] = Factory(dict)
    """Answers without a body."""


def about(tag: str, **said: Any) -> dict[str, Any]:
    """For a handler's `opt`."""
    return {ABOUT: About(tag=tag, **said)}


def parameter(name: str, told: str, schema: Mapping[str, Any], *, place: str = "query", required: bool = False) -> Any:
    return {"name": name, "in": place, "required": required, "description": told, "schema": dict(schema)}


def search_parameters() -> list[Any]:
    """The parameters of a search."""
    return [_search_parameter(name, told) for name, told in PARAMETERS.items()]


IF_MATCH = parameter(
    "If-Match", "The ETag of the version that the change was decided on.",
    {"type": "string", "pattern": '^("[0-9]{1,18}"|\\*)$', "example": '"3"'}, place="header", required=True,
)  # fmt: skip
KEY = parameter(
    "Idempotency-Key", "The same request with the same key has one effect.",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}, place="header",
)  # fmt: skip
CURSOR = parameter("cursor", "The `next` of an earlier page of the same question.", {"type": "string"})
LIMIT = parameter(
    "limit", "How many a page, 1 to 100.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
)
FACETS = parameter("facets", "Whether to count facets.", {"type": "boolean", "default": True})


def document(app: Litestar) -> dict[str, Any]:
    """The whole document of an app's routes that say what they are about."""
    told = list(_told(app))
    types = [Problem, *(kind for *_, said in told for kind in (said.ok, said.body) if kind is not None)]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    schema_of = {id(kind): schema for kind, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for path, method, handler, said in told:
        operation = _operation(path, method, handler, said, schema_of)
        paths.setdefault(TYPED.sub(r"{\1}", path), {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "carmarket", "version": version("carmarket"), "description": "A car marketplace."},
        "tags": [{"name": name, "description": said} for name, said in TAGS.items()],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
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
        "parameters": [*_path_parameters(path), *said.parameters],
        "responses": _responses(said, rule, schema_of),
    }
    if rule.access != "open":
        operation["security"] = [{"bearer": []}]
    if said.body is not None:
        operation["requestBody"] = {"required": True, "content": {JSON: {"schema": schema_of[id(said.body)]}}}
    elif said.files:
        file = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(said.files, file)}
    return operation


def _responses(said: About, rule: Rule, schema_of: Mapping[int, Any]) -> dict[str, Any]:
    errors = {503, 500, *said.errors}
    if rule.access != "open":
        errors |= {401, 403}
    if rule.body_limit:
        errors |= {413}
    if said.body is not None:
        errors |= {400, 415, 422}
    content: dict[str, Any] = {}
    if said.ok is not None:
        content = {"content": {JSON: {"schema": schema_of[id(said.ok)]}}}
    elif said.media != JSON:
        content = {"content": {said.media: {"schema": {"type": "string"}}}}
    problem = {PROBLEM: {"schema": schema_of[id(Problem)]}}
    return {
        str(said.status): {"description": HTTPStatus(said.status).phrase, **content},
        **{str(status): {"description": told} for status, told in said.also.items()},
        **{str(status): {"description": HTTPStatus(status).phrase, "content": problem} for status in sorted(errors)},
    }


def _path_parameters(path: str) -> list[Any]:
    kinds = {"uuid": {"type": "string", "format": "uuid"}}
    return [
        parameter(
            name,
            "The id." if kind == "uuid" else "A name.",
            kinds.get(kind, {"type": "string"}),
            place="path",
            required=True,
        )
        for name, kind in re.findall(r"{(\w+):(\w+)}", path)
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
    return parameter(name, told, {"type": "array", "items": kind} if name in REPEATED else kind)
