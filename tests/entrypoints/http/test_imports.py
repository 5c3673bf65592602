"""
A dealer's file over REST.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import openpyxl
import pytest
from httpx import Response

from carmarket.entrypoints.http.imports import LARGEST_HELD, XLSX
from tests.entrypoints.http.service import Service, assert_problem

CSV = {"Content-Type": "text/csv"}
ROWS = "Stock,Make,Model,Year,Price\nA1,Volkswagen,Golf,2019,18995\nA2,BMW,X5,2021,52000\nA3,Audi,,2020,cheap\n"


async def taken_in(service: Service, **said: Any) -> Response:
    """An import that the market's jobs have finished."""
    started = await service.ask("POST", said.pop("path", "/v1/imports"), "dealer", **said)
    assert started.status_code == 202, started.text
    await service.market.settle()
    return await service.ask("GET", started.headers["location"], "dealer")


async def test_a_file_is_taken_in_by_the_markets_jobs(service):
    started = await service.ask("POST", "/v1/imports?file_name=cars.csv", "dealer", content=ROWS, headers=CSV)
    await service.market.settle()
    done = await service.ask("GET", started.headers["location"], "dealer")

    assert (started.status_code, started.json()["status"]) == (202, "waiting")
    assert started.json()["columns"][1] == {"column": "Make", "field": "make", "unit": None}
    assert done.json()["status"] == "done"
    assert done.json()["file_name"] == "cars.csv"
    assert (done.json()["line"], done.json()["total_lines"]) == (4, 4)
    assert done.json()["counts"] == {"added": 2, "updated": 0, "unchanged": 0, "withdrawn": 0, "failed": 1}
    assert (await service.ask("GET", "/v1/cars")).json()["total"] == 2


async def test_rows_that_failed_can_be_had_with_their_reasons(service):
    done = await taken_in(service, content=ROWS, headers=CSV)

    answer = await service.ask("GET", done.json()["failed_rows"], "dealer")

    row = next(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert (row["Stock"], row["Price"]) == ("A3", "cheap")
    assert {"model", "price"} <= {each.strip().lower() for each in row["carmarket column"].split("|")}
    assert "number" in row["carmarket reason"]


async def test_a_workbook_is_taken_in_too(service):
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in csv.reader(io.StringIO(ROWS)):
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)

    done = await taken_in(service, content=kept.getvalue(), headers={"Content-Type": XLSX})

    assert (done.json()["status"], done.json()["counts"]["added"]) == ("done", 2)


async def test_a_form_brings_a_file_and_its_options(service):
    done = await taken_in(service, files={"file": ("cars.csv", ROWS.encode(), "text/csv")}, data={"dry_run": "true"})

    assert (done.json()["file_name"], done.json()["options"]["dry_run"]) == ("cars.csv", True)
    assert (await service.ask("GET", "/v1/listings", "dealer")).json()["listings"] == []


async def test_a_mapping_explains_columns(service):
    rows = "Kennung;Hersteller;Typ;VK\nA1;Volkswagen;Golf;18995\n"
    columns = {"make": "Hersteller", "model": "Typ", "price": "VK", "stock_number": "Kennung"}
    mapping = "".join(f'[{field}]\ncolumn = "{column}"\n' for field, column in columns.items())

    done = await taken_in(service, content=rows, headers=CSV, params={"mapping": mapping})

    assert (done.json()["status"], done.json()["counts"]["added"]) == ("done", 1)


async def test_a_full_file_withdraws_what_it_leaves_out(service):
    await taken_in(service, content=ROWS, headers=CSV)
    fewer = "Stock,Make,Model,Year,Price\nA1,Volkswagen,Golf,2019,18995\n"

    done = await taken_in(service, content=fewer, headers=CSV, path="/v1/imports?full=true&allow_removals=true")

    assert done.json()["counts"] == {"added": 0, "updated": 0, "unchanged": 1, "withdrawn": 1, "failed": 0}


@pytest.mark.parametrize("way", ["body", "form"])
async def test_an_import_with_a_key_has_one_effect(service, way):
    async def put_in(rows: str) -> Response:
        said = {"content": rows} if way == "body" else {"files": {"file": ("cars.csv", rows.encode(), "text/csv")}}
        headers = {"Idempotency-Key": "k1", **(CSV if way == "body" else {})}
        answer: Response = await service.ask("POST", "/v1/imports", "dealer", headers=headers, **said)
        return answer

    first = await put_in(ROWS)
    await service.market.settle()

    again, other = await put_in(ROWS), await put_in(ROWS + "A4,Audi,A3,2020,9000\n")

    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert again.json()["status"] == "done"
    assert_problem(other, 422, "idempotency-key-reused")


