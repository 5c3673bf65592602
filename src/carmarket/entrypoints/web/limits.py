"""
Which limit a page counts against, how long a form it takes and how long it has; a page that says nothing is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KIB = 1024
LOGIN: Mapping[str, Any] = {"rate": "login", "body_limit": 16 * KIB}
REGISTER: Mapping[str, Any] = {"rate": "register", "body_limit": 16 * KIB}
ELSEWHERE: Mapping[str, Any] = {"rate": "login", "deadline": 6.0}
"""A provider is asked on the way, for four seconds at most."""
DOWNLOAD: Mapping[str, Any] = {"rate": "read", "deadline": 60.0}
SEARCH: Mapping[str, Any] = {"rate": "search"}
WRITE: Mapping[str, Any] = {"rate": "write", "body_limit": 64 * KIB}
"""A letter of a long text may take twelve bytes in a form: an emoji does."""
UNLIMITED: Mapping[str, Any] = {"rate": None}
"""Counts against no limit."""
