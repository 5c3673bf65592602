"""
The users service's routes about dealers: they apply, are verified, and have staff.

It is long, for it is the list of them: each says what it takes, answers and refuses.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from attrs import frozen
from litestar import Request, delete, get, post, put
from litestar.params import FromPath
from msgspec import Meta

from carmarket.codec.people import DealerCard, DealerView, UserPage, UserView, dealer_view, user_view
from carmarket.core.errors import InvalidError
from carmarket.core.users.dealer import Dealer, DealerPlace, DealerStatus
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.roles import Role
from carmarket.entrypoints.http.access import ADMINS, KIB, for_roles, for_users, opened
from carmarket.entrypoints.http.accounts import Email, Told
from carmarket.entrypoints.http.answers import Answer, json_answer
from carmarket.entrypoints.http.bodies import read_body, read_nothing
from carmarket.entrypoints.http.conditional import expected_version, tag
from carmarket.entrypoints.http.idempotency import fingerprint_of, key_of
from carmarket.entrypoints.http.openapi import CURSOR, IF_MATCH, KEY, LIMIT, about, parameter
from carmarket.entrypoints.http.paging import paged_by_id
from carmarket.entrypoints.http.queries import one, query_params
from carmarket.services.users.menu import Users

SMALL = for_users(rate="write", body_limit=64 * KIB)
JUDGING = for_roles(ADMINS, body_limit=16 * KIB)
CHANGING = (400, 404, 409, 412, 422, 428)
STATUS = parameter("status", "Only these.", {"type": "string", "enum": list(DealerStatus)}, may_be_empty=True)


@frozen(kw_only=True)
class ToldOfDealer:
    """What a dealer says of itself."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    places: Annotated[tuple[DealerPlace, ...], Meta(max_length=100)] = ()
    website: Annotated[str, Meta(max_length=200, pattern="^https?://")] | None = None


@frozen(kw_only=True)
class Verdict:
    reason: Annotated[str, Meta(min_length=1, max_length=1000)]


@frozen(kw_only=True)
class NewInvitation:
    email: Email
    role: Role


@frozen(kw_only=True)
class DealerPage:
    """Dealers by id, and where the next page begins."""

    dealers: tuple[DealerView, ...]
    next: str | None


@post(
    "/v1/dealers",
    opt={
        **SMALL,
        **about("users", ok=DealerView, status=201, body=ToldOfDealer, parameters=[KEY], errors=(404, 409)),
    },
)
async def apply_as_dealer(request: Request[Any, Any, Any]) -> Answer:
    """
    Ask to be a dealer. Refresh the tokens then: they name the dealer and the role of its owner.

    Until an admin has verified it, its cars go to review first.
    """
    query_params(request, ())
    key = key_of(request)
    said = await read_body(request, ToldOfDealer)
    fingerprint = fingerprint_of(request, await request.body()) if key else None
    dealer = await _users(request).dealers.apply(
        request.user, name=said.name, places=said.places, website=said.website, key=key, fingerprint=fingerprint
    )
    return _shown(dealer, status=201, headers={"Location": f"/v1/dealers/{dealer.id}"})


@get("/v1/dealers/{dealer_id:uuid}", opt={**opened(), **about("users", ok=DealerCard, errors=(404,))})
async def show_dealer(request: Request[Any, Any, Any], dealer_id: FromPath[UUID]) -> Answer:
    """What everybody may know of a verified dealer."""
    query_params(request, ())
    dealer = await _users(request).dealers.get(None, DealerId(dealer_id))
    return json_answer(DealerCard(id=dealer.id, name=dealer.name, places=dealer.places, website=dealer.website))


@get("/v1/me/dealer", opt={**for_users(), **about("users", ok=DealerView, errors=(404,))})
async def show_my_dealer(request: Request[Any, Any, Any]) -> Answer:
    """The dealer that one works for."""
    query_params(request, ())
    dealer_id = request.user.dealer_id or DealerId(request.user.user_id)
    return _shown(await _users(request).dealers.get(request.user, dealer_id))


@get(
    "/v1/dealers",
    opt={
        **for_roles(ADMINS, rate="read"),
        **about("users", ok=DealerPage, errors=(400, 422), parameters=[STATUS, CURSOR, LIMIT]),
    },
)
async def list_dealers(request: Request[Any, Any, Any]) -> Answer:
    """For admins: dealers by id, such as those that wait for their verification."""
    params = query_params(request, ("status", "cursor", "limit"))
    status = _status(one(params, "status"))
    paging = paged_by_id(request, params, DealerId, of="dealers", asked=status)
    found = await _users(request).dealers.find(request.user, status, after=paging.after, limit=paging.looked_at)
    shown, following = paging.page(found, lambda dealer: dealer.id)
    return json_answer(DealerPage(dealers=tuple(map(dealer_view, shown)), next=following))


