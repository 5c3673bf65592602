"""
Events that readers have put aside: memory and SQLite.
"""

from __future__ import annotations

from carmarket.testing.contracts.dead_letters import DeadLettersContract


class TestDeadLetters(DeadLettersContract):
    pass
