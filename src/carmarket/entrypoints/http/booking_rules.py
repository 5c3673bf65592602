"""
By which rules one's cars are booked.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, get, post, put

from carmarket.codec.bookings import RulesView, SaidRules, said_rules
from carmarket.core.booking.rules import DealerRules
from carmarket.core.catalog.ownership import seller_of
from carmarket.entrypoints.http.access import KIB, for_users
from carmarket.entrypoints.http.answers import Answer, json_answer, not_modified
from carmarket.entrypoints.http.bodies import read_body
from carmarket.entrypoints.http.calendars import links_of
from carmarket.entrypoints.http.conditional import expected_version, is_known, tag
from carmarket.entrypoints.http.openapi import IF_MATCH, about
from carmarket.entrypoints.http.queries import query_params
from carmarket.services.market import Market


@get(
    "/v1/booking-rules",
    opt={**for_users(), **about("booking", ok=RulesView, errors=(422,), also={304: "You have it."})},
)
async def show_booking_rules(request: Request[Any, Any, Any]) -> Answer:
    """The rules of one's dealer, or of oneself, and where one's calendar is."""
    query_params(request, ())
    market: Market = request.app.state.market
    known = await market.booking.my_rules(request.user)
    if is_known(request, known.version if known else 0):
        return not_modified(tag(known.version if known else 0))
    return _shown(request, known)


@put(
    "/v1/booking-rules",
    opt={
        **for_users(rate="write", body_limit=16 * KIB),
        **about("booking", ok=RulesView, body=SaidRules, parameters=[IF_MATCH], errors=(409, 412, 428)),
    },
)
async def set_booking_rules(request: Request[Any, Any, Any]) -> Answer:
    """Say all of them anew; bookings that there are stay as they are."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, SaidRules)
    market: Market = request.app.state.market
    known = await market.booking.my_rules(request.user)
    rules = said.rules(seller_of(request.user), (known.version if known else 0) + 1)
    return _shown(request, await market.booking.set_rules(request.user, rules, expected=expected))


@post(
    "/v1/booking-rules/renew-calendar",
    status_code=200,
    opt={**for_users(rate="write", body_limit=KIB), **about("booking", ok=RulesView, errors=(409,))},
)
async def renew_calendar_link(request: Request[Any, Any, Any]) -> Answer:
    """Make the link of one's calendar anew: whoever has that of before reads no more."""
    query_params(request, ())
    market: Market = request.app.state.market
    return _shown(request, await market.booking.renew_calendar_link(request.user))


def _shown(request: Request[Any, Any, Any], rules: DealerRules | None) -> Answer:
    version = rules.version if rules else 0
    view = RulesView(
        version=version,
        rules=said_rules(rules) if rules else None,
        calendar_url=links_of(request.app.state.market).path(seller_of(request.user), rules.renewals if rules else 0),
    )
    return json_answer(view, headers={"ETag": tag(version)})
