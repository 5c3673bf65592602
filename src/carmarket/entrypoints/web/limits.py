"""
Which limit a page counts against, and how long a form it takes; a page that says nothing counts as reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KIB = 1024
LOGIN: Mapping[str, Any] = {"rate": "login", "body_limit": 16 * KIB}
REGISTER: Mapping[str, Any] = {"rate": "register", "body_limit": 16 * KIB}
SEARCH: Mapping[str, Any] = {"rate": "search"}
WRITE: Mapping[str, Any] = {"rate": "write", "body_limit": 64 * KIB}
"""A letter of a long text may take twelve bytes in a form: an emoji does."""
UNLIMITED: Mapping[str, Any] = {"rate": None}
"""Counts against no limit."""
