"""Pictures re-encoded by Pillow."""

from __future__ import annotations

from carmarket.adapters.pillow.lab import PillowPhotoLab

__all__ = ["PillowPhotoLab"]
