"""
Pictures that go straight into the blob store, past the market.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.core.catalog.photos import upload_key
from carmarket.core.errors import ConflictError, InvalidError, NotFoundError
from carmarket.ports.blobs import BlobStore, DirectUploads, UploadTicket
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.pictures import MOST_BYTES
from carmarket.services.catalog import CatalogService
from carmarket.services.photos import PhotoService

LIFETIME = timedelta(minutes=15)
TYPES: Collection[str] = ("image/jpeg", "image/png", "image/webp")


@frozen(kw_only=True)
class Upload:
    """With which somebody puts one picture into the store, and by which name it is then put before the listing."""

    id: UUID
    ticket: UploadTicket
    ends_at: datetime


@frozen(kw_only=True)
class UploadService:
    """First a ticket, then the upload, which the market does not see, and then the word that it is there."""

    tickets: DirectUploads | None
    """`None` where the blob store takes nothing from strangers."""
    catalog: CatalogService
    photos: PhotoService
    blobs: BlobStore
    clock: Clock
    ids: Ids

    async def begin(self, actor: Actor, listing_id: ListingId, *, content_type: str, size: int) -> Upload:
        """
        A ticket for a picture of exactly so many bytes, for a quarter of an hour.

        Raises: NotFoundError or ForbiddenError unless the actor may change the listing; InvalidError for another type
            or size; ConflictError in a market whose store gives no tickets.
        """
        await self.catalog.demand_open(actor, listing_id)
        if content_type not in TYPES:
            raise InvalidError(
                "A photo is a JPEG, a PNG or a WebP.", field="content_type", value=content_type[:80],
                expected=", ".join(TYPES),
            )  # fmt: skip
        if not 0 < size <= MOST_BYTES:
            raise InvalidError(
                "A photo has at most 20 MB.", field="size", value=size, expected=f"1 to {MOST_BYTES} bytes"
            )
        if self.tickets is None:
            raise ConflictError(
                "This market takes pictures itself.",
                field="photos",
                expected="the picture, sent to the listing's photos",
            )
        upload_id, now = self.ids.new(), self.clock.now()
        ticket = await self.tickets.ticket(
            upload_key(listing_id, upload_id), content_type=content_type, size=size, lifetime=LIFETIME
        )
        return Upload(id=upload_id, ticket=ticket, ends_at=now + LIFETIME)

    async def take(
        self, actor: Actor, listing_id: ListingId, upload_id: UUID, *, expected: int | None = None
    ) -> Listing:
        """
        Put what was uploaded behind the other pictures. Safe to repeat: the same picture is put there once.

        Raises: NotFoundError where nothing was uploaded, or too long ago.
        """
        await self.catalog.demand_open(actor, listing_id)
        picture = await self.blobs.get(upload_key(listing_id, upload_id))
        if picture is None:
            raise NotFoundError(
                "Nothing was uploaded by this name.", field="upload", value=str(upload_id),
                expected="an upload that was begun for this listing and has ended",
            )  # fmt: skip
        return await self.photos.add(actor, listing_id, picture, expected=expected)
