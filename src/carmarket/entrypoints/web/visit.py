"""
A visit: who comes, which cookies they bring and take along, and whether a form is one of ours.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from attrs import define, field
from litestar import Request, Response
from litestar.datastructures import Cookie

from carmarket.core.actor import Actor
from carmarket.core.errors import CarmarketError, ForbiddenError, UnauthenticatedError
from carmarket.core.users.session import LASTING
from carmarket.entrypoints.web.headers import SECURITY_HEADERS
from carmarket.entrypoints.web.pages import page
from carmarket.services.market import Market
from carmarket.services.users.sessions import ACCESS, LogIn

ACCESS_COOKIE, SESSION_COOKIE, FORM_COOKIE = "__Host-access", "__Host-session", "__Host-form"
"""Browsers take a cookie of this prefix over HTTPS or from this machine alone, for this very host (RFC 6265bis)."""
FORM_FIELD = "form_token"
PRIVATE = {"Cache-Control": "no-store"}
OWN = {"Cache-Control": "private, no-cache", "Vary": "HX-Request, Cookie"}
"""For a page that everybody sees and whose top is somebody's own."""


class LogInFirstError(UnauthenticatedError):
    """The page is for people with an account; once they have logged in they come back to it."""

    code = "log-in-first"

    def __init__(self, back: str) -> None:
        super().__init__("This page is for people who are logged in.")
        self.back = back


class ForeignFormError(ForbiddenError):
    """A form that this site did not give to this browser."""

    code = "foreign-form"


@define
class Visit:
    """One request of a browser, and the answer to it with the cookies that it needs."""

    request: Request[Any, Any, Any]
    market: Market
    actor: Actor | None = None
    _form: str = ""
    _cookies: list[Cookie] = field(factory=list)

    @classmethod
    async def of(cls, request: Request[Any, Any, Any]) -> Visit:
        """
        Who comes by their cookies; a session whose access token has run out is refreshed on the way.

        What cannot be read, or no longer, is nobody: it is no error to come with an old cookie.
        """
        market: Market = request.app.state.market
        visit = cls(request, market, form=request.cookies.get(FORM_COOKIE, ""))
        request.state.visit = visit  # an error that comes later still hands the cookies over
        stock = market.stock
        try:
            visit.actor = await market.users.authenticator.actor_of(request.cookies.get(ACCESS_COOKIE, ""))
        except UnauthenticatedError:
            await visit._refresh()
        if not visit._form:
            visit._form = urlsafe_b64encode(stock.secrets.random_bytes(18)).decode()
            visit._cookies.append(_cookie(FORM_COOKIE, visit._form, LASTING))
        return visit

    def demand_actor(self) -> Actor:
        """Raises: LogInFirstError."""
        if self.actor is None:
            path, query = self.request.url.path, self.request.url.query
            is_page = self.request.method in {"GET", "HEAD"}
            raise LogInFirstError((f"{path}?{query}" if query else path) if is_page else "/")
        return self.actor

    async def form(self) -> Mapping[str, str]:
        """
        The fields of a form that was sent.

        Raises: ForeignFormError for one that came from elsewhere, or that was not given to this browser.
        """
        headers = self.request.headers
        came_from = headers.get("sec-fetch-site")
        origin = headers.get("origin")
        is_ours = (came_from in {None, "same-origin"} and origin is None) or (
            origin is not None and urlsplit(origin).netloc == headers.get("host") and came_from in {None, "same-origin"}
        )
        said = await self.request.form()
        token = str(said.get(FORM_FIELD, ""))
        if not is_ours or not hmac.compare_digest(token.encode(), self.form_token.encode()):
            raise ForeignFormError("This form was not given out here, or has run out: load the page again.")
        return {name: str(value) for name, value in said.items()}

    @property
    def form_token(self) -> str:
        """What a form carries to show that this site gave it to this browser."""
        secret = self.market.stock.secrets.secret("forms")
        return urlsafe_b64encode(hmac.digest(secret, self._form.encode(), "sha256")).decode()

    def keep(self, login: LogIn) -> None:
        """The browser is logged in from then on."""
        self.actor = login.actor
        self._cookies += [
            _cookie(ACCESS_COOKIE, login.access, ACCESS),
            _cookie(SESSION_COOKIE, login.refresh, LASTING),
        ]

    def remember(self, name: str, value: str, lasting: timedelta) -> None:
        """Have the browser keep something for a while."""
        self._cookies.append(_cookie(name, value, lasting))

    @property
    def origin(self) -> str | None:
        """Where the browser is, where the app around the pages knows which proxies stand before it."""
        proxies = self.request.app.state.get("proxies")
        return None if proxies is None else str(proxies.client(self.request.scope))

    def forget(self) -> None:
        """The browser is logged out."""
        self.actor = None
        self._cookies += [_cookie(name, "", timedelta(0)) for name in (ACCESS_COOKIE, SESSION_COOKIE)]

    def page(self, template: str, values: Mapping[str, object], *, status: int = 200) -> Response[str]:
        """A page for this visitor, which nobody else gets from a cache."""
        error = values.get("error")
        known = {
            "signed_in": self.actor is not None, "actor": self.actor, "form_token": self.form_token, "error": None,
            "providers": self.market.users.federated.names,
        }  # fmt: skip
        if isinstance(error, CarmarketError) and status == 200:
            status = 422
        return self.with_cookies(page(template, {**known, **values}, status=status, headers=PRIVATE))

    def file(self, body: bytes, *, media_type: str, name: str) -> Response[bytes]:
        """A file to keep, which nobody else gets from a cache."""
        headers = {"Content-Disposition": f'attachment; filename="{name}"', **SECURITY_HEADERS, **PRIVATE}
        answer = Response(body, media_type=media_type, headers=headers)
        for cookie in self._cookies:
            answer.set_cookie(cookie)
        return answer

    def see(self, path: str) -> Response[str]:
        """Go on there, with a GET."""
        return self.with_cookies(
            Response("", status_code=303, headers={"Location": path, **SECURITY_HEADERS, **PRIVATE})
        )

    async def _refresh(self) -> None:
        token = self.request.cookies.get(SESSION_COOKIE)
        if not token:
            return
        try:
            self.keep(await self.market.users.sessions.refresh(token))
        except UnauthenticatedError:
            self.forget()

    def with_cookies(self, answer: Response[str]) -> Response[str]:
        """The answer with what the browser is to keep."""
        for cookie in self._cookies:
            answer.set_cookie(cookie)
        return answer


def is_expected(request: Request[Any, Any, Any]) -> bool:
    """
    Whether somebody comes who seems to be logged in: they bring a session, which nobody has looked at yet.

    Good enough for the top of a page; a page that does more makes a `Visit`.
    """
    return SESSION_COOKIE in request.cookies


def front_page(request: Request[Any, Any, Any], template: str, values: Mapping[str, object]) -> Response[str]:
    """A page for everybody, kept by caches for those alone who bring no session."""
    expected = is_expected(request)
    return page(template, {"signed_in": expected, **values}, headers=OWN if expected else None)


def safe_path(text: str) -> str:
    """A path on this site to go back to; anything that could lead elsewhere is the front page."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    is_ours = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return quote(text, safe="/?&=%-._~+:") if is_ours else "/"


def _cookie(name: str, value: str, lasting: timedelta) -> Cookie:
    return Cookie(
        key=name, value=value, path="/", max_age=int(lasting.total_seconds()), secure=True, httponly=True,
        samesite="lax",
    )  # fmt: skip
