"""
`carmarket user` and `carmarket audit`: people, what they may do, and what was done with privileges.
"""

from __future__ import annotations

import sys
from typing import Any
from uuid import UUID

import click
from rich.markup import escape
from rich.pretty import Pretty
from rich.table import Table

from carmarket.codec.people import user_view
from carmarket.config import Settings
from carmarket.core.language import Language
from carmarket.core.users.ids import UserId
from carmarket.core.users.roles import STAFF, Role
from carmarket.core.users.user import User
from carmarket.entrypoints.cli.running import choice_of, on_market, operator, print_json, table_console
from carmarket.services.market import Market

GIVEN = click.Choice([role.value for role in Role if role not in STAFF])
"""Roles that an operator gives; those at a dealer come by invitation."""


@click.group
def user() -> None:
    """Look at people, say what they may do, log them out, erase them."""


@user.command("list")
@click.option("--role", type=choice_of(Role), help="Only people with this role.")
@click.option("--after", type=click.UUID, help="Those behind this id.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(settings: Settings, role: str | None, after: UUID | None, limit: int, *, as_json: bool) -> None:
    """List them by id."""

    async def look(market: Market) -> list[User]:
        wanted = Role(role) if role else None
        behind = UserId(after) if after else None
        return list(await market.users.people.find(operator(), role=wanted, after=behind, limit=limit))

    found = on_market(settings, look)
    if as_json:
        print_json([user_view(one) for one in found])
        return
    table = Table("Id", "E-mail", "Name", "Roles", "Confirmed", "Dealer")
    for one in found:
        dealer = str(one.membership.dealer_id) if one.membership else ""
        table.add_row(
            str(one.id),
            escape(one.email),
            escape(one.name),
            ", ".join(sorted(one.all_roles)),
            "yes" if one.is_verified else "no",
            dealer,
        )
    table_console().print(table)


@user.command
@click.argument("who")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show(settings: Settings, who: str, *, as_json: bool) -> None:
    """Show somebody by e-mail address or id."""
    _tell(on_market(settings, lambda market: _named(market, who)), as_json=as_json)


@user.command
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", "roles", type=GIVEN, multiple=True, default=["customer"], show_default=True)
@click.option("--language", type=choice_of(Language), default="en", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, and do not ask.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def add(
    settings: Settings,
    email: str,
    name: str,
    roles: tuple[str, ...],
    language: str,
    *,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Open an account with a confirmed address, such as that of the first admin."""
    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    )

    async def act(market: Market) -> User:
        return await market.users.people.add(
            operator(), email=email, name=name, password=password, roles=frozenset(map(Role, roles)),
            language=Language(language),
        )  # fmt: skip

    _tell(on_market(settings, act), as_json=as_json)


@user.command
@click.argument("who")
@click.option("--role", "given", type=GIVEN, multiple=True, required=True, help="All that they are to have.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def roles(settings: Settings, who: str, given: tuple[str, ...], *, as_json: bool) -> None:
    """Say what somebody may do; all their devices are logged out."""

    async def act(market: Market) -> User:
        known = await _named(market, who)
        return await market.users.people.assign(operator(), known.id, frozenset(map(Role, given)))

    _tell(on_market(settings, act), as_json=as_json)


@user.command("log-out")
@click.argument("who")
@click.pass_obj
def log_out(settings: Settings, who: str) -> None:
    """Log all of somebody's devices out."""

    async def act(market: Market) -> None:
        await market.users.people.end_sessions(operator(), (await _named(market, who)).id)

    on_market(settings, act)
    click.echo("All devices are logged out.")


@user.command
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def erase(settings: Settings, who: str, *, yes: bool) -> None:
    """Erase somebody who asked for it. It cannot be undone."""
    if not yes:
        click.confirm(f"Erase {who} and all that is held about them?", abort=True, err=True)

    async def act(market: Market) -> None:
        await market.users.privacy.erase_user(operator(), (await _named(market, who)).id)

    on_market(settings, act)
    click.echo("The account is erased; the server, or the next that runs, lets everything else go.")


@click.command
@click.option("--subject", type=click.UUID, help="Only about this dealer or person.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def audit(settings: Settings, subject: UUID | None, limit: int, *, as_json: bool) -> None:
    """Who did what that others may not, the newest first."""

    async def look(market: Market) -> Any:
        return await market.users.auditor.find(operator(), subject=subject, limit=limit)

    entries = on_market(settings, look)
    if as_json:
        print_json(entries)
        return
    table = Table("When", "Who", "Action", "To", "Detail")
    for one in entries:
        table.add_row(one.at.isoformat(timespec="seconds"), str(one.actor), one.action, str(one.subject), one.detail)
    table_console().print(table)


async def _named(market: Market, who: str) -> User:
    """By address or id."""
    people = market.users.people
    try:
        user_id = UserId(UUID(who))
    except ValueError:
        return await people.by_email(operator(), who)
    return await people.get(operator(), user_id)


def _tell(known: User, *, as_json: bool) -> None:
    if as_json:
        print_json(user_view(known))
    else:
        table_console().print(Pretty(user_view(known)))
