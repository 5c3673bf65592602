"""CSV by the standard library, XLSX by calamine."""

from __future__ import annotations

from carmarket.adapters.tabular.reader import TabularReader

__all__ = ["TabularReader"]
