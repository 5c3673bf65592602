"""
What those who run the service ask, and the page that explains it.
"""

from __future__ import annotations

import re

import jsonschema_rs
import pytest

from carmarket.entrypoints.http.operations import FILES
from carmarket.entrypoints.http.schemas import RULES
from tests.entrypoints.http.service import GOLF, assert_problem


async def test_it_says_that_it_lives_and_is_ready(service):
    live, ready = await service.ask("GET", "/health/live"), await service.ask("GET", "/health/ready")

    assert live.json()["status"] == "live"
    assert ready.json() == {"status": "ready", "index_lag_events": 0}


async def test_readiness_tells_how_far_the_index_is_behind(service):
    await service.draft()

    assert (await service.ask("GET", "/health/ready")).json()["index_lag_events"] == 1


async def test_metrics_count_by_route_and_not_by_address(service):
    drafted = await service.draft()
    await service.ask("GET", f"/v1/cars/{drafted.json()['id']}")
    await service.ask("GET", "/no/such/path")
    await service.ask("BREW", "/v1/cars")

    answer = await service.ask("GET", "/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'carmarket_answers_total{method="POST",route="/v1/listings",status="201"} 1.0' in answer.text
    assert 'carmarket_answers_total{method="GET",route="/v1/cars/{car_id}",status="404"} 1.0' in answer.text
    assert 'carmarket_answers_total{method="GET",route="none",status="404"} 1.0' in answer.text
    assert 'carmarket_answer_seconds_count{route="/v1/listings"} 1.0' in answer.text
    assert "carmarket_index_lag_events 1.0" in answer.text
    assert 'carmarket_parked_events{status="dead"} 0.0' in answer.text
    assert drafted.json()["id"] not in answer.text
    assert "no/such" not in answer.text


async def test_metrics_do_not_grow_with_what_clients_invent(service):
    for number in range(30):
        await service.ask(f"M{number}" if number % 2 else f"X{'Y' * number}", "/v1/cars")
        await service.ask("GET", f"/invented/{number}")

    text = (await service.ask("GET", "/metrics")).text

    methods = set(re.findall(r'carmarket_answers_total\{method="(\w+)"', text))
    assert methods <= {"GET", "other"}
    assert set(re.findall(r'carmarket_answers_total\{method="\w+",route="([^"]+)"', text)) == {"none"}


async def test_the_document_is_openapi(service):
    answer = await service.ask("GET", "/openapi.json")

    told = answer.json()
    assert told["openapi"].startswith("3.1")
    words = next(one for one in told["paths"]["/v1/cars"]["get"]["parameters"] if one["name"] == "words")
    assert words["description"]
    for operations in told["paths"].values():
        for operation in operations.values():
            assert operation["summary"], operation["operationId"]
            assert any(status.startswith("2") for status in operation["responses"])
            for status, said in operation["responses"].items():
                if status[0] in "45":
                    assert list(said["content"]) == ["application/problem+json"]


async def test_the_documents_schemas_know_the_rules_of_the_core(service):
    told = (await service.ask("GET", "/openapi.json")).json()

    def fits(name: str, value: object) -> bool:
        schema = {"$ref": f"#/components/schemas/{name}", "components": told["components"]}
        return jsonschema_rs.is_valid(schema, value)

    assert RULES.keys() <= told["components"]["schemas"].keys()
    assert fits("NewListing", GOLF)
    assert not fits("NewListing", {**GOLF, "colour": "red"})
    assert not fits("Money", {"amount": -1, "currency": "USD"})
    assert not fits("Vehicle", {"make": " ", "model": "Golf"})
    assert not fits("Vehicle", {"make": "Volkswagen", "model": "Golf", "doors": 10})
    assert fits("ListingView", (await service.draft()).json())


async def test_the_page_that_explains_it_is_of_local_files_and_runs_no_script_but_them(service):
    page = await service.ask("GET", "/docs")

    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"https?://|<script>|\son\w+=", page.text)
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        file = await service.ask("GET", address)
        assert file.status_code == 200, address
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.headers["content-type"].split(";")[0] in {
            "text/css",
            "text/javascript",
            "application/json",
        }


@pytest.mark.parametrize(
    "name", ["nothing.js", "docs.html", "../operations.py", "..%2foperations.py", "swagger-ui.LICENSE", "%00"]
)
async def test_no_other_file_can_be_had(service, name):
    assert_problem(await service.ask("GET", f"/docs/{name}"), 404, "not-found")


def test_licences_lie_beside_the_files():
    assert all(FILES.joinpath(name).is_file() for name in ("swagger-ui.LICENSE", "swagger-ui.NOTICE"))
