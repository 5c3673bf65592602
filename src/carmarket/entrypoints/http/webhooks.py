"""
Webhooks: integrators say where they are told, see what they were told, and have it sent again.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, delete, get, post, put
from litestar.params import FromPath

from carmarket.core.webhooks.delivery import DeliveryId
from carmarket.core.webhooks.webhook import Webhook, WebhookId
from carmarket.entrypoints.http.access import KIB, for_users
from carmarket.entrypoints.http.answers import Answer, json_answer, not_modified
from carmarket.entrypoints.http.bodies import read_body, read_nothing
from carmarket.entrypoints.http.conditional import expected_version, is_known, tag
from carmarket.entrypoints.http.idempotency import fingerprint_of, key_of
from carmarket.entrypoints.http.openapi import CURSOR, IF_MATCH, KEY, LIMIT, about, parameter
from carmarket.entrypoints.http.paging import paged_by_id
from carmarket.entrypoints.http.queries import flag, query_params
from carmarket.entrypoints.http.webhook_views import (
    DeliveryPage,
    DeliveryView,
    NewWebhook,
    RevisedWebhook,
    WebhookPage,
    WebhookView,
    delivery_view,
    view,
)
from carmarket.services.market import Market

RESOLVING = 12.0
"""Seconds: names are looked up, which other people's servers answer."""
EVERYBODY = parameter("everybody", "For administrators: everybody's.", {"type": "boolean", "default": False})


@post(
    "/v1/webhooks",
    opt={
        **for_users(rate="write", deadline=RESOLVING, body_limit=16 * KIB),
        **about("webhooks", ok=WebhookView, status=201, body=NewWebhook, parameters=[KEY], errors=(409,)),
    },
)
async def create_webhook(request: Request[Any, Any, Any]) -> Answer:
    """
    Have an address told of events from now on.

    The secret that its letters are signed with is shown this once. With an Idempotency-Key the same request has one
    effect, and its repeat answers with the webhook as it is.
    """
    query_params(request, ())
    key = key_of(request)
    said = await read_body(request, NewWebhook)
    market = _market(request)
    webhook = await market.webhooks.create(
        request.user,
        url=said.url,
        event_types=said.event_types,
        key=key,
        fingerprint=fingerprint_of(request, await request.body()) if key else None,
    )
    return _shown(
        webhook,
        secret=market.webhooks.secret_of(webhook),
        status=201,
        headers={"Location": f"/v1/webhooks/{webhook.id}", "Cache-Control": "no-store"},
    )


@get(
    "/v1/webhooks",
    opt={**for_users(), **about("webhooks", ok=WebhookPage, errors=(400, 422), parameters=[EVERYBODY, CURSOR, LIMIT])},
)
async def list_webhooks(request: Request[Any, Any, Any]) -> Answer:
    """One's own webhooks by id; for administrators, on demand, everybody's."""
    params = query_params(request, ("everybody", "cursor", "limit"))
    everybody = flag(params, "everybody", default=False)
    asked = [everybody, None if everybody else request.user]
    paging = paged_by_id(request, params, WebhookId, of="webhooks", asked=asked)
    found = await _market(request).webhooks.find(
        request.user, everybody=everybody, after=paging.after, limit=paging.looked_at
    )
    shown, following = paging.page(found, lambda webhook: webhook.id)
    return json_answer(WebhookPage(webhooks=tuple(map(view, shown)), next=following))


@get(
    "/v1/webhooks/{webhook_id:uuid}",
    opt={**for_users(), **about("webhooks", ok=WebhookView, errors=(404, 422), also={304: "You have it."})},
)
async def show_webhook(request: Request[Any, Any, Any], webhook_id: FromPath[UUID]) -> Answer:
    """Show one's own webhook; administrators see all."""
    query_params(request, ())
    webhook = await _market(request).webhooks.get(request.user, WebhookId(webhook_id))
    return not_modified(tag(webhook.version)) if is_known(request, webhook.version) else _shown(webhook)


@put(
    "/v1/webhooks/{webhook_id:uuid}",
    opt={
        **for_users(rate="write", deadline=RESOLVING, body_limit=16 * KIB),
        **about(
            "webhooks",
            ok=WebhookView,
            body=RevisedWebhook,
            parameters=[IF_MATCH],
            errors=(400, 404, 409, 412, 422, 428),
        ),
    },
)
async def revise_webhook(request: Request[Any, Any, Any], webhook_id: FromPath[UUID]) -> Answer:
    """Say all of it anew; the secret stays. While it is not active, what waits for it goes on waiting."""
    query_params(request, ())
    expected = expected_version(request)
    said = await read_body(request, RevisedWebhook)
    webhook = await _market(request).webhooks.revise(
        request.user,
        WebhookId(webhook_id),
        url=said.url,
        event_types=said.event_types,
        is_active=said.is_active,
        expected=expected,
    )
    return _shown(webhook)


@delete(
    "/v1/webhooks/{webhook_id:uuid}",
    status_code=200,  # the answer says 204 itself; the framework takes a return value for a body
    opt={**for_users(rate="write"), **about("webhooks", status=204, errors=(404, 422))},
)
async def remove_webhook(request: Request[Any, Any, Any], webhook_id: FromPath[UUID]) -> Answer:
    """Tell it nothing any more; what was on its way is forgotten."""
    query_params(request, ())
    await _market(request).webhooks.remove(request.user, WebhookId(webhook_id))
    return Answer(body=b"", status=204)


@get(
    "/v1/webhooks/{webhook_id:uuid}/deliveries",
    opt={**for_users(), **about("webhooks", ok=DeliveryPage, errors=(400, 404, 422), parameters=[CURSOR, LIMIT])},
)
async def list_deliveries(request: Request[Any, Any, Any], webhook_id: FromPath[UUID]) -> Answer:
    """What it was told and is to be told, the newest first."""
    params = query_params(request, ("cursor", "limit"))
    paging = paged_by_id(request, params, DeliveryId, of="deliveries", asked=webhook_id)
    found = await _market(request).webhooks.sent(
        request.user, WebhookId(webhook_id), before=paging.after, limit=paging.looked_at
    )
    shown, following = paging.page(found, lambda delivery: delivery.id)
    return json_answer(DeliveryPage(deliveries=tuple(map(delivery_view, shown)), next=following))


@post(
    "/v1/webhooks/{webhook_id:uuid}/deliveries/{delivery_id:uuid}/resend",
    status_code=200,
    opt={
        **for_users(rate="write", body_limit=KIB),
        **about("webhooks", ok=DeliveryView, errors=(400, 404, 409, 415, 422)),
    },
)
async def resend_delivery(
    request: Request[Any, Any, Any], webhook_id: FromPath[UUID], delivery_id: FromPath[UUID]
) -> Answer:
    """Send it again at once, whatever became of it."""
    query_params(request, ())
    await read_nothing(request)
    delivery = await _market(request).webhooks.resend(request.user, WebhookId(webhook_id), DeliveryId(delivery_id))
    return json_answer(delivery_view(delivery))


def _market(request: Request[Any, Any, Any]) -> Market:
    market: Market = request.app.state.market
    return market


def _shown(
    webhook: Webhook, *, secret: str | None = None, status: int = 200, headers: dict[str, str] | None = None
) -> Answer:
    return json_answer(
        view(webhook, secret=secret), status=status, headers={"ETag": tag(webhook.version), **(headers or {})}
    )
