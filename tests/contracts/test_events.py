"""
The event log and its readers: memory and SQLite.
"""

from __future__ import annotations

from carmarket.testing.contracts.events import EventLogContract


class TestEventLog(EventLogContract):
    pass
