"""
What the commands share: who acts, how output is written.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID, uuid5

import click
import msgspec
from rich.console import Console

from carmarket.bootstrap import open_market
from carmarket.config import Settings
from carmarket.core.actor import Actor, DealerId, UserId
from carmarket.core.catalog.car import SellerId
from carmarket.core.text import key
from carmarket.core.users.roles import Role
from carmarket.services.market import Market

T = TypeVar("T")
SELLERS = UUID("c1c7a3a5-6c19-5cb7-8b2a-0d9a7f6b1e44")
OPERATOR = UserId(uuid5(SELLERS, "operator"))
CONSOLE = Console(stderr=True)
"""For people; data goes to standard output."""


def operator() -> Actor:
    """Whoever can open the database may do everything with it."""
    return Actor(user_id=OPERATOR, roles=frozenset({Role.ADMIN}), is_trusted=True)


def on_market(settings: Settings, act: Callable[[Market], Awaitable[T]]) -> T:
    """What comes of acting on the market, which is open as long as that takes."""

    async def run() -> T:
        async with open_market(settings, with_index=False) as market:
            return await act(market)

    return asyncio.run(run())


def seller_named(text: str) -> SellerId:
    """A seller by id, or by a name that stands for the same id each time."""
    try:
        return SellerId(UUID(text))
    except ValueError:
        pass
    if not key(text):
        raise click.BadParameter("A seller has a name or an id.", param_hint="--seller")
    return SellerId(uuid5(SELLERS, key(text)))


def dealer_of(seller: SellerId) -> Actor:
    """The seller's own staff, vouched for by the operator."""
    return Actor(user_id=OPERATOR, dealer_id=DealerId(seller), roles=frozenset({Role.DEALER_OWNER}), is_trusted=True)


def choice_of(kind: type[StrEnum], *others: str) -> click.Choice[str]:
    """One of the values; click by itself would ask for the names of the members."""
    return click.Choice([*(member.value for member in kind), *others])


def print_json(value: Any) -> None:
    """One JSON text and a line's end on standard output."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def table_console() -> Console:
    """For tables on standard output: as wide as the terminal, or wide enough where there is none."""
    return Console() if sys.stdout.isatty() else Console(width=200)