async def test_a_file_that_has_to_be_held_is_bounded(service):
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGEST_HELD // 2**20 + 1):
            yield b"," * 2**20

    held = await service.ask("POST", "/v1/imports", "dealer", content=pieces(), headers={**CSV, "Idempotency-Key": "k"})
    form = await service.ask(
        "POST", "/v1/imports", "dealer", content=pieces(),
        headers={"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(LARGEST_HELD + 1)},
    )  # fmt: skip

    for answer in (held, form):
        assert_problem(answer, 413, "too-large", expected=f"at most {LARGEST_HELD} bytes")


@pytest.mark.parametrize(
    ("said", "status", "code", "field"),
    [
        ({"content": ROWS, "headers": {"Content-Type": "application/json"}}, 415, "unsupported-media-type", None),
        ({"content": b"", "headers": CSV}, 422, "invalid", "file"),
        ({"content": b"%PDF-1.7 ...", "headers": CSV}, 422, "invalid", "file"),
        ({"content": "Nothing,Known\n1,2\n", "headers": CSV}, 422, "invalid", None),
        ({"content": ROWS, "headers": CSV, "params": {"dry_run": "maybe"}}, 422, "invalid", "dry_run"),
        ({"content": ROWS, "headers": CSV, "params": {"dryrun": "true"}}, 422, "invalid", "dryrun"),
        ({"content": ROWS, "headers": CSV, "params": {"mapping": "[["}}, 422, "invalid", None),
        ({"content": ROWS, "headers": CSV, "params": {"seller": "me"}}, 422, "invalid", "seller"),
        ({"files": {"file": ("c.csv", b"a")}, "data": {"fool": "true"}}, 422, "invalid", "fool"),
    ],
    ids=["JSON", "empty", "PDF", "no cars", "no flag", "unknown", "no mapping", "no seller", "unknown part"],
)
async def test_an_import_that_cannot_begin_says_why(shared, said, status, code, field):
    answer = await shared.ask("POST", "/v1/imports", "dealer", **said)

    problem = assert_problem(answer, status, code)
    assert field is None or problem["field"] == field


async def test_only_administrators_import_for_others(service):
    seller = "00000000-0000-0000-0000-00000000dea2"
    path = f"/v1/imports?seller={seller}"

    refused = await service.ask("POST", path, "dealer", content=ROWS, headers=CSV)
    started = await service.ask("POST", path, "admin", content=ROWS, headers=CSV)
    await service.market.settle()

    assert_problem(refused, 403, "forbidden")
    assert started.status_code == 202
    assert len((await service.ask("GET", "/v1/listings", "other dealer")).json()["listings"]) == 2


async def test_an_import_of_somebody_else_is_not_found(service):
    done = await taken_in(service, content=ROWS, headers=CSV)

    for path in (f"/v1/imports/{done.json()['id']}", done.json()["failed_rows"]):
        assert_problem(await service.ask("GET", path, "other dealer"), 404, "not-found")
        assert (await service.ask("GET", path, "admin")).status_code == 200


async def test_what_the_market_gives_as_a_feed_it_takes_in_as_a_file(service):
    await service.publish()
    await service.publish()
    feed = await service.ask("GET", "/v1/feeds/csv")

    started = await service.ask("POST", "/v1/imports", "admin", content=feed.content, headers=CSV)
    await service.market.settle()

    done = await service.ask("GET", started.headers["location"], "admin")
    assert feed.headers["content-type"].startswith("text/csv")
    assert len(list(csv.DictReader(io.StringIO(feed.text)))) == 2
    assert done.json()["status"] == "done", done.text
    assert [match["field"] for match in done.json()["columns"] if match["field"] is None] == []


async def test_a_feed_walks_through_all_pages(service):
    rows = "Stock,Make,Model,Price\n" + "".join(f"S{n},Volkswagen,Golf,{9_000 + n}\n" for n in range(230))
    await taken_in(service, content=rows, headers=CSV)

    lines = (await service.ask("GET", "/v1/feeds/jsonl")).text.splitlines()

    assert len(set(lines)) == 230


async def test_a_feed_can_be_of_one_seller(service):
    published = await service.publish()
    await service.act(await service.draft("admin"), "publish", "admin")
    await service.market.settle()

    answer = await service.ask("GET", f"/v1/feeds/jsonl?seller={published.json()['seller']}")
    none = await service.ask("GET", "/v1/feeds/csv?seller=00000000-0000-0000-0000-000000000001x")

    assert answer.headers["content-type"] == "application/jsonl"
    assert len(answer.text.splitlines()) == 1
    assert_problem(none, 422, "invalid", field="seller")
    assert_problem(await service.ask("GET", "/v1/feeds/xml"), 404, "not-found", expected="csv, jsonl")
