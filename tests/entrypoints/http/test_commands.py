"""
`carmarket serve` and `carmarket openapi`.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from carmarket.config import Settings
from carmarket.entrypoints.http import create_app
from carmarket.entrypoints.http.commands import openapi, serve
from carmarket.entrypoints.http.openapi import document
from tests.entrypoints.http.server import COMMAND, Server, running


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as opened:
        yield opened


def children_of(process_id: int) -> list[int]:
    tasks = Path(f"/proc/{process_id}/task")
    found = [(task / "children").read_text().split() for task in tasks.iterdir()]
    return [int(child) for each in found for child in each]


def test_the_document_is_printed():
    printed = CliRunner().invoke(openapi, obj=Settings(url="memory://"), catch_exceptions=False)

    told = document(create_app(Settings(url="memory://")))
    assert json.loads(printed.stdout) == json.loads(json.dumps(told))


def test_it_listens_once_it_says_so(server):
    assert httpx.get(f"{server.url}/health/live").json()["status"] == "live"
    assert httpx.get(f"{server.url}/v1/cars").json()["total"] == 0
    assert httpx.get(f"{server.url}/v1/nothing").headers["content-type"] == "application/problem+json"


def test_a_body_over_the_wire_is_bounded_too(server):
    def pieces() -> Iterator[bytes]:
        for _ in range(300):
            yield b" " * 1024

    answer = httpx.put(f"{server.url}/v1/cars", content=pieces())
    refused = httpx.post(f"{server.url}/v1/listings", content=pieces(), headers={"Authorization": "Bearer x"})

    assert answer.status_code == 405
    assert refused.status_code == 401


def test_a_port_that_is_taken_is_told(server):
    port = server.url.rpartition(":")[2]

    done = CliRunner().invoke(serve, ["--port", port], obj=Settings(url="memory://"))

    assert done.exit_code == 1
    assert f"Port {port}" in done.output
    assert "Address already in use" in done.output


def test_a_market_that_cannot_be_opened_is_told_without_a_traceback():
    env = os.environ | {"CARMARKET_URL": "nosuch://market"}

    done = subprocess.run(
        [*COMMAND, "serve", "--port", "0"], env=env, capture_output=True, text=True, check=False, timeout=30
    )

    assert done.returncode != 0
    assert "No adapter serves nosuch" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["256.1.1.1", "192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_is_not_ours_is_told(host):
    done = CliRunner().invoke(serve, ["--host", host, "--port", "8000"], obj=Settings(url="memory://"))

    assert done.exit_code == 1
    assert host in done.output


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_it_listens_on_ipv6_too():
    with running("--host", "::1") as opened:
        assert httpx.get(f"{opened.url}/health/live").status_code == 200


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_it_is_told_to(kind):
    with running() as opened:
        opened.process.send_signal(kind)
        said, _ = opened.process.communicate(timeout=10)

    assert opened.process.returncode == 0, said
    assert "Traceback" not in said


def test_what_is_under_way_is_answered_before_it_stops(tmp_path):
    with running(market=f"sqlite:///{tmp_path}/m.db") as opened, ThreadPoolExecutor(8) as pool:
        httpx.get(f"{opened.url}/health/live")
        statuses: list[Any] = []

        def keep_asking() -> None:
            with httpx.Client(base_url=opened.url, timeout=10) as own:
                while True:
                    try:
                        statuses.append(own.get("/v1/cars?words=golf").status_code)
                    except httpx.ConnectError:
                        return
                    except httpx.HTTPError as broken:
                        statuses.append(broken)
                        return

        asking = [pool.submit(keep_asking) for _ in range(8)]
        time.sleep(0.5)
        opened.process.send_signal(signal.SIGTERM)
        opened.process.communicate(timeout=10)
        for each in asking:
            each.result(timeout=10)

    assert opened.process.returncode == 0
    assert len(statuses) > 50
    assert statuses.count(200) == len(statuses), [each for each in statuses if each != 200]


def test_one_process_is_all_of_the_server():
    with running() as opened:
        httpx.get(f"{opened.url}/v1/cars")
        assert children_of(opened.process.pid) == []

        opened.process.kill()
        opened.process.wait(timeout=5)

        port = int(opened.url.rpartition(":")[2])
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))


def test_the_commands_start_without_the_framework():
    said = "import sys, carmarket.entrypoints.http.commands; print('litestar' in sys.modules, 'uvicorn' in sys.modules)"

    done = subprocess.run([COMMAND[0], "-c", said], capture_output=True, text=True, check=True, env=os.environ)

    assert done.stdout.split() == ["False", "False"]
