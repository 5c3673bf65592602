"""
The command line in this process: what it prints, and how it ends.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from carmarket.entrypoints.cli import main


@frozen
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> Any:
        """The JSON on standard output."""
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs `carmarket` with these arguments on a market of this test."""
    monkeypatch.setenv("CARMARKET_URL", f"sqlite:///{tmp_path}/market.db")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def ran(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["carmarket", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        captured = capfd.readouterr()
        return Done(code, captured.out, captured.err)

    return ran


@pytest.fixture
def cars(tmp_path: Path) -> Path:
    """A dealer's file of three cars."""
    file = tmp_path / "cars.csv"
    file.write_text(
        "Stock No,Make,Model,Trim,Year,Fuel,Mileage (mi),Price ($),City\n"
        'A1,Volkswagen,Golf,GTI,2019,Diesel,41000,"13,500",Orlando\n'
        "A2,Honda,Civic,EX,2018,Gasoline,52000,12900,Tampa\n"
        "A3,Ford,F-150,XLT,2020,Gasoline,,31000,Miami\n"
    )
    return file
