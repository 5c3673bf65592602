"""
An adapter from outside, installed as its users install it, passes the public contract.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "carmarket-mbox"
UV = Path(sys.executable).with_name("uv")
CONTRACT = 50
"""Of the tests of mailers at least so many are carmarket's own."""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an environment with nothing in it but the example, what it needs, and the command line."""
    folder = tmp_path_factory.mktemp("outside")
    env = folder / "env"
    for command in (
        [UV, "venv", "--quiet", "--python", sys.executable, env],
        [UV, "pip", "install", "--quiet", "--python", env / "bin/python", f"{ROOT}[mail,settings,cli,testing]"],
        [UV, "pip", "install", "--quiet", "--python", env / "bin/python", f"{EXAMPLE}[test]"],
    ):
        subprocess.run([*map(str, command)], check=True, cwd=folder, timeout=300)
    return env / "bin/python"


@pytest.mark.slow
def test_the_example_passes_the_public_contract(python: Path) -> None:
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLE / "tests"],
        cwd=EXAMPLE, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) >= CONTRACT
    assert "skipped" not in done.stdout


@pytest.mark.slow
def test_the_command_line_finds_it(python: Path, tmp_path: Path) -> None:
    env = {**os.environ, "CARMARKET_URL": "memory://", "CARMARKET_MAIL": f"mbox:///{tmp_path}/letters.mbox"}
    done = subprocess.run(
        [python.with_name("carmarket"), "doctor"], env=env, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "mbox:///" in done.stdout
