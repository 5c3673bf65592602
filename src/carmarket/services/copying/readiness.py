"""
Whether two markets are ready for a copy: nobody uses them, all was told, they share keys, and there is room.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from carmarket.core.errors import ConflictError, InvalidError
from carmarket.ports.dead_letters import ParkedFilter
from carmarket.services.copying.proof import Canonical, has_only
from carmarket.services.copying.subjects import Subject
from carmarket.services.market import Market

Side = Literal["from", "to"]
KEYS = "copy"
"""What a secret is derived for, to compare keys without showing any."""
WORKED_OFF = (
    "to copy again with --settle, which works off what waits, once its time has come; what was put aside is an "
    "operator's: carmarket dead-letters"
)


async def demand_alone(market: Market, side: Side) -> None:
    """Raises: ConflictError where somebody else leads."""
    if not await market.stock.leadership.leads():
        raise ConflictError(
            f"A server runs on the market to copy {side}.", field=side, expected="its servers to be ended first"
        )


def demand_same_keys(source: Market, target: Market) -> None:
    """Raises: InvalidError where sessions, links in letters and secrets of webhooks would be worth nothing."""
    mine, theirs = [(one.stock.secrets.secret(KEYS), one.stock.tokens.jwks()) for one in (source, target)]
    if mine != theirs:
        raise InvalidError(
            "The two markets have different keys: sessions, links in letters and secrets of webhooks that were copied "
            "would count for nothing.", field="keys", expected="the same key file on both sides",
        )  # fmt: skip


async def demand_told(market: Market, side: Side) -> None:
    """Raises: ConflictError while something that happened waits to be told, for events are not copied."""
    waiting = [*await _outboxes(market), *await _parked(market), *await _behind(market)]
    if waiting:
        raise ConflictError(
            f"What happened at the market to copy {side} is not told to the last.", field=side,
            value="; ".join(waiting),
            expected=WORKED_OFF if side == "from" else "stores in which nothing has happened",
        )  # fmt: skip


async def demand_room(source: Market, target: Market, subjects: Sequence[Subject], canonical: Canonical) -> None:
    """
    Raises: ConflictError unless the target is empty, or has only what an earlier copy of this source brought.
    """
    for subject in subjects:
        if not await has_only(subject, target.stock, of=source.stock, canonical=canonical):
            counts = {one.name: await _count(one, target) for one in subjects}
            raise ConflictError(
                f"The market to copy to has {subject.name} that the other has not.", field="to",
                value=", ".join(f"{count:,} {name}" for name, count in counts.items() if count),
                expected="an empty market, or what a copy from this very market has left when it was broken off",
            )  # fmt: skip


async def _count(subject: Subject, market: Market) -> int:
    count = 0
    async for _ in subject.records(market.stock):
        count += 1
    return count


async def _outboxes(market: Market) -> Sequence[str]:
    counts = {name: (await outbox.waiting()).count for name, outbox in market.stock.outboxes.items()}
    return [f"{count:,} events in the outbox of {name}" for name, count in counts.items() if count]


async def _parked(market: Market) -> Sequence[str]:
    count = await market.stock.dead_letters.count(ParkedFilter())
    return [f"{count:,} events that readers have put aside"] if count else []


async def _behind(market: Market) -> Sequence[str]:
    """Readers that have something before them, be it too young for them yet."""
    found = []
    for reader in market.readers:
        for recorded in await reader.subscription.next(1):
            ripe = recorded.event.at + reader.delay
            told = f" (not before {ripe:%Y-%m-%d %H:%M:%S} UTC)" if ripe > market.stock.clock.now() else ""
            found.append(f"the reader {reader.name} is behind{told}")
    return found
