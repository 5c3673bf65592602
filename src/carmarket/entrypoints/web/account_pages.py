"""
Pages to register, log in and look after one's account.

It is long, for it is the list of them: each shows a form and takes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from carmarket.codec.archives import MEDIA_TYPE, NAME, archive
from carmarket.core.errors import CarmarketError, LimitedError, UnauthenticatedError, UnavailableError
from carmarket.core.language import Language
from carmarket.core.users.ids import DealerId
from carmarket.entrypoints.web.visit import SESSION_COOKIE, Visit, safe_path
from carmarket.services.users.sessions import SecondFactorNeededError

KIB = 1024
LOGIN: Mapping[str, Any] = {"rate": "login", "body_limit": 16 * KIB}
REGISTER: Mapping[str, Any] = {"rate": "register", "body_limit": 16 * KIB}
READ: Mapping[str, Any] = {"rate": "read"}
WRITE: Mapping[str, Any] = {"rate": "write", "body_limit": 64 * KIB}
"""A letter of a long text may take twelve bytes in a form: an emoji does."""
SENT = "We have sent you a letter. Please follow the link in it."


@get("/register")
async def register_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Open an account."""
    visit = await Visit.of(request)
    return visit.page("register.html", {"said": {}, "all_languages": list(Language)})


@post("/register", status_code=200, opt=REGISTER)
async def register(request: Request[Any, Any, Any]) -> Response[str]:
    """The answer is the same whether the address has an account: only its mailbox is told."""
    visit = await Visit.of(request)
    said = await visit.form()
    try:
        await visit.market.users.accounts.register(
            email=said.get("email", ""), password=said.get("password", ""), name=said.get("name", ""),
            language=Language(said.get("language", "en")),
        )  # fmt: skip
    except (CarmarketError, ValueError) as error:
        return visit.page("register.html", {"said": said, "all_languages": list(Language), "error": error}, status=422)
    return visit.page("told.html", {"title": "Almost there", "message": SENT})


@get("/confirm")
async def confirm_page(request: Request[Any, Any, Any]) -> Response[str]:
    """A button, for programs that look at links in letters must not confirm anything."""
    visit = await Visit.of(request)
    return visit.page("confirm.html", {"link": request.query_params.get("token", "")})


@post("/confirm", status_code=200, opt=LOGIN)
async def confirm(request: Request[Any, Any, Any]) -> Response[str]:
    visit = await Visit.of(request)
    said = await visit.form()
    try:
        await visit.market.users.accounts.confirm(said.get("token", ""), password=said.get("password", ""))
    except CarmarketError as error:
        return visit.page("confirm.html", {"link": said.get("token", ""), "error": error})
    return visit.see("/login")


@get("/login")
async def login_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Log in, and go back to where one came from."""
    visit = await Visit.of(request)
    back = safe_path(request.query_params.get("next", "/"))
    if visit.actor is not None:
        return visit.see(back)
    return visit.page("login.html", {"said": {}, "next": back, "needs_code": False})


@post("/login", status_code=200, opt=LOGIN)
async def log_in(request: Request[Any, Any, Any]) -> Response[str]:
    visit = await Visit.of(request)
    said = await visit.form()
    back = safe_path(said.get("next", "/"))
    try:
        login = await visit.market.users.sessions.log_in(
            email=said.get("email", ""), password=said.get("password", ""), code=said.get("code", ""),
            device=request.headers.get("user-agent", "")[:200], origin=_origin(request),
        )  # fmt: skip
    except (LimitedError, UnavailableError):
        raise
    except CarmarketError as error:
        needs_code = isinstance(error, SecondFactorNeededError)
        return visit.page(
            "login.html", {"said": said, "next": back, "needs_code": needs_code, "error": error},
            status=401 if isinstance(error, UnauthenticatedError) else 422,
        )  # fmt: skip
    visit.keep(login)
    return visit.see(back)


@post("/logout", status_code=200, opt=WRITE)
async def log_out(request: Request[Any, Any, Any]) -> Response[str]:
    visit = await Visit.of(request)
    await visit.form()
    token = request.cookies.get(SESSION_COOKIE)
    if token and visit.actor is not None:
        await visit.market.users.sessions.log_out(token)
    visit.forget()
    return visit.see("/")


@get("/forgotten")
async def forgotten_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Ask for a link to set another password."""
    visit = await Visit.of(request)
    return visit.page("forgotten.html", {"said": {}})


@post("/forgotten", status_code=200, opt=REGISTER)
async def forgotten(request: Request[Any, Any, Any]) -> Response[str]:
    visit = await Visit.of(request)
    said = await visit.form()
    try:
        await visit.market.users.accounts.forget_password(said.get("email", ""))
    except CarmarketError as error:
        return visit.page("forgotten.html", {"said": said, "error": error})
    return visit.page("told.html", {"title": "Look into your mailbox", "message": SENT})


@get("/reset")
async def reset_page(request: Request[Any, Any, Any]) -> Response[str]:
    """Set another password by the link from the letter."""
    visit = await Visit.of(request)
    return visit.page("reset.html", {"link": request.query_params.get("token", "")})


@post("/reset", status_code=200, opt=LOGIN)
async def reset(request: Request[Any, Any, Any]) -> Response[str]:
    visit = await Visit.of(request)
    said = await visit.form()
    try:
        await visit.market.users.accounts.reset_password(said.get("token", ""), said.get("password", ""))
    except CarmarketError as error:
        return visit.page("reset.html", {"link": said.get("token", ""), "error": error})
    visit.forget()
    return visit.see("/login")


@get("/account")
async def account_page(request: Request[Any, Any, Any]) -> Response[str]:
    """One's profile, devices and what can be done with the account."""
    return await _account(await Visit.of(request))


@get("/account/data", opt=READ)
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


def _origin(request: Request[Any, Any, Any]) -> str | None:
    """Where the browser is, where the app around the pages knows which proxies stand before it."""
    proxies = request.app.state.get("proxies")
    return None if proxies is None else str(proxies.client(request.scope))


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
