"""
Collections and indexes, made before anybody writes.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.adapters.mongo.database import Database
from carmarket.adapters.mongo.schema import INDEXES, prepare
from carmarket.ports.preparing import Preparation


@frozen
class MongoPreparation(Preparation):
    _database: Database

    async def prepare(self) -> str:
        await prepare(self._database)
        return f"{len(INDEXES)} collections with {sum(map(len, INDEXES.values()))} indexes"
