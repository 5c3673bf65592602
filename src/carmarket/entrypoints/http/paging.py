"""
Pages of a list: behind which place it was asked for, how many, and where the next page begins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from attrs import evolve, field, frozen
from litestar import Request

from carmarket.codec.cursors import CursorCodec
from carmarket.codec.params import Params
from carmarket.entrypoints.http.queries import one, whole
from carmarket.services.market import Market

P = TypeVar("P")
T = TypeVar("T")
USUAL, MOST = 20, 100


@frozen(kw_only=True)
class Paging(Generic[P]):
    """What of a list was asked for."""

    after: P | None
    """The place behind which it begins; `None`: from the beginning."""
    limit: int
    _cursors: CursorCodec[P] = field(alias="cursors", repr=False)
    _asked: bytes = field(alias="asked", repr=False)

    @property
    def looked_at(self) -> int:
        """One more than is shown, which tells whether there is a next page."""
        return self.limit + 1

    def page(self, found: Sequence[T], place: Callable[[T], P]) -> tuple[Sequence[T], str | None]:
        """What is shown of it, and the cursor of the next page."""
        shown = found[: self.limit]
        has_more = len(found) > self.limit
        return shown, self._cursors.encode(place(shown[-1]), self._asked) if has_more else None


def paged(request: Request[Any, Any, Any], params: Params, kind: type[P], *, of: str, asked: Any) -> Paging[P]:
    """
    By the parameters `cursor` and `limit`. A cursor is good for the same list, asked for alike.

    Raises: InvalidError for another limit than 1 to 100; ForgedCursorError.
    """
    market: Market = request.app.state.market
    cursors, told = CursorCodec(kind, market.stock.secrets.secret(of)), one(params, "cursor")
    alike = msgspec.json.encode(asked, order="deterministic")
    after = cursors.decode(told, alike) if told else None
    return Paging(after=after, limit=whole(params, "limit", USUAL, MOST), cursors=cursors, asked=alike)


def paged_by_id(
    request: Request[Any, Any, Any], params: Params, named: Callable[[UUID], P], *, of: str, asked: Any
) -> Paging[P]:
    """The same for a list by ids, such as `BookingId`, which lie in a cursor as UUIDs."""
    by_uuid: Any = paged(request, params, UUID, of=of, asked=asked)
    paging: Paging[P] = evolve(by_uuid, after=by_uuid.after and named(by_uuid.after))
    return paging
