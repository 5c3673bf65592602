"""
How many slips part a word from many others: optimal string alignment, for all of them at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def distances(word: str, others: Sequence[str]) -> NDArray[np.int64]:
    """The distance that `core.search.words.within` bounds, to each of the others."""
    if not others:
        return np.zeros(0, dtype=np.int64)
    width = max(map(len, others))
    letters = np.array(others, dtype=f"U{width}").view(np.uint32).reshape(len(others), width)
    lengths = np.fromiter(map(len, others), dtype=np.int64, count=len(others))
    ours = [ord(letter) for letter in word]
    before = previous = np.broadcast_to(np.arange(width + 1), (len(others), width + 1))
    for row, letter in enumerate(ours, start=1):
        current = np.empty((len(others), width + 1), dtype=np.int64)
        current[:, 0] = row
        replaced = previous[:, :-1] + (letters != letter)
        lost = previous[:, 1:] + 1
        best = np.minimum(replaced, lost)
        if row > 1:
            swapped = (letters[:, 1:] == ours[row - 2]) & (letters[:, :-1] == letter)
            best[:, 1:] = np.where(swapped, np.minimum(best[:, 1:], before[:, :-2] + 1), best[:, 1:])
        # A letter too many: the least of what stands to the left, one more for every step away.
        steps = np.arange(1, width + 1)
        current[:, 1:] = np.minimum.accumulate(np.minimum(best - steps, row), axis=1) + steps
        before, previous = previous, current
    result: NDArray[np.int64] = previous[np.arange(len(others)), lengths]
    return result
