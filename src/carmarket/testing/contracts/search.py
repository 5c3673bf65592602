"""
The law of `SearchIndex`, as tests.

It is long, for a port has one suite, whose checks share what the facts amount to.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carmarket.core.catalog.car import CarId
from carmarket.core.errors import CursorExpiredError, InvalidError
from carmarket.core.search.document import Entry, Fact, ListingFact, SearchDocument, SuggestionKind
from carmarket.core.search.facets import FacetField, Facets, facet_values, ranked, without_own_filter
from carmarket.core.search.page import Page, sort_value
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.core.search.words import Word, WordKind
from carmarket.ports.search import SearchIndex
from carmarket.testing.builders import NOW, a_published
from carmarket.testing.strategies import CARS, RATES, cars, histories, queries, renamed

Make = Callable[[], SearchIndex]
QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def documents_of(facts: Sequence[Fact]) -> dict[CarId, SearchDocument]:
    """What the facts amount to, by the core's own rule."""
    known: dict[CarId, SearchDocument] = {}
    for fact in facts:
        known[fact.car_id] = (known.get(fact.car_id) or SearchDocument(car_id=fact.car_id)).applied(fact)
    return known


def expected_facets(documents: Sequence[SearchDocument], query: SearchQuery) -> Facets:
    counted = {}
    for facet in FacetField:
        wider = without_own_filter(query, facet)
        values = [
            value
            for document in documents
            if wider.matches(document) and document.entry is not None
            for value in facet_values(document.entry, facet)
        ]
        counted[facet] = ranked((value, values.count(value)) for value in set(values))
    return counted


async def walk(index: SearchIndex, query: SearchQuery, limit: int) -> list[Page]:
    """All pages of a query."""
    pages = [await index.find(query, now=NOW, limit=limit, facets=True)]
    while pages[-1].next is not None:
        pages.append(await index.find(query, now=NOW, limit=limit, after=pages[-1].next))
    return pages


def a_fact(number: int = 1, version: int = 1, **said: Any) -> ListingFact:
    """A Golf before the public."""
    car = a_published(number, **said).state.public
    assert car is not None
    return ListingFact(car_id=car.id, version=version, entry=Entry.of(car, RATES))


