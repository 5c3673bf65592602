"""
A client that is generated from the OpenAPI document finds nothing that the document does not say.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from carmarket.adapters.jwt import open_key_file
from carmarket.config import Settings
from carmarket.entrypoints.http import create_app
from carmarket.entrypoints.http.openapi import document
from carmarket.testing.builders import an_admin
from tests.entrypoints.http.server import running

RULES = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = "100" if os.environ.get("CARMARKET_FULL") else "4"


@pytest.mark.slow
@pytest.mark.promise("R13")
def test_a_generated_client_finds_no_undocumented_answer(tmp_path):
    keys = tmp_path / "keys"
    tokens, _ = open_key_file(str(keys))
    token = tokens.sign(an_admin(), now=datetime.now(UTC), lifetime=timedelta(hours=1))
    operations = sum(len(ways) for ways in document(create_app(Settings(url="memory://")))["paths"].values())

    with running(keys=keys) as server:
        done = subprocess.run(
            [
                sys.executable, "-m", "schemathesis.cli", "--config-file", RULES, "--no-color",
                "run", f"{server.url}/openapi.json", "--header", f"Authorization: Bearer {token}",
                "--max-examples", EXAMPLES, "--workers", "1", "--seed", "1", "--generation-database", "none",
            ],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"Tested: {operations}\n", done.stdout), done.stdout
