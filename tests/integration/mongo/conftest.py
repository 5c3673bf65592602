"""
Servers of a test's own, for what cannot be done to one that is shared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.mongo import new_database
from tests.servers import secantus
from tests.servers.processes import Server


@pytest.fixture
def url(server_of: Callable[[str], str]) -> Iterator[str]:
    """Of a database that nobody has used."""
    with new_database(server_of("mongo")) as fresh:
        yield fresh


@pytest.fixture
def server(server_of: Callable[[str], str], tmp_path: Path) -> Iterator[Server]:
    """One that may be stopped or killed; where there is none to share there is none of one's own either."""
    server_of("mongo")
    own = secantus.start(tmp_path)
    yield own
    own.stop()
