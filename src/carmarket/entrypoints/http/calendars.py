"""
When cars are taken: for customers without a name, for dealers as a file that their calendar program reads or writes.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, get, put
from litestar.params import FromPath

from carmarket.codec.busy import LARGEST, busy_times
from carmarket.codec.calendars import MEDIA_TYPE, CalendarLinks, bookings_calendar
from carmarket.codec.params import Params
from carmarket.core.booking.calendar import MOST_DAYS, Calendar
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.errors import InvalidError
from carmarket.entrypoints.http.access import KIB, for_users, opened
from carmarket.entrypoints.http.answers import Answer, json_answer
from carmarket.entrypoints.http.openapi import about, parameter
from carmarket.entrypoints.http.queries import one, query_params
from carmarket.entrypoints.http.uploads import read_upload
from carmarket.services.busy import BusyTimes
from carmarket.services.market import Market

DAY = {"type": "string", "format": "date"}
DAYS = [
    parameter("from", "The first day, by the dealer's clock. Default: today.", DAY, may_be_empty=True),
    parameter(
        "to", f"The last day, at most {MOST_DAYS} in all. Default: a fortnight from the first.", DAY, may_be_empty=True
    ),
]
TOKEN = parameter("token", "As the link has it.", {"type": "string"})


@get(
    "/v1/cars/{car_id:uuid}/calendar",
    opt={**opened(rate="search"), **about("booking", ok=Calendar, errors=(400, 404, 409, 422), parameters=DAYS)},
)
async def car_calendar(request: Request[Any, Any, Any], car_id: FromPath[UUID]) -> Answer:
    """When a car is taken and which slots for test drives are left; never by whom."""
    params = query_params(request, ("from", "to"))
    market: Market = request.app.state.market
    shown = await market.booking.calendar(CarId(car_id), _day(params, "from"), _day(params, "to"))
    return json_answer(shown)


@get(
    "/v1/dealers/{seller_id:uuid}/calendar.ics",
    opt={
        **opened(),
        **about("booking", media=(MEDIA_TYPE,), errors=(400, 404, 422), parameters=[TOKEN]),
    },
)
async def dealer_calendar(request: Request[Any, Any, Any], seller_id: FromPath[UUID]) -> Answer:
    """
    A dealer's open bookings as iCalendar, for a calendar program to subscribe to.

    The link is in the answer of `GET /v1/booking-rules`; whoever has it may read, until it is renewed. It names nobody.
    """
    params = query_params(request, ("token",))
    market: Market = request.app.state.market
    seller = SellerId(seller_id)
    links_of(market).demand(seller, one(params, "token") or "", await market.booking.renewals(seller))
    body = bookings_calendar(await market.booking.agenda(seller))
    return Answer(body=body, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers={"Cache-Control": "private, no-store"})


@put(
    "/v1/cars/{car_id:uuid}/busy.ics",
    opt={
        **for_users(rate="upload", deadline=30, body_limit=LARGEST, held_limit=LARGEST + 4 * KIB),
        **about("booking", ok=BusyTimes, files=(MEDIA_TYPE,), errors=(400, 404, 409, 415, 422)),
    },
)
async def set_busy_times(request: Request[Any, Any, Any], car_id: FromPath[UUID]) -> Answer:
    """
    Block a car of one's own while one needs it oneself: all busy times of a calendar, in place of those before.

    iCalendar of at most 256 KiB, for the year to come. The same calendar twice changes nothing. Bookings that there
    are stay, and the answer says which busy times they lie in; never whose they are.
    """
    query_params(request, ())
    upload = await read_upload(request, (MEDIA_TYPE,))
    market: Market = request.app.state.market
    reading = await market.busy.reading(request.user, CarId(car_id))
    data = await upload.whole()
    # In a thread, for rules of recurrence take their time; what that can be is bounded before they are followed.
    periods = await asyncio.to_thread(busy_times, data, time_zone=reading.time_zone, within=reading.within)
    return json_answer(await market.busy.replace(request.user, CarId(car_id), periods))


def links_of(market: Market) -> CalendarLinks:
    return CalendarLinks(market.stock.secrets.secret("calendar-links"))


def _day(params: Params, name: str) -> date | None:
    """Raises: InvalidError for what is no date."""
    text = one(params, name)
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InvalidError("This is no date.", field=name, value=text, expected="such as 2026-05-31") from None
