"""
R15, R17, R18: log-ins that are refreshed by many at once, tell nothing, and hold nobody up.

It is long, for each promise stands beside its mutants.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher as Argon2
from attrs import asdict, define, evolve

from carmarket import Settings, open_market
from carmarket.adapters.argon2 import Argon2Passwords
from carmarket.adapters.argon2.passwords import LANES, MEMORY_KIB, PASSES
from carmarket.adapters.memory import MemoryClock, MemorySessionRepository
from carmarket.core.change import Change
from carmarket.core.errors import UnauthenticatedError, UnavailableError
from carmarket.core.users.session import GRACE, Session, SessionId
from carmarket.ports.security import PasswordHasher
from carmarket.services.market import Market
from carmarket.services.users.sessions import LogIn, SessionService
from carmarket.testing.builders import NOW, an_admin
from tests.mongo import new_database

FULL = os.environ.get("CARMARKET_FULL") == "1"
AT_ONCE = 50
LOG_INS = 200
ROUNDS = 200 if FULL else 10
WORD = "correct horse battery"
ANNA = "anna@example.com"


@pytest.fixture(params=["memory", "sqlite", "mongo"])
async def market(request: pytest.FixtureRequest) -> AsyncIterator[Market]:
    settings = request.getfixturevalue(f"{request.param}_people")
    async with open_market(settings, clock=MemoryClock(NOW)) as market:
        await market.users.people.add(an_admin(), email=ANNA, name="Anna", password=WORD)
        yield market


@pytest.fixture
def memory_people() -> Settings:
    return Settings(url="memory://")


@pytest.fixture
def sqlite_people(tmp_path: Path) -> Settings:
    return Settings(url=f"sqlite:///{tmp_path}/market.db", search="memory://")


@pytest.fixture
def mongo_people(server_of: Callable[[str], str], tmp_path: Path) -> Iterator[Settings]:
    with new_database(server_of("mongo")) as fresh:
        yield Settings(url="memory://", users=fresh, keys=str(tmp_path / "keys"))


class StrictSession(Session):
    """A mutant: whoever comes second with a token is a thief."""

    def refresh(self, token: str, *, secret: bytes, now: datetime) -> Change[Session]:
        return super().refresh(token, secret=secret, now=now + (GRACE * 2 if self.number > 1 else timedelta(0)))


class StrictSessions(MemorySessionRepository):
    async def get(self, session_id: SessionId) -> Session | None:
        stored = await super().get(session_id)
        return stored and StrictSession(**asdict(stored, recurse=False))


class LastOneWins(MemorySessionRepository):
    """A mutant: it never looks at versions, and each refresh has a seed of its own."""

    async def get(self, session_id: SessionId) -> Session | None:
        stored = await super().get(session_id)
        await asyncio.sleep(0)
        return stored

    async def save(self, change: Change[Session]) -> None:
        self._sessions[change.state.id] = evolve(change.state, seed=f"{change.state.seed}{len(change.state.seed)}")


async def refreshed_at_once(sessions: SessionService, login: LogIn) -> tuple[set[str], int]:
    """The successors that many who come at once with one token get, and how many were logged out."""
    ends = await asyncio.gather(*(sessions.refresh(login.refresh) for _ in range(AT_ONCE)), return_exceptions=True)
    assert all(isinstance(end, (LogIn, UnauthenticatedError)) for end in ends), ends
    return {end.refresh for end in ends if isinstance(end, LogIn)}, sum(not isinstance(end, LogIn) for end in ends)


async def live(sessions: SessionService, tokens: set[str]) -> int:
    """How many of the tokens still lead on."""
    lead = 0
    for token in tokens:
        try:
            await sessions.refresh(token)
            lead += 1
        except UnauthenticatedError:
            continue
    return lead


@pytest.mark.promise("R15")
async def test_many_who_refresh_at_once_share_one_successor(market, record_property):
    sessions: SessionService = market.users.sessions
    login = await sessions.log_in(email=ANNA, password=WORD)

    successors, logged_out = await refreshed_at_once(sessions, login)

    assert (len(successors), logged_out) == (1, 0)
    market.stock.clock.advance(GRACE + timedelta(seconds=1))
    with pytest.raises(UnauthenticatedError):
        await sessions.refresh(login.refresh)
    assert await live(sessions, successors) == 0
    record_property("figure", f"{AT_ONCE} at once: {len(successors)} successor, {logged_out} logged out")


@pytest.mark.mutant("R15")
@pytest.mark.parametrize("kind", [StrictSessions, LastOneWins])
async def test_a_strict_and_a_careless_store_are_caught(kind):
    async with open_market("memory://", clock=MemoryClock(NOW)) as market:
        await market.users.people.add(an_admin(), email=ANNA, name="Anna", password=WORD)
        sessions = evolve(market.users.sessions, sessions=kind())
        login = await sessions.log_in(email=ANNA, password=WORD)

        successors, logged_out = await refreshed_at_once(sessions, login)

        assert len(successors) > 1 or logged_out > 0


class Forgiving(Session):
    """A mutant: nothing comes of an old token that comes late."""

    def refresh(self, token: str, *, secret: bytes, now: datetime) -> Change[Session]:
        change = super().refresh(token, secret=secret, now=now)
        return change if change.state.ended_at is None else Change(base=self.version, state=self, events=())


class ForgivingSessions(MemorySessionRepository):
    async def get(self, session_id: SessionId) -> Session | None:
        stored = await super().get(session_id)
        return stored and Forgiving(**asdict(stored, recurse=False))


async def around_a_theft(market: Market, sessions: SessionService) -> tuple[int, int]:
    """How many successors lead on before an old token comes back late, and how many after."""
    login = await sessions.log_in(email=ANNA, password=WORD)
    successor = (await sessions.refresh(login.refresh)).refresh
    successor = (await sessions.refresh(successor)).refresh
    assert isinstance(market.stock.clock, MemoryClock)
    market.stock.clock.advance(GRACE + timedelta(seconds=1))
    before = await live(sessions, {successor})
    with suppress(UnauthenticatedError):
        await sessions.refresh(login.refresh)
    return before, await live(sessions, {successor})


@pytest.mark.promise("R15")
async def test_an_old_token_that_comes_back_late_ends_the_session(market):
    assert await around_a_theft(market, market.users.sessions) == (1, 0)


@pytest.mark.mutant("R15")
async def test_a_session_that_forgives_an_old_token_is_caught():
    async with open_market("memory://", clock=MemoryClock(NOW)) as market:
        await market.users.people.add(an_admin(), email=ANNA, name="Anna", password=WORD)

        assert await around_a_theft(market, evolve(market.users.sessions, sessions=ForgivingSessions())) == (1, 1)


@define
class Counting(PasswordHasher):
    """Counts how often a password is looked at; its own contract holds what that costs where there is no hash."""

    inner: PasswordHasher
    verified: int = 0

    async def hash(self, password: str) -> str:
        return await self.inner.hash(password)

    async def verify(self, password: str, hashed: str | None) -> bool:
        self.verified += 1
        return await self.inner.verify(password, hashed)

    def is_outdated(self, hashed: str) -> bool:
        return self.inner.is_outdated(hashed)

    def is_common(self, password: str) -> bool:
        return self.inner.is_common(password)


async def refused(sessions: SessionService, email: str) -> None:
    with pytest.raises(UnauthenticatedError):
        await sessions.log_in(email=email, password="not the password")


async def costs(sessions: SessionService, passwords: Counting) -> tuple[int, int]:
    """How often a password is looked at for a known and for an unknown address."""
    counted = []
    for email in (ANNA, "nobody@example.com"):
        before = passwords.verified
        await refused(sessions, email)
        counted.append(passwords.verified - before)
    return counted[0], counted[1]


@pytest.mark.promise("R17")
async def test_an_unknown_address_costs_what_a_wrong_password_does(tmp_path, record_property):
    async with open_market(f"sqlite:///{tmp_path}/market.db") as market:
        await market.users.people.add(an_admin(), email=ANNA, name="Anna", password=WORD)
        passwords = Counting(market.stock.passwords)
        sessions = evolve(market.users.sessions, passwords=passwords)
        assert await costs(sessions, passwords) == (1, 1)

        taken: dict[str, list[float]] = {ANNA: [], "nobody@example.com": []}
        for _ in range(ROUNDS):
            for email, times in taken.items():
                start = process_time()
                await refused(sessions, email)
                times.append(process_time() - start)

        known, unknown = (median(times) for times in taken.values())
        assert not FULL or abs(unknown / known - 1) <= 0.05
        record_property("on", "sqlite")
        record_property("figure", f"unknown / wrong password: {unknown / known:.3f} of the time over {ROUNDS} each")


class LooksForTheAccountFirst(SessionService):
    """A mutant: who has no account is told so at once."""

    async def log_in(self, *, email: str, **more: Any) -> LogIn:
        if await self.users.by_email(email) is None:
            raise UnauthenticatedError("The e-mail address or the password is wrong.")
        return await super().log_in(email=email, **more)


@pytest.mark.mutant("R17")
async def test_a_log_in_that_looks_for_the_account_first_is_caught():
    async with open_market("memory://") as market:
        await market.users.people.add(an_admin(), email=ANNA, name="Anna", password=WORD)
        passwords = Counting(market.stock.passwords)
        kept = evolve(market.users.sessions, passwords=passwords)

        assert await costs(LooksForTheAccountFirst(**asdict(kept, recurse=False)), passwords) == (1, 0)


class Watching(Argon2):
    """Notes on which threads passwords are hashed and looked at."""

    def __init__(self) -> None:
        super().__init__(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
        self.threads: set[str] = set()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.threads.add(threading.current_thread().name)
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  argon2 names it so
        self.threads.add(threading.current_thread().name)
        return super().verify(hash, password)


class HashesOnTheLoop(Argon2Passwords):
    """A mutant: makes hashes where everybody else waits."""

    async def hash(self, password: str) -> str:
        return self._argon2.hash(password)


class VerifiesOnTheLoop(Argon2Passwords):
    """A mutant: looks at passwords where everybody else waits."""

    async def verify(self, password: str, hashed: str | None) -> bool:
        return self._is_right(password, hashed)


async def lags(work: Awaitable[object]) -> list[float]:
    """How much later than wished the loop comes back, in milliseconds, while the work is done."""
    late: list[float] = []
    task = asyncio.ensure_future(work)
    while not task.done():
        start = perf_counter()
        await asyncio.sleep(0.002)
        late.append((perf_counter() - start - 0.002) * 1_000)
    await task
    return sorted(late)


async def storm(passwords: Argon2Passwords) -> tuple[list[object], list[float]]:
    """Many log-ins at once: how each ended, and how late the loop was."""
    async with open_market("memory://") as market:
        people = evolve(market.users.people, passwords=passwords)
        await people.add(an_admin(), email=ANNA, name="Anna", password=WORD)
        sessions = evolve(market.users.sessions, passwords=passwords)
        await sessions.log_in(email=ANNA, password=WORD)
        ends: list[object] = []

        async def all_at_once() -> None:
            ends.extend(
                await asyncio.gather(
                    *(sessions.log_in(email=ANNA, password=WORD) for _ in range(LOG_INS)), return_exceptions=True
                )
            )

        late = await lags(all_at_once())
        return ends, late


@pytest.mark.promise("R18")
async def test_many_log_ins_hold_nobody_up_and_too_many_are_sent_away(record_property):
    watching = Watching()
    passwords = Argon2Passwords(watching)

    ends, late = await storm(passwords)

    passwords.close()
    let_in = [end for end in ends if isinstance(end, LogIn)]
    sent_away = [end for end in ends if isinstance(end, UnavailableError)]
    assert len(let_in) + len(sent_away) == LOG_INS
    assert let_in
    assert sent_away
    assert all(end.retry_after >= 1 for end in sent_away)
    assert watching.threads
    assert threading.main_thread().name not in watching.threads
    p99 = late[int(len(late) * 0.99)]
    assert not FULL or p99 <= 10
    record_property("figure", f"{LOG_INS} at once: {len(let_in)} let in, loop lag p99 {p99:.1f} ms")


@pytest.mark.mutant("R18")
@pytest.mark.parametrize("kind", [HashesOnTheLoop, VerifiesOnTheLoop])
async def test_hashing_on_the_loop_is_caught(kind):
    watching = Watching()
    passwords = kind(watching)

    await storm(passwords)

    passwords.close()
    assert threading.main_thread().name in watching.threads
