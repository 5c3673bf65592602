"""
Servers that several processes share: started by the first that needs one, ended by whoever opened the folder.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from attrs import frozen

from tests.servers import elasticsearch, kafka, postgres, seaweedfs, secantus, valkey
from tests.servers.processes import CannotBeHadError, Server, end_group

STARTS: Mapping[str, Callable[[Path], Server]] = {
    "postgres": postgres.start,
    "mongo": secantus.start,
    "elasticsearch": partial(elasticsearch.start, outlives=True),
    "kafka": kafka.start,
    "redis": valkey.start,
    "s3": seaweedfs.start,
}
"""By the store that each stands for."""
GIVEN = "CARMARKET_TEST_"
"""With a store's name in capitals behind it: the URL of a server that is there already, such as a container."""


@frozen(kw_only=True)
class Serving:
    """A server that answers, or why there is none."""

    url: str = ""
    told: str = ""
    """What it is and which version, or what is missing."""
    pid: int = 0

    @property
    def is_there(self) -> bool:
        return bool(self.url)


@frozen
class Servers:
    """The servers whose states stand in a folder."""

    folder: Path

    @classmethod
    def open(cls) -> Servers:
        """In a new folder, which everybody can come to: PostgreSQL does not run as root."""
        folder = Path(tempfile.mkdtemp(prefix="carmarket-servers-"))
        folder.chmod(0o755)
        return cls(folder)

    def get(self, store: str) -> Serving:
        """The server for a store: one that is given, or one that is started now unless it has been."""
        given = os.environ.get(f"{GIVEN}{store.upper()}")
        if given:
            return Serving(url=given, told=f"{store} as given")
        state = self.folder / f"{store}.json"
        with _locked(self.folder / f"{store}.lock"):
            if not state.exists():
                state.write_text(json.dumps(self._started(store)))
        return Serving(**json.loads(state.read_text()))

    def all(self) -> Mapping[str, Serving]:
        """All of them, started at the same time."""
        with ThreadPoolExecutor(len(STARTS)) as starting:
            return dict(zip(STARTS, starting.map(self.get, STARTS), strict=True))

    def stop(self) -> None:
        """End what was started here, and leave nothing behind."""
        with ThreadPoolExecutor(len(STARTS)) as stopping:
            list(stopping.map(self._stop, STARTS))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _started(self, store: str) -> dict[str, object]:
        folder = self.folder / store
        folder.mkdir()
        folder.chmod(0o755)
        try:
            server = STARTS[store](folder)
        except CannotBeHadError as missing:
            return {"told": f"{store}: {missing}"}
        return {"url": server.url, "told": f"{server.name} {server.version}", "pid": server.pid}

    def _stop(self, store: str) -> None:
        state = self.folder / f"{store}.json"
        serving = Serving(**json.loads(state.read_text())) if state.exists() else Serving()
        if serving.pid:
            end_group(serving.pid)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
