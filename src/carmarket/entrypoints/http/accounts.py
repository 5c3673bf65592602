"""
The users service's routes for who has no token yet: register, log in, refresh, log out, and set another password.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from attrs import frozen
from litestar import Request, post
from msgspec import Meta

from carmarket.codec.people import UserView, user_view
from carmarket.core.language import Language
from carmarket.entrypoints.http.access import KIB, opened
from carmarket.entrypoints.http.answers import Answer, json_answer
from carmarket.entrypoints.http.bodies import read_body
from carmarket.entrypoints.http.openapi import about
from carmarket.entrypoints.http.queries import query_params
from carmarket.services.users.menu import Users
from carmarket.services.users.sessions import LogIn

Email = Annotated[str, Meta(min_length=3, max_length=254, examples=["anna@example.com"])]
Password = Annotated[str, Meta(min_length=8, max_length=128)]
Secret = Annotated[str, Meta(min_length=1, max_length=512)]
LOGIN = opened(rate="login", body_limit=4 * KIB)
REGISTER = opened(rate="register", body_limit=4 * KIB)
TOLD = "A letter is on its way to the address."


@frozen(kw_only=True)
class NewAccount:
    email: Email
    password: Password
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    language: Language = Language.ENGLISH


@frozen(kw_only=True)
class Confirmation:
    """The token of the link from the letter, and the password that one registered with."""

    token: Secret
    password: Annotated[str, Meta(max_length=128)]


@frozen(kw_only=True)
class Forgotten:
    email: Email


@frozen(kw_only=True)
class PasswordReset:
    token: Secret
    password: Password


@frozen(kw_only=True)
class Credentials:
    email: Email
    password: Annotated[str, Meta(max_length=128)]
    code: Annotated[str, Meta(max_length=32)] = ""
    """Of the second factor, or a recovery code, where the account has one."""
    device: Annotated[str, Meta(max_length=200)] = ""
    """What the person will know the device by in the list of sessions."""


@frozen(kw_only=True)
class RefreshToken:
    refresh_token: Secret


@frozen(kw_only=True)
class Told:
    """What happens now, for people."""

    message: str


@frozen(kw_only=True)
class LogInView:
    """Tokens (RFC 6749, 5.1), and whose they are."""

    access_token: str
    token_type: str
    expires_at: datetime
    refresh_token: str
    """It counts once: each refresh answers with the next one."""
    session_id: UUID
    user: UserView


@post("/v1/accounts", status_code=202, opt={**REGISTER, **about("users", ok=Told, status=202, body=NewAccount)})
async def register(request: Request[Any, Any, Any]) -> Answer:
    """
    Open an account.

    Whether the address has one already is told to its mailbox alone: the answer is the same.
    """
    query_params(request, ())
    said = await read_body(request, NewAccount)
    await _users(request).accounts.register(
        email=said.email, password=said.password, name=said.name, language=said.language
    )
    return json_answer(Told(message=TOLD), status=202)


@post("/v1/accounts/confirm", status_code=200, opt={**LOGIN, **about("users", ok=Told, body=Confirmation)})
async def confirm_address(request: Request[Any, Any, Any]) -> Answer:
    """Take the link that shows that letters to the address arrive."""
    query_params(request, ())
    said = await read_body(request, Confirmation)
    await _users(request).accounts.confirm(said.token, password=said.password)
    return json_answer(Told(message="The address is confirmed."))


@post(
    "/v1/accounts/forgotten", status_code=202, opt={**REGISTER, **about("users", ok=Told, status=202, body=Forgotten)}
)
async def forget_password(request: Request[Any, Any, Any]) -> Answer:
    """Ask for a link to set another password; the answer is the same whether there is an account."""
    query_params(request, ())
    said = await read_body(request, Forgotten)
    await _users(request).accounts.forget_password(said.email)
    return json_answer(Told(message=TOLD), status=202)


@post("/v1/accounts/reset", status_code=200, opt={**LOGIN, **about("users", ok=Told, body=PasswordReset)})
async def reset_password(request: Request[Any, Any, Any]) -> Answer:
    """Set another password by the link from the letter; all devices are logged out."""
    query_params(request, ())
    said = await read_body(request, PasswordReset)
    await _users(request).accounts.reset_password(said.token, said.password)
    return json_answer(Told(message="The password is another one now."))


@post(
    "/v1/sessions",
    opt={**LOGIN, **about("users", ok=LogInView, status=201, body=Credentials, errors=(401, 403, 429))},
)
async def log_in(request: Request[Any, Any, Any]) -> Answer:
    """
    Log in.

    `second-factor-needed` (401) asks for the same again with a `code`.
    """
    query_params(request, ())
    said = await read_body(request, Credentials)
    begun = await _users(request).sessions.log_in(
        email=said.email, password=said.password, code=said.code, device=said.device,
        origin=request.app.state.proxies.client(request.scope),
    )  # fmt: skip
    return logged_in(begun, status=201)


@post(
    "/v1/sessions/refresh",
    status_code=200,
    opt={**LOGIN, **about("users", ok=LogInView, body=RefreshToken, errors=(401,))},
)
async def refresh(request: Request[Any, Any, Any]) -> Answer:
    """
    Get the next pair of tokens, with the roles that the person has now.

    A refresh token that was used longer than ten seconds ago ends its session on every device that has it.
    """
    query_params(request, ())
    said = await read_body(request, RefreshToken)
    return logged_in(await _users(request).sessions.refresh(said.refresh_token))


@post("/v1/sessions/end", status_code=200, opt={**LOGIN, **about("users", ok=Told, body=RefreshToken, errors=(401,))})
async def log_out(request: Request[Any, Any, Any]) -> Answer:
    """End the session that a refresh token is of."""
    query_params(request, ())
    said = await read_body(request, RefreshToken)
    await _users(request).sessions.log_out(said.refresh_token)
    return json_answer(Told(message="Logged out."))


def logged_in(begun: LogIn, *, status: int = 200) -> Answer:
    """The tokens, which nobody on the way may keep."""
    view = LogInView(
        access_token=begun.access,
        token_type="Bearer",  # noqa: S106  the name of a scheme (RFC 6750)
        expires_at=begun.access_ends,
        refresh_token=begun.refresh,
        session_id=begun.session_id,
        user=user_view(begun.user),
    )
    return json_answer(view, status=status, headers={"Cache-Control": "no-store"})


def _users(request: Request[Any, Any, Any]) -> Users:
    users: Users = request.app.state.market.users
    return users
