"""
The pictures of a car, in order, with a cover.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import NewType
from uuid import UUID, uuid5

from attrs import frozen

from carmarket.core.errors import ConflictError, InvalidError, NotFoundError

PhotoId = NewType("PhotoId", UUID)
PHOTOS = UUID("5f0f9d0e-3f0a-5d0e-9a3b-6a8a7b1f4c11")
MOST_PHOTOS = 40
UPLOADS = "uploads/"


def photo_id_of(original: bytes) -> PhotoId:
    """The id of a picture is made from its bytes, so that the same picture is kept once."""
    return PhotoId(uuid5(PHOTOS, sha256(original).hexdigest()))


def original_key(photo_id: PhotoId) -> str:
    """Where the uploaded bytes are in the blob store; private."""
    return f"originals/{photo_id}"


def upload_key(listing_id: UUID, upload_id: UUID) -> str:
    """Where somebody puts a picture for a listing straight into the blob store; private, and gone a day later."""
    return f"{UPLOADS}{listing_id}/{upload_id}"


def public_key(photo_id: PhotoId, size: str) -> str:
    """Where a re-encoded size is in the blob store; public."""
    return f"photos/{photo_id}/{size}.jpg"


def developed_key(photo_id: PhotoId) -> str:
    """Where the note is that all public sizes are in place."""
    return f"originals/{photo_id}.developed"


class PhotoStatus(StrEnum):
    WAITING = "waiting"
    """Uploaded, seen by nobody yet."""
    READY = "ready"
    """Re-encoded; its sizes are public."""
    REFUSED = "refused"
    """It could not be read as a picture; `reason` says why."""


@frozen(kw_only=True)
class Photo:
    """One picture: its original is private, its re-encoded sizes are public."""

    id: PhotoId
    status: PhotoStatus = PhotoStatus.WAITING
    width: int | None = None
    """Pixels of the largest public size."""
    height: int | None = None
    reason: str | None = None


@frozen
class Photos:
    """The pictures in the seller's order; the first that is ready is the cover."""

    items: tuple[Photo, ...] = ()

    @property
    def ready(self) -> tuple[Photo, ...]:
        """What the public sees, cover first."""
        return tuple(photo for photo in self.items if photo.status is PhotoStatus.READY)

    def added(self, *photos: Photo) -> Photos:
        """
        More of them, at the end.

        Raises: ConflictError when there would be more than 40.
        """
        if len(self.items) + len(photos) > MOST_PHOTOS:
            raise ConflictError(
                "A listing has at most 40 photos.",
                field="photos",
                value=len(self.items) + len(photos),
                expected="up to 40",
            )
        return Photos((*self.items, *photos))

    def settled(self, photos: Iterable[Photo]) -> Photos:
        """The given photos in their new state; those that are not here are passed over."""
        fresh = {photo.id: photo for photo in photos}
        return Photos(tuple(fresh.get(photo.id, photo) for photo in self.items))

    def removed(self, photo_id: PhotoId) -> Photos:
        self.get(photo_id)
        return Photos(tuple(photo for photo in self.items if photo.id != photo_id))

    def ordered(self, ids: Sequence[PhotoId]) -> Photos:
        """
        In a new order, cover first.

        Raises: InvalidError unless every photo is named once.
        """
        by_id = {photo.id: photo for photo in self.items}
        if len(ids) != len(by_id) or set(ids) != set(by_id):
            raise InvalidError(
                "The new order names every photo once.",
                field="photos",
                value=[str(photo_id) for photo_id in ids],
                expected=", ".join(str(photo_id) for photo_id in by_id),
            )
        return Photos(tuple(by_id[photo_id] for photo_id in ids))

    def get(self, photo_id: PhotoId) -> Photo:
        """Raises: NotFoundError when the listing has no such photo."""
        for photo in self.items:
            if photo.id == photo_id:
                return photo
        raise NotFoundError("The listing has no such photo.", field="photo", value=str(photo_id))
