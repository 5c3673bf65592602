"""
`carmarket demo`: cars, people and their history are there once, and a seeding that was broken off goes on.
"""

from __future__ import annotations

import csv

from carmarket.core.errors import NotFoundError
from carmarket.entrypoints.cli.demo.people import PASSWORD
from carmarket.entrypoints.cli.demo.stock import rows_by_dealer
from carmarket.entrypoints.cli.demo.tale import Tale
from tests.entrypoints.cli.seen import LOG_IN, on, told
from tests.logs import log_of

SMALL = ("demo", "--cars", "40", "--no-pictures")


def test_a_new_market_is_seeded_once(run, tmp_path):
    first = run(*SMALL)
    before = on(tmp_path, lambda market: log_of(market).last())
    again = run(*SMALL)

    assert "40 cars of" in first.out
    assert "nothing is seeded" in again.out
    assert LOG_IN.findall(again.out) == LOG_IN.findall(first.out) != []
    assert PASSWORD in again.out
    assert run("search", "--json").said["total"] == 40
    assert (tmp_path / "market.db.index").exists()
    assert on(tmp_path, lambda market: log_of(market).last()) == before


def test_a_market_with_cars_of_its_own_is_left_alone(run, cars):
    run("import", cars, "--seller", "Best Cars")

    done = run("demo", "--cars", "40")

    assert "nothing is seeded" in done.out
    assert PASSWORD not in done.out
    assert run("search", "--json").said["total"] == 3
    assert run("user", "list", "--json").said == []


def test_a_market_with_people_of_its_own_gets_no_account_with_a_known_password(run, monkeypatch, tmp_path):
    (tmp_path / "password").write_text("quite long enough\n")
    with (tmp_path / "password").open() as typed:
        monkeypatch.setattr("sys.stdin", typed)
        run("user", "add", "--email", "eva@example.com", "--name", "Eva", "--password-stdin")

    done = run(*SMALL)

    assert "nothing is seeded" in done.out
    assert PASSWORD not in done.out
    assert [user["email"] for user in run("user", "list", "--json").said] == ["eva@example.com"]


def test_a_demo_from_before_it_had_people_gets_them(run, tmp_path):
    name, rows = next(iter(rows_by_dealer(40).items()))
    with (tmp_path / "cars.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    run("import", tmp_path / "cars.csv", "--seller", name)

    done = run(*SMALL)

    assert "40 cars of" in done.out
    assert PASSWORD in done.out
    assert run("search", "--json").said["total"] == 40


def test_every_car_has_pictures(run):
    run("demo", "--cars", "3")

    found = run("search", "--json").said

    assert [len(car["photos"]) for car in found["cars"]] == [2, 2, 2]


def test_another_market_gets_the_same_history(run, tmp_path, monkeypatch):
    run(*SMALL)
    once = on(tmp_path, told)
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("CARMARKET_URL", f"sqlite:///{other}/market.db")

    run(*SMALL)

    assert on(other, told) == once
    assert once[0]


def test_a_seeding_that_was_broken_off_goes_on(run, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("CARMARKET_URL", f"sqlite:///{other}/market.db")
    run(*SMALL)
    monkeypatch.setenv("CARMARKET_URL", f"sqlite:///{tmp_path}/market.db")
    done: list[Tale] = []

    async def end_some(tale: Tale) -> None:
        if len(done) == 9:
            raise NotFoundError("Somebody pulled the plug.")
        done.append(tale)
        await end(tale)

    with monkeypatch.context() as patched:
        end = Tale._end
        patched.setattr(Tale, "_end", end_some)
        broken = run(*SMALL)
    half = on(tmp_path, told)

    run(*SMALL)

    assert broken.code != 0
    assert half != on(other, told)
    assert on(tmp_path, told) == on(other, told)
