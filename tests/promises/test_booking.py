"""
R1, R2, R3: a car is never given to two people for the same time.

It is long, for each promise stands beside its mutants.
"""

from __future__ import annotations

import asyncio
import os
from bisect import bisect_left
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from psycopg.errors import ExclusionViolation

from carmarket.adapters.memory import MemoryBookingRepository, MemoryBookingRules, MemoryStore
from carmarket.adapters.postgres import PostgresBookingRepository
from carmarket.adapters.postgres.booking import SQL as POSTGRES
from carmarket.adapters.postgres.booking import _row
from carmarket.adapters.postgres.events import told
from carmarket.adapters.sqlite import SqliteBookingRepository
from carmarket.adapters.sqlite.booking import RECORD, SQL
from carmarket.adapters.sqlite.events import event_rows
from carmarket.codec.documents import encode
from carmarket.core.booking.booking import Booking, BookingId, PeriodTakenError
from carmarket.core.change import Change
from carmarket.core.errors import ConflictError, UnavailableError
from carmarket.core.period import Period, milliseconds
from carmarket.ports.booking import BookingFilter, BookingRepository
from carmarket.ports.events import EventLog
from carmarket.ports.offer import Offer
from carmarket.testing.bookings import CAR, a_block, a_bookable_car, a_hold, from_to, some_rules
from carmarket.testing.builders import NOW
from carmarket.testing.contracts.booking import stores

ADD = POSTGRES["add"]
FULL = os.environ.get("CARMARKET_FULL") == "1"
ATTEMPTS = 100_000 if FULL else 6_000
CLIENTS = 64
SLOTS = 300
RIVALS = 32
Open = Callable[[], AbstractAsyncContextManager[Offer]]
Wrap = Callable[[Any], BookingRepository]


def itself(bookings: Any) -> BookingRepository:
    kept: BookingRepository = bookings
    return kept


class ChecksThenInserts(MemoryBookingRepository):
    """A mutant: looks, lets others have a turn, and writes."""

    async def add(self, change: Change[Booking]) -> None:
        if await self.blockers(change.state.car_id, change.state.blocked):
            raise PeriodTakenError("Taken.")
        await asyncio.sleep(0)
        taken = self._taken.setdefault(change.state.car_id, [])
        begins, ends = milliseconds(change.state.blocked.start), milliseconds(change.state.blocked.end)
        taken.insert(bisect_left(taken, (begins, ends)), (begins, ends, change.state.id))
        self._keep(change)


class ChecksOutside(SqliteBookingRepository):
    """A mutant: looks in one transaction and writes in the next."""

    async def add(self, change: Change[Booking]) -> None:
        booking = change.state
        if await self.blockers(booking.car_id, booking.blocked):
            raise PeriodTakenError("Taken.")
        row = (
            booking.id.bytes, booking.version, booking.status.value, booking.car_id.bytes, booking.seller.bytes,
            booking.customer.bytes, milliseconds(booking.blocked.start), milliseconds(booking.blocked.end), None,
            encode(booking),
        )  # fmt: skip
        await self._database.write(
            lambda it: (it.execute(SQL["insert"], row), it.executemany(RECORD, event_rows(change.events)))
        )


class ChecksFirst(PostgresBookingRepository):
    """A mutant: looks by one command and writes by the next, without the constraint."""

    async def add(self, change: Change[Booking]) -> None:
        await self._database.rows("ALTER TABLE bookings DROP CONSTRAINT IF EXISTS bookings_disjoint")
        booking = change.state
        if await self.blockers(booking.car_id, booking.blocked):
            raise PeriodTakenError("Taken.")
        await self._database.rows(ADD, {**_row(booking), **told(change.events)})


MUTANTS: dict[str, Wrap] = {
    "postgres": lambda kept: ChecksFirst(kept._database),
    "memory": lambda kept: ChecksThenInserts(kept._store, kept._rules),
    "sqlite": lambda kept: ChecksOutside(kept._database),
}


