"""
Pictures that no listing shows any more go, some hours later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from attrs import define, field

from carmarket.core.catalog.events import PhotosUploaded
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.core.catalog.photos import UPLOADS, PhotoId, developed_key, original_key, public_key
from carmarket.ports.blobs import BlobStore
from carmarket.ports.catalog import LARGEST_BATCH, ListingFilter, ListingRepository
from carmarket.ports.clock import Clock
from carmarket.ports.events import EventLog
from carmarket.ports.pictures import PUBLIC_SIZES

PATIENCE = timedelta(hours=6)
"""A picture is stored before its listing says so, and before a file of cars that shows it is read."""
UPLOADS_KEPT = timedelta(days=1)
FOLDERS = ("originals/", "photos/")
BATCH = 500


@define(kw_only=True)
class SweepPhotos:
    """
    Delete the files of photos that no listing has had for six hours, as this process has seen it.

    What is uploaded while it looks is seen by the log, or by another look, right before anything goes. Whoever uploads
    the very same bytes in the moment between is told that the file is gone, and uploads it again.
    """

    listings: ListingRepository
    blobs: BlobStore
    log: EventLog | None
    clock: Clock
    _suspects: dict[PhotoId, datetime] = field(factory=dict)
    """Since when nothing shows them."""

    async def __call__(self) -> int:
        """How many photos went."""
        begun, now = 0 if self.log is None else await self.log.last(), self.clock.now()
        kept = {photo_id_in(key) for folder in FOLDERS async for key in self.blobs.keys(folder)}
        orphans = kept - await self._shown()
        self._suspects = {one: self._suspects.get(one, now) for one in orphans if one is not None}
        due = {one for one, since in self._suspects.items() if since <= now - PATIENCE}
        going = due - await self._uploaded_since(begun) if due else due
        for photo_id in sorted(going):
            await self._delete(photo_id)
            del self._suspects[photo_id]
        return len(going)

    async def _shown(self) -> set[PhotoId]:
        """By any listing, whatever its state."""
        shown: set[PhotoId] = set()
        last = None
        while batch := await self.listings.find(ListingFilter(), after=last, limit=LARGEST_BATCH):
            shown |= photos_of(batch)
            last = batch[-1].id
        return shown

    async def _uploaded_since(self, position: int) -> set[PhotoId]:
        if self.log is None:
            return await self._shown()
        changed: set[ListingId] = set()
        while recorded := await self.log.read(position, BATCH):
            changed |= {ListingId(one.event.key) for one in recorded if isinstance(one.event, PhotosUploaded)}
            position = recorded[-1].position
        return await self._photos_of(changed)

    async def _photos_of(self, listing_ids: Collection[ListingId]) -> set[PhotoId]:
        ordered, found = sorted(listing_ids), set[PhotoId]()
        for start in range(0, len(ordered), LARGEST_BATCH):
            found |= photos_of(await self.listings.get_many(ordered[start : start + LARGEST_BATCH]))
        return found

    async def _delete(self, photo_id: PhotoId) -> None:
        """The note that it was developed first, so that what is left of it by a crash is developed anew."""
        await self.blobs.delete(developed_key(photo_id))
        for size in PUBLIC_SIZES:
            await self.blobs.delete(public_key(photo_id, size))
        await self.blobs.delete(original_key(photo_id))


@define(kw_only=True)
class SweepUploads:
    """Delete what was put straight into the store a day ago, as this process has seen it, taken or not."""

    blobs: BlobStore
    clock: Clock
    _seen: dict[str, datetime] = field(factory=dict)

    async def __call__(self) -> int:
        """How many uploads went."""
        now = self.clock.now()
        self._seen = {key: self._seen.get(key, now) async for key in self.blobs.keys(UPLOADS)}
        going = sorted(key for key, since in self._seen.items() if since <= now - UPLOADS_KEPT)
        for key in going:
            await self.blobs.delete(key)
            del self._seen[key]
        return len(going)


def photos_of(listings: Iterable[Listing]) -> set[PhotoId]:
    return {photo.id for listing in listings for photo in listing.photos.items}


def photo_id_in(key: str) -> PhotoId | None:
    """Whose file it is; `None` for a file that is none of ours."""
    try:
        return PhotoId(UUID(key.split("/")[1].removesuffix(".developed")))
    except ValueError:
        return None
