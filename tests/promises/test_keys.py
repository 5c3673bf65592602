"""
R11: the same request with the same Idempotency-Key has one effect, whatever becomes of its answers.

It is long, for each way to break off stands beside what must come of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, frozen
from httpx import ASGITransport, AsyncClient, Response

from carmarket import open_market
from carmarket.config import Settings
from carmarket.core.actor import Actor
from carmarket.core.booking.booking import Booking
from carmarket.core.booking.events import BookingHeld
from carmarket.core.booking.quote import Quote
from carmarket.core.catalog.events import ListingDrafted
from carmarket.core.catalog.listing import Listing
from carmarket.core.change import Change
from carmarket.services.booking import BookingService
from carmarket.services.catalog import CatalogService
from carmarket.services.market import Market
from carmarket.testing.scheduling import interleaved
from tests.entrypoints.http.booked import a_bookable_car, days, quote
from tests.entrypoints.http.service import GOLF, Service, assert_problem, serving_market
from tests.logs import log_of

RIVALS = 100
TURNS = 60


@frozen(kw_only=True)
class RandomIds(BookingService):
    """A mutant: every request makes an id of its own."""

    async def hold(
        self, actor: Actor, quote: Quote, *, key: str | None = None, fingerprint: str | None = None
    ) -> Booking:
        del key
        return await super().hold(actor, quote, fingerprint=fingerprint)


@frozen(kw_only=True)
class RandomDrafts(CatalogService):
    """A mutant: every request makes a listing of its own, for no calendar refuses the second."""

    async def draft(self, actor: Actor, *, key: str | None = None, **said: Any) -> Listing:
        del key
        return await super().draft(actor, **said)


@frozen(kw_only=True)
class Outcome:
    """What the callers were answered, and what there is afterwards."""

    answered: Counter[int]
    ids: set[str]
    bookings: int
    held: int


@pytest.fixture(params=["memory", "sqlite"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    return Settings(url=url, search="memory://", photos="memory://", limits=None)


@pytest.fixture
async def market(settings: Settings) -> AsyncIterator[Market]:
    async with open_market(settings) as opened:
        yield opened


async def post(service: Service, said: str, key: str) -> Response:
    return await service.ask("POST", "/v1/bookings", "customer", json={"quote": said}, headers={"Idempotency-Key": key})


async def quoted(service: Service, car: str, start: float = 2) -> str:
    text: str = (await quote(service, car, **days(service, start, start + 1))).json()["quote"]
    return text


async def effects(service: Service) -> tuple[int, int]:
    """How many bookings there are, and how many events tell of new ones."""
    page = (await service.ask("GET", "/v1/bookings?limit=100", "customer")).json()
    recorded = await log_of(service.market).read(0, 1_000)
    return len(page["bookings"]), sum(1 for one in recorded if isinstance(one.event, BookingHeld))


async def at_once(service: Service) -> Outcome:
    said = await quoted(service, await a_bookable_car(service))
    answers = await asyncio.gather(*(post(service, said, "once") for _ in range(RIVALS)))
    bookings, held = await effects(service)
    return Outcome(
        answered=Counter(one.status_code for one in answers),
        ids={one.json()["id"] for one in answers if one.status_code == 201},
        bookings=bookings,
        held=held,
    )


@pytest.mark.promise("R11")
async def test_a_key_has_one_effect_and_every_answer_is_the_same_booking(market, record_property):
    async with serving_market(market) as service:
        done = await at_once(service)

    record_property("figure", f"{done.answered[201]} of {RIVALS} answers tell of {done.bookings} booking")
    assert done.answered == {201: RIVALS}
    assert (len(done.ids), done.bookings, done.held) == (1, 1, 1)


@pytest.mark.mutant("R11")
async def test_a_service_that_makes_an_id_a_request_is_caught(market):
    kept = market.booking
    broken = RandomIds(bookings=kept.bookings, rules=kept.rules, clock=kept.clock, ids=kept.ids)
    async with serving_market(evolve(market, booking=broken)) as service:
        done = await at_once(service)

    assert done.answered != {201: RIVALS}


async def drafted_at_once(service: Service) -> tuple[Counter[int], int, int]:
    """What was answered, how many listings were told of, and how many were written."""
    one_key = {"json": GOLF, "headers": {"Idempotency-Key": "once"}}
    answers = await asyncio.gather(*(service.ask("POST", "/v1/listings", "dealer", **one_key) for _ in range(RIVALS)))
    recorded = await log_of(service.market).read(0, 1_000)
    drafted = sum(1 for one in recorded if isinstance(one.event, ListingDrafted))
    return Counter(one.status_code for one in answers), len({one.json()["id"] for one in answers}), drafted


@pytest.mark.promise("R11")
async def test_a_key_drafts_one_listing(market):
    async with serving_market(market) as service:
        assert await drafted_at_once(service) == ({201: RIVALS}, 1, 1)


@pytest.mark.mutant("R11")
async def test_a_catalog_that_makes_a_listing_a_request_is_caught(market):
    kept = market.catalog
    broken = RandomDrafts(listings=kept.listings, clock=kept.clock, ids=kept.ids, lifetime=kept.lifetime)
    async with serving_market(evolve(market, catalog=broken)) as service:
        assert await drafted_at_once(service) == ({201: RIVALS}, RIVALS, RIVALS)


@pytest.mark.promise("R11")
async def test_of_two_requests_under_one_key_one_counts_and_the_other_is_told(market):
    async with serving_market(market) as service:
        car = await a_bookable_car(service)
        said = [await quoted(service, car, start) for start in (2, 9)]

        answers = await asyncio.gather(*(post(service, said[n % 2], "once") for n in range(RIVALS)))

        won = next(n for n, one in enumerate(answers) if one.status_code == 201) % 2
        for n, one in enumerate(answers):
            if n % 2 == won:
                assert one.status_code == 201
            else:
                assert_problem(one, 422, "idempotency-key-reused", field="Idempotency-Key")
        assert await effects(service) == (1, 1)


@pytest.mark.promise("R11")
async def test_a_request_that_breaks_off_anywhere_is_made_good_by_its_repeat(market, monkeypatch, record_property):
    """The caller goes away after so many turns of the loop: before the effect or behind it."""
    monkeypatch.setattr("carmarket.services.booking.MOST_OPEN", 1_000)
    kept = market.booking
    slow = evolve(kept, bookings=interleaved(kept.bookings), rules=interleaved(kept.rules))
    before = behind = 0
    async with serving_market(evolve(market, booking=slow)) as service:
        car = await a_bookable_car(service)
        for turns in range(TURNS):
            said = await quoted(service, car, 2 + 2 * turns)
            broken_off = asyncio.ensure_future(post(service, said, f"key-{turns}"))
            for _ in range(turns):
                await asyncio.sleep(0)
            is_cut = broken_off.cancel()
            with suppress(asyncio.CancelledError):
                await broken_off
            is_there = (await effects(service))[1] > turns
            before, behind = before + (is_cut and not is_there), behind + (is_cut and is_there)

            first, second = await post(service, said, f"key-{turns}"), await post(service, said, f"key-{turns}")

            assert (first.status_code, second.json()) == (201, first.json()), turns
        assert await effects(service) == (TURNS, TURNS)
    assert before > 1
    record_property("figure", f"cut off {before} times before the effect and {behind} times behind it")


@define
class CutOff:
    """Bookings whose caller is broken off right before one is written, or right behind it."""

    bookings: Any
    is_written: bool
    cuts: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.bookings, name)

    async def add(self, change: Change[Booking]) -> None:
        if self.is_written:
            await self.bookings.add(change)
        caller = asyncio.current_task()
        assert caller is not None
        self.cuts += 1
        caller.cancel()
        await asyncio.sleep(0)


@pytest.mark.promise("R11")
@pytest.mark.parametrize("is_written", [False, True])
async def test_a_request_that_breaks_off_beside_its_effect_is_made_good_by_its_repeat(market, is_written):
    cut_off = CutOff(market.booking.bookings, is_written)
    async with serving_market(market) as service:
        said = await quoted(service, await a_bookable_car(service))
        async with serving_market(evolve(market, booking=evolve(market.booking, bookings=cut_off))) as cut:
            with pytest.raises(asyncio.CancelledError):
                await asyncio.create_task(post(cut, said, "once"))
        assert (cut_off.cuts, await effects(service)) == (1, (int(is_written),) * 2)

        first, second = await post(service, said, "once"), await post(service, said, "once")

        assert (first.status_code, second.json()) == (201, first.json())
        assert await effects(service) == (1, 1)


@pytest.mark.promise("R11")
async def test_when_the_answer_is_lost_the_repeat_gets_the_same_booking(market):
    async with serving_market(market) as service:
        said = await quoted(service, await a_bookable_car(service))

        written = await lose_the_answer(service, said)
        repeated = await post(service, said, "once")

        assert (repeated.status_code, repeated.json()["id"]) == (201, written)
        assert await effects(service) == (1, 1)


@pytest.mark.promise("R11")
async def test_after_a_crash_another_process_gives_the_same_booking(tmp_path, record_property):
    """Quotes and ids outlive the process, so the repeat may come to another one."""
    record_property("on", "sqlite")
    settings = Settings(url=f"sqlite:///{tmp_path}/market.db", search="memory://", limits=None)
    async with open_market(settings) as market, serving_market(market) as service:
        said = await quoted(service, await a_bookable_car(service))
        written = await lose_the_answer(service, said)

    async with open_market(settings) as market, serving_market(market) as service:
        repeated = await post(service, said, "once")

        assert (repeated.status_code, repeated.json()["id"]) == (201, written)
        assert await effects(service) == (1, 1)


async def lose_the_answer(service: Service, said: str) -> str:
    """Book over a connection that ends before the answer; the id of what was written."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        async def lose(message: Any) -> None:
            del message

        await service.app(scope, receive, lose)
        raise ConnectionError

    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://market.example") as client:
        with pytest.raises(ConnectionError):
            await post(evolve(service, client=client), said, "once")
    (written,) = (await service.ask("GET", "/v1/bookings", "customer")).json()["bookings"]
    return str(written["id"])
