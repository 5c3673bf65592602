"""
A server, and the command line beside it on the same database.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.entrypoints.http.server import COMMAND, Server, running

DEADLINE = 20


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(market=f"sqlite:///{tmp_path}/market.db") as opened:
        yield opened


def carmarket(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=os.environ | {"CARMARKET_URL": f"sqlite:///{folder}/market.db"},
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def seconds_until(holds: Callable[[], Any]) -> float:
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() < begun + DEADLINE
        time.sleep(0.01)
    return time.monotonic() - begun


@pytest.mark.slow
def test_what_the_command_line_changes_is_soon_in_the_servers_search(server, tmp_path, record_property):
    Image.new("RGB", (400, 300), "red").save(tmp_path / "red.png")
    (tmp_path / "cars.csv").write_text("Stock #,Make,Model,Price,Photos\nA1,Ford,Ka,900,red.png\nA2,Ford,Ka,800,\n")

    def cars() -> Any:
        return httpx.get(f"{server.url}/v1/cars").json()

    carmarket(tmp_path, "import", "cars.csv", "--seller", "Best Cars")
    added = seconds_until(lambda: cars()["total"] == 2)
    pictured = seconds_until(lambda: any(car["photos"] for car in cars()["cars"]))
    photo = next(car["photos"][0] for car in cars()["cars"] if car["photos"])
    carmarket(tmp_path, "listing", "sell", cars()["cars"][0]["car"]["id"])
    sold = seconds_until(lambda: cars()["total"] == 1)

    record_property("figure", f"{added:.3f} s until added, {pictured:.3f} s until pictured, {sold:.3f} s until sold")
    assert httpx.get(server.url + photo["sizes"]["small"]).headers["content-type"] == "image/jpeg"


@pytest.mark.slow
def test_a_backup_beside_a_server_can_be_restored(server, tmp_path):
    (tmp_path / "cars.csv").write_text("Stock #,Make,Model,Price\n" + "".join(f"A{n},Ford,Ka,900\n" for n in range(50)))
    carmarket(tmp_path, "import", "cars.csv", "--seller", "Best Cars")
    seconds_until(lambda: httpx.get(f"{server.url}/v1/cars").json()["total"] == 50)

    carmarket(tmp_path, "backup", "copy")
    carmarket(tmp_path, "--market", f"sqlite:///{tmp_path}/other.db", "restore", "copy")

    with running(market=f"sqlite:///{tmp_path}/other.db") as other:
        assert httpx.get(f"{other.url}/v1/cars").json()["total"] == 50


@pytest.mark.slow
def test_a_second_start_takes_the_index_from_its_file(tmp_path):
    market = f"sqlite:///{tmp_path}/market.db"
    (tmp_path / "cars.csv").write_text("Stock #,Make,Model,Price\nA1,Ford,Ka,900\n")
    carmarket(tmp_path, "import", "cars.csv", "--seller", "Best Cars")
    with running(market=market) as first:
        first.process.terminate()
        first.process.wait(timeout=30)

    with running(market=market) as second:
        assert (tmp_path / "market.db.index").exists()
        assert httpx.get(f"{second.url}/v1/cars").json()["total"] == 1
