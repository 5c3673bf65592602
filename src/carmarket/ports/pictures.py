"""
From an uploaded file to pictures that can be shown.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol

from attrs import frozen

from carmarket.ports.offer import Port

PUBLIC_SIZES: Mapping[str, int] = {"large": 1_600, "medium": 800, "small": 320}
"""Names of the public sizes and their longest side in pixels; smaller originals are not enlarged."""
PUBLIC_TYPE = "image/jpeg"
MOST_PIXELS = 40_000_000
MOST_BYTES = 20 * 1024 * 1024
"""Of an uploaded original."""


@frozen(kw_only=True)
class Developed:
    """The public sizes of a picture, and the pixels of the largest."""

    width: int
    height: int
    sizes: Mapping[str, bytes]


class PhotoLab(Protocol):
    """
    Decodes what somebody uploaded and makes clean pictures of it.

    - JPEG, PNG and WebP only, told by their content and not by their name.
    - At most 40 million pixels, checked before anything is decoded.
    - The result is upright and carries nothing of the original but its picture: no EXIF, no place, no comment.
    """

    @abstractmethod
    async def develop(self, original: bytes) -> Developed:
        """
        The public sizes, as JPEG.

        Raises: InvalidError for what is no picture, too large, broken or of another format.
        """


PHOTO_LAB = Port[PhotoLab]("photo-lab")
