"""
Taking facts in: documents are read, merged by the core's rule, and written if nobody else did so meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import msgspec
from attrs import frozen

from carmarket.adapters.elasticsearch.cluster import Cluster
from carmarket.adapters.elasticsearch.mapping import POSITION, body_of, document_of
from carmarket.core.catalog.car import CarId
from carmarket.core.errors import UnavailableError
from carmarket.core.search.document import Fact, SearchDocument

Body = dict[str, Any]
Merge = Callable[[Body | None], Body | None]
"""From what is stored to what is to be stored; `None` if that is the same."""

BATCH = 500
"""Documents in one request."""
LARGEST_REQUEST = 1_000_000
"""Bytes; aiohttp sends more than 2**20 of them in one go, in which nothing else gets a turn."""
TRIES = 100
"""How often a document that others keep changing is read again; each time one of them has got further."""
READ = ["version", "entry", "bookings", "position"]


class GenerationGoneError(Exception):
    """The generation is no longer written to: another one has taken over."""


def merges_of(facts: Iterable[Fact]) -> dict[str, Merge]:
    """What the facts do to each car's document, all of them in one step."""
    by_car: dict[CarId, list[Fact]] = {}
    for fact in facts:
        by_car.setdefault(fact.car_id, []).append(fact)
    return {str(car_id): _merge(car_id, told) for car_id, told in by_car.items()}


def reaching(position: int) -> dict[str, Merge]:
    """What moves a generation's position, and never back."""

    def merged(stored: Body | None) -> Body | None:
        return {"position": position} if position > (stored or {}).get("position", 0) else None

    return {POSITION: merged}


@frozen
class Writer:
    """Writes to one generation at a time, by its alias."""

    _cluster: Cluster

    async def write(self, alias: str, merges: Mapping[str, Merge]) -> None:
        """Raises: GenerationGoneError; UnavailableError."""
        names = sorted(merges)
        for at in range(0, len(names), BATCH):
            await self._insist(alias, {name: merges[name] for name in names[at : at + BATCH]})

    async def _insist(self, alias: str, pending: dict[str, Merge]) -> None:
        for tried in range(TRIES):
            again = await self._try(alias, pending)
            if not again:
                return
            pending = {name: pending[name] for name in again}
            await asyncio.sleep(0.002 * min(tried, 10))
        raise UnavailableError("The search index is not ready, or is being changed by too many at once.")

    async def _try(self, alias: str, pending: Mapping[str, Merge]) -> set[str]:
        """Read, merge and write; the ids that are to be read again."""
        async with self._cluster.writing() as client:
            read = await client.mget(index=alias, ids=list(pending), source_includes=READ)
        again, operations = set[str](), list[bytes]()
        for stored in read["docs"]:
            _demand_there(stored)
            if "error" in stored:
                again.add(stored["_id"])  # of a generation made this moment, whose shard has not started
            else:
                operations += _operation(stored, pending[stored["_id"]])
        for piece in _pieces(operations):
            async with self._cluster.writing() as client:
                answer = await client.bulk(
                    index=alias,
                    operations=piece,  # type: ignore[arg-type]  # lines that are JSON already go as they are
                    require_alias=True,
                )
            results = [result for item in answer["items"] for result in item.values()]
            again |= {result["_id"] for result in results if _is_to_repeat(result)}
        return again


def _merge(car_id: CarId, facts: Sequence[Fact]) -> Merge:
    def merged(stored: Body | None) -> Body | None:
        before = SearchDocument(car_id=car_id) if stored is None else document_of(car_id, stored)
        after = reduce(SearchDocument.applied, facts, before)
        return None if stored is not None and after == before else body_of(after)

    return merged


def _operation(stored: Mapping[str, Any], merge: Merge) -> list[bytes]:
    """What writes the merged document if the stored one is still the same; nothing where nothing changes."""
    found = stored["found"]
    body = merge(stored["_source"] if found else None)
    if body is None:
        return []
    seen = {"if_seq_no": stored["_seq_no"], "if_primary_term": stored["_primary_term"]} if found else {}
    action = {"index" if found else "create": {"_id": stored["_id"], **seen}}
    return [msgspec.json.encode(action) + b"\n" + msgspec.json.encode(body)]


def _pieces(operations: Sequence[bytes]) -> Iterator[list[bytes]]:
    """In requests that are not large, unless one document is."""
    piece, size = list[bytes](), 0
    for operation in operations:
        if piece and size + len(operation) > LARGEST_REQUEST:
            yield piece
            piece, size = [], 0
        piece.append(operation)
        size += len(operation) + 1
    if piece:
        yield piece


def _is_to_repeat(result: Mapping[str, Any]) -> bool:
    """Whether somebody else wrote the document meanwhile. Raises: GenerationGoneError; UnavailableError."""
    if result["status"] == 409:
        return True
    _demand_there(result)
    if "error" in result:
        raise UnavailableError(f"The search index did not take a document: {result['error']['type']}.")
    return False


def _demand_there(result: Mapping[str, Any]) -> None:
    if result.get("error", {}).get("type") == "index_not_found_exception":
        raise GenerationGoneError
