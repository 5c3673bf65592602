"""
Files larger than memory should ever hold: a 200 MB CSV streams through.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MEGABYTES = 200
MOST_MEMORY_MB = 400
RUN = """
import re, sys
from carmarket.entrypoints.cli import main
try:
    main()
finally:
    # Of this program alone: what getrusage tells is at least what its parent had.
    peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
    sys.stderr.write(f"peak {int(peak) // 1024}")
"""


@pytest.mark.slow
def test_a_csv_of_200_megabytes_is_taken_in_bounded_memory(tmp_path: Path, record_property):
    file = tmp_path / "large.csv"
    said = "A car with a long story. " * 700
    rows = 0
    with file.open("w") as out:
        out.write("Stock #,Make,Model,Price,Description\n")
        while out.tell() < MEGABYTES * 1024 * 1024:
            rows += 1
            out.write(f"S{rows},Ford,Focus,{9_000 + rows},{said}\n")

    done = subprocess.run(
        [sys.executable, "-c", RUN, "import", file, "--seller", "Large", "--dry-run", "--json"],
        env=os.environ | {"CARMARKET_URL": f"sqlite:///{tmp_path}/market.db"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    peak = int(done.stderr.rpartition("peak ")[2])
    record_property("figure", f"{rows} rows of {MEGABYTES} MB at {peak} MB")
    assert json.loads(done.stdout)["added"] == rows
    assert peak < MOST_MEMORY_MB
