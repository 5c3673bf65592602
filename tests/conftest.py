"""
What all tests share.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from attrs import define, field

from carmarket.adapters.memory import offer as memory_offer
from carmarket.adapters.postgres import migrate
from carmarket.adapters.postgres import offer as postgres_offer
from carmarket.adapters.sqlite import offer as sqlite_offer
from tests.servers.running import Servers

FOLDER = "CARMARKET_TEST_SERVERS"
"""Where the servers of this run of the tests are, for all its processes."""
IS_CI = os.environ.get("CI") == "true"


def pytest_configure(config: pytest.Config) -> None:
    """The process that begins a run has the servers, and its workers share them."""
    if FOLDER not in os.environ:
        servers = Servers.open()
        os.environ[FOLDER] = str(servers.folder)
        config.add_cleanup(servers.stop)


def pytest_sessionstart(session: pytest.Session) -> None:
    """In CI all are started at once, say what they are, and have to be there; elsewhere each when it is needed."""
    teller = session.config.pluginmanager.get_plugin("terminalreporter")
    if IS_CI and teller is not None and not hasattr(session.config, "workerinput"):
        told = [one.told for one in Servers(Path(os.environ[FOLDER])).all().values()]
        teller.write_line(f"servers: {', '.join(told)}")


@pytest.fixture(scope="session")
def server_of() -> Callable[[str], str]:
    """The URL of a genuine server for a store; a machine that cannot have it skips the test, and CI fails."""

    def server_of(store: str) -> str:
        serving = Servers(Path(os.environ[FOLDER])).get(store)
        if not serving.is_there:
            (pytest.fail if IS_CI else pytest.skip)(serving.told)
        return serving.url

    return server_of


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """asyncio alone; at session scope, so that synchronous fixtures can choose among asynchronous ones."""
    return ("asyncio", {})


@pytest.fixture
def open_memory() -> Any:
    """Opens a new, empty store in memory each time it is called."""
    return lambda: memory_offer("memory://")


@pytest.fixture
def open_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Opens a new, empty database each time it is called."""

    def opened() -> Any:
        folder: Path = tmp_path_factory.mktemp("sqlite")
        return sqlite_offer(f"sqlite:///{folder}/market.db")

    return opened


@pytest.fixture(scope="session")
def postgres_template(server_of: Callable[[str], str]) -> str:
    """A migrated database that others are copied from; this process has one of its own."""
    name = f"template_{uuid4().hex}"
    server = server_of("postgres")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    with ThreadPoolExecutor(1) as aside:  # whoever asks for it may have a loop that runs
        aside.submit(asyncio.run, migrate(in_database(server, name))).result()
    return name


@define
class Databases:
    """Opens a new, empty database each time it is called; `again` opens the last one once more."""

    server: str
    template: str
    urls: list[str] = field(factory=list)

    def __call__(self) -> Any:
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {self.template} STRATEGY file_copy")
        self.urls.append(in_database(self.server, name))
        return self.again()

    def again(self) -> Any:
        return postgres_offer(self.urls[-1])

    def close(self) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            for url in self.urls:
                connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")


@pytest.fixture
def open_postgres(server_of: Callable[[str], str], postgres_template: str) -> Iterator[Databases]:
    databases = Databases(server_of("postgres"), postgres_template)
    yield databases
    databases.close()


def in_database(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def open_catalog(request: pytest.FixtureRequest) -> Any:
    """Every adapter of the catalog's ports in turn."""
    return request.getfixturevalue(f"open_{request.param}")


@pytest.fixture
def open_mongo(server_of: Callable[[str], str]) -> Any:
    """Opens a new, empty database each time it is called."""
    from tests.mongo import opened

    return lambda: opened(server_of("mongo"))


@pytest.fixture(params=["memory", "sqlite", "mongo"])
def open_people(request: pytest.FixtureRequest) -> Any:
    """Every adapter of the ports of people, reviews and saved searches in turn."""
    return request.getfixturevalue(f"open_{request.param}")
