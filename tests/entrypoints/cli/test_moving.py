"""
`carmarket copy` from one file to another: what it prints, and what stands in its way.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from carmarket import Settings, open_market
from carmarket.adapters.memory import MemoryClock
from carmarket.adapters.sqlite import FileLeadership
from carmarket.testing.builders import NOW
from tests.lively import FakeCourier, liven


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a market that has lived, and is closed."""
    folder, clock = tmp_path_factory.mktemp("lived"), MemoryClock(NOW)

    async def live() -> None:
        settings = Settings(url=f"sqlite:///{folder}/garage.db", mail="memory://")
        async with open_market(settings, clock=clock, courier=FakeCourier()) as market:
            await liven(market, clock)

    asyncio.run(live())
    return folder


@pytest.fixture
def urls(past: Path, tmp_path: Path) -> tuple[str, str]:
    """The market that has lived, and a new one with its keys."""
    shutil.copytree(past, tmp_path, dirs_exist_ok=True)
    shutil.copy2(tmp_path / "garage.db.keys", tmp_path / "new.db.keys")
    return f"sqlite:///{tmp_path}/garage.db", f"sqlite:///{tmp_path}/new.db"


def test_a_market_is_copied_and_proved(run, urls):
    done = run("copy", *urls)
    again = run("copy", *urls, "--json")

    assert (done.code, again.code) == (0, 0)
    assert "differs" not in done.out
    assert "listings" in done.out
    told = {one["subject"]: one for one in again.said}
    assert told["people"]["there"] == told["people"]["here"]
    assert told["people"]["there"]["count"] == 9
    assert len(told["people"]["here"]["checksum"]) == 64
    assert told["cars that can be found"]["here"]["count"] == 4
    assert all(one["is_equal"] for one in again.said)
    assert run("--market", urls[1], "search", "golf", "--json").said["total"] == 1


def test_what_is_not_the_same_ends_with_one(run, urls, tmp_path):
    """The target changes a record behind the copy's back: a trigger puts another text in its place."""
    run("--market", urls[1], "doctor")
    with sqlite3.connect(tmp_path / "new.db") as connection:
        connection.execute(
            "CREATE TRIGGER worn AFTER INSERT ON enquiries BEGIN UPDATE enquiries SET document = "
            "CAST(replace(CAST(document AS TEXT), 'noch', 'doch') AS BLOB); END"
        )

    done = run("copy", *urls)
    said = run("copy", *urls, "--json")

    assert done.code == 1
    assert [line.split("│")[2].strip() for line in done.out.splitlines() if "differs" in line] == ["enquiries"]
    assert said.code == 5
    assert "has enquiries that the other has not" in said.err


def test_a_market_in_memory_takes_the_keys_of_the_other_and_shows_whether_all_can_be_read(run, urls):
    done = run("copy", urls[0], "memory://", "--json")

    assert done.code == 0
    assert all(one["is_equal"] for one in done.said)


def test_a_settings_file_names_a_market_and_the_environment_does_not(run, urls, monkeypatch, tmp_path):
    (tmp_path / "new.toml").write_text(f"[carmarket]\nurl = '{urls[1]}'\n")
    monkeypatch.setenv("CARMARKET_USERS", "mongodb://127.0.0.1:9/nowhere")

    done = run("copy", urls[0], "new.toml", "--json")

    assert done.code == 0
    assert (tmp_path / "new.db").exists()


def test_keys_that_are_not_there_are_asked_for_and_none_are_made(run, urls, tmp_path):
    (tmp_path / "new.db.keys").unlink()
    none = run("copy", *urls)
    made = (tmp_path / "new.db.keys").exists()
    missing = run("copy", f"sqlite:///{tmp_path}/typo.db", urls[1])

    assert (none.code, made) == (2, False)
    assert f"cp -p {tmp_path}/garage.db.keys {tmp_path}/new.db.keys" in none.err
    assert missing.code == 2
    assert "There is no market to copy" in missing.err
    assert not (tmp_path / "typo.db").exists()


def test_other_keys_are_refused(run, urls, tmp_path):
    (tmp_path / "new.db.keys").unlink()
    run("--market", urls[1], "doctor")

    done = run("copy", *urls)

    assert done.code == 2
    assert "different keys" in done.err


def test_a_market_that_is_served_is_left_alone(run, urls, tmp_path):
    leads = FileLeadership(tmp_path / "garage.db.lock")
    asyncio.run(leads.leads())

    done = run("copy", *urls)
    leads.close()

    assert done.code == 5
    assert "A server runs on the market to copy from" in done.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["{0}", "{0}"], "stores of its own"), (["{0}", "nowhere.toml"], "neither a URL nor a file")],
)
def test_what_names_no_other_market_is_refused(run, urls, arguments, told):
    done = run("copy", *(one.format(*urls) for one in arguments))

    assert done.code == 2
    assert told in done.err
