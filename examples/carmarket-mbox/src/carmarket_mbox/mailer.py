"""
One file for all letters, locked while one is put behind the others.
"""

from __future__ import annotations

import asyncio
import os
import time
from mailbox import Error, ExternalClashError, mbox
from pathlib import Path
from typing import Self

from attrs import field, frozen

from carmarket.codec.letters import Sender, parse_sender, write
from carmarket.core.errors import UnavailableError
from carmarket.core.letters import Letter
from carmarket.ports.clock import Clock
from carmarket.ports.mail import Mailer

OWNER_ONLY = 0o600
TRIES, PAUSE = 100, 0.05
"""At the lock, and the seconds between two of them."""


@frozen(kw_only=True)
class MboxMailer(Mailer):
    """Letters hold links that open accounts, so nobody but the owner of the file reads them."""

    path: Path
    sender: Sender
    clock: Clock
    _turn: asyncio.Lock = field(factory=asyncio.Lock, init=False)
    """The file's lock keeps other processes out; of the threads of one it knows nothing."""

    @classmethod
    def of(cls, path: Path, *, sender: str, clock: Clock) -> Self:
        """Letters into this file. Raises: InvalidError for what is no sender."""
        return cls(path=path, sender=parse_sender(sender), clock=clock)

    async def send(self, letter: Letter) -> None:
        message = write(letter, sender=self.sender, now=self.clock.now())
        try:
            # A thread, for the loop serves others meanwhile: locks and disks keep one waiting.
            async with self._turn:
                await asyncio.to_thread(self._append, bytes(message))
        except (OSError, Error) as away:
            raise UnavailableError(f"The mbox does not answer: {away}") from away

    def _append(self, message: bytes) -> None:
        os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT, OWNER_ONLY))
        box = mbox(self.path, create=False)
        try:
            _lock(box)
            box.add(message)
            box.flush()
        finally:
            box.close()


def _lock(box: mbox) -> None:
    """Wait for others who write, for some seconds. Raises: ExternalClashError."""
    for left in reversed(range(TRIES)):
        try:
            box.lock()
        except ExternalClashError:
            if not left:
                raise
            time.sleep(PAUSE)
        else:
            return
