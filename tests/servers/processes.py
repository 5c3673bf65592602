"""
A server's process: started in a group of its own, waited for, ended as a group.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import frozen

PATIENCE = 60.0
"""Seconds until a server that was started must answer; each takes a tenth of that on an idle machine."""
GRACE = 3.0
_STARTED: list[subprocess.Popen[bytes]] = []
"""Kept, for Python warns of a process that goes on when nobody knows it any more."""


class CannotBeHadError(Exception):
    """A server that this machine cannot have, and why."""


@frozen(kw_only=True)
class Server:
    """A running server."""

    name: str
    version: str
    """As the server itself tells it."""
    url: str
    """As the market's settings take it; new databases, topics and the like are the test's affair."""
    pid: int
    """Of its process, which leads its group."""
    folder: Path
    """Its data and its log."""

    def stop(self) -> None:
        end_group(self.pid)

    def freeze(self) -> None:
        """It answers nobody and closes nothing, as a machine that hangs; until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """At once, with all that it started."""
        self._signal(signal.SIGKILL)
        end_group(self.pid)

    def _signal(self, number: signal.Signals) -> None:
        for pid in family(self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def spawn(command: Sequence[object], folder: Path, **said: Any) -> subprocess.Popen[bytes]:
    """Start it in a group of its own; what it says goes to `server.log` in the folder."""
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [str(part) for part in command], stdin=said.pop("stdin", subprocess.DEVNULL), stdout=log, stderr=log,
            start_new_session=True, cwd=folder, **said,
        )  # fmt: skip
    _STARTED.append(process)
    return process


def run(command: Sequence[object], folder: Path, **said: Any) -> None:
    """Run it to its end. Raises: CannotBeHadError with the last that it said."""
    log = folder / "server.log"
    with log.open("ab") as kept:
        done = subprocess.run(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=kept, stderr=kept, cwd=folder,
            check=False, timeout=300, **said,
        )  # fmt: skip
    if done.returncode:
        raise CannotBeHadError(f"{Path(str(command[0])).name} ended with {done.returncode}: {tail(log)}")


def wait_until(process: subprocess.Popen[bytes], folder: Path, answer: Callable[[], str | None]) -> str:
    """
    What the server answers once it does, such as its version.

    Raises: CannotBeHadError when it has ended, or does not answer in time; then it is ended.
    """
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        with suppress(OSError):
            said = answer()
            if said is not None:
                return said
        time.sleep(0.05)
    end_group(process.pid)
    raise CannotBeHadError(f"It does not answer: {tail(folder / 'server.log')}")


def end_group(pid: int) -> None:
    """End the process and all that it started; by force when they do not heed."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(pid, number)
        if _has_ended(pid):
            return


def family(pid: int) -> Sequence[int]:
    """A process and all that it started; some of them lead groups of their own."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def free_ports(count: int, *, also: int = 0) -> list[int]:
    """Ports that nobody listens on; with `also` the ports that lie so far behind them are free, too."""
    held: list[socket.socket] = []
    ports: list[int] = []
    try:
        while len(ports) < count:
            first = _bound(0)
            held.append(first)
            port = first.getsockname()[1]
            if also and port + also > 65_535:
                continue
            if also:
                try:
                    held.append(_bound(port + also))
                except OSError:
                    continue
            ports.append(port)
    finally:
        for one in held:
            one.close()
    return ports


def tail(log: Path, lines: int = 5) -> str:
    text = log.read_text(errors="replace") if log.exists() else ""
    return " / ".join(text.strip().splitlines()[-lines:])


def environment(**said: str) -> Mapping[str, str]:
    return {**os.environ, **said}


def _bound(port: int) -> socket.socket:
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    return held


def _has_ended(pid: int) -> bool:
    until = time.monotonic() + GRACE
    while time.monotonic() < until:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False
