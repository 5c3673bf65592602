"""
`carmarket demo`: the stock is there once, and a seeding that was broken off goes on.
"""

from __future__ import annotations


def test_a_new_market_is_seeded_once(run, tmp_path):
    first = run("demo", "--cars", "40", "--no-pictures")
    again = run("demo", "--cars", "40", "--no-pictures")

    assert "40 cars of" in first.out
    assert "nothing is seeded" in again.out
    assert run("search", "--json").said["total"] == 40
    assert (tmp_path / "market.db.index").exists()


def test_a_market_with_cars_of_its_own_is_left_alone(run, cars):
    run("import", cars, "--seller", "Best Cars")

    done = run("demo", "--cars", "40")

    assert "nothing is seeded" in done.out
    assert run("search", "--json").said["total"] == 3


def test_every_car_has_pictures(run):
    run("demo", "--cars", "3")

    found = run("search", "--json").said

    assert [len(car["photos"]) for car in found["cars"]] == [2, 2, 2]
