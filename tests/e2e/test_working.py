"""
Serving and doing the jobs in processes of their own: `carmarket serve --no-workers` and `carmarket work`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from carmarket import Settings
from carmarket.adapters.jwt import open_key_file
from carmarket.bootstrap import prepare_stores
from carmarket.testing.builders import a_dealer
from tests.distributed import settings_of
from tests.entrypoints.http.server import OPENED
from tests.entrypoints.http.service import GOLF
from tests.running import Running, carmarket, until
from tests.servers.processes import free_ports

ALREADY = "The jobs of"


@pytest.fixture(params=["embedded", "distributed"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "embedded":
        return Settings(url=f"sqlite:///{tmp_path}/market.db", keys=f"{tmp_path}/keys")
    databases, server_of = request.getfixturevalue("open_postgres"), request.getfixturevalue("server_of")
    databases()
    settings = settings_of(server_of, databases.urls[-1], tmp_path)
    asyncio.run(prepare_stores(settings))
    return settings


@contextmanager
def selling(settings: Settings, serving: Running) -> Iterator[httpx.Client]:
    """A dealer at the server, once it serves."""
    until(lambda: serving.said("The shop is open"))
    url = OPENED.search(serving.log.read_text())
    assert url
    tokens, _ = open_key_file(str(settings.keys))
    token = tokens.sign(a_dealer(), now=datetime.now(UTC), lifetime=timedelta(hours=1))
    with httpx.Client(base_url=url[0], headers={"Authorization": f"Bearer {token}", "If-Match": "*"}) as client:
        yield client


def published(client: httpx.Client) -> str:
    """The id of a new car, as soon as it is found."""
    car = str(client.post("/v1/listings", json=GOLF).raise_for_status().json()["id"])
    client.post(f"/v1/listings/{car}/publish").raise_for_status()
    until(lambda: client.get("/v1/cars?words=golf").json()["total"] == 1)
    return car


@pytest.mark.slow
def test_one_process_serves_and_another_does_the_jobs(settings, tmp_path):
    with (
        carmarket(settings, tmp_path, "serve", "--port", "0", "--no-workers") as serving,
        carmarket(settings, tmp_path, "work") as working,
    ):
        with selling(settings, serving) as client:
            car = published(client)
            # What other subjects know of the car comes by the worker alone.
            client.put("/v1/booking-rules", json={"time_zone": "Europe/Berlin", "hours": {"monday": ["09:00-18:00"]}})
            until(lambda: client.get(f"/v1/cars/{car}/calendar").is_success)

        assert working.said(ALREADY)
        assert (serving.end(), working.end()) == (0, 0)
        assert not working.said("Traceback")


@pytest.mark.slow
def test_without_a_worker_a_car_is_searched_where_its_own_process_can_and_nothing_else_is_done(tmp_path):
    settings = Settings(url=f"sqlite:///{tmp_path}/market.db", keys=f"{tmp_path}/keys")
    with (
        carmarket(settings, tmp_path, "serve", "--port", "0", "--no-workers") as serving,
        selling(settings, serving) as client,
    ):
        car = published(client)

        assert client.get(f"/v1/cars/{car}/calendar").status_code == 404


@pytest.mark.slow
def test_a_worker_waits_for_stores_that_are_away_and_ends_when_it_is_told(tmp_path):
    ports = free_ports(5)
    settings = Settings(
        url=f"postgresql://nobody@127.0.0.1:{ports[0]}/none", users=f"mongodb://127.0.0.1:{ports[1]}/none",
        search=f"elasticsearch://127.0.0.1:{ports[2]}/none", events=f"kafka://127.0.0.1:{ports[3]}/none",
        cache=f"redis://127.0.0.1:{ports[4]}", photos=f"file:///{tmp_path}/photos", keys=f"{tmp_path}/keys",
    )  # fmt: skip
    with carmarket(settings, tmp_path, "work") as working:
        until(lambda: working.said("waits for a component that is away"))

        assert working.process.poll() is None
        assert working.end() == 0
