"""
Measuring two or more ways of doing the same work, in turn, so that a noisy machine treats them alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter, process_time
from typing import Any

Work = Callable[[], object]


def in_turn(ways: Mapping[str, Work], *, rounds: int = 7, warm: int = 1, cpu: bool = False) -> dict[str, float]:
    """The median seconds of each way over `rounds` interleaved runs; CPU seconds if `cpu`."""
    now = process_time if cpu else perf_counter
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(warm + rounds):
        for name, work in ways.items():
            start = now()
            work()
            if turn >= warm:
                taken[name].append(now() - start)
    return {name: median(times) for name, times in taken.items()}


def goal(
    *, ours: float, limit: float, peer: float, target: str, met: bool, unit: str, more_is_better: bool
) -> dict[str, Any]:
    """A row of the table: both sides' figures and the ratios ours / limit and ours / peer."""
    return {
        "ours": ours,
        "limit": limit,
        "peer": peer,
        "to_limit": ours / limit,
        "to_peer": ours / peer,
        "target": target,
        "met": met,
        "unit": unit,
        "more_is_better": more_is_better,
    }
