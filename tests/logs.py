"""
The log of a market that has one.
"""

from __future__ import annotations

from carmarket.ports.events import EventLog
from carmarket.services.market import Market


def log_of(market: Market) -> EventLog:
    log = market.stock.log
    assert log is not None, "a broker keeps its events"
    return log
