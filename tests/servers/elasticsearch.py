"""
Elasticsearch, one node started from its jars.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.servers.downloads import jars, java
from tests.servers.processes import Server, free_ports, spawn, wait_until

JAVA = Path(__file__).parent / "java"
FLAGS = (
    "-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.disable.jmx=true",
    "-Dlog4j2.StatusLogger.level=OFF", "-Dlog4j2.formatMsgNoLookups=true", "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true", "-Dio.netty.recycler.maxCapacityPerThread=0",
    "-Des.set.netty.runtime.available.processors=false", "-Djna.nosys=true",
)  # fmt: skip
_INPUTS: dict[int, Any] = {}
"""It ends when its standard input closes, so that is kept open as long as this process lives."""


def start(folder: Path, *, outlives: bool = False) -> Server:
    """With `outlives` it goes on when this process has ended. Raises: CannotBeHadError."""
    (port,) = free_ports(1)
    return launch(folder, port, outlives=outlives)


def launch(folder: Path, port: int, *, outlives: bool = False) -> Server:
    """Start it on data that there is. Raises: CannotBeHadError."""
    lib = jars(JAVA / "elasticsearch.xml")
    command: list[str | Path] = [java(), *FLAGS, "-cp", f"{lib}/*", JAVA / "EsNode.java", folder, str(port)]
    if outlives:
        command = ["sh", "-c", 'sleep 2147483647 | "$0" "$@"', *command]
    process = spawn(command, folder, stdin=subprocess.DEVNULL if outlives else subprocess.PIPE)
    _INPUTS[process.pid] = process.stdin
    version = wait_until(process, folder, lambda: _version(port))
    return Server(
        name="elasticsearch", version=version, url=f"elasticsearch://127.0.0.1:{port}", pid=process.pid, folder=folder
    )


def _version(port: int) -> str | None:
    with urlopen(f"http://127.0.0.1:{port}/", timeout=1) as answer:
        return str(json.load(answer)["version"]["number"])