async def overlaps_and_books(bookings: BookingRepository, log: EventLog) -> tuple[int, int, int]:
    """How many bookings overlap the one before them, how many there are, and how many events tell of new ones."""
    kept: list[Booking] = []
    while batch := await bookings.find(BookingFilter(), after=kept[-1].id if kept else None, limit=1_000):
        kept += batch
    blocking = sorted((one.blocked for one in kept if one.blocks), key=lambda period: period.start)
    overlaps = sum(1 for one, two in pairwise(blocking) if one.overlaps(two))
    told, position = 0, 0
    while recorded := await log.read(position, 1_000):
        position = recorded[-1].position
        told += sum(1 for one in recorded if one.event.version == 1)
    return overlaps, len(kept), told


async def herd(open_booking: Open, wrap: Wrap, attempts: int) -> tuple[int, int, int]:
    """Many clients who want any periods of one car, some of which call theirs off again."""
    async with stores(open_booking) as it:
        bookings = wrap(it.bookings)
        numbers = iter(range(1, attempts + 1))

        async def client(seed: int) -> None:
            rng = Random(seed)
            for number in numbers:
                start = rng.randrange(1, 8_000)
                held = a_hold(number, from_to(start, start + rng.choice([1, 2, 24])))
                try:
                    await bookings.add(held)
                except PeriodTakenError:
                    continue
                if rng.random() < 0.5:
                    await bookings.save(held.state.cancel(now=NOW))

        await asyncio.gather(*map(client, range(CLIENTS)))
        return await overlaps_and_books(bookings, it.log)


async def slots(open_booking: Open, wrap: Wrap, count: int) -> tuple[list[str], int]:
    """So many rivals for each of the same slots: what goes wrong, and how many win."""
    async with stores(open_booking) as it:
        bookings = wrap(it.bookings)
        wrong: list[str] = []
        winners = 0

        async def client(rival: int) -> None:
            nonlocal winners
            for slot in range(count):
                try:
                    await bookings.add(a_hold(1 + slot * RIVALS + rival, from_to(24 + slot, 25 + slot)))
                    winners += 1
                except PeriodTakenError:
                    continue
                except Exception as error:  # noqa: BLE001  whatever else happens is what is looked for
                    wrong.append(repr(error))

        await asyncio.gather(*map(client, range(RIVALS)))
        return wrong, winners


@pytest.mark.promise("R1")
async def test_a_herd_on_one_car_never_overlaps(open_catalog, record_property):
    overlaps, kept, told = await herd(open_catalog, itself, ATTEMPTS)

    record_property("figure", f"{overlaps} overlaps in {ATTEMPTS} attempts, {kept} bookings, {told} events")
    assert overlaps == 0
    assert kept == told > ATTEMPTS // 20


@pytest.mark.mutant("R1")
@pytest.mark.parametrize("name", MUTANTS)
async def test_a_store_that_looks_and_then_writes_overlaps(name, request):
    overlaps, _, _ = await herd(request.getfixturevalue(f"open_{name}"), MUTANTS[name], 3_000)

    assert overlaps > 0


@pytest.mark.promise("R2")
async def test_every_slot_has_one_winner_and_nothing_else_goes_wrong(open_catalog, record_property):
    wrong, winners = await slots(open_catalog, itself, SLOTS)

    record_property("figure", f"{winners} winners of {SLOTS} slots with {RIVALS} clients, {len(wrong)} errors")
    assert (wrong, winners) == ([], SLOTS)


class ChangedMindError(Exception):
    """Somebody does not want it after all."""


