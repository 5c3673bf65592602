"""
Generations of the index: one is searched, and all that are registered are written to.

A generation is an index `prefix.N`. The alias `prefix` stands for the one that is searched. Each that takes facts has
an alias of its own, `prefix.N.write`; writes go there and demand an alias, so that a generation which has been removed
is not made again by who comes late.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen
from elasticsearch import BadRequestError, NotFoundError

from carmarket.adapters.elasticsearch.cluster import Cluster
from carmarket.adapters.elasticsearch.mapping import MAPPINGS, SETTINGS


@frozen
class Generations:
    """What there is in the cluster; nothing of it is remembered here."""

    _cluster: Cluster

    @property
    def searched(self) -> str:
        """The alias of the generation that is searched."""
        return self._cluster.prefix

    async def current(self) -> str | None:
        """The index that is searched, if there is one."""
        async with self._cluster.writing() as client:
            told = await client.options(ignore_status=404).indices.get_alias(name=self.searched)
        return next((name for name in told.body if name.startswith(f"{self.searched}.")), None)

    async def written(self) -> frozenset[str]:
        """The aliases to write to. Where there is no generation yet, the first is made."""
        while True:
            async with self._cluster.writing() as client:
                told = await client.indices.get_alias(name=f"{self.searched}.*.write")
            if told.body:
                return frozenset(f"{index}.write" for index in told.body)
            await self._make(1, searched=True)

    async def begin(self) -> str:
        """Register a new generation to be written to; its index."""
        number = max(await self._numbers(), default=0) + 1
        while not await self._make(number, searched=False):
            number += 1
        return self._index(number)

    async def switch(self, index: str) -> frozenset[str]:
        """
        Search the generation from now on, in one step; no other is written to any more. What may be removed now.

        Raises: NotFoundError if another rebuild that ended earlier has removed it.
        """
        others = {self._index(number) for number in await self._numbers()} - {index}
        actions: list[dict[str, Any]] = [{"add": {"index": index, "alias": self.searched}}]
        actions += [
            {"remove": {"index": other, "alias": alias, "must_exist": False}}
            for other in sorted(others)
            for alias in (self.searched, f"{other}.write")
        ]
        async with self._cluster.writing() as client:
            try:
                await client.indices.update_aliases(actions=actions)
            except NotFoundError:
                if index in {self._index(number) for number in await self._numbers()}:
                    raise
                return frozenset()
        return frozenset(others)

    async def remove(self, indices: frozenset[str]) -> None:
        async with self._cluster.writing() as client:
            for index in sorted(indices):
                await client.indices.delete(index=index, ignore_unavailable=True)

    async def _numbers(self) -> set[int]:
        async with self._cluster.writing() as client:
            told = await client.indices.get_alias(index=f"{self.searched}.*")
        numbers = (index.rpartition(".")[2] for index in told.body)
        return {int(number) for number in numbers if number.isdigit()}

    async def _make(self, number: int, *, searched: bool) -> bool:
        """Whether it was not there yet."""
        index = self._index(number)
        aliases: dict[str, Any] = {f"{index}.write": {}} | ({self.searched: {}} if searched else {})
        async with self._cluster.writing() as client:
            try:
                await client.indices.create(index=index, mappings=MAPPINGS, settings=SETTINGS, aliases=aliases)
            except BadRequestError as wrong:
                if wrong.error != "resource_already_exists_exception":
                    raise
                return False
        return True

    def _index(self, number: int) -> str:
        return f"{self.searched}.{number}"
