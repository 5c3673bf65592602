"""
The law of `IndexSnapshots`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carmarket.core.catalog.car import CarId
from carmarket.core.search.document import Fact
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.core.search.words import Word, WordKind
from carmarket.ports.search import IndexSnapshots, SearchIndex
from carmarket.testing.builders import NOW
from carmarket.testing.contracts.search import SearchIndexContract, a_fact, documents_of
from carmarket.testing.strategies import CARS, histories, queries

TOKEN = UUID(int=77)
Opened = tuple[SearchIndex, IndexSnapshots]


async def nothing() -> None:
    """A database that remembers every token."""


class IndexSnapshotsContract:
    """Give a fixture `open_index` that makes a new index, and the snapshots of it in the file that it is given."""

    def test_an_index_comes_back_and_goes_on_as_if_nothing_had_been(
        self, open_index: Callable[[Path], Opened], tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        @settings(
            max_examples=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        @given(histories(), histories(), st.lists(queries(), min_size=1, max_size=4))
        def holds(before: list[Fact], after: list[Fact], asked: list[SearchQuery]) -> None:
            told = {(type(fact), fact.car_id, getattr(fact, "booking_id", None), fact.version) for fact in before}
            later = [
                fact
                for fact in after
                if (type(fact), fact.car_id, getattr(fact, "booking_id", None), fact.version) not in told
            ]
            file = tmp_path_factory.mktemp("index") / "cars.index"
            asyncio.run(self.come_back(open_index, file, before, later, asked))

        holds()

    async def come_back(
        self,
        open_index: Callable[[Path], Opened],
        file: Path,
        before: Sequence[Fact],
        later: Sequence[Fact],
        asked: Sequence[SearchQuery],
    ) -> None:
        index, snapshots = open_index(file)
        await index.apply(before, position=9)
        await snapshots.save(TOKEN, nothing)
        index, snapshots = open_index(file)
        assert await snapshots.stored() == (TOKEN, 9)
        assert await snapshots.load()
        assert await index.position() == 9
        law = SearchIndexContract()
        for query in asked:
            await law.demand_exact(index, query, list(documents_of(before).values()), 5)
        await index.apply(later, position=10)
        everything = documents_of([*before, *later])
        for query in asked:
            await law.demand_exact(index, query, list(everything.values()), 5)
        for number in range(1, CARS + 1):
            assert await index.get(CarId(UUID(int=number))) == everything.get(CarId(UUID(int=number)))
        # Once more: what was loaded and has changed since is saved as well.
        await snapshots.save(TOKEN, nothing)
        index, snapshots = open_index(file)
        assert await snapshots.load()
        for query in asked:
            await law.demand_exact(index, query, list(everything.values()), 5)

    async def test_words_places_and_suggestions_come_back(
        self, open_index: Callable[[Path], Opened], tmp_path: Path
    ) -> None:
        index, snapshots = open_index(tmp_path / "cars.index")
        await index.apply([a_fact(number) for number in range(1, 6)], position=5)
        await snapshots.save(TOKEN, nothing)
        fresh, snapshots = open_index(tmp_path / "cars.index")
        assert await snapshots.load()

        for word in (Word("golf"), Word("glof", WordKind.FUZZY), Word("gol", WordKind.PREFIX)):
            assert (await fresh.find(SearchQuery(terms=(word,)), now=NOW)).total == 5
        assert [one.count for one in await fresh.suggest(["golf"])] == [5]
        assert (await fresh.known(["golf"])).words == {"golf"}

    async def test_there_is_none_before_the_first(self, open_index: Callable[[Path], Opened], tmp_path: Path) -> None:
        index, snapshots = open_index(tmp_path / "cars.index")

        assert await snapshots.stored() is None
        assert not await snapshots.load()
        assert await index.position() == 0

    async def test_the_token_is_committed_before_the_file_takes_its_name(
        self, open_index: Callable[[Path], Opened], tmp_path: Path
    ) -> None:
        index, snapshots = open_index(tmp_path / "cars.index")
        await index.apply([a_fact()], position=1)
        seen: list[Any] = []

        async def commit() -> None:
            seen.append(await open_index(tmp_path / "cars.index")[1].stored())

        await snapshots.save(TOKEN, commit)
        await snapshots.save(UUID(int=78), commit)

        assert seen == [None, (TOKEN, 1)]

    async def test_a_crash_while_it_is_written_leaves_the_old_one(
        self, open_index: Callable[[Path], Opened], tmp_path: Path
    ) -> None:
        index, snapshots = open_index(tmp_path / "cars.index")
        await index.apply([a_fact()], position=1)
        await snapshots.save(TOKEN, nothing)
        await index.apply([a_fact(2)], position=2)

        async def crash() -> None:
            raise KeyError

        with pytest.raises(KeyError):
            await snapshots.save(UUID(int=78), crash)

        assert await snapshots.stored() == (TOKEN, 1)

    async def test_what_is_written_while_it_is_captured_is_in_it_or_comes_by_the_log(
        self, open_index: Callable[[Path], Opened], tmp_path: Path
    ) -> None:
        index, snapshots = open_index(tmp_path / "cars.index")
        await index.apply([a_fact(number) for number in range(1, 1_001)], position=1_000)
        saving = asyncio.create_task(snapshots.save(TOKEN, nothing))
        position = 1_000
        while not saving.done():
            position += 1
            await index.apply([a_fact(position)], position=position)
            await asyncio.sleep(0)
        await saving

        fresh, snapshots = open_index(tmp_path / "cars.index")
        assert await snapshots.load()
        total = (await fresh.find(SearchQuery(sort=Sort.NEWEST), now=NOW)).total
        assert total == await fresh.position() >= 1_000

    async def test_a_file_that_is_not_whole_is_as_good_as_none(
        self, open_index: Callable[[Path], Opened], tmp_path: Path
    ) -> None:
        file = tmp_path / "cars.index"
        index, snapshots = open_index(file)
        await index.apply([a_fact(number) for number in range(1, 40)], position=39)
        await snapshots.save(TOKEN, nothing)
        whole = file.read_bytes()

        for broken in (b"", whole[:20], whole[: len(whole) // 2], whole[:-1], b"x" * 5_000, _flipped(whole, 40)):
            file.write_bytes(broken)
            fresh, snapshots = open_index(file)
            assert await snapshots.stored() is None
            assert not await snapshots.load()
            assert await fresh.position() == 0


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
