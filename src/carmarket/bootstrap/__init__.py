"""The one place that names adapters: it puts a market together over what its settings name."""

from __future__ import annotations

from carmarket.bootstrap.looking_after import prepare_stores, probe_stores
from carmarket.bootstrap.opening import open_market

__all__ = ["open_market", "prepare_stores", "probe_stores"]
