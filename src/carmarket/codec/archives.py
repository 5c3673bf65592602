"""
All that is held about a person, as one file to take away.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import msgspec

from carmarket.core.catalog.photos import public_key
from carmarket.ports.blobs import BlobStore

NAME = "carmarket-data.zip"
MEDIA_TYPE = "application/zip"


async def archive(held: Mapping[str, Any], blobs: BlobStore) -> bytes:
    """A ZIP with one JSON file, and the photos of the person's cars."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as opened:
        opened.writestr("data.json", msgspec.json.format(msgspec.json.encode(dict(held)), indent=1))
        for listing in held.get("listings", ()):
            for photo in listing.photos.ready:
                picture = await blobs.get(public_key(photo.id, "large"))
                if picture is not None:
                    opened.writestr(f"photos/{listing.id}/{photo.id}.jpg", picture)
    return packed.getvalue()
