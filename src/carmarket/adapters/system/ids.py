"""
Ids that nobody gave before.
"""

from __future__ import annotations

from uuid import UUID

import uuid_utils.compat

from carmarket.ports.clock import Ids


class SystemIds(Ids):
    """Version 7: a millisecond and random bits."""

    def new(self) -> UUID:
        return uuid_utils.compat.uuid7()
