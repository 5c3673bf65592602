"""
What Prometheus is told: answers of which kind and how long they took, how far the index is behind, what is put aside.
"""

from __future__ import annotations

from attrs import define, field
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from carmarket.core.dead_letters import ParkedStatus
from carmarket.ports.dead_letters import ParkedFilter
from carmarket.services.market import Market

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Clients may invent others, and each would be a series of its own."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@define
class Metrics:
    """One registry an app, so that two apps in a process do not count each other's."""

    registry: CollectorRegistry = field(factory=CollectorRegistry)
    _answers: Counter = field(init=False)
    _seconds: Histogram = field(init=False)
    _events: Gauge = field(init=False)
    _lag: Gauge = field(init=False)
    _parked: Gauge = field(init=False)
    _waiting: Gauge = field(init=False)
    _oldest: Gauge = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._answers = Counter(
            "carmarket_answers",
            "Answers by route, method and status.",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "carmarket_answer_seconds",
            "Seconds until an answer began.",
            ["route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._events = Gauge("carmarket_events", "The position of the newest event.", registry=self.registry)
        self._lag = Gauge(
            "carmarket_index_lag_events", "Events that the index has not taken in.", registry=self.registry
        )
        self._waiting = Gauge(
            "carmarket_outbox_events", "Events that a store has told and nobody has carried on.", ["store"],
            registry=self.registry,
        )  # fmt: skip
        self._oldest = Gauge(
            "carmarket_outbox_oldest_seconds", "How long ago the oldest of them happened.", ["store"],
            registry=self.registry,
        )  # fmt: skip
        self._parked = Gauge(
            "carmarket_parked_events",
            "Events that readers have put aside: dead letters, and what waits.",
            ["status"],
            registry=self.registry,
        )

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        self._answers.labels(route, method if method in METHODS else "other", status).inc()
        if seconds:
            self._seconds.labels(route).observe(seconds)

    async def text(self, market: Market) -> bytes:
        """All of it as Prometheus reads it."""
        if market.stock.log is not None:
            self._events.set(await market.stock.log.last())
        self._lag.set(await market.keeper.lag() or 0)
        for name, outbox in market.stock.outboxes.items():
            waiting = await outbox.waiting()
            self._waiting.labels(name).set(waiting.count)
            age = 0.0 if waiting.oldest is None else (market.stock.clock.now() - waiting.oldest).total_seconds()
            self._oldest.labels(name).set(age)
        for status in ParkedStatus:
            self._parked.labels(status.value).set(await market.stock.dead_letters.count(ParkedFilter(status=status)))
        return generate_latest(self.registry)
