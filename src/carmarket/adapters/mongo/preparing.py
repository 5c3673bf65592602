"""
Collections and indexes, made before anybody writes.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.adapters.mongo.database import Database, answering
from carmarket.adapters.mongo.schema import INDEXES, prepare
from carmarket.ports.preparing import Preparation
from carmarket.ports.probe import Probe


@frozen
class MongoPreparation(Preparation):
    _database: Database

    async def prepare(self) -> str:
        await prepare(self._database)
        return f"{len(INDEXES)} collections with {sum(map(len, INDEXES.values()))} indexes"


@frozen
class MongoProbe(Probe):
    _database: Database

    async def version(self) -> str:
        with answering():
            told = await self._database.command("buildInfo")
        return f"MongoDB {told['version']}"
