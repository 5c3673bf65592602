"""
A pytest plugin for `make promises`: a line a promise, and the same as build/promises.json.

A test tells a figure by `record_property("figure", "0 lost of 20,000")`, and the adapter it ran on by
`record_property("on", "sqlite")`; without that, by the name of its parameter.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

ADAPTERS = (
    "memory", "sqlite", "postgres", "mongo", "elasticsearch", "kafka", "redis", "s3", "bitmap", "filesystem", "pillow",
    "jwt", "http",
)  # fmt: skip
BUILD = Path("build")


class PromiseReport:
    def __init__(self) -> None:
        self.kept: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        self.mutants: dict[str, list[bool]] = defaultdict(list)
        self.figures: dict[str, list[str]] = defaultdict(list)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        outcome = yield
        report = outcome.get_result()
        if report.when != "call" and not report.failed:
            return
        for mark in item.iter_markers("promise"):
            name = mark.args[0]
            self.kept[name].append((adapter_of(item, report), report.passed))
            self.figures[name] += [str(value) for key, value in report.user_properties if key == "figure"]
        for mark in item.iter_markers("mutant"):
            self.mutants[mark.args[0]].append(report.passed)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        rows = [self.row(name) for name in sorted(self.kept.keys() | self.mutants.keys(), key=lambda it: int(it[1:]))]
        for row in rows:
            held = "held" if row["held"] else "BROKEN"
            caught = {True: "mutant caught", False: "MUTANT MISSED", None: "no mutant"}[row["mutant_caught"]]
            figure = "; ".join(row["figure"])
            terminalreporter.write_line(f"{row['promise']:4} {held:7} {caught:13} {', '.join(row['on']):30} {figure}")
        BUILD.mkdir(exist_ok=True)
        (BUILD / "promises.json").write_text(json.dumps(rows, indent=2) + "\n")

    def row(self, name: str) -> dict[str, Any]:
        runs, mutants = self.kept[name], self.mutants[name]
        return {
            "promise": name,
            "on": sorted({adapter for adapter, _ in runs}),
            "held": bool(runs) and all(passed for _, passed in runs),
            "mutant_caught": all(mutants) if mutants else None,
            "figure": self.figures[name],
        }


def adapter_of(item: pytest.Item, report: pytest.TestReport) -> str:
    """The adapter that a test ran on: what it says, else a parameter's or a folder's name."""
    told = [str(value) for key, value in report.user_properties if key == "on"]
    if told:
        return told[0]
    named = [adapter for adapter in ADAPTERS if adapter in item.nodeid]
    return named[-1] if named else "any"


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(PromiseReport(), "carmarket-promises")
