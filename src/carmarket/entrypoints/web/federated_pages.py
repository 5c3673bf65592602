"""
Pages to log in with an account elsewhere: away to the provider, and back.

A log-in begins with a link and not with a form, for the policy of the pages lets forms go nowhere else. What a stranger
gains by such a link is nothing: the way back counts on the browser alone that it began on.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from carmarket.core.errors import CarmarketError, LimitedError, UnauthenticatedError, UnavailableError
from carmarket.entrypoints.web.limits import ELSEWHERE, LOGIN
from carmarket.entrypoints.web.visit import Visit, safe_path
from carmarket.services.users.federated import CodeAsked
from carmarket.services.users.sessions import SecondFactorNeededError

COOKIE = "__Host-login"
"""What the browser keeps until the person is back: the transaction, and the page that they came from."""
AWAY = timedelta(minutes=10)
GIVEN_UP = "The log-in was given up. Please try again, or log in with your password."


@get("/login/with/{name:str}", opt=ELSEWHERE)
async def go_elsewhere(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[str]:
    """Off to the provider."""
    visit = await Visit.of(request)
    back = safe_path(request.query_params.get("next", "/"))
    begun = await visit.market.users.federated.begin(name, _return_address(visit, name))
    visit.remember(COOKIE, f"{begun.transaction}!{back}", AWAY)
    return visit.see(begun.url)


@get("/login/back/{name:str}", opt=ELSEWHERE)
async def come_back(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[str]:
    """Logged in, or asked for the code of the second factor."""
    visit = await Visit.of(request)
    transaction, _, back = request.cookies.get(COOKIE, "").partition("!")
    visit.remember(COOKIE, "", timedelta(0))
    said = request.query_params
    try:
        if "error" in said:
            raise UnauthenticatedError(GIVEN_UP)
        end = await visit.market.users.federated.finish(
            name, transaction=transaction, state=said.get("state", ""), code=said.get("code", ""),
            device=request.headers.get("user-agent", "")[:200],
        )  # fmt: skip
    except (LimitedError, UnavailableError):
        raise
    except CarmarketError as error:
        return _begin_again(visit, safe_path(back), error)
    if isinstance(end, CodeAsked):
        return visit.page("code.html", {"ticket": end.ticket, "next": safe_path(back)})
    visit.keep(end)
    return visit.see(safe_path(back))


@post("/login/code", status_code=200, opt=LOGIN)
async def take_code(request: Request[Any, Any, Any]) -> Response[str]:
    """The second factor of who comes from elsewhere."""
    visit = await Visit.of(request)
    said = await visit.form()
    back = safe_path(said.get("next", "/"))
    try:
        login = await visit.market.users.federated.confirm(
            said.get("ticket", ""), code=said.get("code", ""), device=request.headers.get("user-agent", "")[:200],
            origin=visit.origin,
        )  # fmt: skip
    except SecondFactorNeededError as error:
        return visit.page("code.html", {"ticket": said.get("ticket", ""), "next": back, "error": error}, status=401)
    except UnauthenticatedError as error:
        return _begin_again(visit, back, error)
    visit.keep(login)
    return visit.see(back)


def _return_address(visit: Visit, name: str) -> str:
    return f"{visit.market.post.site}/login/back/{name}"


def _begin_again(visit: Visit, back: str, error: CarmarketError) -> Response[str]:
    values = {"said": {}, "next": back, "needs_code": False, "error": error}
    return visit.page("login.html", values, status=401 if isinstance(error, UnauthenticatedError) else 422)
