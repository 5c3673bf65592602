"""
carmarket: a car marketplace as a library. `open_market` is the way in.
"""

from __future__ import annotations

from carmarket.bootstrap import open_market
from carmarket.config import Settings, load_settings
from carmarket.core.actor import Actor
from carmarket.core.catalog.listing import Details
from carmarket.core.catalog.vehicle import Vehicle
from carmarket.core.money import Money
from carmarket.core.search.query import Near, Range, SearchQuery, Sort
from carmarket.core.users.roles import Role

__all__ = [
    "Actor",
    "Details",
    "Money",
    "Near",
    "Range",
    "Role",
    "SearchQuery",
    "Settings",
    "Sort",
    "Vehicle",
    "load_settings",
    "open_market",
]
