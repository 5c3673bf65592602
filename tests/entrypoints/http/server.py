"""
`carmarket serve` as a process of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

from attrs import frozen

OFFLINE = """
import socket
known = socket.getaddrinfo

def numeric(host, port, family=0, type=0, proto=0, flags=0):
    return known(host, port, family, type, proto, flags | socket.AI_NUMERICHOST)

socket.getaddrinfo = numeric
from carmarket.entrypoints.cli import main
main()
"""
"""Names are not looked up: whatever a test makes a server do, it stays on this machine."""
COMMAND = (sys.executable, "-c", OFFLINE)
OPENED = re.compile(r"http://(\[[\w:]+\]|[\w.]+):\d+")


@frozen
class Server:
    """A server that listens."""

    process: Popen[str]
    url: str


@contextmanager
def running(*options: str, market: str = "memory://", keys: Path | None = None) -> Iterator[Server]:
    """Serve on any free port until the context ends."""
    env = os.environ | {"CARMARKET_URL": market, "CARMARKET_LIMITS": "off"}
    if keys is not None:
        env["CARMARKET_KEYS"] = str(keys)
    process = Popen(
        [*COMMAND, "serve", "--port", "0", *options],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        found = OPENED.search(said)
        assert found, said
        yield Server(process, found[0])
    finally:
        process.kill()
        process.communicate()