class SearchIndexContract:
    """Give a fixture `make_index` that makes a new, empty index each time it is called."""

    def test_an_index_finds_exactly_what_the_predicate_matches(self, make_index: Make) -> None:
        @QUIET
        @given(histories(), st.lists(queries(), min_size=1, max_size=6), st.integers(1, 7))
        def holds(facts: list[Fact], asked: list[SearchQuery], limit: int) -> None:
            async def run() -> None:
                index = make_index()
                half = len(facts) // 2
                await index.apply(facts[:half])
                await index.apply(facts[half:])
                documents = list(documents_of(facts).values())
                for query in asked:
                    await self.demand_exact(index, query, documents, limit)

            asyncio.run(run())

        holds()

    async def demand_exact(
        self, index: SearchIndex, query: SearchQuery, documents: Sequence[SearchDocument], limit: int
    ) -> None:
        matching = {one.car_id: one for one in documents if query.matches(one)}
        pages = await walk(index, query, limit)
        found = [hit for page in pages for hit in page.hits]

        assert sorted(hit.car.id for hit in found) == sorted(matching)
        assert {page.total for page in pages} == {len(matching)}
        assert all(len(page.hits) == limit for page in pages[:-1])
        assert pages[0].facets == expected_facets(documents, query)
        for hit in found:
            entry = matching[hit.car.id].entry
            assert entry is not None
            assert hit.car == entry.car
        if query.sort is not Sort.RELEVANCE:
            entries = [matching[hit.car.id].entry for hit in found]
            values = [sort_value(entry, query) for entry in entries if entry is not None]
            keys = [(value is None, value or 0, hit.car.id) for value, hit in zip(values, found, strict=True)]
            assert keys == sorted(keys)

    def test_facts_may_come_twice_late_and_in_any_order(self, make_index: Make) -> None:
        @QUIET
        @given(histories(), st.data())
        def holds(facts: list[Fact], data: st.DataObject) -> None:
            shuffled = data.draw(st.permutations([*facts, *facts]))

            async def run() -> None:
                index = make_index()
                for at in range(0, len(shuffled), 5):
                    await index.apply(shuffled[at : at + 5])
                expected = documents_of(facts)
                for number in range(1, CARS + 1):
                    car_id = CarId(UUID(int=number))
                    assert await index.get(car_id) == expected.get(car_id)

            asyncio.run(run())

        holds()

    async def test_an_empty_index_finds_nothing(self, make_index: Make) -> None:
        index = make_index()

        page = await index.find(SearchQuery(sort=Sort.NEWEST), now=NOW, facets=True)

        assert (page.hits, page.total, page.next) == ((), 0, None)
        assert page.facets == dict.fromkeys(FacetField, ())
        assert await index.suggest(["golf"]) == ()
        assert await index.get(CarId(UUID(int=1))) is None
        assert await index.position() == 0

    async def test_the_position_is_kept_with_the_facts_and_never_moves_back(self, make_index: Make) -> None:
        index = make_index()
        await index.apply([a_fact()], position=7)
        await index.apply([], position=3)
        await index.apply([a_fact(2)])

        assert await index.position() == 7

    async def test_words_that_nobody_read_are_refused(self, make_index: Make) -> None:
        with pytest.raises(InvalidError):
            await make_index().find(SearchQuery(words="golf"), now=NOW)

    async def test_which_words_are_known(self, make_index: Make) -> None:
        index = make_index()
        await index.apply([a_fact(1), a_fact(2, description="Unicorn")])
        before = await index.known(["golf", "gol", "unicorn", "zzz"])
        await index.apply([ListingFact(car_id=CarId(UUID(int=2)), version=2, entry=None)])
        after = await index.known(["golf", "gol", "unicorn", "uni", "zzz"])

        assert sorted(before.words) == ["golf", "unicorn"]
        assert sorted(before.prefixes) == ["gol", "golf", "unicorn"]
        assert (sorted(after.words), sorted(after.prefixes)) == (["golf"], ["gol", "golf"])

    async def test_suggestions_count_findable_cars(self, make_index: Make) -> None:
        index = make_index()
        await index.apply([a_fact(number) for number in (1, 2, 3)])
        await index.apply([ListingFact(car_id=CarId(UUID(int=3)), version=2, entry=None)])

        both = await index.suggest(["volks"])
        one = await index.suggest(["gol", "volk"])

        assert [(each.kind, each.text, each.count) for each in both] == [
            (SuggestionKind.MAKE, "Volkswagen", 2),
            (SuggestionKind.MODEL, "Volkswagen Golf", 2),
        ]
        assert [each.text for each in one] == ["Volkswagen Golf"]
        assert len(await index.suggest(["volks"], limit=1)) == 1

    async def test_by_relevance_names_come_before_descriptions_and_rare_words_weigh_more(
        self, make_index: Make
    ) -> None:
        index = make_index()
        polo = a_published(2).state
        other = evolve(polo.details.vehicle, make="Ford", model="Ka")
        said = [
            a_fact(1),
            a_fact(2, vehicle=other, description="Better than a Golf"),
            a_fact(3, vehicle=other, description="A unicorn among better cars than a golf"),
        ]
        await index.apply(said)

        golf = await index.find(SearchQuery(terms=(Word("golf"),)), now=NOW)
        fuzzy = await index.find(SearchQuery(terms=(Word("gulf", WordKind.FUZZY),)), now=NOW)

        assert golf.hits[0].car.id.int == fuzzy.hits[0].car.id.int == 1
        assert golf.total == fuzzy.total == 3

    async def test_pages_by_relevance_walk_through_one_view(self, make_index: Make) -> None:
        index = make_index()
        await index.apply([a_fact(number) for number in range(1, 31)])
        query = SearchQuery(terms=(Word("golf"),))
        first = await index.find(query, now=NOW, limit=10)
        assert first.next is not None
        gone = first.next.car_id
        await index.apply([ListingFact(car_id=gone, version=2, entry=None), *(a_fact(100 + n) for n in range(20))])

        second = await index.find(query, now=NOW + timedelta(days=9), limit=100, after=first.next)

        seen = [hit.car.id.int for page in (first, second) for hit in page.hits]
        assert len(seen) == len(set(seen)) == 30
        assert second.next is None

    async def test_a_view_that_is_gone_says_so(self, make_index: Make) -> None:
        index = make_index()
        await index.apply([a_fact(number) for number in range(1, 4)])
        query = SearchQuery(terms=(Word("golf"),))
        first = await index.find(query, now=NOW, limit=1)
        assert first.next is not None

        for other in (evolve(first.next, view="0-0"), evolve(first.next, view=None)):
            with pytest.raises(CursorExpiredError):
                await index.find(query, now=NOW, limit=1, after=evolve(other, view=other.view or "none"))

    def test_a_rebuild_gives_what_the_facts_give_and_takes_in_what_comes_meanwhile(self, make_index: Make) -> None:
        @settings(QUIET, max_examples=20)
        @given(histories(), histories(most=20), cars())
        def holds(old: list[Fact], late: list[Fact], car: Any) -> None:
            stale = [renamed(ListingFact(car_id=car.id, version=9, entry=Entry.of(car, RATES)), 99)]

            async def run() -> None:
                index = make_index()
                await index.apply(stale)
                merged = list({(type(fact), fact.car_id, _name(fact)): fact for fact in [*late, *old]}.values())
                fresh = [fact for fact in merged if fact in old]
                later = [fact for fact in merged if fact not in old]

                async def scan() -> AsyncIterator[Sequence[Fact]]:
                    for at in range(0, len(fresh), 3):
                        await index.apply(later[at : at + 3])
                        yield fresh[at : at + 3]
                    await index.apply(later)

                await index.rebuild(scan(), position=5)

                expected = documents_of([*fresh, *later])
                for number in [*range(1, CARS + 1), 99]:
                    car_id = CarId(UUID(int=number))
                    assert await index.get(car_id) == expected.get(car_id)
                assert await index.position() == 5
                page = await index.find(SearchQuery(sort=Sort.NEWEST), now=NOW)
                assert page.total == sum(1 for one in expected.values() if one.entry is not None)

            asyncio.run(run())

        holds()


def _name(fact: Fact) -> tuple[Any, ...]:
    return (getattr(fact, "booking_id", None), fact.version)
