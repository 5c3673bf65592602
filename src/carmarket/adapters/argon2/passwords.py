"""
Argon2id at the cost that OWASP names, beside the event loop and never more at once than the machine bears.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError
from attrs import define, field
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from carmarket.core.errors import UnavailableError
from carmarket.core.users.password import SHORTEST
from carmarket.ports.security import PasswordHasher

T = TypeVar("T")
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
"""OWASP Password Storage Cheat Sheet: m=19 MiB, t=2, p=1."""
MOST_WAITING = 32
"""More would wait for longer than a request may take."""
MOST_COMMON = 3_000


@define
class Argon2Passwords(PasswordHasher):
    """
    One core is left to the event loop: hashing on it would hold up everybody else for tens of milliseconds.

    Who comes when too many wait is sent away to come again, so that no log-in waits in vain.
    """

    _argon2: Argon2 = field(factory=lambda: Argon2(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES))
    _threads: ThreadPoolExecutor = field(
        factory=lambda: ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1), "passwords"), init=False
    )
    _waiting: int = field(default=0, init=False)
    _dummy: str = field(default="", init=False)

    async def hash(self, password: str) -> str:
        return await self._beside(lambda: self._argon2.hash(password))

    async def verify(self, password: str, hashed: str | None) -> bool:
        is_right = await self._beside(lambda: self._is_right(password, hashed))
        return is_right and hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        return self._argon2.check_needs_rehash(hashed)

    def is_common(self, password: str) -> bool:
        return password.casefold() in _common()

    def close(self) -> None:
        """Let the thread end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _is_right(self, password: str, hashed: str | None) -> bool:
        if not self._dummy:  # made at the first log-in, whoever that is, so that opening a market costs nothing
            self._dummy = self._argon2.hash("nobody has this password")
        try:
            return self._argon2.verify(self._dummy if hashed is None else hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _beside(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise UnavailableError("Too many are logging in at this moment.", retry_after=1.0)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


@cache
def _common() -> frozenset[str]:
    """The most common passwords of those that are long enough at all."""
    passwords: Sequence[str] = FREQUENCY_LISTS["passwords"]
    return frozenset(islice((one for one in passwords if len(one) >= SHORTEST), MOST_COMMON))
