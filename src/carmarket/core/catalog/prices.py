"""
What a car costs, what it cost before, and its lowest price of late.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import evolve, frozen

from carmarket.core.errors import InvalidError
from carmarket.core.money import Money

LOW_WINDOW = timedelta(days=30)
"""Directive (EU) 2019/2161: a reduction is announced against the lowest price of the 30 days before it."""
LONGEST_HISTORY = 500


@frozen
class PricePoint:
    """From this moment on the car was asked this much for."""

    at: datetime
    price: Money


@frozen
class AskingPrice:
    """The price with its history, oldest first; the last point is the present one."""

    history: tuple[PricePoint, ...]

    def __attrs_post_init__(self) -> None:
        if not self.history:
            raise InvalidError("A price has at least one point.", field="history", value=0, expected="1 or more")

    @classmethod
    def first(cls, price: Money, at: datetime) -> AskingPrice:
        return cls((PricePoint(at, price),))

    @property
    def current(self) -> Money:
        return self.history[-1].price

    def changed_to(self, price: Money, at: datetime) -> AskingPrice:
        """The next price; the oldest points go once there are more than 500."""
        return evolve(self, history=(*self.history, PricePoint(at, price))[-LONGEST_HISTORY:])

    def low_before_reduction(self) -> Money | None:
        """
        The lowest price of the 30 days before the present one, in its currency; `None` if it was no reduction.

        A price that was asked when the window opened counts, whenever it was set.
        """
        if len(self.history) == 1:
            return None
        *earlier, present = self.history
        opened = present.at - LOW_WINDOW
        asked: list[Money] = []
        for point, following in zip(self.history, self.history[1:], strict=False):
            if following.at > opened and point.price.currency == present.price.currency:
                asked.append(point.price)
        if not asked:
            return None
        low = min(asked, key=lambda money: money.amount)
        return low if present.price.amount < earlier[-1].price.amount else None
