"""
`carmarket import` and `carmarket export`: a dealer's file goes in, and comes out as it was.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

from PIL import Image

from carmarket.entrypoints.cli.importing import pictures_in

COUNTS = ("added", "updated", "unchanged", "withdrawn", "failed")


def counts(said: dict[str, int]) -> tuple[int, ...]:
    return tuple(said[name] for name in COUNTS)


def test_a_file_goes_in_and_its_cars_are_found(run, cars):
    done = run("import", cars, "--seller", "Best Cars", "--json")
    found = run("search", "golf under 15k 2019 diesel", "--json").said

    assert done.code == 0
    assert counts(done.said) == (3, 0, 0, 0, 0)
    assert {one["column"]: one["field"] for one in done.said["columns"]}["Mileage (mi)"] == "odometer"
    assert [found["total"], found["cars"][0]["title"]] == [1, "2019 Volkswagen Golf GTI"]
    assert set(found) >= {"total", "understood", "facets", "cars", "next"}


def test_the_same_file_twice_changes_nothing(run, cars):
    run("import", cars, "--seller", "Best Cars")

    again = run("import", cars, "--seller", " best  CARS", "--json")

    assert counts(again.said) == (0, 0, 3, 0, 0)


def test_a_person_is_told_what_was_matched_and_what_came_of_it(run, cars):
    done = run("import", cars, "--seller", "Best Cars")

    assert "3 added, 0 updated, 0 unchanged, 0 withdrawn, 0 failed" in done.out
    assert "Mileage (mi)" in done.err
    assert "odometer" in done.err


def test_rows_that_fail_are_written_down_corrected_and_taken(run, cars):
    cars.write_text(cars.read_text().replace("Honda,Civic", "Honda,").replace("31000", "a lot"))

    done = run("import", cars, "--seller", "Best Cars", "--json")

    assert counts(done.said) == (1, 0, 0, 0, 2)
    failed = Path(done.said["failed_rows"])
    with failed.open() as file:
        rows = list(csv.DictReader(file))
    assert [row["carmarket line"] for row in rows] == ["3", "4"]
    assert "model" in rows[0]["carmarket reason"]
    assert rows[1]["carmarket value"] == "a lot"
    failed.write_text(failed.read_text().replace("Honda,,", "Honda,Civic,").replace(",a lot,Miami", ",31000,Miami"))
    again = run("import", failed, "--seller", "Best Cars", "--json")
    assert counts(again.said) == (2, 0, 0, 0, 0)


def test_a_dry_run_says_what_would_be(run, cars):
    done = run("import", cars, "--seller", "Best Cars", "--dry-run")

    assert "Would be: 3 added" in done.out
    assert run("search", "--json").said["total"] == 0


def test_a_full_file_that_leaves_too_much_out_ends_with_an_error(run, cars):
    run("import", cars, "--seller", "Best Cars")
    header, first, *_ = cars.read_text().splitlines()
    cars.write_text(f"{header}\n{first}\n")

    refused = run("import", cars, "--seller", "Best Cars", "--full")
    allowed = run("import", cars, "--seller", "Best Cars", "--full", "--allow-removals", "--json")

    assert refused.code == 1
    assert "2 of 3 cars" in refused.err
    assert counts(allowed.said) == (0, 0, 1, 2, 0)


def test_a_mapping_explains_columns(run, tmp_path):
    (tmp_path / "odd.csv").write_text("Brand name here,What,Ask\nFord,Ka,4.5\n")
    (tmp_path / "odd.toml").write_text(
        '[make]\ncolumn = "Brand name here"\n[model]\ncolumn = "What"\n'
        '[price]\ncolumn = "Ask"\nscale = 1000\ncurrency = "EUR"\n'
    )

    done = run("import", "odd.csv", "--seller", "Best Cars", "--mapping", "odd.toml", "--json")

    assert counts(done.said) == (1, 0, 0, 0, 0)
    listed = run("listing", "list", "--json").said
    assert listed[0]["price"]["history"][0]["price"] == {"amount": 450_000, "currency": "EUR"}


def test_a_mapping_that_cannot_be_understood_is_named(run, cars, tmp_path):
    (tmp_path / "broken.toml").write_text("[price\n")
    (tmp_path / "latin.toml").write_bytes('[price]\ncolumn = "Preis für Händler"\n'.encode("latin-1"))

    broken = run("import", cars, "--seller", "Best Cars", "--mapping", "broken.toml")
    latin = run("import", cars, "--seller", "Best Cars", "--mapping", "latin.toml")

    assert (broken.code, latin.code) == (2, 2)
    assert "no TOML" in broken.err
    assert "UTF-8" in latin.err


def test_pictures_beside_the_file_are_shown(run, cars, tmp_path):
    Image.new("RGB", (400, 300), "red").save(tmp_path / "red.png")
    header, *rows = cars.read_text().splitlines()
    cars.write_text("\n".join([f"{header},Photos", *(f"{row},red.png" for row in rows)]) + "\n")

    run("import", cars, "--seller", "Best Cars")

    found = run("search", "golf", "--json").said
    assert len(found["cars"][0]["photos"]) == 1


def test_no_picture_outside_of_the_folder_is_read(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "secret.png").write_bytes(b"secret")
    (tmp_path / "shop" / "mine.png").write_bytes(b"mine")
    (tmp_path / "shop" / "link.png").symlink_to(tmp_path / "secret.png")

    read = pictures_in(tmp_path / "shop")

    assert read("mine.png") == b"mine"
    for name in ("../secret.png", str(tmp_path / "secret.png"), "link.png", "none.png", "\0", "x" * 5_000):
        assert read(name) is None


def test_what_is_no_table_ends_with_a_sentence(run, tmp_path):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "photo.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")

    ended = [run("import", name, "--seller", "S") for name in ("empty.csv", "photo.csv", "other.csv")]

    assert [one.code for one in ended] == [2, 2, 2]
    assert "empty" in ended[0].err
    assert "PNG" in ended[1].err
    assert "make, model, price" in ended[2].err
    assert all("Traceback" not in one.err for one in ended)


def test_a_seller_without_a_name_is_refused(run, cars):
    assert run("import", cars, "--seller", " ").code == 2


def test_an_export_is_a_file_that_changes_nothing(run, cars, tmp_path):
    run("import", cars, "--seller", "Best Cars")

    run("export", "--seller", "Best Cars", "-o", "out.csv")
    again = run("import", "out.csv", "--seller", "Best Cars", "--json")

    assert counts(again.said) == (0, 0, 3, 0, 0)
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 4


def test_an_export_may_be_of_every_status_and_a_json_text_a_line(run, cars):
    run("import", cars, "--seller", "Best Cars")
    sold = run("listing", "list", "--json").said[0]["id"]
    run("listing", "sell", sold)

    everything = run("export", "--status", "all", "--format", "jsonl").out.splitlines()
    published = run("export").out.splitlines()
    others = run("export", "--seller", "Nobody").out.splitlines()

    assert sorted(json.loads(line)["status"] for line in everything) == ["published", "published", "sold"]
    assert (len(published), len(others)) == (3, 1)
