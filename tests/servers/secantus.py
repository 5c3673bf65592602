"""
SecantusDB, which speaks MongoDB's protocol. A process of its own and nothing that the market depends on.
"""

from __future__ import annotations

import socket
import sys
from importlib.metadata import Distribution
from pathlib import Path

from tests.servers.downloads import wheels
from tests.servers.processes import Server, environment, free_ports, spawn, wait_until


def start(folder: Path) -> Server:
    """What was acknowledged is on disk. Raises: CannotBeHadError."""
    (port,) = free_ports(1)
    (folder / "data").mkdir()
    return launch(folder, port)


def launch(folder: Path, port: int) -> Server:
    """Start it on data that there is. Raises: CannotBeHadError."""
    packages = wheels()
    command = [
        sys.executable, packages / "bin" / "secantusd-py", "--host", "127.0.0.1", "--port", str(port),
        "--storage-path", folder / "data", "--log-level", "WARNING", "--sync-on-commit",
    ]  # fmt: skip
    process = spawn(command, folder, env=environment(PYTHONPATH=str(packages)))
    version = wait_until(process, folder, lambda: _version(packages, port))
    return Server(
        name="secantusdb", version=version, url=f"mongodb://127.0.0.1:{port}/carmarket", pid=process.pid, folder=folder
    )


def _version(packages: Path, port: int) -> str | None:
    socket.create_connection(("127.0.0.1", port), 1).close()
    (found,) = packages.glob("secantusdb-*.dist-info")
    return Distribution.at(found).version
