"""
The law of `SearchFallback`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carmarket.core.catalog.car import CarId
from carmarket.core.errors import InvalidError
from carmarket.core.money import Money, RateTable
from carmarket.core.period import Period
from carmarket.core.place import Place
from carmarket.core.search.document import BookingFact, Entry, Fact, ListingFact
from carmarket.core.search.page import Hit, Page, sort_value
from carmarket.core.search.plain import plain
from carmarket.core.search.query import Near, Range, SearchQuery
from carmarket.core.search.words import Word, WordKind
from carmarket.ports.fallback import FALLBACK, SearchFallback
from carmarket.ports.offer import Offer
from carmarket.testing.builders import NOW, a_published
from carmarket.testing.contracts.search import a_fact, documents_of
from carmarket.testing.strategies import CARS, POINTS, histories, periods, queries

Open = Callable[[], AbstractAsyncContextManager[Offer]]
QUIET = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
GOLF = CarId(UUID(int=1))


async def walk(fallback: SearchFallback, query: SearchQuery, limit: int) -> list[Page]:
    """All pages of a query."""
    pages = [await fallback.find(query, limit=limit)]
    while pages[-1].next is not None:
        pages.append(await fallback.find(query, after=pages[-1].next, limit=limit))
    return pages


class SearchFallbackContract:
    """Give a fixture `open_fallback` that opens a new, empty store each time it is called."""

    @pytest.fixture
    async def fallback(self, open_fallback: Open) -> AsyncIterator[SearchFallback]:
        async with open_fallback() as offer:
            yield await offer.get(FALLBACK)

    def test_it_finds_exactly_what_the_plain_query_matches(self, open_fallback: Open) -> None:
        @QUIET
        @given(histories(), st.lists(queries(), min_size=1, max_size=10), st.integers(1, 7))
        def holds(facts: list[Fact], asked: list[SearchQuery], limit: int) -> None:
            async def run() -> None:
                async with open_fallback() as offer:
                    fallback = await offer.get(FALLBACK)
                    await fallback.tell(facts)
                    for query in asked:
                        await self.demand_exact(fallback, query, facts, limit)

            asyncio.run(run())

        holds()

    async def demand_exact(
        self, fallback: SearchFallback, query: SearchQuery, facts: Sequence[Fact], limit: int
    ) -> None:
        asked = plain(query)
        matching = {key: one.entry for key, one in documents_of(facts).items() if one.entry and asked.matches(one)}
        pages = await walk(fallback, query, limit)
        found = [hit for page in pages for hit in page.hits]
        newest = sorted(matching.values(), key=lambda entry: (sort_value(entry, asked) or 0, entry.car.id))

        assert [hit.car for hit in found] == [entry.car for entry in newest]
        assert {page.total for page in pages} == {len(matching)}
        assert all(len(page.hits) == limit for page in pages[:-1])
        assert all(page.facets is None for page in pages)

    def test_facts_may_come_twice_late_and_in_any_order(self, open_fallback: Open) -> None:
        @QUIET
        @given(histories(), periods(), st.data())
        def holds(facts: list[Fact], free: Period, data: st.DataObject) -> None:
            shuffled = data.draw(st.permutations([*facts, *facts]))

            async def run() -> None:
                async with open_fallback() as offer:
                    fallback = await offer.get(FALLBACK)
                    for at in range(0, len(shuffled), 5):
                        await fallback.tell(shuffled[at : at + 5])
                    expected = documents_of(facts)
                    for car_id in (CarId(UUID(int=number)) for number in range(1, CARS + 1)):
                        document = expected.get(car_id)
                        assert await fallback.get(car_id) == (document.entry if document else None)
                    await self.demand_exact(fallback, SearchQuery(free=free), facts, 5)

            asyncio.run(run())

        holds()

    async def test_an_empty_one_finds_nothing(self, fallback: SearchFallback) -> None:
        assert await fallback.find(SearchQuery()) == Page(hits=(), total=0)
        assert await fallback.get(GOLF) is None
        await fallback.tell([])

    async def test_words_that_nobody_has_read_are_refused(self, fallback: SearchFallback) -> None:
        with pytest.raises(InvalidError) as refused:
            await fallback.find(SearchQuery(words="golf"))

        assert refused.value.field == "words"

    async def test_a_begun_word_and_a_misspelt_one_count_as_they_stand(self, fallback: SearchFallback) -> None:
        await fallback.tell([a_fact()])

        async def count(word: str, kind: WordKind) -> int:
            return (await fallback.find(SearchQuery(terms=(Word(word, kind),)))).total

        assert [await count("golf", kind) for kind in WordKind] == [1, 1, 1]
        assert await count("gol", WordKind.PREFIX) == 0
        assert await count("glof", WordKind.FUZZY) == 0

    async def test_a_car_that_is_withdrawn_is_found_no_more_and_stays_so(self, fallback: SearchFallback) -> None:
        await fallback.tell([a_fact(version=1), ListingFact(car_id=GOLF, version=2, entry=None)])
        await fallback.tell([a_fact(version=1)])

        assert await fallback.get(GOLF) is None
        assert (await fallback.find(SearchQuery())).total == 0

    async def test_told_once_more_at_other_rates_it_has_other_prices(self, fallback: SearchFallback) -> None:
        car = a_published(price=Money(1_000_00, "EUR")).state.public
        assert car is not None
        for rate, expected in ((None, 0), (2, 1)):
            rates = RateTable(base="USD", rates={} if rate is None else {"EUR": Decimal(rate)})
            await fallback.tell([ListingFact(car_id=car.id, version=car.version, entry=Entry.of(car, rates))])

            assert (await fallback.find(SearchQuery(price=Range(low=2_000_00)))).total == expected

    async def test_who_walks_sees_each_car_once_whatever_comes(self, fallback: SearchFallback) -> None:
        await fallback.tell([a_fact(number) for number in range(1, 31)])
        seen: list[Hit] = []
        page = await fallback.find(SearchQuery(), limit=7)
        for number in range(31, 40):
            seen += page.hits
            if page.next is None:
                break
            await fallback.tell([a_fact(number), ListingFact(car_id=page.hits[0].car.id, version=9, entry=None)])
            page = await fallback.find(SearchQuery(), after=page.next, limit=7)

        ids = [hit.car.id for hit in seen]
        assert len(ids) == len(set(ids))
        assert {CarId(UUID(int=number)) for number in range(1, 31)} <= set(ids)

    async def test_how_far_a_car_is_is_told(self, fallback: SearchFallback) -> None:
        await fallback.tell([a_fact(place=Place(point=POINTS[2]))])
        near = Near(POINTS[0], 600_000)

        page = await fallback.find(SearchQuery(near=near))

        assert [hit.distance_m for hit in page.hits] == [int(near.point.distance_m(POINTS[2]))]

    async def test_a_car_is_free_when_nothing_blocks_it(self, fallback: SearchFallback) -> None:
        day = timedelta(days=1)
        booked = BookingFact(
            car_id=GOLF, booking_id=UUID(int=9), version=1, period=Period(NOW + day, NOW + 2 * day), blocks=True
        )
        await fallback.tell([booked, a_fact()])

        async def count(start: int, end: int) -> int:
            return (await fallback.find(SearchQuery(free=Period(NOW + start * day, NOW + end * day)))).total

        assert [await count(0, 1), await count(1, 2), await count(2, 3)] == [1, 0, 1]
