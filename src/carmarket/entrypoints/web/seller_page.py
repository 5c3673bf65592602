"""
The page of a seller: who it is, where, and what customers say.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, post, route
from litestar.params import FromPath

from carmarket.codec.cursors import CursorCodec
from carmarket.codec.reviews import offered
from carmarket.core.actor import Actor
from carmarket.core.catalog.car import SellerId
from carmarket.core.errors import CarmarketError, NotFoundError
from carmarket.core.reviews.review import ReviewId
from carmarket.core.users.dealer import Dealer
from carmarket.core.users.ids import DealerId
from carmarket.entrypoints.web.asked import Asked
from carmarket.entrypoints.web.headers import READ
from carmarket.entrypoints.web.limits import WRITE
from carmarket.entrypoints.web.visit import Visit, front_page, is_expected
from carmarket.ports.bookmark import Bookmark
from carmarket.services.market import Market

SHOWN = 20


@route("/dealers/{seller_id:uuid}", http_method=READ)
async def seller_page(request: Request[Any, Any, Any], seller_id: FromPath[UUID]) -> Response[str]:
    """A verified dealer by its name, and everybody else as a private seller; with the rating and the reviews."""
    cursor, seller = request.query_params.get("cursor") or None, SellerId(seller_id)
    if not is_expected(request):
        return front_page(request, "seller.html", await _told(request.app.state.market, seller, cursor, None))
    return await _show(await Visit.of(request), seller, cursor)


@post("/reviews/{review_id:uuid}/report", status_code=200, opt=WRITE)
async def report_review(request: Request[Any, Any, Any], review_id: FromPath[UUID]) -> Response[str]:
    """Call a moderator."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    reviews = visit.market.reviews
    review = await reviews.get(actor, ReviewId(review_id))
    try:
        await reviews.report(actor, review.id, reason=said.get("reason", ""))
    except CarmarketError as error:
        return await _show(visit, review.seller, None, error)
    return visit.page("told.html", {"title": "Thank you", "message": "A moderator will look at the review."})


async def _show(visit: Visit, seller: SellerId, cursor: str | None, error: Exception | None = None) -> Response[str]:
    values = await _told(visit.market, seller, cursor, visit.actor)
    return visit.page("seller.html", {**values, "error": error}, status=200 if error is None else 422)


async def _told(market: Market, seller: SellerId, cursor: str | None, actor: Actor | None) -> dict[str, object]:
    cursors = CursorCodec(Bookmark, market.stock.secrets.secret("reviews"))
    after = cursors.decode(cursor, seller.bytes) if cursor else None
    found = await market.reviews.of_seller(seller, after=after, limit=SHOWN + 1)
    shown = found[:SHOWN]
    more = None
    if len(found) > SHOWN:
        following = cursors.encode(Bookmark(shown[-1].created_at, shown[-1].id), seller.bytes)
        more = f"/dealers/{seller}?{urlencode({'cursor': following})}"
    return {
        "dealer": await _dealer(market, seller),
        "rating": await market.reviews.rating(seller),
        "reviews": [(one, offered(one, actor) if actor else ()) for one in shown],
        "more": more,
        "cars": Asked({"seller": [str(seller)]}).href(),
        "error": None,
    }


async def _dealer(market: Market, seller: SellerId) -> Dealer | None:
    try:
        return await market.users.dealers.get(None, DealerId(seller))
    except NotFoundError:
        return None
