"""
Photos of listings: taken in, re-encoded out of sight, shown.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen

from carmarket.core.actor import Actor
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.core.catalog.photos import (
    Photo,
    PhotoId,
    PhotoStatus,
    developed_key,
    original_key,
    photo_id_of,
    public_key,
)
from carmarket.core.errors import ConcurrencyConflictError, InvalidError
from carmarket.ports.blobs import BlobStore
from carmarket.ports.catalog import ListingRepository
from carmarket.ports.clock import Clock
from carmarket.ports.pictures import MOST_BYTES, PUBLIC_SIZES, PUBLIC_TYPE, Developed, PhotoLab
from carmarket.services.catalog import CatalogService


@frozen(kw_only=True)
class PhotoService:
    """
    A picture is public only in the sizes that the photo lab made of it.

    The same bytes are the same photo, on whichever listing: they are kept and re-encoded once.
    """

    catalog: CatalogService
    listings: ListingRepository
    blobs: BlobStore
    lab: PhotoLab
    clock: Clock

    async def add(
        self, actor: Actor, listing_id: ListingId, original: bytes, *, expected: int | None = None
    ) -> Listing:
        """
        Put a picture behind the others. Nobody sees it before it has been re-encoded.

        Raises: InvalidError for an empty file or more than 20 MB.
        """
        if not 0 < len(original) <= MOST_BYTES:
            raise InvalidError(
                "A photo has at most 20 MB.", field="photo", value=len(original), expected="1 to 20971520 bytes"
            )
        photo = Photo(id=photo_id_of(original))
        await self.catalog.demand_open(actor, listing_id)
        await self.blobs.put(original_key(photo.id), original, content_type="application/octet-stream")
        return await self.catalog.change(
            actor, listing_id, expected, lambda listing: listing.add_photos([photo], now=self.clock.now())
        )

    async def remove(
        self, actor: Actor, listing_id: ListingId, photo_id: PhotoId, *, expected: int | None = None
    ) -> Listing:
        """Take a picture from the listing."""
        return await self.catalog.change(
            actor, listing_id, expected, lambda listing: listing.remove_photo(photo_id, now=self.clock.now())
        )

    async def order(
        self, actor: Actor, listing_id: ListingId, photo_ids: Sequence[PhotoId], *, expected: int | None = None
    ) -> Listing:
        """Put the pictures in order, cover first."""
        return await self.catalog.change(
            actor, listing_id, expected, lambda listing: listing.order_photos(photo_ids, now=self.clock.now())
        )

    async def prepare(self, original: bytes) -> PhotoId:
        """
        Keep and re-encode a picture ahead of the listings that will show it.

        Raises: InvalidError for what is no picture.
        """
        photo = Photo(id=photo_id_of(original))
        await self.blobs.put(original_key(photo.id), original, content_type="application/octet-stream")
        if await self._developed(photo.id) is None:
            await self._show(photo.id, await self.lab.develop(original))
        return photo.id

    async def develop(self, listing_ids: Sequence[ListingId]) -> int:
        """
        Re-encode what waits on up to 1,000 listings, and note what became of it; how many listings changed.

        Safe to repeat: what is settled stays settled, and sizes that are there are not made again.

        Raises: ConcurrencyConflictError if a listing was changed meanwhile; the repeat will find it so.
        """
        changes = []
        for listing in await self.listings.get_many(listing_ids):
            waiting = [photo for photo in listing.photos.items if photo.status is PhotoStatus.WAITING]
            settled = [await self._settle(photo) for photo in waiting]
            change = listing.settle_photos(settled, now=self.clock.now())
            if not change.is_empty:
                changes.append(change)
        for rejected in await self.listings.save_all(changes):
            raise rejected.reason
        return len(changes)

    async def develop_patiently(self, listing_ids: Sequence[ListingId], tries: int = 5) -> None:
        """`develop`, again where somebody changed a listing meanwhile."""
        for left in reversed(range(tries)):
            try:
                await self.develop(listing_ids)
            except ConcurrencyConflictError:
                if not left:
                    raise
            else:
                return

    async def _settle(self, photo: Photo) -> Photo:
        original = await self.blobs.get(original_key(photo.id))
        if original is None:
            return evolve(photo, status=PhotoStatus.REFUSED, reason="The uploaded file is gone.")
        size = await self._developed(photo.id)
        if size is None:
            try:
                developed = await self.lab.develop(original)
            except InvalidError as refused:
                return evolve(photo, status=PhotoStatus.REFUSED, reason=refused.message)
            size = await self._show(photo.id, developed)
        return evolve(photo, status=PhotoStatus.READY, width=size[0], height=size[1])

    async def _show(self, photo_id: PhotoId, developed: Developed) -> tuple[int, int]:
        """Put the public sizes in place; the note of their pixels comes last and says that all are there."""
        for size in PUBLIC_SIZES:
            await self.blobs.put(public_key(photo_id, size), developed.sizes[size], content_type=PUBLIC_TYPE)
        note = f"{developed.width}x{developed.height}"
        await self.blobs.put(developed_key(photo_id), note.encode(), content_type="text/plain")
        return developed.width, developed.height

    async def _developed(self, photo_id: PhotoId) -> tuple[int, int] | None:
        """The pixels of the large size, if the picture has been developed before."""
        note = await self.blobs.get(developed_key(photo_id))
        if note is None:
            return None
        width, height = note.decode().split("x")
        return int(width), int(height)
