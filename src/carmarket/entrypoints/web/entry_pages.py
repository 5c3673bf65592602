"""
Pages to open an account, log in and out, and come back without the password.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post

from carmarket.core.errors import CarmarketError, LimitedError, UnauthenticatedError, UnavailableError
from carmarket.core.language import Language
from carmarket.entrypoints.web.limits import LOGIN, REGISTER, WRITE
from carmarket.entrypoints.web.visit import SESSION_COOKIE, Visit, safe_path
from carmarket.services.users.sessions import SecondFactorNeededError

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
            device=request.headers.get("user-agent", "")[:200], origin=visit.origin,
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
