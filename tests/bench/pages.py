"""
G2: a page of twenty cars of one make out of PostgreSQL, the newest first and with their count, through the whole
application while the search index is away. Beside bare ASGI that hands on what PostgreSQL makes JSON of (the limit),
and beside FastAPI with SQLAlchemy and typed models (the peer). All answer the same twenty cars.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from time import perf_counter
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from attrs import evolve
from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.ext.asyncio import create_async_engine

from carmarket import open_market
from carmarket.adapters.postgres import Database, PostgresSearchFallback
from carmarket.codec.cursors import CursorCodec
from carmarket.codec.results import search_view
from carmarket.config import Settings
from carmarket.core.catalog.car import Car, CarId
from carmarket.core.errors import UnavailableError
from carmarket.core.limits import DEFAULT_LIMITS, Limit
from carmarket.core.money import RateTable
from carmarket.core.search.document import Entry, ListingFact
from carmarket.core.search.page import Cursor, Hit, Page, sort_value
from carmarket.core.search.plain import plain
from carmarket.core.search.query import SearchQuery
from carmarket.entrypoints.http import create_app
from tests.bench.clock import goal
from tests.bench.requests import PageOut, ask, twenty_cars
from tests.bench.server import own_postgres

CARS, MAKES = 20_000, 40
REQUESTS, CLIENTS, ROUNDS = 600, 8, 5
QUERY = b"make=make7&facets=false&limit=20"
TABLE = "CREATE TABLE shown (id uuid PRIMARY KEY, make text NOT NULL, newest bigint NOT NULL, view json NOT NULL)"
INDEX = "CREATE INDEX shown_by_make ON shown (make, newest, id)"
PAGE = """
SELECT json_build_object(
    'total', (SELECT count(*) FROM shown WHERE make = %(make)s),
    'cars', (SELECT json_agg(view) FROM
        (SELECT view FROM shown WHERE make = %(make)s ORDER BY newest, id LIMIT 20) AS page)
)::text
"""


class Away:
    """An index that does not answer, at no cost."""

    async def find(self, *_: Any, **__: Any) -> Page:
        raise UnavailableError("It is away.")


def g2() -> dict[str, Any]:
    with own_postgres() as server:
        return asyncio.run(_measured(server.url))


async def _measured(url: str) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        database = Database(url)
        stack.push_async_callback(database.close)
        await _fill(database)
        apps = {
            "ours": await _ours(stack, database),
            "limit": await _limit(stack, url),
            "peer": await _peer(stack, url),
        }
        answers = {name: msgspec.json.decode(await ask(app, QUERY)) for name, app in apps.items()}
        assert len({tuple(one["car"]["id"] for one in answer["cars"]) for answer in answers.values()}) == 1
        assert {answer["total"] for answer in answers.values()} == {CARS // MAKES}
        taken: dict[str, list[float]] = {name: [] for name in apps}
        for _ in range(ROUNDS):
            for name, app in apps.items():
                taken[name].append(await _rate(app))
    figures = {name: sorted(rates)[len(rates) // 2] for name, rates in taken.items()}
    return goal(
        **figures, target=">= 0.55x limit", met=figures["ours"] >= 0.55 * figures["limit"], unit="pages/s",
        more_is_better=True,
    )  # fmt: skip


async def _rate(app: Any) -> float:
    rest = iter(range(REQUESTS))

    async def client() -> None:
        for _ in rest:
            await ask(app, QUERY)

    begun = perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return REQUESTS / (perf_counter() - begun)


async def _fill(database: Database) -> None:
    """The same cars for all three, of forty makes."""
    (example, *_), rates = twenty_cars(), RateTable(base="USD")
    cars = [_car(example, number) for number in range(1, CARS + 1)]
    fallback = PostgresSearchFallback(database)
    for start in range(0, CARS, 500):
        batch = cars[start : start + 500]
        facts = [ListingFact(car_id=car.id, version=car.version, entry=Entry.of(car, rates)) for car in batch]
        await fallback.tell(facts)
    await database.rows(TABLE)
    cursors, newest = CursorCodec(Cursor, b"0" * 32), plain(SearchQuery())
    for start in range(0, CARS, 500):
        batch = cars[start : start + 500]
        views = search_view(Page(hits=tuple(Hit(car=car) for car in batch), total=500), (), SearchQuery(), cursors).cars
        rows = [
            {
                "id": car.id, "make": car.vehicle.make.lower(), "newest": sort_value(Entry.of(car, rates), newest),
                "view": msgspec.json.encode(view).decode(),
            }
            for car, view in zip(batch, views, strict=True)
        ]  # fmt: skip
        await database.count("INSERT INTO shown VALUES (%(id)s, %(make)s, %(newest)s, %(view)s::json)", rows)
    await database.rows(INDEX)
    for table in ("shown", "fallback_cars", "fallback_entries"):
        await database.rows(f"ANALYZE {table}")


def _car(example: Car, number: int) -> Car:
    make = evolve(example.vehicle, make=f"Make{number % MAKES}")
    return evolve(example, id=CarId(UUID(int=number)), vehicle=make)


async def _ours(stack: AsyncExitStack, database: Database) -> Any:
    plenty = {name: Limit(10**9) for name in DEFAULT_LIMITS}
    market = await stack.enter_async_context(open_market(Settings(url="memory://", limits=plenty)))
    away: Any = Away()
    search = evolve(market.search, index=away, fallback=PostgresSearchFallback(database))
    app = create_app(market=evolve(market, search=search), with_workers=False)
    await stack.enter_async_context(app.lifespan())
    return app


async def _limit(stack: AsyncExitStack, url: str) -> Any:
    pool = AsyncConnectionPool(url, min_size=CLIENTS, max_size=CLIENTS, open=False, kwargs={"autocommit": True})
    await stack.enter_async_context(pool)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        async with pool.connection() as connection:
            row = await (await connection.execute(PAGE, {"make": "make7"}, prepare=True)).fetchone()
        assert row is not None
        body = row[0].encode()
        await send({
            "type": "http.response.start", "status": 200,
            "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        })  # fmt: skip
        await send({"type": "http.response.body", "body": body})

    return app


async def _peer(stack: AsyncExitStack, url: str) -> Any:
    engine = create_async_engine(url.replace("postgresql://", "postgresql+psycopg://"), pool_size=CLIENTS)
    stack.push_async_callback(engine.dispose)
    columns = (sa.Column("id", sa.Uuid, primary_key=True), sa.Column("make", sa.Text))
    shown = sa.Table("shown", sa.MetaData(), *columns, sa.Column("newest", sa.BigInteger), sa.Column("view", sa.JSON))
    app = FastAPI()

    @app.get("/v1/cars", response_model=PageOut)
    async def search(make: str, limit: int = 20) -> Any:
        async with engine.connect() as connection:
            wanted = shown.c.make == make
            total = await connection.scalar(sa.select(sa.func.count()).select_from(shown).where(wanted))
            page = sa.select(shown.c.view).where(wanted).order_by(shown.c.newest, shown.c.id).limit(limit)
            return {"total": total, "cars": (await connection.scalars(page)).all()}

    return app
