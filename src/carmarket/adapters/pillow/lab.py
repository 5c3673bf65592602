"""
From an uploaded file to clean pictures.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Mapping
from io import BytesIO

from PIL import Image, ImageOps

from carmarket.core.errors import InvalidError
from carmarket.ports.pictures import MOST_BYTES, MOST_PIXELS, PUBLIC_SIZES, Developed, PhotoLab

QUALITY = 85
MAGIC: Mapping[str, tuple[int, bytes]] = {
    "JPEG": (0, b"\xff\xd8\xff"),
    "PNG": (0, b"\x89PNG\r\n\x1a\n"),
    "WEBP": (8, b"WEBP"),
}


class PillowPhotoLab(PhotoLab):
    """Works in a thread; Pillow lets go of the interpreter while it decodes."""

    async def develop(self, original: bytes) -> Developed:
        return await asyncio.to_thread(_develop, original)


def _develop(original: bytes) -> Developed:
    kind = _kind(original)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is odd about a file is no news: it is decoded or refused
            picture = _decode(original, kind)
            sizes = {name: _encoded(picture, side) for name, side in PUBLIC_SIZES.items()}
    except InvalidError:
        raise
    except Exception as broken:  # a hostile file makes decoders fail in every way
        raise _refused("The picture is broken.", len(original), "a picture that can be opened") from broken
    large = max(PUBLIC_SIZES.values())
    shrink = min(1.0, large / max(picture.size))
    return Developed(
        width=max(1, round(picture.width * shrink)), height=max(1, round(picture.height * shrink)), sizes=sizes
    )


def _kind(original: bytes) -> str:
    """The format by the first bytes."""
    if len(original) > MOST_BYTES:
        raise _refused("A photo has at most 20 MB.", len(original), f"up to {MOST_BYTES} bytes")
    for kind, (at, magic) in MAGIC.items():
        if original[at : at + len(magic)] == magic:
            return kind
    raise _refused("This is no picture that can be taken.", len(original), "JPEG, PNG or WebP")


def _decode(original: bytes, kind: str) -> Image.Image:
    """The picture upright and on white, at least as large as the largest public size where the original is."""
    with Image.open(BytesIO(original), formats=[kind]) as opened:
        pixels = opened.width * opened.height
        if not 0 < pixels <= MOST_PIXELS:
            raise _refused("A photo has at most 40 million pixels.", pixels, f"1 to {MOST_PIXELS} pixels")
        large = max(PUBLIC_SIZES.values())
        if kind == "JPEG":
            opened.draft("RGB", (large, large))
        upright = ImageOps.exif_transpose(opened)
        upright.thumbnail((large, large), Image.Resampling.LANCZOS, reducing_gap=2.0)
        if upright.has_transparency_data:
            full = upright.convert("RGBA")
            white = Image.new("RGBA", full.size, "white")
            return Image.alpha_composite(white, full).convert("RGB")
        return upright.convert("RGB")


def _encoded(picture: Image.Image, side: int) -> bytes:
    """A JPEG of the pixels alone: nothing that the original said of itself is passed on."""
    sized = picture.copy()
    sized.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    clean = Image.new("RGB", sized.size)
    clean.paste(sized)
    data = BytesIO()
    clean.save(data, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return data.getvalue()


def _refused(message: str, value: object, expected: str) -> InvalidError:
    return InvalidError(message, field="photo", value=value, expected=expected)
