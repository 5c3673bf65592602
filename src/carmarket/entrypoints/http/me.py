"""
The users service's routes about oneself: the profile, favourites, devices, the second factor, one's data.

It is long, for it is the list of them: each says what it takes, answers and refuses.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from attrs import frozen
from litestar import Request, delete, get, post, put
from litestar.params import FromPath
from msgspec import Meta

from carmarket.codec.archives import MEDIA_TYPE, NAME, archive
from carmarket.codec.people import SessionList, UserView, session_view, user_view
from carmarket.core.language import Language
from carmarket.core.users.session import SessionId
from carmarket.entrypoints.http.access import KIB, for_users
from carmarket.entrypoints.http.accounts import Told
from carmarket.entrypoints.http.answers import Answer, json_answer, not_modified
from carmarket.entrypoints.http.bodies import read_body
from carmarket.entrypoints.http.conditional import expected_version, is_known, tag
from carmarket.entrypoints.http.openapi import IF_MATCH, about
from carmarket.entrypoints.http.queries import query_params
from carmarket.services.market import Market
from carmarket.services.users.menu import Users

SMALL = for_users(rate="write", body_limit=16 * KIB)
GUARDED = for_users(rate="login", body_limit=16 * KIB)
"""A password is asked for: as few tries as for a log-in."""
Password = Annotated[str, Meta(max_length=128)]


@frozen(kw_only=True)
class Introduction:
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    language: Language


@frozen(kw_only=True)
class PasswordChange:
    old: Password
    new: Annotated[str, Meta(min_length=8, max_length=128)]


@frozen(kw_only=True)
class PasswordSaid:
    password: Password = ""


@frozen(kw_only=True)
class CodeSaid:
    code: Annotated[str, Meta(min_length=1, max_length=32)]


@frozen(kw_only=True)
class FactorRemoval:
    password: Password
    code: Annotated[str, Meta(max_length=32)] = ""


@frozen(kw_only=True)
class EnrolmentView:
    """For an authenticator app; shown once."""

    secret: str
    uri: str


@frozen(kw_only=True)
class RecoveryCodes:
    """Each is good for one log-in without the device; they are never shown again."""

    recovery_codes: tuple[str, ...]


@get("/v1/me", opt={**for_users(), **about("users", ok=UserView, errors=(404,), also={304: "You have it."})})
async def show_me(request: Request[Any, Any, Any]) -> Answer:
    """Show one's account. Who acts without one, such as an operator, gets 404."""
    query_params(request, ())
    user = await _users(request).accounts.me(request.user)
    if is_known(request, user.version):
        return not_modified(tag(user.version))
    return json_answer(user_view(user), headers={"ETag": tag(user.version)})