async def rolled_back(database: Any, sql: str) -> int:
    """A herd on one slot after the other, of which each that writes changes its mind: how many wait in a ring."""
    stuck = 0

    async def client(rival: int) -> None:
        nonlocal stuck
        for slot in range(20):
            change = a_hold(1 + slot * RIVALS + rival, from_to(24 + slot, 25 + slot))

            async def change_ones_mind(cursor: Any, change: Change[Booking] = change) -> None:
                await cursor.execute(sql, {**_row(change.state), **told(change.events)})
                await asyncio.sleep(0.003)
                raise ChangedMindError

            try:
                await database.transact(change_ones_mind)
            except ChangedMindError:
                continue
            except ExclusionViolation:
                continue
            except UnavailableError:  # the limit on locks ends it as soon as the server would look for a ring
                stuck += 1

    await asyncio.gather(*map(client, range(RIVALS)))
    return stuck


@pytest.mark.promise("R2")
async def test_a_herd_that_changes_its_mind_never_deadlocks(open_postgres):
    async with stores(open_postgres) as it:
        bookings: Any = it.bookings

        assert await rolled_back(bookings._database, ADD) == 0


@pytest.mark.mutant("R2")
async def test_a_herd_of_plain_inserts_deadlocks(open_postgres, monkeypatch):
    monkeypatch.setattr("carmarket.adapters.postgres.database.TRIES", 1)
    async with stores(open_postgres) as it:
        bookings: Any = it.bookings

        assert await rolled_back(bookings._database, ADD.replace("ON CONFLICT DO NOTHING", "")) > 0


@pytest.mark.mutant("R2")
@pytest.mark.parametrize("name", MUTANTS)
async def test_a_store_that_looks_and_then_writes_has_too_many_winners(name, request):
    _, winners = await slots(request.getfixturevalue(f"open_{name}"), MUTANTS[name], 50)

    assert winners > 50


class ClosedIntervals(MemoryBookingRepository):
    """A mutant: periods that touch are taken for overlapping."""

    async def add(self, change: Change[Booking]) -> None:
        wider = Period(change.state.blocked.start, change.state.blocked.end + timedelta(milliseconds=1))
        if await self.blockers(change.state.car_id, wider):
            raise PeriodTakenError("Taken.")
        await super().add(change)


class Transitions(RuleBasedStateMachine):
    """Bookings of one car and its seller's own times through every order of steps, beside a model."""

    kind: type[MemoryBookingRepository] = MemoryBookingRepository

    def __init__(self) -> None:
        super().__init__()
        rules = MemoryBookingRules()
        self.bookings = self.kind(MemoryStore(), rules)
        self.model: dict[BookingId, Booking] = {}
        self.loop = asyncio.new_event_loop()
        self.number = 0
        self.run(rules.tell_cars([a_bookable_car()]))

    def teardown(self) -> None:
        self.loop.close()

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def add(self, new: Change[Booking]) -> None:
        is_free = not any(one.blocks and one.blocked.overlaps(new.state.blocked) for one in self.model.values())
        try:
            self.run(self.bookings.add(new))
        except PeriodTakenError:
            assert not is_free, new.state.blocked
        else:
            assert is_free, new.state.blocked
            self.model[new.state.id] = new.state

    @rule(start=st.integers(1, 12), length=st.integers(1, 4), buffer=st.sampled_from([0, 30]))
    def book(self, start: int, length: int, buffer: int) -> None:
        self.number += 1
        self.add(
            a_hold(self.number, from_to(start, start + length), rules=some_rules(buffer=timedelta(minutes=buffer)))
        )

    @rule(start=st.integers(1, 12), length=st.integers(1, 4))
    def block(self, start: int, length: int) -> None:
        self.number += 1
        self.add(a_block(self.number, from_to(start, start + length)))

    @rule(
        which=st.integers(0, 30),
        step=st.sampled_from(["request", "instant", "confirm", "decline", "cancel", "complete", "miss", "expire"]),
        hours=st.sampled_from([0, 1, 13, 60]),
    )
    def go_on(self, which: int, step: str, hours: int) -> None:
        if not self.model:
            return
        booking = list(self.model.values())[which % len(self.model)]
        now = NOW + timedelta(hours=hours)
        decide: dict[str, Callable[[], Change[Booking]]] = {
            "request": lambda: booking.request(now=now, instant=False),
            "instant": lambda: booking.request(now=now, instant=True),
            "confirm": lambda: booking.confirm(now=now),
            "decline": lambda: booking.decline("No.", now=now),
            "cancel": lambda: booking.cancel(now=now),
            "complete": lambda: booking.complete(now=now),
            "miss": lambda: booking.miss(now=now),
            "expire": lambda: booking.expire(now=now),
        }
        try:
            change = decide[step]()
        except ConflictError:
            return
        self.run(self.bookings.save(change))
        self.model[booking.id] = change.state

    @invariant()
    def nobody_shares(self) -> None:
        blocking = self.run(self.bookings.blockers(CAR, from_to(-1, 1_000)))
        assert [one.id for one in blocking] == [
            one.id for one in sorted(self.model.values(), key=lambda one: one.blocked.start) if one.blocks
        ]
        assert not any(one.blocked.overlaps(two.blocked) for one, two in pairwise(blocking))


