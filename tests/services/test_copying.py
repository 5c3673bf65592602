"""
Copying a market: all of it goes over, nobody is told again, and what went wrong on the way is seen.

It is long, for each subject has its mutants, and each thing that stands in the way a test.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from carmarket import SearchQuery, Settings, open_market
from carmarket.adapters.memory import MemoryClock
from carmarket.codec.canonical import canonical
from carmarket.core.catalog.listing import ListingId
from carmarket.core.change import Change
from carmarket.core.dead_letters import ParkedEvent
from carmarket.core.errors import ConflictError, InvalidError, UnavailableError
from carmarket.ports.catalog import ListingFilter
from carmarket.services.copying import copying
from carmarket.services.copying.copying import FOUND, SUBJECTS, compare, copy_market
from carmarket.services.copying.files import Files
from carmarket.services.copying.proof import Compared
from carmarket.services.copying.subjects import Kept, Subject
from carmarket.services.market import Market
from carmarket.services.stock import Stock
from carmarket.testing.builders import NOW, a_published
from carmarket.testing.users import a_user
from tests.e2e.story.by_library import WORD
from tests.lively import FakeCourier, Lived, letters, liven
from tests.rows import rows_of


@frozen(kw_only=True)
class Past:
    """A market that is closed, and when that was."""

    folder: Path
    lived: Lived
    now: datetime


Opened = Callable[[str], AbstractAsyncContextManager[Market]]


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """A market on one file that has lived, for each test to have a copy of."""
    folder, clock = tmp_path_factory.mktemp("lived"), MemoryClock(NOW)

    async def live() -> Lived:
        async with open_market(_settings("source", folder), clock=clock, courier=FakeCourier()) as market:
            lived = await liven(market, clock)
            assert letters(market)
            return lived

    with ThreadPoolExecutor(1) as aside:  # whoever asks for it may have a loop that runs
        return Past(folder=folder, lived=aside.submit(asyncio.run, live()).result(), now=clock.now())


def _settings(name: str, folder: Path) -> Settings:
    """All of them have the same keys."""
    url = "memory://" if name == "memory" else f"sqlite:///{folder}/{name}.db"
    return Settings(url=url, keys=str(folder / "keys"), mail="memory://")


@pytest.fixture
def clock(past: Past) -> MemoryClock:
    return MemoryClock(past.now)


@pytest.fixture
def courier() -> FakeCourier:
    return FakeCourier()


@pytest.fixture
def opened(past: Past, tmp_path: Path, clock: MemoryClock, courier: FakeCourier) -> Opened:
    """Opens a market by a name: "source" has lived, others are new. Their clock goes alike."""
    shutil.copytree(past.folder, tmp_path, dirs_exist_ok=True)
    return lambda name: open_market(_settings(name, tmp_path), clock=clock, courier=courier)


@pytest.fixture
async def source(opened: Opened) -> AsyncIterator[Market]:
    async with opened("source") as market:
        yield market


@pytest.fixture
async def target(opened: Opened) -> AsyncIterator[Market]:
    async with opened("target") as market:
        yield market


@pytest.fixture
def lived(past: Past) -> Lived:
    return past.lived


def unlike(compared: Sequence[Compared]) -> set[str]:
    return {one.subject for one in compared if not one.is_equal}


async def test_all_tables_are_alike_afterwards(source, target, lived, tmp_path):
    compared = await copy_market(source, target, canonical=canonical)

    before, after = rows_of(tmp_path / "source.db"), rows_of(tmp_path / "target.db")
    assert unlike(compared) == set()
    assert {name for name, rows in before.items() if not rows} == {"parked_events"}
    assert after == before
    assert {one.subject for one in compared if not one.there.count} == set()
    assert [one.subject for one in compared] == [*(one.name for one in SUBJECTS), FOUND]


@pytest.mark.parametrize("names", [("memory", "sqlite"), ("sqlite", "memory"), ("memory", "memory")])
async def test_a_market_in_memory_is_copied_too(opened, clock, names):
    async with opened(names[0]) as source, opened(names[1]) as target:
        await liven(source, clock)

        assert unlike(await copy_market(source, target, canonical=canonical)) == set()
        assert unlike(await compare(target, source, canonical=canonical)) == set()


async def test_nobody_is_told_and_life_goes_on(source, target, lived, clock, courier):
    await copy_market(source, target, canonical=canonical)
    await target.settle()

    assert (letters(source), letters(target), courier.posted) == (0, 0, [])
    assert await target.stock.log.last() == 0
    login = await target.users.sessions.log_in(email=lived.seeker.email, password=WORD)
    assert (await target.users.sessions.refresh(lived.refresh)).user.id == login.user.id
    mine, theirs = [
        [hit.car.id for hit in (await one.search.find(SearchQuery(words="vw glof"))).page.hits]
        for one in (source, target)
    ]
    assert mine == theirs != []
    (golf,) = await target.stock.listings.get_many([ListingId(mine[0])])
    await target.stock.listings.save(golf.pause(now=clock.now()))
    await target.settle()
    assert (await target.search.find(SearchQuery(words="vw glof"))).page.total == 0
    assert {one.event.type for one in courier.posted} == {"catalog.listing-paused"}


async def test_a_copy_that_brings_events_too_is_caught_telling_integrators(source, target, lived, courier):
    """A mutant: what happened there happens here again."""
    await copy_market(source, target, canonical=canonical)

    log, position = source.stock.log, 0
    while recorded := await log.read(position, 500):
        await target.stock.publisher.publish([one.event for one in recorded])
        position = recorded[-1].position
    await target.settle()

    assert courier.posted != []


async def test_a_copy_that_forgets_what_was_told_is_caught_writing_letters(source, target, lived, monkeypatch):
    """A mutant: alerts come as if nobody had been told of them."""
    untold = [
        evolve(one, write=lambda stock, page: stock.alerts.add([evolve(alert, told_at=None) for alert in page]))
        if isinstance(one, Kept) and one.name == "alerts"
        else one
        for one in SUBJECTS
    ]
    monkeypatch.setattr(copying, "SUBJECTS", tuple(untold))

    assert unlike(await copy_market(source, target, canonical=canonical)) == {"alerts"}
    await target.settle()

    assert letters(target) > 0


async def test_an_index_is_there_for_who_opens_the_market_without_its_file(source, target, lived, opened, tmp_path):
    await copy_market(source, target, canonical=canonical)
    (tmp_path / "target.db.index").unlink()

    async with opened("target") as again:
        found = (await again.search.find(SearchQuery())).page.total

    assert found == (await source.search.find(SearchQuery())).page.total > 0


async def test_a_copy_can_be_repeated_and_changes_nothing(source, target, lived, tmp_path):
    await copy_market(source, target, canonical=canonical)
    before = rows_of(tmp_path / "target.db")

    assert unlike(await copy_market(source, target, canonical=canonical)) == set()
    assert rows_of(tmp_path / "target.db") == before


@pytest.mark.parametrize("broken", [one.name for one in SUBJECTS])
async def test_a_copy_that_was_broken_off_goes_on(source, target, lived, monkeypatch, broken):
    await _broken_off(source, target, monkeypatch, broken)

    assert unlike(await compare(source, target, canonical=canonical)) != set()
    assert unlike(await copy_market(source, target, canonical=canonical)) == set()


async def test_a_copy_that_was_broken_off_does_not_go_on_from_another_source(source, target, lived, monkeypatch, clock):
    await _broken_off(source, target, monkeypatch, "listings")
    await source.users.accounts.introduce(
        lived.seeker.key, name="Zoë", language=(await source.users.accounts.me(lived.seeker.key)).language
    )
    clock.advance(timedelta(hours=1))
    await source.settle()

    with pytest.raises(ConflictError) as refused:
        await copy_market(source, target, canonical=canonical)

    assert "people that the other has not" in refused.value.message
    assert "9 people" in str(refused.value.value)


async def _broken_off(source: Market, target: Market, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A copy whose store is away after the first record of this subject."""

    def subject(one: Subject) -> Subject:
        if one.name != name:
            return one
        return evolve(one, write=_once(one.write)) if isinstance(one, Kept) else BreaksOff()

    with monkeypatch.context() as patched:
        patched.setattr(copying, "SUBJECTS", tuple(map(subject, SUBJECTS)))
        with pytest.raises(UnavailableError):
            await copy_market(source, target, canonical=canonical)


