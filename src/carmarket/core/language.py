"""
The languages that people are written to in.
"""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """A language by its ISO 639-1 code."""

    ENGLISH = "en"
    GERMAN = "de"
    ARABIC = "ar"