@put(
    "/v1/me",
    opt={**SMALL, **about("users", ok=UserView, body=Introduction, parameters=[IF_MATCH], errors=(404, 412, 428))},
)
async def introduce_me(request: Request[Any, Any, Any]) -> Answer:
    """Say another name, or be written to in another language."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, Introduction)
    user = await _users(request).accounts.introduce(
        request.user, name=said.name, language=said.language, expected=expected
    )
    return json_answer(user_view(user), headers={"ETag": tag(user.version)})


@put(
    "/v1/me/favourites/{car_id:uuid}",
    opt={**for_users(rate="write", body_limit=KIB), **about("users", ok=UserView, errors=(404, 422))},
)
async def like_car(request: Request[Any, Any, Any], car_id: FromPath[UUID]) -> Answer:
    """Keep a car in mind."""
    query_params(request, ())
    return json_answer(user_view(await _users(request).accounts.like(request.user, car_id)))


@delete(
    "/v1/me/favourites/{car_id:uuid}",
    status_code=200,
    opt={**for_users(rate="write"), **about("users", ok=UserView, errors=(404,))},
)
async def unlike_car(request: Request[Any, Any, Any], car_id: FromPath[UUID]) -> Answer:
    """No longer keep a car in mind."""
    query_params(request, ())
    return json_answer(user_view(await _users(request).accounts.unlike(request.user, car_id)))


@post(
    "/v1/me/password", status_code=200, opt={**GUARDED, **about("users", ok=Told, body=PasswordChange, errors=(404,))}
)
async def change_password(request: Request[Any, Any, Any]) -> Answer:
    """Set another password by the old one; all devices are logged out."""
    query_params(request, ())
    said = await read_body(request, PasswordChange)
    await _users(request).accounts.change_password(request.user, old=said.old, new=said.new)
    return json_answer(Told(message="The password is another one now. Log in again."))


@get("/v1/me/sessions", opt={**for_users(), **about("users", ok=SessionList)})
async def list_sessions(request: Request[Any, Any, Any]) -> Answer:
    """Where one is logged in."""
    query_params(request, ())
    sessions = await _users(request).sessions.mine(request.user)
    return json_answer(SessionList(sessions=tuple(session_view(one) for one in sessions)))


@delete("/v1/me/sessions", status_code=200, opt={**for_users(rate="write"), **about("users", ok=Told)})
async def end_all_sessions(request: Request[Any, Any, Any]) -> Answer:
    """Log all devices out."""
    query_params(request, ())
    await _users(request).accounts.end_sessions(request.user.user_id)
    return json_answer(Told(message="All devices are logged out."))


@delete(
    "/v1/me/sessions/{session_id:uuid}",
    status_code=200,
    opt={**for_users(rate="write"), **about("users", ok=Told, errors=(404,))},
)
async def end_session(request: Request[Any, Any, Any], session_id: FromPath[UUID]) -> Answer:
    """Log one device out."""
    query_params(request, ())
    await _users(request).sessions.end(request.user, SessionId(session_id))
    return json_answer(Told(message="The device is logged out."))


@post(
    "/v1/me/second-factor",
    status_code=200,
    opt={**GUARDED, **about("users", ok=EnrolmentView, body=PasswordSaid, errors=(404, 409))},
)
async def prepare_second_factor(request: Request[Any, Any, Any]) -> Answer:
    """Make a secret for an authenticator app; it counts once a first code has come back."""
    query_params(request, ())
    said = await read_body(request, PasswordSaid)
    made = await _users(request).second_factors.prepare(request.user, password=said.password)
    return json_answer(EnrolmentView(secret=made.secret, uri=made.uri), headers={"Cache-Control": "no-store"})


@post(
    "/v1/me/second-factor/confirm",
    status_code=200,
    opt={**GUARDED, **about("users", ok=RecoveryCodes, body=CodeSaid, errors=(404, 409))},
)
async def confirm_second_factor(request: Request[Any, Any, Any]) -> Answer:
    """Send a first code; from then on one is asked for at every log-in."""
    query_params(request, ())
    said = await read_body(request, CodeSaid)
    codes = await _users(request).second_factors.confirm(request.user, code=said.code)
    return json_answer(RecoveryCodes(recovery_codes=tuple(codes)), headers={"Cache-Control": "no-store"})


@post(
    "/v1/me/second-factor/remove",
    status_code=200,
    opt={**GUARDED, **about("users", ok=Told, body=FactorRemoval, errors=(404,))},
)
async def remove_second_factor(request: Request[Any, Any, Any]) -> Answer:
    """Do without a second factor."""
    query_params(request, ())
    said = await read_body(request, FactorRemoval)
    await _users(request).second_factors.remove(request.user, password=said.password, code=said.code)
    return json_answer(Told(message="There is no second factor any more."))


@get(
    "/v1/me/data",
    opt={**for_users(deadline=60), **about("users", media=[MEDIA_TYPE], errors=(404,))},
)
async def download_me(request: Request[Any, Any, Any]) -> Answer:
    """Download all that is held about oneself: one JSON file and the photos of one's cars."""
    query_params(request, ())
    market: Market = request.app.state.market
    held = await market.users.privacy.download(request.user)
    return Answer(
        body=await archive(held, market.stock.blobs),
        media_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{NAME}"', "Cache-Control": "no-store"},
    )


@post("/v1/me/erase", status_code=200, opt={**GUARDED, **about("users", ok=Told, body=PasswordSaid, errors=(404,))})
async def erase_me(request: Request[Any, Any, Any]) -> Answer:
    """Erase one's account and all that is held about oneself. It cannot be undone."""
    query_params(request, ())
    said = await read_body(request, PasswordSaid)
    await _users(request).privacy.erase(request.user, password=said.password)
    return json_answer(Told(message="The account is erased."))


def _users(request: Request[Any, Any, Any]) -> Users:
    users: Users = request.app.state.market.users
    return users
