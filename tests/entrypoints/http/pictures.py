"""
Pictures for tests, and the way to put them in.
"""

from __future__ import annotations

from io import BytesIO

from httpx import Response
from PIL import Image

from tests.entrypoints.http.service import Service

JPEG = {"Content-Type": "image/jpeg"}


def a_picture(shade: int = 0, kind: str = "JPEG") -> bytes:
    kept = BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    Image.new("RGB", (900, 600), (40 * shade, 90, 120)).save(kept, kind, exif=exif)
    return kept.getvalue()


async def put_in(service: Service, listing: Response, picture: bytes, *, media_type: str = "image/jpeg") -> Response:
    return await service.ask(
        "POST", f"/v1/listings/{listing.json()['id']}/photos", "dealer",
        etag=listing.headers["etag"], content=picture, headers={"Content-Type": media_type},
    )  # fmt: skip
