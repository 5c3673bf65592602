"""
Versions as entity tags: which version an answer shows, and which one a change was decided on (RFC 9110).
"""

from __future__ import annotations

import re
from typing import Any

from litestar import Request

from carmarket.core.errors import StaleError
from carmarket.entrypoints.http.problems import IfMatchMissingError, MalformedError

TAG = re.compile(r'"([0-9]{1,18})"')
ANY_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')
"""An entity tag of whatever server (RFC 9110, 8.8.3)."""


def tag(version: int) -> str:
    return f'"{version}"'


def expected_version(request: Request[Any, Any, Any]) -> int | None:
    """
    The version that the caller decided on; `None` for `*`, which any version will do for.

    Raises: IfMatchMissingError without the header; StaleError for a tag that no version has, such as a weak one;
        MalformedError for what is no tag.
    """
    said = request.headers.get("if-match", "").strip()
    if not said:
        raise IfMatchMissingError(
            "Say which version the change was decided on.",
            field="If-Match",
            expected='the ETag of the newest version, such as "3"',
        )
    if said == "*":
        return None
    if not ANY_TAG.fullmatch(said):
        raise MalformedError("This is no entity tag.", field="If-Match", value=said[:80], expected='one such as "3"')
    found = TAG.fullmatch(said)
    if found is None:
        raise StaleError("No version has this tag.", field="If-Match", value=said[:80], expected='a tag such as "3"')
    return int(found[1])


def is_known(request: Request[Any, Any, Any], version: int) -> bool:
    """Whether the caller has this version already."""
    tags = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    return tag(version) in tags or "*" in tags
