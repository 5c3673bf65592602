"""
R11: the same request with the same Idempotency-Key has one effect, whatever becomes of its answers.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen
from httpx import ASGITransport, AsyncClient, Response

from carmarket import open_market
from carmarket.config import Settings
from carmarket.core.actor import Actor
from carmarket.core.booking.booking import Booking
from carmarket.core.booking.events import BookingHeld
from carmarket.core.booking.quote import Quote
from carmarket.services.booking import BookingService
from carmarket.services.market import Market
from tests.entrypoints.http.booked import a_bookable_car, days, quote
from tests.entrypoints.http.service import Service, assert_problem, serving_market

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
    recorded = await service.market.stock.log.read(0, 1_000)
    return len(page["bookings"]), sum(1 for one in recorded if isinstance(one.event, BookingHeld))


async def at_once(service: Service) -> Outcome:
    said = await quoted(service, await a_bookable_car(service))
    answers = await asyncio.gather(*(post(service, said, "once") for _ in range(RIVALS)))
    bookings, held = await effects(service)
    return Outcome(
        answered=Counter(one.status_code for one in answers),
        ids={one.json().get("id") for one in answers},
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
    assert len(done.ids) > 1


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
async def test_a_request_that_breaks_off_anywhere_is_made_good_by_its_repeat(market, monkeypatch):
    """The caller goes away after so many turns of the loop: before, in the middle of, or behind the effect."""
    monkeypatch.setattr("carmarket.services.booking.MOST_OPEN", 1_000)
    async with serving_market(market) as service:
        car = await a_bookable_car(service)
        for turns in range(TURNS):
            said = await quoted(service, car, 2 + 2 * turns)
            broken_off = asyncio.ensure_future(post(service, said, f"key-{turns}"))
            for _ in range(turns):
                await asyncio.sleep(0)
            broken_off.cancel()
            with suppress(asyncio.CancelledError):
                await broken_off

            first, second = await post(service, said, f"key-{turns}"), await post(service, said, f"key-{turns}")

            assert (first.status_code, second.json()) == (201, first.json()), turns
        assert await effects(service) == (TURNS, TURNS)


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