def _once(write: Callable[[Stock, Sequence[Any]], Awaitable[object]]) -> Callable[[Stock, Sequence[Any]], Any]:
    async def once(stock: Stock, page: Sequence[Any]) -> None:
        await write(stock, page[:1])
        raise UnavailableError("The store is away.")

    return once


class BreaksOff(Files):
    async def move(self, source: Stock, target: Stock) -> None:
        async for key in source.blobs.keys():
            info = await source.blobs.info(key)
            assert info
            await target.blobs.put(key, source.blobs.stream(key), content_type=info.content_type)
            raise UnavailableError("The store is away.")


async def test_a_market_that_holds_something_else_is_not_copied_into(source, target, lived):
    await target.stock.users.save(Change.brought(a_user(5).state))
    await target.stock.listings.save(Change.brought(a_published(6).state))

    with pytest.raises(ConflictError) as refused:
        await copy_market(source, target, canonical=canonical)

    assert (refused.value.field, refused.value.value) == ("to", "1 people, 1 listings")
    assert "an empty market" in str(refused.value.expected)


async def test_a_market_whose_readers_have_something_before_them_is_not_copied_into(source, target, lived):
    await target.stock.listings.save(a_published(6))

    with pytest.raises(ConflictError) as refused:
        await copy_market(source, target, canonical=canonical)

    assert refused.value.field == "to"
    assert "the reader bookable-cars is behind" in str(refused.value.value)


