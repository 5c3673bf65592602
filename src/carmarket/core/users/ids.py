"""
What people and dealers are known by.
"""

from __future__ import annotations

from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
DealerId = NewType("DealerId", UUID)
