"""
The history of a price as a line: drawn on the server, shown by presentation attributes alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from attrs import frozen

from carmarket.core.catalog.prices import PricePoint

WIDTH, HEIGHT, MARGIN = 600, 120, 10


@frozen(kw_only=True)
class PriceLine:
    """Steps from price to price, in the units of the drawing; each price holds until the next."""

    width: int
    height: int
    points: str
    """As `points` of an SVG polyline."""
    dots: tuple[tuple[int, int], ...]


def price_line(history: Sequence[PricePoint]) -> PriceLine | None:
    """`None` where there is nothing to compare: one price, or prices in several currencies."""
    if len(history) < 2 or len({point.price.currency for point in history}) > 1:
        return None
    start, end = history[0].at, history[-1].at
    span = (end - start).total_seconds() or 1.0
    amounts = [point.price.amount for point in history]
    low, high = min(amounts), max(amounts)
    inner_width, inner_height = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN
    dots = tuple(
        (
            MARGIN + round(inner_width * 0.9 * (point.at - start).total_seconds() / span),
            MARGIN + round(inner_height * (high - point.price.amount) / ((high - low) or 1)),
        )
        for point in history
    )
    return PriceLine(width=WIDTH, height=HEIGHT, points=" ".join(_steps(dots)), dots=dots)


def _steps(dots: Sequence[tuple[int, int]]) -> list[str]:
    steps = [f"{dots[0][0]},{dots[0][1]}"]
    for (_, before), (x, y) in pairwise(dots):
        steps += [f"{x},{before}", f"{x},{y}"]
    return [*steps, f"{WIDTH - MARGIN},{dots[-1][1]}"]
