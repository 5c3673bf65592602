"""
The users service's routes for admins: people, what they may do, and the audit log.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from attrs import frozen
from litestar import Request, delete, get, post, put
from litestar.params import FromPath

from carmarket.codec.people import UserPage, UserView, user_view
from carmarket.core.errors import InvalidError
from carmarket.core.users.audit import AuditEntry, EntryId
from carmarket.core.users.ids import UserId
from carmarket.core.users.roles import Role
from carmarket.entrypoints.http.access import ADMINS, KIB, for_roles
from carmarket.entrypoints.http.accounts import Told
from carmarket.entrypoints.http.answers import Answer, json_answer
from carmarket.entrypoints.http.bodies import read_body, read_nothing
from carmarket.entrypoints.http.openapi import CURSOR, LIMIT, about, parameter
from carmarket.entrypoints.http.paging import paged_by_id
from carmarket.entrypoints.http.queries import one, query_params
from carmarket.services.users.menu import Users

READING = for_roles(ADMINS, rate="read")
WRITING = for_roles(ADMINS, body_limit=16 * KIB)
ROLE = parameter("role", "Only people with this role.", {"type": "string", "enum": list(Role)}, may_be_empty=True)
SUBJECT = parameter(
    "subject", "Only about this dealer or person.", {"type": "string", "format": "uuid"}, may_be_empty=True
)


@frozen(kw_only=True)
class RolesSaid:
    """All the roles that somebody is to have, but those at a dealer."""

    roles: tuple[Role, ...]


@frozen(kw_only=True)
class AuditPage:
    """Entries, the newest first, and where the next page begins."""

    entries: tuple[AuditEntry, ...]
    next: str | None


@get("/v1/users", opt={**READING, **about("users", ok=UserPage, errors=(400, 422), parameters=[ROLE, CURSOR, LIMIT])})
async def list_users(request: Request[Any, Any, Any]) -> Answer:
    """People by id."""
    params = query_params(request, ("role", "cursor", "limit"))
    role = _role(one(params, "role"))
    paging = paged_by_id(request, params, UserId, of="users", asked=role)
    found = await _users(request).people.find(request.user, role=role, after=paging.after, limit=paging.looked_at)
    shown, following = paging.page(found, lambda user: user.id)
    return json_answer(UserPage(users=tuple(map(user_view, shown)), next=following))


@get("/v1/users/{user_id:uuid}", opt={**READING, **about("users", ok=UserView, errors=(404,))})
async def show_user(request: Request[Any, Any, Any], user_id: FromPath[UUID]) -> Answer:
    """Somebody's account."""
    query_params(request, ())
    return json_answer(user_view(await _users(request).people.get(request.user, UserId(user_id))))


@put("/v1/users/{user_id:uuid}/roles", opt={**WRITING, **about("users", ok=UserView, body=RolesSaid, errors=(404,))})
async def assign_roles(request: Request[Any, Any, Any], user_id: FromPath[UUID]) -> Answer:
    """Say what somebody may do; all their devices are logged out."""
    query_params(request, ())
    said = await read_body(request, RolesSaid)
    user = await _users(request).people.assign(request.user, UserId(user_id), frozenset(said.roles))
    return json_answer(user_view(user))


@post(
    "/v1/users/{user_id:uuid}/log-out",
    status_code=200,
    opt={**WRITING, **about("users", ok=Told, errors=(400, 404, 422))},
)
async def log_user_out(request: Request[Any, Any, Any], user_id: FromPath[UUID]) -> Answer:
    """Log all of somebody's devices out."""
    query_params(request, ())
    await read_nothing(request)
    await _users(request).people.end_sessions(request.user, UserId(user_id))
    return json_answer(Told(message="All devices are logged out."))


@delete(
    "/v1/users/{user_id:uuid}", status_code=200, opt={**for_roles(ADMINS), **about("users", ok=Told, errors=(404,))}
)
async def erase_user(request: Request[Any, Any, Any], user_id: FromPath[UUID]) -> Answer:
    """Erase somebody who asked for it."""
    query_params(request, ())
    await _users(request).privacy.erase_user(request.user, UserId(user_id))
    return json_answer(Told(message="The account is erased."))


@get(
    "/v1/audit", opt={**READING, **about("users", ok=AuditPage, errors=(400, 422), parameters=[SUBJECT, CURSOR, LIMIT])}
)
async def list_audit(request: Request[Any, Any, Any]) -> Answer:
    """Privileged actions, the newest first."""
    params = query_params(request, ("subject", "cursor", "limit"))
    subject = _subject(one(params, "subject"))
    paging = paged_by_id(request, params, EntryId, of="audit", asked=subject)
    found = await _users(request).auditor.find(
        request.user, subject=subject, before=paging.after, limit=paging.looked_at
    )
    shown, following = paging.page(found, lambda entry: entry.id)
    return json_answer(AuditPage(entries=tuple(shown), next=following))


def _role(text: str | None) -> Role | None:
    try:
        return None if not text else Role(text)
    except ValueError:
        raise InvalidError("There is no such role.", field="role", value=text, expected=", ".join(Role)) from None


def _subject(text: str | None) -> UUID | None:
    try:
        return None if not text else UUID(text)
    except ValueError:
        raise InvalidError("This is no id.", field="subject", value=text, expected="a UUID") from None


def _users(request: Request[Any, Any, Any]) -> Users:
    users: Users = request.app.state.market.users
    return users
