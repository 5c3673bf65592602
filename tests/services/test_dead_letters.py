"""
What an operator does with dead letters, on a market one of whose readers fails.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from attrs import define, evolve, field

from carmarket import Money, open_market
from carmarket.adapters.memory import MemoryBookingRules, MemoryClock
from carmarket.core.booking.rules import BookableCar
from carmarket.core.catalog.car import CarId
from carmarket.core.dead_letters import PAUSES, ParkedEvent, ParkedStatus
from carmarket.core.errors import ConflictError, ForbiddenError, NotFoundError, UnavailableError
from carmarket.core.users.audit import AuditAction
from carmarket.ports.dead_letters import DeadLetterTopic
from carmarket.services.market import Market
from carmarket.testing.builders import NOW, a_dealer, an_admin, some_details

ADMIN, DEALER = an_admin(), a_dealer()
READER = "bookable-cars"


@define
class Fault:
    """What booking knows of cars cannot be written while it is there."""

    is_there: bool = True


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch) -> Fault:
    fault, tell = Fault(), MemoryBookingRules.tell_cars

    async def tell_cars(self: MemoryBookingRules, cars: Sequence[BookableCar]) -> None:
        if fault.is_there and cars:
            raise ValueError("bad luck")
        await tell(self, cars)

    monkeypatch.setattr(MemoryBookingRules, "tell_cars", tell_cars)
    return fault


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture
async def market(clock: MemoryClock, fault: Fault) -> AsyncIterator[Market]:
    assert fault.is_there
    async with open_market("memory://", clock=clock) as market:
        yield market


@pytest.fixture
async def dead(market: Market, clock: MemoryClock) -> ParkedEvent:
    """The first event of a listing that has two more."""
    listing = await market.catalog.draft(DEALER, details=some_details(), price=Money(1, "USD"))
    await market.catalog.publish(DEALER, listing.id)
    for pause in (timedelta(), *PAUSES):
        clock.advance(pause)
        await market.settle()
    found = await market.dead_letters.find(ADMIN, status=ParkedStatus.DEAD)
    assert len(found) == 1
    return found[0]


async def test_a_dead_letter_waits_with_its_queue_and_stops_no_other_reader(market, dead):
    everything = await market.dead_letters.find(ADMIN)

    assert (dead.reader, dead.position, dead.error) == (READER, 1, "ValueError: bad luck")
    assert [one.position for one in everything] == list(range(1, await market.stock.log.last() + 1))
    assert await market.dead_letters.behind(ADMIN, dead) == len(everything) - 1
    assert await market.stock.enquirable_cars.get(CarId(dead.event.key)) is not None
    assert await market.stock.positions.position(READER) == await market.stock.log.last()
    assert await market.dead_letters.find(ADMIN, reader="photos") == ()


async def test_what_is_sent_again_is_worked_off_with_its_queue(market, dead, fault):
    fault.is_there = False
    await market.dead_letters.send_again(ADMIN, dead.reader, dead.position)
    await market.settle()

    known = await market.stock.booking_rules.car(CarId(dead.event.key))
    assert known is not None
    assert known.is_bookable
    assert await market.dead_letters.find(ADMIN) == ()


async def test_all_are_sent_again_after_a_repair(market, dead, fault):
    fault.is_there = False

    assert [one.position for one in await market.dead_letters.send_all_again(ADMIN, READER)] == [dead.position]
    await market.settle()
    assert await market.dead_letters.send_all_again(ADMIN, READER) == []
    assert await market.dead_letters.find(ADMIN) == ()


async def test_what_was_sent_again_in_vain_is_tried_again_and_is_dead_once_more(market, dead, clock):
    await market.dead_letters.send_again(ADMIN, dead.reader, dead.position)
    await market.settle()
    assert (await market.dead_letters.get(ADMIN, dead.reader, dead.position)).tries == 1
    for pause in PAUSES:
        clock.advance(pause)
        await market.settle()

    assert await market.dead_letters.get(ADMIN, dead.reader, dead.position) == dead


async def test_what_is_discarded_is_gone_and_its_queue_is_tried(market, dead, fault):
    fault.is_there = False
    await market.dead_letters.discard(ADMIN, dead.reader, dead.position)
    await market.settle()

    assert await market.dead_letters.find(ADMIN) == ()
    with pytest.raises(NotFoundError):
        await market.dead_letters.get(ADMIN, dead.reader, dead.position)


async def test_only_what_is_dead_is_decided_on(market, dead):
    for decide in (market.dead_letters.send_again, market.dead_letters.discard):
        with pytest.raises(ConflictError):
            await decide(ADMIN, dead.reader, dead.position + 1)
        with pytest.raises(NotFoundError):
            await decide(ADMIN, dead.reader, 99)

    assert await market.users.auditor.find(ADMIN) == ()


async def test_dead_letters_are_for_admins_alone(market, dead):
    service = market.dead_letters
    for asked in (
        service.find(DEALER),
        service.get(DEALER, dead.reader, dead.position),
        service.behind(DEALER, dead),
        service.send_again(DEALER, dead.reader, dead.position),
        service.send_all_again(DEALER, dead.reader),
        service.discard(DEALER, dead.reader, dead.position),
    ):
        with pytest.raises(ForbiddenError):
            await asked

    assert await service.find(ADMIN, status=ParkedStatus.DEAD) == (dead,)


async def test_what_an_operator_decides_is_noted(market, dead):
    await market.dead_letters.send_again(ADMIN, dead.reader, dead.position)

    (entry,) = await market.users.auditor.find(ADMIN, subject=dead.event.key)
    assert (entry.action, entry.actor) == (AuditAction.SEND_DEAD_LETTER_AGAIN, ADMIN.user_id)
    assert entry.detail == "bookable-cars 1 catalog.listing-drafted"


async def test_failures_are_logged_with_their_cause(market, caplog):
    await market.catalog.draft(DEALER, details=some_details(), price=Money(1, "USD"))
    await market.settle()

    (record,) = [one for one in caplog.records if one.name == "carmarket.readers"]
    assert record.levelno == logging.WARNING
    assert "bookable-cars failed at event 1" in record.getMessage()
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ValueError)


@define
class Shown(DeadLetterTopic):
    """Where dead letters are shown; it can be away."""

    is_away: bool = False
    told: list[ParkedEvent] = field(factory=list)

    async def tell(self, dead: ParkedEvent) -> None:
        if self.is_away:
            raise UnavailableError("The topic is away.")
        self.told.append(dead)


async def test_a_dead_letter_is_shown_before_it_is_kept_as_dead(market: Market, clock: MemoryClock) -> None:
    shown = Shown(is_away=True)
    reader = evolve(next(one for one in market.readers if one.name == READER), topic=shown)
    await market.catalog.draft(DEALER, details=some_details(), price=Money(1_000_000, "USD"))
    await reader.step()
    for pause in PAUSES[:-1]:
        clock.advance(pause)
        await reader.step()
    clock.advance(PAUSES[-1])

    # While it cannot be shown nothing is given up, and no try is burnt.
    for _ in range(2):
        with pytest.raises(UnavailableError):
            await reader.step()
    assert await market.dead_letters.find(ADMIN, status=ParkedStatus.DEAD) == ()
    shown.is_away = False
    await reader.step()

    (dead,) = await market.dead_letters.find(ADMIN, status=ParkedStatus.DEAD)
    assert shown.told == [dead]
    assert (dead.reader, dead.tries, dead.error) == (READER, len(PAUSES) + 1, "ValueError: bad luck")
