"""The command line: for operators and dealers on the machine that the market runs on."""

from __future__ import annotations

from carmarket.entrypoints.cli.app import main

__all__ = ["main"]
