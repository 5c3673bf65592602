"""What is asked for often, from copies."""

from __future__ import annotations

from carmarket.adapters.caching.index import CachedSearchIndex

__all__ = ["CachedSearchIndex"]