class ClosedTransitions(Transitions):
    kind = ClosedIntervals


class SameBeginning(MemoryBookingRepository):
    """A mutant: only periods that begin together are taken for overlapping."""

    async def add(self, change: Change[Booking]) -> None:
        begins, ends = milliseconds(change.state.blocked.start), milliseconds(change.state.blocked.end)
        taken = self._taken.setdefault(change.state.car_id, [])
        if any(one[0] == begins for one in taken):
            raise PeriodTakenError("Taken.")
        taken.insert(bisect_left(taken, (begins, ends)), (begins, ends, change.state.id))
        self._keep(change)


class OverlappingTransitions(Transitions):
    kind = SameBeginning


EXAMPLES = settings(max_examples=10_000 if FULL else 300, stateful_step_count=25, deadline=None)


@pytest.mark.promise("R3")
def test_two_bookings_never_both_block_through_every_order_of_steps(record_property):
    record_property("on", "memory")
    record_property("figure", f"{EXAMPLES.max_examples} runs of up to 25 steps")
    run_state_machine_as_test(Transitions, settings=EXAMPLES)


@pytest.mark.mutant("R3")
@pytest.mark.parametrize("broken", [ClosedTransitions, OverlappingTransitions])
def test_intervals_that_are_too_wide_or_too_narrow_are_caught(broken):
    with pytest.raises(AssertionError):
        run_state_machine_as_test(broken, settings=settings(EXAMPLES, max_examples=300, database=None))


@pytest.mark.promise("R3")
async def test_bookings_on_either_side_of_a_change_of_clocks_touch_and_do_not_overlap(open_catalog):
    """In Berlin clocks go from 2 to 3 on 29 March 2026 and from 3 to 2 on 25 October 2026."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    berlin = ZoneInfo("Europe/Berlin")
    turns = [
        Period(datetime(2026, 10, 25, 2, 30, tzinfo=berlin), datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=1)),
        Period(datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=1), datetime(2026, 10, 25, 3, 30, tzinfo=berlin)),
        Period(datetime(2027, 3, 28, 1, 0, tzinfo=berlin), datetime(2027, 3, 28, 3, 0, tzinfo=berlin)),
        Period(datetime(2027, 3, 28, 3, 0, tzinfo=berlin), datetime(2027, 3, 28, 4, 0, tzinfo=berlin)),
    ]
    async with stores(open_catalog) as it:
        for number, period in enumerate(turns, start=1):
            await it.bookings.add(a_hold(number, period))
        with pytest.raises(PeriodTakenError):
            await it.bookings.add(a_hold(9, Period(turns[0].start, turns[0].start + timedelta(minutes=90))))

        assert [period.end - period.start for period in turns[:3]] == [timedelta(hours=1)] * 3
        assert await it.bookings.get(BookingId(UUID(int=9))) is None
