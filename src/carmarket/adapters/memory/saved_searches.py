"""
Saved searches in a dictionary, their ids under their keys, and alerts beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from attrs import define, evolve, field

from carmarket.core.change import Change
from carmarket.core.search.alerts import Alert, AlertId, AlertPosition
from carmarket.core.search.document import Entry, SearchDocument
from carmarket.core.search.keys import keys_of_entry, keys_of_query
from carmarket.core.search.saved import SavedSearch, SavedSearchId, demand_room
from carmarket.core.users.ids import UserId
from carmarket.core.versions import changed_meanwhile
from carmarket.ports.saved_searches import AlertLog, SavedSearches

LARGEST_LETTER = 1_000
MOST_PRUNED = 10_000


@define
class MemorySavedSearches(SavedSearches):
    """What a car is compared with is looked up under its keys."""

    _alerts: MemoryAlertLog
    _searches: dict[SavedSearchId, SavedSearch] = field(factory=dict)
    _by_owner: dict[UserId, set[SavedSearchId]] = field(factory=dict)
    _by_key: dict[str, set[SavedSearchId]] = field(factory=dict)

    async def get(self, search_id: SavedSearchId) -> SavedSearch | None:
        return self._searches.get(search_id)

    async def save(self, change: Change[SavedSearch]) -> None:
        search = change.state
        if search.version == change.base:
            return
        self._demand_version(search.id, change.base)
        own = self._by_owner.setdefault(search.owner, set())
        if change.base == 0:
            demand_room(len(own))
        self._take_from_keys(search.id)
        own.add(search.id)
        self._searches[search.id] = search
        self._alerts.known.add(search.id)
        if search.is_active:
            for key in self._keys_of_query(search):
                self._by_key.setdefault(key, set()).add(search.id)

    async def remove(self, search_id: SavedSearchId, *, version: int) -> None:
        if search_id not in self._searches:
            raise changed_meanwhile(version, 0, what="saved search")
        self._demand_version(search_id, version)
        self._remove(search_id)

    async def forget(self, owner: UserId) -> int:
        searches = await self.of_owner(owner)
        for search in searches:
            self._remove(search.id)
        return len(searches)

    async def of_owner(self, owner: UserId) -> Sequence[SavedSearch]:
        own = (self._searches[search_id] for search_id in self._by_owner.get(owner, ()))
        return tuple(sorted(own, key=lambda search: (search.created_at, search.id)))

    async def owners(self, *, after: UserId | None = None, limit: int = 100) -> Sequence[UserId]:
        behind = (owner for owner, own in self._by_owner.items() if own and (after is None or owner > after))
        return tuple(sorted(behind)[:limit])

    async def matching(self, document: SearchDocument) -> Sequence[SavedSearch]:
        if document.entry is None:
            return ()
        ids = set().union(*(self._by_key.get(key, ()) for key in self._keys_of_entry(document.entry)))
        candidates = (self._searches[search_id] for search_id in ids)
        found = (search for search in candidates if search.query.matches(document))
        return tuple(sorted(found, key=lambda search: search.id.int))

    def _keys_of_query(self, search: SavedSearch) -> frozenset[str]:
        return keys_of_query(search.query)

    def _keys_of_entry(self, entry: Entry) -> frozenset[str]:
        return keys_of_entry(entry)

    def _remove(self, search_id: SavedSearchId) -> None:
        self._take_from_keys(search_id)
        gone = self._searches.pop(search_id)
        self._by_owner[gone.owner].discard(search_id)
        self._alerts.forget(search_id)

    def _take_from_keys(self, search_id: SavedSearchId) -> None:
        known = self._searches.get(search_id)
        if known is not None:
            for key in self._keys_of_query(known):
                self._by_key.get(key, set()).discard(search_id)

    def _demand_version(self, search_id: SavedSearchId, base: int) -> None:
        stored = self._searches.get(search_id)
        version = stored.version if stored else 0
        if version != base:
            raise changed_meanwhile(base, version, what="saved search")


@define
class MemoryAlertLog(AlertLog):
    """Alerts by id; `known` are the searches that there are."""

    known: set[SavedSearchId] = field(factory=set)
    _alerts: dict[AlertId, Alert] = field(factory=dict)

    async def add(self, alerts: Sequence[Alert]) -> int:
        fresh = {one.id: one for one in alerts if one.id not in self._alerts and one.search_id in self.known}
        self._alerts.update(fresh)
        return len(fresh)

    async def find(
        self,
        owner: UserId,
        *,
        search_id: SavedSearchId | None = None,
        after: AlertPosition | None = None,
        limit: int = 100,
    ) -> Sequence[Alert]:
        wanted = (one for one in self._alerts.values() if one.owner == owner and search_id in (None, one.search_id))
        ordered = sorted(wanted, key=lambda one: _order(one.position))
        return tuple(one for one in ordered if after is None or _order(one.position) > _order(after))[:limit]

    async def counts(self, searches: Collection[SavedSearchId], since: datetime) -> Mapping[SavedSearchId, int]:
        wanted = frozenset(searches)
        return Counter(one.search_id for one in self._alerts.values() if one.search_id in wanted and one.at >= since)

    async def due(self, now: datetime, *, limit: int = 100) -> Sequence[UUID]:
        untold = [one for one in self._alerts.values() if one.told_at is None and one.due_at <= now]
        ordered = sorted(untold, key=lambda one: (one.due_at, one.letter))
        return tuple(dict.fromkeys(one.letter for one in ordered))[:limit]

    async def of_letter(self, letter: UUID) -> Sequence[Alert]:
        told = (one for one in self._alerts.values() if one.letter == letter)
        return tuple(sorted(told, key=lambda one: one.id))[:LARGEST_LETTER]

    async def tell(self, letter: UUID, *, now: datetime) -> None:
        for one in list(self._alerts.values()):
            if one.letter == letter and one.told_at is None:
                self._alerts[one.id] = evolve(one, told_at=now)

    async def prune(self, before: datetime) -> int:
        old = [one.id for one in self._alerts.values() if one.told_at is not None and one.told_at < before]
        for alert_id in old[:MOST_PRUNED]:
            del self._alerts[alert_id]
        return len(old[:MOST_PRUNED])

    def forget(self, search_id: SavedSearchId) -> None:
        """The search is gone, and what it found with it."""
        self.known.discard(search_id)
        for one in [one for one in self._alerts.values() if one.search_id == search_id]:
            del self._alerts[one.id]


def _order(position: AlertPosition) -> tuple[int, AlertId]:
    return -position.at, position.id
