"""
Static files: read once, named with the hash of their content, kept by browsers for good.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from attrs import frozen
from litestar import Request, Response, route
from litestar.params import FromPath

from carmarket.entrypoints.web.headers import READ, SECURITY_HEADERS
from carmarket.entrypoints.web.limits import UNLIMITED

TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@frozen
class Asset:
    """A file as it is sent."""

    data: bytes
    media_type: str
    digest: str
    """The beginning of the hash of its content."""


@route("/static/{name:path}", http_method=READ, sync_to_thread=False, opt=UNLIMITED)
def static_file(name: FromPath[str], request: Request[Any, Any, Any]) -> Response[bytes]:
    """A file of the package by its exact name; there is no way from here to any other file."""
    asset = assets().get(name.removeprefix("/"))
    if asset is None:
        headers = {**SECURITY_HEADERS, "Cache-Control": ASK_AGAIN}
        return Response(b"There is no such file.\n", status_code=404, media_type=TYPES[".txt"], headers=headers)
    named = request.query_params.get("v") == asset.digest
    tag = f'"{asset.digest}"'
    headers = {**SECURITY_HEADERS, "Cache-Control": FOR_GOOD if named else ASK_AGAIN, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, media_type=asset.media_type, headers=headers)
    return Response(asset.data, media_type=asset.media_type, headers=headers)


def asset_url(name: str) -> str:
    """Where a static file is; another content has another URL."""
    return f"/static/{name}?v={assets()[name].digest}"


@cache
def assets() -> dict[str, Asset]:
    """Every static file by its name, such as "vendor/htmx.min.js"."""
    return dict(_read(files("carmarket.entrypoints.web").joinpath("static"), ""))


def _read(folder: Traversable, prefix: str) -> Iterator[tuple[str, Asset]]:
    for item in folder.iterdir():
        suffix = item.name[item.name.rfind(".") :]
        if item.is_dir():
            yield from _read(item, f"{prefix}{item.name}/")
        elif suffix in TYPES:
            data = item.read_bytes()
            yield f"{prefix}{item.name}", Asset(data, TYPES[suffix], sha256(data).hexdigest()[:16])
