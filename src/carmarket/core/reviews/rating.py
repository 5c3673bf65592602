"""
What the public reviews of a seller come to.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

MOST_STARS = 5


@frozen
class Rating:
    """How many customers gave one star, two stars and so on to five."""

    distribution: tuple[int, ...] = (0,) * MOST_STARS

    @classmethod
    def of(cls, stars: Iterable[int]) -> Rating:
        """From one number of stars a review."""
        given = list(stars)
        return cls(tuple(given.count(number) for number in range(1, MOST_STARS + 1)))

    @property
    def count(self) -> int:
        return sum(self.distribution)

    @property
    def average(self) -> float | None:
        """To two places, halves up; `None` without a review."""
        if not self.count:
            return None
        total = sum(stars * times for stars, times in enumerate(self.distribution, start=1))
        return (200 * total + self.count) // (2 * self.count) / 100
