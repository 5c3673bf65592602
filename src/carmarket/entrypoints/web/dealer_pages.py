"""
Pages for dealers: to apply, to say what is told of them, and who works there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from attrs import evolve
from litestar import Request, Response, get, post
from litestar.params import FromPath

from carmarket.core.errors import CarmarketError, InvalidError, NotFoundError
from carmarket.core.place import Place
from carmarket.core.users.dealer import MOST_PLACES, Dealer, DealerPlace
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.roles import STAFF, Permission, Role, allows
from carmarket.entrypoints.web.limits import WRITE
from carmarket.entrypoints.web.visit import SESSION_COOKIE, Visit

PARTS = ("city", "region", "postcode", "country")
ROLES = tuple((role.value, role.value.removeprefix("dealer-").capitalize()) for role in Role if role in STAFF)


@get("/dealer")
async def dealer_page(request: Request[Any, Any, Any]) -> Response[str]:
    """The dealer that one works for, or a form to become one."""
    return await _show(await Visit.of(request))


@post("/dealer", status_code=200, opt=WRITE)
async def tell_of_dealer(request: Request[Any, Any, Any]) -> Response[str]:
    """Apply as a dealer; or, for who manages one, say something else of it."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    dealers = visit.market.users.dealers
    try:
        known = await dealers.managed(actor, actor.dealer_id) if actor.dealer_id else None
        name, website, places = said.get("name", ""), said.get("website", "").strip() or None, _places(said, known)
        if known is None:
            await dealers.apply(actor, name=name, places=places, website=website)
            await _know_role(visit)
        else:
            expected = int(said["version"]) if said.get("version", "").isdecimal() else known.version
            await dealers.revise(actor, known.id, name=name, places=places, website=website, expected=expected)
    except NotFoundError:
        raise
    except CarmarketError as error:
        return await _show(visit, error, said=said)
    return visit.see("/dealer")


@post("/dealer/invitations", status_code=200, opt=WRITE)
async def invite(request: Request[Any, Any, Any]) -> Response[str]:
    """Ask somebody by letter to work for one's dealer."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    try:
        role = _role(said.get("role", ""))
        await visit.market.users.staff.invite(actor, _mine(visit), email=said.get("email", ""), role=role)
    except NotFoundError:
        raise
    except CarmarketError as error:
        return await _show(visit, error, said=said)
    return visit.see("/dealer")


@post("/dealer/staff/{user_id:uuid}/remove", status_code=200, opt=WRITE)
async def remove(request: Request[Any, Any, Any], user_id: FromPath[UUID]) -> Response[str]:
    """Somebody works there no longer."""
    visit = await Visit.of(request)
    actor = visit.demand_actor()
    await visit.form()
    try:
        await visit.market.users.staff.remove(actor, _mine(visit), UserId(user_id))
    except NotFoundError:
        raise
    except CarmarketError as error:
        return await _show(visit, error)
    return visit.see("/dealer")


async def _show(
    visit: Visit, error: Exception | None = None, *, said: Mapping[str, str] = MappingProxyType({})
) -> Response[str]:
    actor, users = visit.demand_actor(), visit.market.users
    dealer = await users.dealers.get(actor, actor.dealer_id) if actor.dealer_id else None
    manages = dealer is not None and allows(actor.roles, Permission.MANAGE)
    values = {
        "dealer": dealer,
        "manages": manages,
        "staff": await users.staff.staff(actor, dealer.id) if dealer is not None and manages else (),
        "roles": ROLES,
        "now": visit.market.stock.clock.now(),
        "said": said,
        "error": error,
    }
    return visit.page("dealer.html", values, status=200 if error is None else 422)


def _mine(visit: Visit) -> DealerId:
    """Raises: NotFoundError for who works for no dealer."""
    dealer_id = visit.demand_actor().dealer_id
    if dealer_id is None:
        raise NotFoundError("You work for no dealer.", field="dealer", value=None)
    return dealer_id


async def _know_role(visit: Visit) -> None:
    """Another pair of tokens, for the present ones do not know yet of whom one is the owner."""
    token = visit.request.cookies.get(SESSION_COOKIE, "")
    visit.keep(await visit.market.users.sessions.refresh(token))


def _places(said: Mapping[str, str], known: Dealer | None) -> tuple[DealerPlace, ...]:
    """
    The rows of the form; one without a name is no place.

    What the form does not ask for, such as where it is on the map, stays as it is known.
    """
    before = known.places if known else ()
    told = []
    for row in range(MOST_PLACES):
        name = said.get(f"place-{row}", "").strip()
        if name:
            old = before[row].place if row < len(before) else None
            parts: dict[str, Any] = {part: said.get(f"{part}-{row}", "").strip() or None for part in PARTS}
            place = evolve(old or Place(), **parts)
            phone = said.get(f"phone-{row}", "").strip() or None
            told.append(DealerPlace(name=name, place=None if place == Place() else place, phone=phone))
    return tuple(told)


def _role(text: str) -> Role:
    """Raises: InvalidError."""
    try:
        return Role(text)
    except ValueError:
        raise InvalidError(
            "There is no such role.", field="role", value=text[:40], expected=", ".join(sorted(STAFF))
        ) from None
