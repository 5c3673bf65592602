"""
What stands in for the photo lab where Pillow is not installed.
"""

from __future__ import annotations

from carmarket.core.errors import InvalidError
from carmarket.ports.pictures import Developed, PhotoLab


class NoPhotoLab(PhotoLab):
    """Refuses every picture, and says what to install: nobody sees what was not re-encoded."""

    async def develop(self, original: bytes) -> Developed:
        raise InvalidError(
            "Pictures need another package: install carmarket[embedded].",
            field="photo",
            value=len(original),
            expected="an installation with Pillow",
        )
