"""
Clocks and ids: memory and the system's.
"""

from __future__ import annotations

import pytest

from carmarket.adapters.memory import MemoryClock, MemoryIds
from carmarket.adapters.system.clock import SystemClock
from carmarket.adapters.system.ids import SystemIds
from carmarket.ports.clock import Clock, Ids
from carmarket.testing.contracts.clock import ClockContract, IdsContract


class TestClock(ClockContract):
    @pytest.fixture(params=[MemoryClock, SystemClock])
    def clock(self, request: pytest.FixtureRequest) -> Clock:
        made: Clock = request.param()
        return made


class TestIds(IdsContract):
    @pytest.fixture(params=[MemoryIds, SystemIds])
    def ids(self, request: pytest.FixtureRequest) -> Ids:
        made: Ids = request.param()
        return made