@pytest.mark.parametrize("used", ["source", "target"])
async def test_a_market_that_somebody_leads_is_left_alone(opened, clock, used):
    async with opened(used) as leading:
        assert await leading.stock.leadership.leads()
        async with opened("source") as source, opened("target") as target:
            with pytest.raises(ConflictError) as refused:
                await copy_market(source, target, canonical=canonical)

    assert refused.value.field == {"source": "from", "target": "to"}[used]
    assert "A server runs" in refused.value.message


async def test_what_is_not_told_to_the_last_is_told_first(source, target, lived, clock):
    draft = (await source.stock.listings.find(ListingFilter(), limit=1))[0]
    await source.stock.listings.save(draft.archive(now=clock.now()))

    async def refusal(*, settle: bool) -> str:
        with pytest.raises(ConflictError) as refused:
            await copy_market(source, target, canonical=canonical, settle=settle)
        return str(refused.value.value)

    assert "the reader webhooks is behind; " in f"{await refusal(settle=False)}; "
    assert await refusal(settle=True) == "the reader afterwards is behind (not before 2026-05-12 13:16:00 UTC)"
    clock.advance(timedelta(minutes=16))
    assert unlike(await copy_market(source, target, canonical=canonical, settle=True)) == set()


@pytest.mark.parametrize("side", ["from", "to"])
async def test_what_happens_during_a_copy_is_noticed(source, target, lived, side):
    market = {"from": source, "to": target}[side]

    class Lively(Files):
        """Somebody opens an account while files are copied."""

        async def move(self, source: Stock, target: Stock) -> None:
            await super().move(source, target)
            await market.stock.users.save(a_user(5))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(copying, "SUBJECTS", (Lively(), *SUBJECTS[1:]))
        with pytest.raises(ConflictError) as refused:
            await copy_market(source, target, canonical=canonical)

    assert refused.value.field == side
    assert "the reader erasure is behind" in str(refused.value.value)


