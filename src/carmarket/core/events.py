"""
What every event has: when it happened, to which aggregate, and at which of its versions.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID, uuid5

from attrs import frozen


@frozen(kw_only=True)
class Event:
    """
    Something that happened, told in the past tense.

    Concrete events name themselves by a stable `type` ("catalog.listing-published") and a `type_version`;
    they carry the public state that a consumer needs, so that it never calls back, and no personal data.
    """

    type: ClassVar[str]
    type_version: ClassVar[int] = 1

    key: UUID
    """The aggregate that it happened to; order holds per key."""
    version: int
    """The version of the aggregate that this event led to."""
    at: datetime

    @property
    def id(self) -> UUID:
        """The same wherever it is computed: one event a version of an aggregate."""
        return uuid5(self.key, str(self.version))
