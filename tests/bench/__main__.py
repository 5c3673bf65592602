"""
`make bench`: the goals of docs/speed.md, ours beside limit and peer, each measured in one run; also build/bench.json.

CARS says how large the large index is; GOALS names those to measure, such as GOALS=G1,G9.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.booking import g8
from tests.bench.booking_together import g3
from tests.bench.events import g9
from tests.bench.hanging import g13
from tests.bench.herding import g4
from tests.bench.importing import g5
from tests.bench.importing_together import g5_on_postgres
from tests.bench.logging_in import g11
from tests.bench.pages import g2
from tests.bench.relaying import g6
from tests.bench.requests import g1
from tests.bench.searching import SMALL, build, g7
from tests.bench.starting import g14

LARGE = int(os.environ.get("CARS") or 1_000_000)
NAMES = (
    "G1",
    "G2",
    "G3",
    "G3 at 32 clients",
    "G4",
    "G5",
    "G5 on PostgreSQL",
    "G6",
    "G7",
    "G8",
    "G9",
    "G11",
    "G13",
    "G14",
)
BUILD = Path("build")


def measured(wanted: set[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each goal as soon as it is known."""
    for name, measure in (
        ("G1", g1),
        ("G2", g2),
        ("G3", g3),
        ("G3 at 32 clients", lambda: g3(32)),
        ("G4", g4),
        ("G5", g5),
        ("G5 on PostgreSQL", g5_on_postgres),
        ("G6", g6),
        ("G8", g8),
        ("G9", g9),
        ("G11", g11),
        ("G13", g13),
    ):
        if name in wanted:
            yield name, measure()
    if wanted & {"G7", "G14"}:
        if LARGE > SMALL:
            yield f"G7 at {SMALL:,}", g7(build(SMALL), SMALL)
        built = build(LARGE)
        yield "G7", g7(built, LARGE)
        yield "G14", g14(built.index, built.seconds)


def main() -> None:
    console = Console(width=150)
    wanted = {name.strip() for name in (os.environ.get("GOALS") or ",".join(NAMES)).split(",")}
    rows = {}
    for name, row in measured(wanted):
        rows[name] = row
        console.print(f"{name}: {'met' if row['met'] else 'missed'}", row)
    table = Table("goal", "ours", "limit", "peer", "ours/limit", "ours/peer", "unit", "target", "met")
    for name, row in rows.items():
        figures = (f"{row[key]:,.3g}" if row[key] < 1_000 else f"{row[key]:,.0f}" for key in ("ours", "limit", "peer"))
        ratios = (f"{row[key]:.2f}" for key in ("to_limit", "to_peer"))
        table.add_row(name, *figures, *ratios, row["unit"], row["target"], "yes" if row["met"] else "no")
    console.print(table)
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
