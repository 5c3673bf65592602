"""
Templates, and the answers that are made of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, Response

from carmarket.entrypoints.web.assets import asset_url
from carmarket.entrypoints.web.formats import FORMATS
from carmarket.entrypoints.web.headers import PAGE_HEADERS

HTML = "text/html"


def page(
    template: str, values: Mapping[str, object], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[str]:
    """An HTML answer with the headers that every page has."""
    body = environment().get_template(template).render(values)
    return Response(body, status_code=status, media_type=HTML, headers={**PAGE_HEADERS, **(headers or {})})


def wants_part(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asks on behalf of a page that stands; when it restores an old one it wants the whole."""
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers


@cache
def environment() -> Environment:
    """Everything that is put into a page is escaped; a name that is not there is an error."""
    made = Environment(
        loader=PackageLoader("carmarket.entrypoints.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(FORMATS)
    made.globals["asset"] = asset_url
    return made
