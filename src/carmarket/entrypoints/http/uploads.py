"""
Files that clients send: as the whole body, or as the part `file` of a form.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection, Iterable, Mapping
from typing import Any

from attrs import frozen
from litestar import Request
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException

from carmarket.core.errors import InvalidError
from carmarket.entrypoints.http.bodies import media_type_of
from carmarket.entrypoints.http.problems import MalformedError, UnsupportedTypeError

FORM = "multipart/form-data"
UNTOLD = frozenset({"application/octet-stream", "text/plain"})
"""What a part is called by clients that do not know what they send; its content tells."""


@frozen(kw_only=True)
class Upload:
    """A file and what was said beside it."""

    data: bytes | AsyncIterable[bytes]
    name: str | None = None
    fields: Mapping[str, tuple[str, ...]] = {}

    async def whole(self) -> bytes:
        """All of its bytes; the body limit of the route bounds them."""
        if isinstance(self.data, bytes):
            return self.data
        return b"".join([piece async for piece in self.data])


async def read_upload(request: Request[Any, Any, Any], kinds: Collection[str]) -> Upload:
    """
    The file that came; one that is the whole body is read when its data are.

    Raises: UnsupportedTypeError for a file of another kind; MalformedError for a form that cannot be read.
    """
    media_type = media_type_of(request)
    if media_type == FORM:
        return await _from_form(request, kinds)
    _demand_kind(media_type, {*kinds}, [*kinds, FORM])
    return Upload(data=request.stream())


async def _from_form(request: Request[Any, Any, Any], kinds: Collection[str]) -> Upload:
    await request.body()  # first, for the parser forgets its open files when there is too much of it
    try:
        form = await request.form()
    except (HTTPException, UnicodeDecodeError, LookupError) as broken:
        raise MalformedError("The form cannot be read.", field="body", expected=FORM) from broken
    try:
        return await _sorted(form.multi_items(), kinds)
    finally:
        await form.close()


async def _sorted(parts: Iterable[tuple[str, Any]], kinds: Collection[str]) -> Upload:
    fields: dict[str, tuple[str, ...]] = {}
    files: list[UploadFile] = []
    for name, value in parts:
        if not isinstance(value, UploadFile):
            fields[name] = (*fields.get(name, ()), value)
        elif name == "file":
            files.append(value)
        else:
            raise InvalidError("The file is the part 'file'.", field=name[:80], expected="file")
    if len(files) != 1:
        raise InvalidError("A form brings one file.", field="file", value=len(files), expected="one part 'file'")
    _demand_kind(files[0].content_type.partition(";")[0].strip().lower(), {*kinds, *UNTOLD}, kinds)
    return Upload(data=await files[0].read(), name=files[0].filename, fields=fields)


def _demand_kind(media_type: str, able: Collection[str], told: Collection[str]) -> None:
    if media_type not in able:
        raise UnsupportedTypeError(
            "The file is of another kind.", field="Content-Type", value=media_type[:80], expected=", ".join(told)
        )
