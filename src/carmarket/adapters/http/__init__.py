"""Letters to integrators by HTTP."""

from __future__ import annotations

from carmarket.adapters.http.courier import HttpCourier

__all__ = ["HttpCourier"]
