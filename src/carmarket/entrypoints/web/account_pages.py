"""
Pages to look after one's account.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from carmarket.codec.archives import MEDIA_TYPE, NAME, archive
from carmarket.core.errors import CarmarketError
from carmarket.core.language import Language
from carmarket.core.users.ids import DealerId
from carmarket.entrypoints.web.limits import DOWNLOAD, LOGIN, WRITE
from carmarket.entrypoints.web.visit import SESSION_COOKIE, Visit


@get("/account")
async def account_page(request: Request[Any, Any, Any]) -> Response[str]:
    """One's profile, devices and what can be done with the account."""
    return await _account(await Visit.of(request))


@get("/account/data", opt=DOWNLOAD)
async def take_data(request: Request[Any, Any, Any]) -> Response[bytes]:
    """All that is held about oneself, as a file."""
    visit = await Visit.of(request)
    market = visit.market
    held = await market.users.privacy.download(visit.demand_actor())
    return visit.file(await archive(held, market.stock.blobs), media_type=MEDIA_TYPE, name=NAME)


@post("/account/profile", status_code=200, opt=WRITE)
async def change_profile(request: Request[Any, Any, Any]) -> Response[str]:
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    try:
        await visit.market.users.accounts.introduce(
            actor, name=said.get("name", ""), language=Language(said.get("language", "en"))
        )
    except (CarmarketError, ValueError) as error:
        return await _account(visit, error)
    return visit.see("/account")


@post("/account/password", status_code=200, opt=LOGIN)
async def change_password(request: Request[Any, Any, Any]) -> Response[str]:
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    try:
        await visit.market.users.accounts.change_password(actor, old=said.get("old", ""), new=said.get("new", ""))
    except CarmarketError as error:
        return await _account(visit, error)
    visit.forget()
    return visit.see("/login")


@post("/account/devices", status_code=200, opt=WRITE)
async def end_sessions(request: Request[Any, Any, Any]) -> Response[str]:
    """Log all devices out, this one too."""
    visit = await Visit.of(request)
    actor = visit.demand_actor()
    await visit.form()
    await visit.market.users.accounts.end_sessions(actor.user_id)
    visit.forget()
    return visit.see("/login")


@post("/account/second-factor", status_code=200, opt=LOGIN)
async def second_factor(request: Request[Any, Any, Any]) -> Response[str]:
    """By what the form has: prepare one by the password, confirm it by a code, or remove it by both."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    factors = visit.market.users.second_factors
    try:
        match said.get("step"):
            case "confirm":
                codes = await factors.confirm(actor, code=said.get("code", ""))
                return visit.page("second_factor.html", {"enrolment": None, "codes": codes})
            case "remove":
                await factors.remove(actor, password=said.get("password", ""), code=said.get("code", ""))
                return visit.see("/account")
            case _:
                made = await factors.prepare(actor, password=said.get("password", ""))
                return visit.page("second_factor.html", {"enrolment": made, "codes": ()})
    except CarmarketError as error:
        return await _account(visit, error)


@post("/account/erase", status_code=200, opt=LOGIN)
async def erase(request: Request[Any, Any, Any]) -> Response[str]:
    """It cannot be undone, so the password is asked for."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    try:
        await visit.market.users.privacy.erase(actor, password=said.get("password", ""))
    except CarmarketError as error:
        return await _account(visit, error)
    visit.forget()
    return visit.page("told.html", {"title": "Goodbye", "message": "Your account and what it held are erased."})


@get("/join")
async def join_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Take an invitation to work for a dealer."""
    visit = await Visit.of(request)
    visit.demand_actor()
    asked = request.query_params
    return visit.page("join.html", {"dealer": asked.get("dealer", ""), "invitation": asked.get("invitation", "")})


@post("/join", status_code=200, opt=WRITE)
async def join(request: Request[Any, Any, Any]) -> Response[str]:
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    try:
        dealer, invitation = UUID(said.get("dealer", "")), UUID(said.get("invitation", ""))
        await visit.market.users.staff.accept(actor, DealerId(dealer), invitation)
        token = request.cookies.get(SESSION_COOKIE, "")
        visit.keep(await visit.market.users.sessions.refresh(token))
    except (CarmarketError, ValueError) as error:
        values = {"dealer": said.get("dealer", ""), "invitation": said.get("invitation", ""), "error": error}
        return visit.page("join.html", values, status=422)
    return visit.see("/account")


async def _account(visit: Visit, error: Exception | None = None) -> Response[str]:
    actor = visit.demand_actor()
    users = visit.market.users
    user = await users.accounts.me(actor)
    values = {
        "user": user,
        "sessions": await users.sessions.mine(actor),
        "all_languages": list(Language),
        "has_factor": user.second_factor is not None and user.second_factor.is_confirmed,
        "error": error,
    }
    return visit.page("account.html", values, status=200 if error is None else 422)
