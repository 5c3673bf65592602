"""
The file of containers, read by a parser: there is no Docker where the tests run.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # a parser without stubs, brought by another tool

from tests.servers.running import STARTS

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
GUIDE = (ROOT / "docs" / "distributed.md").read_text()


def test_it_offers_the_stores_that_the_tests_start():
    assert SERVICES.keys() == STARTS.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_pinned_looked_after_and_reached_from_this_machine_alone(name):
    service = SERVICES[name]

    assert re.fullmatch(r"[a-z0-9./-]+:\d+\.\d+(\.\d+)?", service["image"])
    assert service["healthcheck"]["test"][0] == "CMD"
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in service["ports"])
    assert {volume.partition(":")[0] for volume in service["volumes"]} <= COMPOSE["volumes"].keys()


def test_what_is_embedded_in_it_is_well_formed():
    (who,) = json.loads(COMPOSE["configs"]["s3"]["content"])["identities"]

    assert who["credentials"] == [{"accessKey": "tests", "secretKey": "tests-only"}]


def test_the_guide_names_every_port():
    ports = {port.split(":")[1] for service in SERVICES.values() for port in service["ports"]}

    assert {port for port in ports if f"127.0.0.1:{port}" not in GUIDE} == set()