@put(
    "/v1/dealers/{dealer_id:uuid}",
    opt={**SMALL, **about("users", ok=DealerView, body=ToldOfDealer, parameters=[IF_MATCH], errors=CHANGING)},
)
async def revise_dealer(request: Request[Any, Any, Any], dealer_id: FromPath[UUID]) -> Answer:
    """Say something else of one's dealer; one that was rejected applies anew by that."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, ToldOfDealer)
    dealer = await _users(request).dealers.revise(
        request.user, DealerId(dealer_id), name=said.name, places=said.places, website=said.website, expected=expected
    )
    return _shown(dealer)


@post(
    "/v1/dealers/{dealer_id:uuid}/verify",
    status_code=200,
    opt={**JUDGING, **about("users", ok=DealerView, parameters=[IF_MATCH], errors=CHANGING)},
)
async def verify_dealer(request: Request[Any, Any, Any], dealer_id: FromPath[UUID]) -> Answer:
    """For admins: trust a dealer."""
    query_params(request, ())
    await read_nothing(request)
    expected = expected_version(request)
    return _shown(await _users(request).dealers.verify(request.user, DealerId(dealer_id), expected=expected))


@post(
    "/v1/dealers/{dealer_id:uuid}/reject",
    status_code=200,
    opt={**JUDGING, **about("users", ok=DealerView, body=Verdict, parameters=[IF_MATCH], errors=CHANGING)},
)
async def reject_dealer(request: Request[Any, Any, Any], dealer_id: FromPath[UUID]) -> Answer:
    """For admins: a dealer cannot be verified as it is."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, Verdict)
    dealer = await _users(request).dealers.reject(
        request.user, DealerId(dealer_id), reason=said.reason, expected=expected
    )
    return _shown(dealer)


@post(
    "/v1/dealers/{dealer_id:uuid}/suspend",
    status_code=200,
    opt={**JUDGING, **about("users", ok=DealerView, body=Verdict, parameters=[IF_MATCH], errors=CHANGING)},
)
async def suspend_dealer(request: Request[Any, Any, Any], dealer_id: FromPath[UUID]) -> Answer:
    """For admins: a dealer is trusted no longer."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, Verdict)
    dealer = await _users(request).dealers.suspend(
        request.user, DealerId(dealer_id), reason=said.reason, expected=expected
    )
    return _shown(dealer)


@post(
    "/v1/dealers/{dealer_id:uuid}/invitations",
    status_code=200,
    opt={**SMALL, **about("users", ok=DealerView, body=NewInvitation, errors=(404, 409))},
)
async def invite_staff(request: Request[Any, Any, Any], dealer_id: FromPath[UUID]) -> Answer:
    """Ask somebody by letter to work for one's dealer."""
    query_params(request, ())
    said = await read_body(request, NewInvitation)
    dealer = await _users(request).staff.invite(request.user, DealerId(dealer_id), email=said.email, role=said.role)
    return _shown(dealer)


@post(
    "/v1/dealers/{dealer_id:uuid}/invitations/{invitation_id:uuid}/accept",
    status_code=200,
    opt={**for_users(rate="write", body_limit=KIB), **about("users", ok=UserView, errors=(400, 404, 409, 422))},
)
async def accept_invitation(
    request: Request[Any, Any, Any], dealer_id: FromPath[UUID], invitation_id: FromPath[UUID]
) -> Answer:
    """Take an invitation to one's own address. Refresh the tokens then: they name the dealer."""
    query_params(request, ())
    await read_nothing(request)
    user = await _users(request).staff.accept(request.user, DealerId(dealer_id), invitation_id)
    return json_answer(user_view(user))


@get("/v1/dealers/{dealer_id:uuid}/staff", opt={**for_users(), **about("users", ok=UserPage, errors=(404,))})
async def list_staff(request: Request[Any, Any, Any], dealer_id: FromPath[UUID]) -> Answer:
    """Who works for one's dealer."""
    query_params(request, ())
    staff = await _users(request).staff.staff(request.user, DealerId(dealer_id))
    return json_answer(UserPage(users=tuple(user_view(user) for user in staff), next=None))


@delete(
    "/v1/dealers/{dealer_id:uuid}/staff/{user_id:uuid}",
    status_code=200,
    opt={**for_users(rate="write"), **about("users", ok=Told, errors=(404, 409))},
)
async def remove_staff(request: Request[Any, Any, Any], dealer_id: FromPath[UUID], user_id: FromPath[UUID]) -> Answer:
    """Somebody works for one's dealer no longer."""
    query_params(request, ())
    await _users(request).staff.remove(request.user, DealerId(dealer_id), UserId(user_id))
    return json_answer(Told(message="They work here no longer."))


def _shown(dealer: Dealer, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return json_answer(dealer_view(dealer), status=status, headers={"ETag": tag(dealer.version), **(headers or {})})


def _status(text: str | None) -> DealerStatus | None:
    try:
        return None if not text else DealerStatus(text)
    except ValueError:
        raise InvalidError(
            "A dealer is never in this state.", field="status", value=text, expected=", ".join(DealerStatus)
        ) from None


def _users(request: Request[Any, Any, Any]) -> Users:
    users: Users = request.app.state.market.users
    return users
