"""
An aggregate as one document: its state, and an array of the events of it that nobody has published yet.

MongoDB writes one document in one atomic step, so there is no state without its events and no transaction is needed.
A document is never replaced as a whole: that would bring back events which a relay has taken out meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pymongo.errors import DuplicateKeyError

from carmarket.adapters.mongo.database import Document, Documents, answering
from carmarket.adapters.mongo.schema import AGGREGATES, PARTITIONS
from carmarket.codec.documents import Kept, encode
from carmarket.codec.events import encode_event
from carmarket.core.change import Change
from carmarket.core.errors import UnavailableError
from carmarket.core.events import Event
from carmarket.core.period import milliseconds
from carmarket.core.versions import changed_meanwhile

MOST_WAITING = 100
"""Events of one aggregate; further changes of it wait until a relay has come by."""


async def write(documents: Documents, change: Change[Any], fields: Mapping[str, Any], *, what: str) -> None:
    """
    Write state and events in one step; a field of `None` is left out.

    Raises: ConcurrencyConflictError if the stored version is not `change.base` (0: there is none); UnavailableError
        if too many events of the aggregate wait already; DuplicateKeyError if a unique field is somebody else's.
    """
    state: Kept = change.state
    told = [_waiting(event) for event in change.events]
    kept = {name: value for name, value in fields.items() if value is not None}
    kept |= {"version": change.state.version, "document": encode(state)}
    if change.base == 0:
        outbox = {"outbox": told} if documents.name in AGGREGATES else {}
        await _insert(documents, change, {**kept, **outbox}, what=what)
        return
    missing = dict.fromkeys((name for name, value in fields.items() if value is None), "")
    room = f"outbox.{max(0, MOST_WAITING - len(told))}"
    with answering():
        done = await documents.update_one(
            {"_id": change.state.id, "version": change.base, room: {"$exists": False}},
            {
                "$set": kept,
                **({"$unset": missing} if missing else {}),
                **({"$push": {"outbox": {"$each": told}}} if told else {}),
            },
        )
    if done.matched_count == 0:
        version = await _version(documents, change.state.id)
        if version == change.base:
            raise UnavailableError(f"Too many events of this {what} wait to be published.")
        raise changed_meanwhile(change.base, version, what=what)


async def _insert(documents: Documents, change: Change[Any], kept: Document, *, what: str) -> None:
    try:
        with answering():
            await documents.insert_one({"_id": change.state.id, **kept})
    except DuplicateKeyError:
        version = await _version(documents, change.state.id)
        if version:
            raise changed_meanwhile(0, version, what=what) from None
        raise


async def _version(documents: Documents, key: UUID) -> int:
    with answering():
        found = await documents.find_one({"_id": key}, {"version": 1})
    return int(found["version"]) if found else 0


async def documents_of(
    documents: Documents, wanted: Mapping[str, Any], order: Mapping[str, int], limit: int
) -> Sequence[bytes]:
    """The JSON of those that are wanted, in this order."""
    with answering():
        found = await documents.find(wanted, {"document": 1}).sort(order).limit(limit).to_list()
    return [one["document"] for one in found]


async def document_of(documents: Documents, wanted: Mapping[str, Any]) -> bytes | None:
    """The JSON of the one that is wanted."""
    with answering():
        found = await documents.find_one(wanted, {"document": 1})
    return found["document"] if found else None


def _waiting(event: Event) -> Document:
    return {
        "id": event.id,
        "type": event.type,
        "type_version": event.type_version,
        "key": event.key,
        "version": event.version,
        "at": milliseconds(event.at),
        "data": encode_event(event),
        "partition": event.key.int % PARTITIONS,
    }
