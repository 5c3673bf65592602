"""
Commands of carmarket that go on, as processes of their own over a market's settings.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define

from carmarket import Settings

DEADLINE = 90.0
STORES = ("users", "search", "events", "cache", "photos", "keys")


@define
class Running:
    """A process, and what it has said."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes]

    def said(self, text: str) -> bool:
        return text in self.log.read_text()

    def end(self) -> int:
        """Asked politely; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        self.process = _started(self.command, self.environment, self.log)


@contextmanager
def carmarket(settings: Settings, folder: Path, *command: str) -> Iterator[Running]:
    """It says what it says into a file of the folder; at the end it is gone."""
    environment = {**os.environ, **told(settings), "CARMARKET_LIMITS": "off"}
    environment.setdefault("CARMARKET_MAIL", f"eml:///{folder}/mail")
    log = folder / f"{command[0]}.log"
    running = Running(command, environment, log, _started(command, environment, log))
    try:
        yield running
    finally:
        running.kill()


def told(settings: Settings) -> dict[str, str]:
    """The settings as variables of the environment."""
    urls = {name: getattr(settings, name) for name in ("url", *STORES)}
    return {f"CARMARKET_{name.upper()}": str(url) for name, url in urls.items() if url is not None}


def until(holds: Callable[[], Any], *, within: float = DEADLINE) -> None:
    ends = time.monotonic() + within
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.05)


def _started(command: tuple[str, ...], environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as said:
        return subprocess.Popen(
            [Path(sys.executable).with_name("carmarket"), *command], stdout=said, stderr=said, env=environment
        )
