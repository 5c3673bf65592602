"""
A file a letter, put in place by a rename.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Self

from attrs import frozen

from carmarket.codec.letters import Sender, parse_sender, write
from carmarket.core.errors import UnavailableError
from carmarket.core.letters import Letter
from carmarket.ports.clock import Clock
from carmarket.ports.mail import Mailer


@frozen(kw_only=True)
class EmlMailer(Mailer):
    """
    Each letter once, as `20260501-120000-<id>.eml`: by name they stand in the order of their sending.

    Letters hold links that open accounts, so nobody but the owner of the market reads them.
    """

    folder: Path
    sender: Sender
    clock: Clock

    @classmethod
    def of(cls, folder: Path, *, sender: str, clock: Clock) -> Self:
        """
        Letters into this folder.

        Raises: InvalidError for what is no sender.
        """
        return cls(folder=folder, sender=parse_sender(sender), clock=clock)

    async def send(self, letter: Letter) -> None:
        now = self.clock.now()
        message = write(letter, sender=self.sender, now=now)
        name = f"{now:%Y%m%d-%H%M%S}-{letter.id}.eml"
        try:
            await asyncio.to_thread(self._keep, name, str(letter.id), bytes(message))
        except OSError as error:
            raise UnavailableError(f"The folder of letters does not answer: {error}") from error

    def _keep(self, name: str, letter_id: str, message: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if next(self.folder.glob(f"*-{letter_id}.eml"), None) is not None:
            return
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".", suffix=".unfinished", delete=False) as file:
            unfinished = Path(file.name)
            try:
                file.write(message)
                file.flush()
                os.fsync(file.fileno())
                unfinished.replace(self.folder / name)
            finally:
                unfinished.unlink(missing_ok=True)
        _flush(self.folder)


def _flush(folder: Path) -> None:
    """A rename is on disk when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
