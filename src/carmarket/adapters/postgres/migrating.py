"""
The schema: brought up to date by whoever comes first, by one at a time.
"""

from __future__ import annotations

from attrs import frozen
from psycopg import AsyncConnection, OperationalError

from carmarket.adapters.postgres.database import Database, unavailable
from carmarket.adapters.postgres.statements import migrations
from carmarket.core.errors import InvalidError
from carmarket.ports.preparing import Preparation
from carmarket.ports.probe import Probe

LOCK = 0x6361726D
""" "carm": the advisory lock of who migrates."""
PATIENCE = 60


@frozen
class PostgresPreparation(Preparation):
    _url: str

    async def prepare(self) -> str:
        done = await migrate(self._url)
        return f"schema {max(migrations())}, {done or 'no'} migration{'' if done == 1 else 's'} carried out"


@frozen
class PostgresProbe(Probe):
    _database: Database

    async def version(self) -> str:
        return f"PostgreSQL {(await self._database.rows('SHOW server_version'))[0][0]}"


async def migrate(url: str) -> int:
    """
    Bring the schema up to date, under a lock that all who migrate take; how many migrations that took.

    All of them are one transaction: what fails leaves the schema as it was.

    Raises: InvalidError for a schema that a newer carmarket made; UnavailableError.
    """
    known = migrations()
    try:
        async with await AsyncConnection.connect(url, connect_timeout=5) as connection:
            await connection.execute(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            version = await _version(connection)
            if version > max(known):
                raise InvalidError(
                    "The database was made by a newer carmarket.", field="url", value=f"schema {version}",
                    expected=f"schema {max(known)} or older",
                )  # fmt: skip
            missing = [number for number in known if number > version]
            for number in missing:
                await connection.execute(known[number])
                await connection.execute("INSERT INTO schema_migrations (number) VALUES (%s)", (number,))
            return len(missing)
    except OperationalError as error:
        raise unavailable(error) from error


async def _version(connection: AsyncConnection) -> int:
    await connection.execute("CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY)")
    row = await (await connection.execute("SELECT coalesce(max(number), 0) FROM schema_migrations")).fetchone()
    assert row is not None, "an aggregate has a row"
    return int(row[0])
