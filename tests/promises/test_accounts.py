"""
R15, R17, R18: log-ins that are refreshed by many at once, tell nothing, and hold nobody up.

It is long, for each promise stands beside its mutants.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import pytest
from attrs import asdict, define, evolve, field

from carmarket import Settings, open_market
from carmarket.adapters.argon2 import Argon2Passwords
from carmarket.adapters.memory import MemoryClock, MemorySessionRepository
from carmarket.core.change import Change
from carmarket.core.errors import UnauthenticatedError, UnavailableError
from carmarket.core.users.session import GRACE, Session, SessionId
from carmarket.ports.security import PasswordHasher
from carmarket.services.market import Market
from carmarket.services.users.sessions import LogIn, SessionService
from carmarket.testing.builders import NOW, an_admin

FULL = os.environ.get("CARMARKET_FULL") == "1"
AT_ONCE = 50
LOG_INS = 200
ROUNDS = 200 if FULL else 10
WORD = "correct horse battery"
ANNA = "anna@example.com"


@pytest.fixture(params=["memory", "sqlite"])
async def market(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Market]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    async with open_market(Settings(url=url, search="memory://"), clock=MemoryClock(NOW)) as market:
        await market.users.people.add(an_admin(), email=ANNA, name="Anna", password=WORD)
        yield market


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


@define
class Counting(PasswordHasher):
    """Counts how often a password is looked at; a mutant looks only where there is an account."""

    inner: PasswordHasher
    has_dummy: bool = True
    verified: int = 0

    async def hash(self, password: str) -> str:
        return await self.inner.hash(password)

    async def verify(self, password: str, hashed: str | None) -> bool:
        if hashed is None and not self.has_dummy:
            return False
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


@pytest.mark.mutant("R17")
async def test_a_log_in_without_a_dummy_is_caught():
    async with open_market("memory://") as market:
        await market.users.people.add(an_admin(), email=ANNA, name="Anna", password=WORD)
        passwords = Counting(market.stock.passwords, has_dummy=False)

        assert await costs(evolve(market.users.sessions, passwords=passwords), passwords) == (1, 0)


@define
class OnTheLoop(Argon2Passwords):
    """A mutant: hashes where everybody else waits."""

    async def _beside(self, work: Callable[[], bool]) -> bool:  # type: ignore[override]  # of verify alone
        return work()


@define
class Watching(Argon2Passwords):
    """Notes on which threads passwords are looked at."""

    threads: set[str] = field(factory=set)

    def _is_right(self, password: str, hashed: str | None) -> bool:
        self.threads.add(threading.current_thread().name)
        return super()._is_right(password, hashed)


@define
class WatchingOnTheLoop(Watching, OnTheLoop):
    pass


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


async def storm(passwords: Watching) -> tuple[list[object], list[float]]:
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
    passwords = Watching()

    ends, late = await storm(passwords)

    passwords.close()
    let_in = [end for end in ends if isinstance(end, LogIn)]
    sent_away = [end for end in ends if isinstance(end, UnavailableError)]
    assert len(let_in) + len(sent_away) == LOG_INS
    assert let_in
    assert sent_away
    assert all(end.retry_after >= 1 for end in sent_away)
    assert threading.main_thread().name not in passwords.threads
    p99 = late[int(len(late) * 0.99)]
    assert not FULL or p99 <= 10
    record_property("figure", f"{LOG_INS} at once: {len(let_in)} let in, loop lag p99 {p99:.1f} ms")


@pytest.mark.mutant("R18")
async def test_hashing_on_the_loop_is_caught():
    passwords = WatchingOnTheLoop()

    await storm(passwords)

    passwords.close()
    assert threading.main_thread().name in passwords.threads