async def test_events_that_were_put_aside_are_an_operators_first(source, target, lived):
    event = a_published(1).events[0]
    await source.stock.dead_letters.park([ParkedEvent.of("webhooks", 1, event, now=NOW)])

    with pytest.raises(ConflictError) as refused:
        await copy_market(source, target, canonical=canonical)

    assert refused.value.value == "1 events that readers have put aside"


async def test_a_market_with_other_keys_is_not_copied_into(source, tmp_path, clock):
    settings = Settings(url=f"sqlite:///{tmp_path}/other.db", mail="memory://")
    async with open_market(settings, clock=clock) as target:
        with pytest.raises(InvalidError) as refused:
            await copy_market(source, target, canonical=canonical)

    assert refused.value.field == "keys"


# Mutants: a copy that loses or alters one record, of whichever subject, is caught.

ALTERED: dict[str, Callable[[Any], Any]] = {
    "people": lambda one: evolve(one, name=f"{one.name}."),
    "dealers": lambda one: evolve(one, website="https://elsewhere.example"),
    "sessions": lambda one: evolve(one, number=one.number + 1),
    "reset requests": lambda one: evolve(one, at=one.at + timedelta(milliseconds=1)),
    "audit log": lambda one: evolve(one, detail="no"),
    "saved searches": lambda one: evolve(one, asked="make=audi"),
    "alerts": lambda one: evolve(one, told_at=None),
    "listings": lambda one: evolve(one, expires_at=NOW),
    "imports": lambda one: evolve(one, line=one.line + 1),
    "cars to book": lambda one: evolve(one, is_bookable=not one.is_bookable),
    "dealers' rules": lambda one: evolve(one, renewals=one.renewals + 1),
    "bookings": lambda one: evolve(one, version=one.version + 1),
    "cars to ask about": lambda one: evolve(one, version=one.version + 1),
    "enquiries": lambda one: evolve(one, messages=(evolve(one.messages[0], text="?"), *one.messages[1:])),
    "bookings to review": lambda one: evolve(one, customer=None),
    "reviews": lambda one: evolve(one, stars=1),
    "webhooks": lambda one: evolve(one, is_active=not one.is_active),
    "deliveries": lambda one: evolve(one, attempts=one.attempts + 1),
}


class Careless(Files):
    """Flips a bit of the first file, which keeps its size."""

    async def move(self, source: Stock, target: Stock) -> None:
        await super().move(source, target)
        async for key in target.blobs.keys():
            data, info = await target.blobs.get(key), await target.blobs.info(key)
            assert data
            assert info
            await target.blobs.put(key, bytes([data[0] ^ 1]) + data[1:], content_type=info.content_type)
            return


class Forgetful(Files):
    """Leaves the last file out."""

    async def move(self, source: Stock, target: Stock) -> None:
        await super().move(source, target)
        keys = [key async for key in target.blobs.keys()]
        await target.blobs.delete(keys[-1])


Mutate = Callable[[Subject], Subject]


def _altering(one: Subject) -> Subject:
    if not isinstance(one, Kept):
        return Careless()
    altered: Subject = evolve(one, write=lambda stock, page: one.write(stock, [ALTERED[one.name](page[0]), *page[1:]]))
    return altered


def _losing(one: Subject) -> Subject:
    if not isinstance(one, Kept):
        return Forgetful()
    losing: Subject = evolve(one, write=lambda stock, page: one.write(stock, page[:-1]))
    return losing


def test_every_subject_has_its_mutants():
    assert {one.name for one in SUBJECTS} == {*ALTERED, Files().name}


@pytest.mark.parametrize("name", [one.name for one in SUBJECTS])
@pytest.mark.parametrize("mutated", [_altering, _losing])
async def test_a_copy_that_loses_or_alters_one_record_is_caught(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, name: str, mutated: Mutate
) -> None:
    monkeypatch.setattr(copying, "SUBJECTS", tuple(mutated(one) if one.name == name else one for one in SUBJECTS))
    async with opened("source") as source, opened("target") as target:
        assert name in unlike(await copy_market(source, target, canonical=canonical))
