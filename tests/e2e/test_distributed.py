"""
A market over the six genuine stores, as its operator meets it.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from attrs import evolve

from carmarket import Settings, open_market
from carmarket.adapters.postgres.statements import migrations
from carmarket.bootstrap import prepare_stores
from carmarket.core.errors import InvalidError, UnavailableError
from tests.conftest import in_database
from tests.distributed import settings_of
from tests.servers.processes import free_ports

STORES = ("users", "search", "events", "cache", "photos", "keys")


@pytest.fixture
def settings(server_of: Callable[[str], str], tmp_path: Path) -> Any:
    """Over stores in which nothing is made yet."""
    name = f"new_{uuid4().hex}"
    with psycopg.connect(server_of("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield settings_of(server_of, in_database(server_of("postgres"), name), tmp_path)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run(settings: Settings, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own, told of the stores as an operator tells them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CARMARKET_")}
    told = {f"CARMARKET_{name.upper()}": str(getattr(settings, name)) for name in ("url", *STORES)}
    return subprocess.run(
        [Path(sys.executable).with_name("carmarket"), *command], capture_output=True, text=True, check=False,
        env={**environment, **told, "CARMARKET_MAIL": f"eml:///{folder}/mail"}, timeout=60,
    )  # fmt: skip


def test_an_operator_is_told_what_is_missing_prepares_it_and_finds_all_well(settings, tmp_path):
    before = run(settings, tmp_path, "doctor", "--json")
    unprepared = {one["name"]: one for one in json.loads(before.stdout)["findings"]}
    assert before.returncode == 1
    assert "run carmarket migrate" in unprepared["listings"]["value"]
    assert "run carmarket migrate" in unprepared["photos is away"]["value"]

    first, second = (run(settings, tmp_path, "migrate", "--json") for _ in range(2))
    after = run(settings, tmp_path, "doctor", "--json")

    newest = max(migrations())
    assert json.loads(first.stdout)["catalog"] == f"schema {newest}, {newest} migrations carried out"
    assert json.loads(second.stdout).keys() == {"catalog", "users", "search", "photos", "events"}
    assert json.loads(second.stdout)["catalog"] == f"schema {newest}, no migrations carried out"
    told = {one["name"]: one["value"] for one in json.loads(after.stdout)["findings"]}
    assert after.returncode == 0, after.stdout
    assert [told[f"{name} answers"].split()[0] for name in ("catalog", "users", "search", "events", "cache")] == [
        "PostgreSQL", "MongoDB", "Elasticsearch", "Kafka,", "Valkey",
    ]  # fmt: skip
    assert told["catalog outbox"] == told["users outbox"] == "empty"
    assert told["search answers"].split(", ")[1].endswith(".1")
    assert told["index"] == told["search fallback"] == "0 of 0 published cars, 0 events behind"
    assert told["readers"] == "all 16 have worked off what happened"
    assert "answer" not in after.stderr


def test_a_store_that_is_away_hides_nothing_that_the_doctor_finds_elsewhere(settings, tmp_path):
    run(settings, tmp_path, "migrate")
    (port,) = free_ports(1)
    away = {"search": f"elasticsearch://127.0.0.1:{port}/none", "events": f"kafka://127.0.0.1:{port}/none"}

    done = run(evolve(settings, **away), tmp_path, "doctor", "--json")

    ill = {one["name"] for one in json.loads(done.stdout)["findings"] if not one["is_well"]}
    told = {one["name"]: one["value"] for one in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert ill == {"search is away", "events is away", "index", "readers"}
    assert (told["listings"], told["catalog outbox"], done.stderr) == ("none", "empty", "")


async def test_many_who_prepare_at_once_are_all_done(settings):
    done = await asyncio.gather(*(prepare_stores(settings) for _ in range(3)))

    newest = max(migrations())
    assert sorted(one["catalog"] for one in done) == [
        f"schema {newest}, {newest} migrations carried out", *[f"schema {newest}, no migrations carried out"] * 2,
    ]  # fmt: skip


async def test_a_store_that_is_away_is_named(settings, tmp_path):
    away = Settings(
        url="memory://", catalog="postgresql://nobody@127.0.0.1:9/none", mail="memory://", keys=str(tmp_path / "keys")
    )

    with pytest.raises(UnavailableError):
        await prepare_stores(away)
    done = await asyncio.to_thread(run, away, tmp_path, "doctor", "--json")
    assert done.returncode != 0


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"users": None}, "users"),
        ({"search": None}, "search"),
        ({"search": "memory://"}, "search"),
        ({"keys": None}, "keys"),
        ({"photos": None}, "photos"),
        ({"mail": None}, "mail"),
        ({"events": "redis://127.0.0.1:9"}, "events"),
        ({"users": "sqlite:///{folder}/people.db"}, "users"),
    ],
)
async def test_a_url_that_keeps_something_else_is_refused_with_its_setting(server_of, tmp_path, said, field):
    wrong = {name: url and url.format(folder=tmp_path) for name, url in said.items()}
    settings = settings_of(server_of, server_of("postgres"), tmp_path, **wrong)

    with pytest.raises(InvalidError) as refused:
        async with open_market(settings):
            pass

    assert refused.value.field == field
