"""
Enquiries' routes: ask about a car, write on, and see who still waits for an answer.
"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from attrs import frozen
from litestar import Request, get, post, put
from litestar.params import FromPath
from msgspec import Meta

from carmarket.codec.enquiries import EnquiryPage, EnquiryView, enquiry_line, enquiry_view
from carmarket.core.actor import Actor
from carmarket.core.catalog.car import CarId
from carmarket.core.enquiries.enquiry import Enquiry, EnquiryId
from carmarket.core.enquiries.lifecycle import EnquiryStatus
from carmarket.core.errors import InvalidError
from carmarket.core.users.ids import UserId
from carmarket.entrypoints.http.access import KIB, for_users
from carmarket.entrypoints.http.answers import Answer, json_answer, not_modified
from carmarket.entrypoints.http.bodies import read_body, read_nothing
from carmarket.entrypoints.http.conditional import expected_version, is_known, tag
from carmarket.entrypoints.http.idempotency import key_of
from carmarket.entrypoints.http.openapi import CURSOR, IF_MATCH, KEY, LIMIT, about, parameter
from carmarket.entrypoints.http.paging import paged
from carmarket.entrypoints.http.queries import flag, query_params
from carmarket.ports.bookmark import Bookmark
from carmarket.services.enquiries import EnquiryService
from carmarket.services.market import Market

CHANGING = (400, 404, 409, 412, 422, 428)
SMALL = for_users(rate="write", body_limit=16 * KIB)
ACTION = for_users(rate="write", body_limit=KIB)
BOOLEAN = {"type": "boolean", "default": False}
STATUS = parameter(
    "status", "Only these; may be repeated.",
    {"type": "array", "items": {"type": "string", "enum": list(EnquiryStatus)}},
)  # fmt: skip
OF_MY_CARS = parameter("of_my_cars", "Those about the cars that one offers, and not one's own.", BOOLEAN)
ASSIGNED = parameter("assigned_to_me", "Those about the cars that one offers which oneself answers.", BOOLEAN)


@frozen(kw_only=True)
class NewEnquiry:
    car_id: UUID
    text: Annotated[str, Meta(min_length=1, max_length=2000)]


@frozen(kw_only=True)
class NewMessage:
    text: Annotated[str, Meta(min_length=1, max_length=2000)]


@frozen(kw_only=True)
class Assignment:
    """Who answers; null for nobody."""

    assignee: UUID | None


@post(
    "/v1/enquiries",
    opt={
        **SMALL,
        **about("enquiries", ok=EnquiryView, status=201, body=NewEnquiry, parameters=[KEY], errors=(409,)),
    },
)
async def ask_about_car(request: Request[Any, Any, Any]) -> Answer:
    """
    Ask the seller about a car. Who has asked about it before writes on in the same enquiry.

    With an Idempotency-Key the same message is written once, and its repeat answers with the enquiry as it is.
    """
    query_params(request, ())
    key = key_of(request)
    said = await read_body(request, NewEnquiry)
    enquiry = await _enquiries(request).ask(request.user, CarId(said.car_id), text=said.text, key=key)
    return _shown(request, enquiry, status=201, headers={"Location": f"/v1/enquiries/{enquiry.id}"})


@get(
    "/v1/enquiries",
    opt={
        **for_users(),
        **about(
            "enquiries",
            ok=EnquiryPage,
            errors=(400, 422),
            parameters=[STATUS, OF_MY_CARS, ASSIGNED, CURSOR, LIMIT],
        ),
    },
)
async def list_enquiries(request: Request[Any, Any, Any]) -> Answer:
    """One's own enquiries, the newest first; or, on demand, those about the cars that one offers."""
    params = query_params(request, ("status", "of_my_cars", "assigned_to_me", "cursor", "limit"))
    statuses = frozenset(_status(text) for text in params.get("status", ()))
    of_my_cars, assigned = (flag(params, name, default=False) for name in ("of_my_cars", "assigned_to_me"))
    actor: Actor = request.user
    asked = [sorted(statuses), of_my_cars, assigned, actor]
    paging = paged(request, params, Bookmark, of="enquiries", asked=asked)
    found = await _enquiries(request).find(
        actor, of_my_cars=of_my_cars, assigned_to_me=assigned, statuses=statuses, after=paging.after,
        limit=paging.looked_at,
    )  # fmt: skip
    shown, following = paging.page(found, lambda enquiry: Bookmark(enquiry.created_at, enquiry.id))
    return json_answer(EnquiryPage(enquiries=tuple(enquiry_line(each, actor) for each in shown), next=following))


