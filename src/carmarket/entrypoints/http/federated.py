"""
The users service's routes for log-ins with an account elsewhere.

A page sends the person to `authorization_url`, keeps `transaction` where no other site and no script reads it (a cookie
`__Host-...`, HttpOnly, SameSite=Lax), and hands it back with the `state` and `code` of the address they return to.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from attrs import frozen
from litestar import Request, get, post
from litestar.params import FromPath
from msgspec import Meta

from carmarket.codec.people import UserView, user_view
from carmarket.core.language import Language
from carmarket.entrypoints.http.access import KIB, for_users, opened
from carmarket.entrypoints.http.accounts import LogInView, logged_in
from carmarket.entrypoints.http.answers import Answer, json_answer
from carmarket.entrypoints.http.bodies import read_body
from carmarket.entrypoints.http.openapi import about
from carmarket.entrypoints.http.queries import query_params
from carmarket.services.users.federated import Begun, CodeAsked, FederatedService

DEADLINE = 6.0
"""Seconds: others are asked on the way, for four at most."""
LOGIN = opened(rate="login", deadline=DEADLINE, body_limit=8 * KIB)
LINK = for_users(rate="login", deadline=DEADLINE, body_limit=8 * KIB)
Uri = Annotated[str, Meta(min_length=1, max_length=400, examples=["https://cars.example/login/google"])]
Long = Annotated[str, Meta(min_length=1, max_length=2048)]
Code = Annotated[str, Meta(min_length=1, max_length=32)]
Device = Annotated[str, Meta(max_length=200)]


@frozen(kw_only=True)
class ProviderList:
    """Whom one can log in with, by name."""

    providers: tuple[str, ...]


@frozen(kw_only=True)
class ReturnAddress:
    redirect_uri: Uri
    """A plain path on the market's own site."""


@frozen(kw_only=True)
class LinkWanted:
    redirect_uri: Uri
    password: Annotated[str, Meta(max_length=128)] = ""
    """Of the account, where it has one."""


@frozen(kw_only=True)
class LogInBegun:
    authorization_url: str
    """Where to send the person."""
    transaction: str
    """For this device alone to keep; without it the answer that comes back is worth nothing."""
    expires_at: datetime


@frozen(kw_only=True)
class ReturnedToLogIn:
    """What the person came back with, and what their device has kept."""

    transaction: Long
    state: Long
    code: Long
    device: Device = ""
    language: Language = Language.ENGLISH
    """Of an account that is opened by this."""


@frozen(kw_only=True)
class ReturnedToLink:
    transaction: Long
    state: Long
    code: Long


@frozen(kw_only=True)
class SecondFactorTicket:
    """The provider has vouched for the person, who has a second factor: its code is to come with this ticket."""

    ticket: str
    expires_at: datetime


@frozen(kw_only=True)
class SecondFactorCode:
    ticket: Long
    code: Code
    device: Device = ""


@get("/v1/sessions/providers", opt={**opened(), **about("users", ok=ProviderList)})
async def list_providers(request: Request[Any, Any, Any]) -> Answer:
    """Whom one can log in with."""
    query_params(request, ())
    return json_answer(ProviderList(providers=tuple(_federated(request).names)))


@post(
    "/v1/sessions/providers/{name:str}/begin",
    status_code=200,
    opt={**LOGIN, **about("users", ok=LogInBegun, body=ReturnAddress, errors=(404,))},
)
async def begin_federated(request: Request[Any, Any, Any], name: FromPath[str]) -> Answer:
    """Begin a log-in with an account elsewhere; there are ten minutes to come back."""
    query_params(request, ())
    said = await read_body(request, ReturnAddress)
    return _begun(await _federated(request).begin(name, said.redirect_uri))


@post(
    "/v1/sessions/providers/{name:str}/finish",
    opt={
        **LOGIN,
        **about(
            "users", ok=LogInView, status=201, body=ReturnedToLogIn, errors=(401, 403, 404),
            others={202: SecondFactorTicket},
        ),
    },
)  # fmt: skip
async def finish_federated(request: Request[Any, Any, Any], name: FromPath[str]) -> Answer:
    """
    Log in with what the person came back with.

    Who has a second factor gets a ticket (202) for `POST /v1/sessions/second-factor` instead of tokens.
    `address-unvouched` (403): the provider does not say that the address is the person's own.
    """
    query_params(request, ())
    said = await read_body(request, ReturnedToLogIn)
    end = await _federated(request).finish(
        name, transaction=said.transaction, state=said.state, code=said.code, device=said.device,
        language=said.language,
    )  # fmt: skip
    if isinstance(end, CodeAsked):
        view = SecondFactorTicket(ticket=end.ticket, expires_at=end.ends)
        return json_answer(view, status=202, headers={"Cache-Control": "no-store"})
    return logged_in(end, status=201)


@post(
    "/v1/sessions/second-factor",
    opt={**LOGIN, **about("users", ok=LogInView, status=201, body=SecondFactorCode, errors=(401,))},
)
async def confirm_federated(request: Request[Any, Any, Any]) -> Answer:
    """
    Log in with the ticket and a code of the second factor, or a recovery code.

    `second-factor-needed` (401) asks for the same again with another `code`.
    """
    query_params(request, ())
    said = await read_body(request, SecondFactorCode)
    begun = await _federated(request).confirm(
        said.ticket, code=said.code, device=said.device, origin=request.app.state.proxies.client(request.scope)
    )
    return logged_in(begun, status=201)


@post(
    "/v1/me/identities/{name:str}/begin",
    status_code=200,
    opt={**LINK, **about("users", ok=LogInBegun, body=LinkWanted, errors=(404,))},
)
async def begin_link(request: Request[Any, Any, Any], name: FromPath[str]) -> Answer:
    """Begin to be known by an account elsewhere, so that one can log in with it."""
    query_params(request, ())
    said = await read_body(request, LinkWanted)
    return _begun(await _federated(request).begin_link(request.user, name, said.redirect_uri, password=said.password))


@post(
    "/v1/me/identities/{name:str}/finish",
    status_code=200,
    opt={**LINK, **about("users", ok=UserView, body=ReturnedToLink, errors=(404, 409))},
)
async def finish_link(request: Request[Any, Any, Any], name: FromPath[str]) -> Answer:
    """Be known by the account elsewhere that one came back from. `email-taken` (409): somebody else is."""
    query_params(request, ())
    said = await read_body(request, ReturnedToLink)
    user = await _federated(request).link(
        request.user, name, transaction=said.transaction, state=said.state, code=said.code
    )
    return json_answer(user_view(user))


def _begun(begun: Begun) -> Answer:
    view = LogInBegun(authorization_url=begun.url, transaction=begun.transaction, expires_at=begun.ends)
    return json_answer(view, headers={"Cache-Control": "no-store"})


def _federated(request: Request[Any, Any, Any]) -> FederatedService:
    federated: FederatedService = request.app.state.market.users.federated
    return federated
