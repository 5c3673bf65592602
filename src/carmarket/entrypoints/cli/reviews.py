"""
`carmarket review`: look at reviews and moderate them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import click
from rich.markup import escape
from rich.pretty import Pretty
from rich.table import Table

from carmarket.config import Settings
from carmarket.core.reviews.review import Review, ReviewId
from carmarket.entrypoints.cli.running import on_market, operator, print_json, seller_named, table_console
from carmarket.services.reviews import ReviewService


@click.group
def review() -> None:
    """Look at reviews and moderate them."""


@review.command("list")
@click.option("--seller", help="The public ones of this seller, the newest first: a name or an id.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(settings: Settings, seller: str | None, limit: int, *, as_json: bool) -> None:
    """List those that wait for a moderator, the oldest first; or those of a seller."""
    if seller:
        found = on_market(settings, lambda market: market.reviews.of_seller(seller_named(seller), limit=limit))
    else:
        found = on_market(settings, lambda market: market.reviews.queue(operator(), limit=limit))
    if as_json:
        print_json(found)
        return
    table = Table("Id", "Of the", "Stars", "Text", "Status", "Reports", "Written")
    for one in found:
        table.add_row(
            str(one.id),
            one.author,
            "*" * one.stars,
            escape(one.text),
            one.status,
            str(len(one.reports)),
            f"{one.created_at:%Y-%m-%d %H:%M}",
        )
    table_console().print(table)


@review.command
@click.argument("review_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show(settings: Settings, review_id: UUID, *, as_json: bool) -> None:
    """Show one with everything."""
    _act(settings, lambda reviews: reviews.get(operator(), ReviewId(review_id)), as_json=as_json)


@review.command
@click.argument("review_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def approve(settings: Settings, review_id: UUID, *, as_json: bool) -> None:
    """Let it pass; or, once it was reported, let it stand."""
    _act(settings, lambda reviews: reviews.approve(operator(), ReviewId(review_id)), as_json=as_json)


@review.command
@click.argument("review_id", type=click.UUID)
@click.option("--reason", required=True, help="What its author is told.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def reject(settings: Settings, review_id: UUID, reason: str, *, as_json: bool) -> None:
    """Keep it from the public, or take it away."""
    _act(settings, lambda reviews: reviews.reject(operator(), ReviewId(review_id), reason=reason), as_json=as_json)


def _act(settings: Settings, decide: Callable[[ReviewService], Awaitable[Review]], *, as_json: bool) -> None:
    found = on_market(settings, lambda market: decide(market.reviews))
    if as_json:
        print_json(found)
    else:
        console = table_console()
        console.print(f"[bold]{found.stars} of 5 by the {found.author}[/bold], {found.status}")
        console.print(Pretty(found, expand_all=True))