@get(
    "/v1/enquiries/{enquiry_id:uuid}",
    opt={**for_users(), **about("enquiries", ok=EnquiryView, errors=(404, 422), also={304: "You have it."})},
)
async def show_enquiry(request: Request[Any, Any, Any], enquiry_id: FromPath[UUID]) -> Answer:
    """Show an enquiry of one's own, or about one's cars, with all that was written."""
    query_params(request, ())
    enquiry = await _enquiries(request).get(request.user, EnquiryId(enquiry_id))
    if is_known(request, enquiry.version):
        return not_modified(tag(enquiry.version))
    return _shown(request, enquiry)


@post(
    "/v1/enquiries/{enquiry_id:uuid}/messages",
    status_code=200,
    opt={**SMALL, **about("enquiries", ok=EnquiryView, body=NewMessage, parameters=[KEY], errors=(404, 409))},
)
async def write_message(request: Request[Any, Any, Any], enquiry_id: FromPath[UUID]) -> Answer:
    """
    Write on, as the side that one is on; a closed enquiry is open again.

    Nobody has to have read the newest message to write one, so no version is asked for.
    """
    query_params(request, ())
    key = key_of(request)
    said = await read_body(request, NewMessage)
    return _shown(
        request, await _enquiries(request).write(request.user, EnquiryId(enquiry_id), text=said.text, key=key)
    )


@post(
    "/v1/enquiries/{enquiry_id:uuid}/read",
    status_code=200,
    opt={**ACTION, **about("enquiries", ok=EnquiryView, errors=(400, 404, 409, 422))},
)
async def read_enquiry(request: Request[Any, Any, Any], enquiry_id: FromPath[UUID]) -> Answer:
    """Say that one has seen all that was written."""
    query_params(request, ())
    await read_nothing(request)
    return _shown(request, await _enquiries(request).read(request.user, EnquiryId(enquiry_id)))


@put(
    "/v1/enquiries/{enquiry_id:uuid}/assignee",
    opt={**SMALL, **about("enquiries", ok=EnquiryView, body=Assignment, parameters=[IF_MATCH], errors=CHANGING)},
)
async def assign_enquiry(request: Request[Any, Any, Any], enquiry_id: FromPath[UUID]) -> Answer:
    """Say who answers it for the seller."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, Assignment)
    assignee = None if said.assignee is None else UserId(said.assignee)
    return _shown(
        request, await _enquiries(request).assign(request.user, EnquiryId(enquiry_id), assignee, expected=expected)
    )


@post(
    "/v1/enquiries/{enquiry_id:uuid}/close",
    status_code=200,
    opt={**ACTION, **about("enquiries", ok=EnquiryView, parameters=[IF_MATCH], errors=CHANGING)},
)
async def close_enquiry(request: Request[Any, Any, Any], enquiry_id: FromPath[UUID]) -> Answer:
    """Put it away, as either side; who writes again opens it again."""
    query_params(request, ())
    await read_nothing(request)
    expected = expected_version(request)
    return _shown(request, await _enquiries(request).close(request.user, EnquiryId(enquiry_id), expected=expected))


def _status(text: str) -> EnquiryStatus:
    try:
        return EnquiryStatus(text)
    except ValueError:
        raise InvalidError(
            "There is no such status.", field="status", value=text[:80], expected=", ".join(EnquiryStatus)
        ) from None


def _enquiries(request: Request[Any, Any, Any]) -> EnquiryService:
    market: Market = request.app.state.market
    return market.enquiries


def _shown(
    request: Request[Any, Any, Any], enquiry: Enquiry, *, status: int = 200, headers: dict[str, str] | None = None
) -> Answer:
    return json_answer(
        enquiry_view(enquiry, request.user), status=status, headers={"ETag": tag(enquiry.version), **(headers or {})}
    )
