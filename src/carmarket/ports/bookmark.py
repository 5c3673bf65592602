"""
Where a list in the order of time goes on.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from attrs import frozen


@frozen
class Bookmark:
    """The last thing that was seen: when it was made, and its id, for several are made in one moment."""

    at: datetime
    id: UUID
