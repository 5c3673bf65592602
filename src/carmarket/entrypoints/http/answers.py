"""
Answers in JSON.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response

JSON = "application/json"
ENCODER = msgspec.json.Encoder()


def json_answer(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """The value as JSON, encoded once and here."""
    return Response(ENCODER.encode(value), status_code=status, media_type=JSON, headers=headers)
