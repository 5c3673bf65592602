"""
`carmarket webhook`: who is told of events, what became of it, and sending it again.
"""

from __future__ import annotations

from uuid import UUID

import click
from rich.table import Table

from carmarket.config import Settings
from carmarket.core.webhooks.delivery import Delivery, DeliveryId
from carmarket.core.webhooks.webhook import WebhookId
from carmarket.entrypoints.cli.running import on_market, operator, print_json, table_console


@click.group
def webhook() -> None:
    """See who is told of events, and send letters again."""


@webhook.command("list")
@click.option("--after", type=click.UUID, help="Those behind this id.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(settings: Settings, after: UUID | None, limit: int, *, as_json: bool) -> None:
    """List everybody's by id."""
    found = on_market(
        settings,
        lambda market: market.webhooks.find(
            operator(), everybody=True, after=WebhookId(after) if after else None, limit=limit
        ),
    )
    if as_json:
        print_json(found)
        return
    table = Table("Id", "Seller", "URL", "Events", "Active")
    for one in found:
        events = ", ".join(sorted(one.event_types)) or "all"
        table.add_row(str(one.id), str(one.seller or "everybody"), one.url, events, "yes" if one.is_active else "no")
    table_console().print(table)


@webhook.command
@click.argument("webhook_id", type=click.UUID)
@click.option("--before", type=click.UUID, help="Those older than this delivery.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def deliveries(settings: Settings, webhook_id: UUID, before: UUID | None, limit: int, *, as_json: bool) -> None:
    """What a webhook was told and is to be told, the newest first."""
    found = on_market(
        settings,
        lambda market: market.webhooks.sent(
            operator(), WebhookId(webhook_id), before=DeliveryId(before) if before else None, limit=limit
        ),
    )
    if as_json:
        print_json(found)
        return
    table = Table("Id", "Event", "Of", "Status", "Tries", "Next", "Answer")
    for one in found:
        table.add_row(str(one.id), one.event.type, str(one.event.key), one.status, str(one.attempts), *_told(one))
    table_console().print(table)


@webhook.command
@click.argument("webhook_id", type=click.UUID)
@click.argument("delivery_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def resend(settings: Settings, webhook_id: UUID, delivery_id: UUID, *, as_json: bool) -> None:
    """Send a letter again; the process that does the market's jobs carries it."""
    again = on_market(
        settings, lambda market: market.webhooks.resend(operator(), WebhookId(webhook_id), DeliveryId(delivery_id))
    )
    if as_json:
        print_json(again)
    else:
        click.echo(f"{again.event.type} of {again.event.key} is on its way again.")


def _told(delivery: Delivery) -> tuple[str, str]:
    """When it is tried next, and what came back."""
    reply = delivery.reply
    came = "" if reply is None else f"{reply.status or 'none'} {reply.said}"[:80]
    return "" if delivery.next_at is None else delivery.next_at.isoformat(timespec="seconds"), came
