"""
Searching by looking at every car: slow for many, obviously right, and what other indexes are measured against.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import AsyncIterable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from attrs import define, evolve, field, frozen

from carmarket.core.catalog.car import CarId
from carmarket.core.errors import CursorExpiredError
from carmarket.core.period import milliseconds
from carmarket.core.search.document import (
    Entry,
    Fact,
    SearchDocument,
    Suggestion,
    SuggestionKind,
    is_suggested,
    suggestible,
)
from carmarket.core.search.facets import FacetField, Facets, facet_values, ranked, without_own_filter
from carmarket.core.search.page import Cursor, Hit, Page, cursor_at
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.core.search.reading import Known
from carmarket.core.search.relevance import rarity, score
from carmarket.core.search.words import Word, WordKind
from carmarket.ports.search import Rebuilt, SearchIndex

VIEWS_KEPT = 100


@frozen
class _View:
    """The order by relevance at one moment."""

    query: SearchQuery
    order: tuple[CarId, ...]


@define
class MemorySearchIndex(SearchIndex):
    """Documents in a dictionary, and each query asked of each of them."""

    _documents: dict[CarId, SearchDocument] = field(factory=dict)
    _position: int = 0
    _coming: list[dict[CarId, SearchDocument]] = field(factory=list)
    """What rebuilds are filling; facts go there too."""
    _views: OrderedDict[str, _View] = field(factory=OrderedDict)
    _views_made: int = 0
    _meanings: dict[Word, frozenset[str]] = field(factory=dict)
    """Which words of the index a prefix or a misspelt word means; forgotten when the index changes."""

    @property
    def is_shared(self) -> bool:
        return False

    async def apply(self, facts: Sequence[Fact], *, position: int | None = None) -> None:
        for documents in (self._documents, *self._coming):
            _take(documents, facts)
        self._position = max(self._position, position or 0)
        self._meanings.clear()

    async def position(self) -> int:
        return self._position

    async def get(self, car_id: CarId) -> SearchDocument | None:
        return self._documents.get(car_id)

    async def find(
        self,
        query: SearchQuery,
        *,
        now: datetime,
        after: Cursor | None = None,
        limit: int = 20,
        facets: bool = False,
    ) -> Page:
        found = self._matching(query)
        if query.sort is Sort.RELEVANCE:
            shown, cursor = self._page_of_view(query, found, now, after, limit)
        else:
            shown, cursor = page_of_sort(query, found, after, limit)
        return Page(
            hits=tuple(hit_of(document, query) for document in shown),
            total=len(found),
            facets=self._facets(query, found) if facets else None,
            next=cursor,
        )

    async def known(self, words: Collection[str]) -> Known:
        present = self._words()
        return Known(
            words=frozenset(word for word in words if word in present),
            prefixes=frozenset(word for word in words if any(one.startswith(word) for one in present)),
        )

    async def suggest(self, words: Sequence[str], *, limit: int = 10) -> Sequence[Suggestion]:
        counts = Counter(offered for entry in self._entries() for offered in dict.fromkeys(suggestible(entry.car)))
        meant = [Suggestion(kind, text, count) for (kind, text), count in counts.items() if is_suggested(text, words)]
        return tuple(sorted(meant, key=_rank_of_suggestion)[:limit])

    async def rebuild(self, facts: AsyncIterable[Sequence[Fact]], *, position: int) -> Rebuilt:
        fresh: dict[CarId, SearchDocument] = {}
        self._coming.append(fresh)
        read = 0
        try:
            async for batch in facts:
                _take(fresh, batch)
                read += len(batch)
        finally:
            self._coming = [documents for documents in self._coming if documents is not fresh]
        self._documents = fresh
        self._position = max(self._position, position)
        self._meanings.clear()
        return Rebuilt(facts=read, cars=sum(1 for _ in self._entries()))

    def _entries(self) -> Iterable[Entry]:
        return (document.entry for document in self._documents.values() if document.entry is not None)

    def _words(self) -> frozenset[str]:
        return frozenset().union(*(entry.words for entry in self._entries()))

    def _matching(self, query: SearchQuery) -> list[SearchDocument]:
        """Whatever `query.matches`; what its inexact words mean is looked up once, not once a car."""
        query.demand_read()
        exact = tuple(word for word in query.terms if word.kind is WordKind.EXACT)
        meanings = [self._meaning(word) for word in query.terms if word.kind is not WordKind.EXACT]
        plain = evolve(query, terms=exact)
        return [
            document
            for document in self._documents.values()
            if plain.matches(document)
            and document.entry is not None
            and not any(meaning.isdisjoint(document.entry.words) for meaning in meanings)
        ]

    def _meaning(self, word: Word) -> frozenset[str]:
        if word not in self._meanings:
            self._meanings[word] = frozenset(one for one in self._words() if word.found_in(frozenset((one,))))
        return self._meanings[word]

    def _facets(self, query: SearchQuery, found: list[SearchDocument]) -> Facets:
        return {facet: ranked(self._counts(query, found, facet).items()) for facet in FacetField}

    def _counts(self, query: SearchQuery, found: list[SearchDocument], facet: FacetField) -> Counter[str]:
        wider = without_own_filter(query, facet)
        counted = found if wider == query else self._matching(wider)
        return Counter(
            value for document in counted if document.entry is not None for value in facet_values(document.entry, facet)
        )

    def _page_of_view(
        self, query: SearchQuery, found: list[SearchDocument], now: datetime, after: Cursor | None, limit: int
    ) -> tuple[list[SearchDocument], Cursor | None]:
        """The next cars of the view that still match."""
        name = after.view if after else self._open_view(query, found, now)
        view = self._views.get(name or "")
        if name is None or view is None or view.query != query:
            raise CursorExpiredError("This search is no longer kept; begin again.", field="cursor", value=name)
        self._views.move_to_end(name)
        by_id = {document.car_id: document for document in found}
        start = after.value if after else 0
        rest = [(place, by_id[one]) for place, one in enumerate(view.order[start:], start + 1) if one in by_id]
        if len(rest) <= limit:
            return [document for _, document in rest], None
        place, last = rest[limit - 1]
        return [document for _, document in rest[:limit]], Cursor(value=place, car_id=last.car_id, view=name)

    def _open_view(self, query: SearchQuery, found: list[SearchDocument], now: datetime) -> str:
        rarities = self._rarities(query.terms)
        scored = [
            (-score(document.entry, query.terms, rarities, now), document.car_id)
            for document in found
            if document.entry is not None
        ]
        self._views_made += 1
        name = f"{self._views_made}-{milliseconds(now)}"
        self._views[name] = _View(query, tuple(car_id for _, car_id in sorted(scored)))
        while len(self._views) > VIEWS_KEPT:
            self._views.popitem(last=False)
        return name

    def _rarities(self, terms: Sequence[Word]) -> Mapping[Word, float]:
        total = sum(1 for _ in self._entries())
        return {term: rarity(len(self._matching(SearchQuery(terms=(term,)))), total) for term in terms}


def _take(documents: dict[CarId, SearchDocument], facts: Sequence[Fact]) -> None:
    for fact in facts:
        known = documents.get(fact.car_id) or SearchDocument(car_id=fact.car_id)
        documents[fact.car_id] = known.applied(fact)


def page_of_sort(
    query: SearchQuery, found: list[SearchDocument], after: Cursor | None, limit: int
) -> tuple[list[SearchDocument], Cursor | None]:
    """The next of the found in an order other than relevance, and where they end if there are more."""
    behind = [
        (cursor.position, cursor, document)
        for document in found
        for cursor in (cursor_at(document, query),)
        if after is None or cursor.position > after.position
    ]
    behind.sort(key=lambda row: row[0])
    shown = behind[:limit]
    return [document for *_, document in shown], shown[-1][1] if len(behind) > limit else None


def hit_of(document: SearchDocument, query: SearchQuery) -> Hit:
    """The car, and how far it is."""
    assert document.entry is not None
    point = document.entry.point
    distance = int(query.near.point.distance_m(point)) if query.near and point else None
    return Hit(car=document.entry.car, distance_m=distance)


def _rank_of_suggestion(suggestion: Suggestion) -> tuple[int, str, SuggestionKind]:
    return -suggestion.count, suggestion.text, suggestion.kind
