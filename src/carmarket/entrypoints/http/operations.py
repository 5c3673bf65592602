"""
For those who run the service: whether it lives and is ready, its figures, its keys, and the page that explains it.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from attrs import frozen
from litestar import Request, get
from litestar.params import FromPath

from carmarket.core.errors import NotFoundError
from carmarket.entrypoints.http.access import opened
from carmarket.entrypoints.http.answers import Answer, json_answer
from carmarket.entrypoints.http.metrics import Metrics
from carmarket.entrypoints.http.openapi import about, document
from carmarket.services.market import Market

FILES = files("carmarket.entrypoints.http").joinpath("static")
TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
SHOWN = frozenset({"docs.js", "swagger-ui.css", "swagger-ui-bundle.js"})
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Swagger UI sets styles of its own on elements; no script but its file may run."""


@frozen(kw_only=True)
class Health:
    status: str
    index_lag_events: int | None = None


@get("/health/live", opt={**opened(rate=None), **about("operations", ok=Health)})
async def live(request: Request[Any, Any, Any]) -> Answer:
    """Whether the process answers; nothing it depends on is asked."""
    del request
    return json_answer(Health(status="live"))


@get("/health/ready", opt={**opened(rate=None), **about("operations", ok=Health)})
async def ready(request: Request[Any, Any, Any]) -> Answer:
    """Whether it can serve: the database answers, and the index has taken in what there was at the start."""
    market: Market = request.app.state.market
    return json_answer(Health(status="ready", index_lag_events=await market.keeper.lag()))


@get("/metrics", opt={**opened(rate=None), **about("operations", media=("text/plain",))})
async def metrics(request: Request[Any, Any, Any]) -> Answer:
    """Figures as Prometheus reads them."""
    told: Metrics = request.app.state.metrics
    text = await told.text(request.app.state.market)
    return Answer(body=text, media_type="text/plain; version=0.0.4; charset=utf-8")


@get("/.well-known/jwks.json", opt={**opened(), **about("operations", ok=dict[str, Any])})
async def jwks(request: Request[Any, Any, Any]) -> Answer:
    """The public keys that tokens are verified with (RFC 7517)."""
    market: Market = request.app.state.market
    return json_answer(market.stock.tokens.jwks(), headers={"Cache-Control": "public, max-age=300"})


@get("/openapi.json", opt=opened())
async def openapi(request: Request[Any, Any, Any]) -> Answer:
    """This document."""
    return json_answer(document(request.app))


@get("/docs", opt=opened())
async def docs(request: Request[Any, Any, Any]) -> Answer:
    """The document as a page."""
    del request
    return _file("docs.html", headers={"Content-Security-Policy": DOCS_POLICY})


@get("/docs/{name:str}", opt=opened(rate=None, deadline=30))
async def docs_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Answer:
    """What the page is made of."""
    del request
    if name not in SHOWN:
        raise NotFoundError("There is no such file.", field="name", value=name[:80])
    return _file(name, headers={"Cache-Control": "public, max-age=86400"})


def _file(name: str, headers: dict[str, str]) -> Answer:
    kind = TYPES[name.rpartition(".")[2]]
    return Answer(body=FILES.joinpath(name).read_bytes(), media_type=f"{kind}; charset=utf-8", headers=headers)
