"""
Answers that are ready to be sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import frozen
from litestar.types import Receive, Scope, Send

JSON = "application/json"
ENCODER = msgspec.json.Encoder()
WITHOUT_BODY = frozenset({204, 304})


@frozen(kw_only=True)
class Answer:
    """An ASGI application that answers this; the framework's responses take several times as long to begin."""

    body: bytes
    status: int = 200
    media_type: str = JSON
    headers: Mapping[str, str] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        headers = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in self.headers.items()]
        if self.status not in WITHOUT_BODY:
            headers.append((b"content-type", self.media_type.encode("ascii")))
            headers.append((b"content-length", b"%d" % len(self.body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def json_answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """The value as JSON, encoded once and here."""
    return Answer(body=ENCODER.encode(value), status=status, headers=headers or {})


def not_modified(tag: str) -> Answer:
    """The caller has it already."""
    return Answer(body=b"", status=304, headers={"ETag": tag})
