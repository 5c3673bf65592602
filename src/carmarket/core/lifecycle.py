"""
Taking a step in a life that is told as a table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from carmarket.core.errors import IllegalTransitionError

Status = TypeVar("Status", bound=StrEnum)
Action = TypeVar("Action", bound=StrEnum)


def step(table: Mapping[tuple[Status, Action], Status], status: Status, action: Action, *, what: str) -> Status:
    """
    Where the action leads.

    Raises: IllegalTransitionError naming the states it could have been taken from.
    """
    try:
        return table[status, action]
    except KeyError:
        able = ", ".join(sorted(before for before, taken in table if taken is action))
        raise IllegalTransitionError(
            f"A {status} {what} cannot {action}.", field="status", value=status.value, expected=f"one of: {able}"
        ) from None
