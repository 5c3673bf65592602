"""
What follows from what happened: sentences that say when and what, and the readers that carry them out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from attrs import frozen

from carmarket.core.catalog.events import PhotosUploaded
from carmarket.core.catalog.listing import ListingId
from carmarket.core.events import Event
from carmarket.ports.events import EventLog, ReaderPositions
from carmarket.services.photos import PhotoService

BATCH = 100


@frozen(kw_only=True)
class Reader:
    """
    A named reader with effects: it gets every event at least once, in order, and moves on when its work is done.

    `policy` must be safe to repeat.
    """

    name: str
    log: EventLog
    positions: ReaderPositions
    policy: Callable[[Sequence[Event]], Awaitable[None]]

    async def step(self) -> int:
        """Work off the next events; how many there were."""
        recorded = await self.log.read(await self.positions.position(self.name), BATCH)
        if recorded:
            await self.policy([item.event for item in recorded])
            await self.positions.move(self.name, recorded[-1].position)
        return len(recorded)


@frozen(kw_only=True)
class WhenPhotosAreUploadedReEncodeThem:
    """Idempotent by state: a photo that is settled is not looked at again."""

    photos: PhotoService

    async def __call__(self, events: Sequence[Event]) -> None:
        uploaded = {event.key for event in events if isinstance(event, PhotosUploaded)}
        if uploaded:
            await self.photos.develop_patiently([ListingId(key) for key in sorted(uploaded)])
