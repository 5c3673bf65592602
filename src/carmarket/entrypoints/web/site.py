"""
What the storefront adds to the app: its pages, its static files, and its own way to say that something went wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Response, Router, route
from litestar.types import ControllerRouterHandler

from carmarket.entrypoints.web.assets import static_file
from carmarket.entrypoints.web.car_page import car_page
from carmarket.entrypoints.web.headers import READ, SECURITY_HEADERS
from carmarket.entrypoints.web.problems import ON_ERRORS
from carmarket.entrypoints.web.search_page import search_page, suggestions

ROBOTS = "User-agent: *\nDisallow: /v1/\nDisallow: /suggestions\nAllow: /\n"


def routes() -> Sequence[ControllerRouterHandler]:
    """The entry point `carmarket.routes`: the app that takes them in keeps the open market in `state.market`."""
    pages = Router(
        path="/",
        route_handlers=[search_page, suggestions, car_page],
        exception_handlers=dict(ON_ERRORS),
        include_in_schema=False,
    )
    files = Router(path="/", route_handlers=[static_file, robots], include_in_schema=False)
    return (pages, files)


@route("/robots.txt", http_method=READ, sync_to_thread=False)
def robots() -> Response[str]:
    """Pages are for everybody; the API is for those who mean it."""
    headers = {**SECURITY_HEADERS, "Cache-Control": "public, max-age=86400"}
    return Response(ROBOTS, media_type="text/plain", headers=headers)
