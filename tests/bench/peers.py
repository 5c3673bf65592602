"""
What a user would search cars with instead: tantivy and SQLite's FTS5, with the same facets.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tantivy

from carmarket.codec.cars import encode_entry
from carmarket.core.search.document import Entry, ListingFact
from carmarket.core.search.facets import QUERY_FIELDS, FacetField, facet_values, without_own_filter
from carmarket.core.search.query import SearchQuery, Sort
from carmarket.core.search.words import WordKind, typo_distance

NUMBERS = ("price", "year", "odometer", "power", "published")
TEXTS = tuple(facet for facet in FacetField if facet is not FacetField.YEAR)
ORDERS = {
    Sort.PRICE: ("price", False), Sort.PRICE_DESCENDING: ("price", True), Sort.YEAR: ("year", False),
    Sort.YEAR_DESCENDING: ("year", True), Sort.ODOMETER: ("odometer", False),
    Sort.ODOMETER_DESCENDING: ("odometer", True), Sort.NEWEST: ("published", True),
}  # fmt: skip


def _numbers(entry: Entry) -> dict[str, int | None]:
    return {
        "price": entry.price, "year": entry.car.vehicle.model_year, "odometer": entry.odometer, "power": entry.power,
        "published": int(entry.car.published_at.timestamp()),
    }  # fmt: skip


class Tantivy:
    """A Rust engine of the kind of Lucene: fast fields for facets and order, one commit, segments merged."""

    def __init__(self) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
        for facet in TEXTS:
            builder.add_text_field(facet.value, tokenizer_name="raw", fast=True, index_option="basic")
        for name in NUMBERS:
            builder.add_integer_field(name, indexed=True, fast=True)
        builder.add_bytes_field("car", stored=True)
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema)
        self.writer = self.index.writer(heap_size=500_000_000, num_threads=1)
        self.searcher: Any = None

    def add(self, batch: Sequence[ListingFact]) -> None:
        for fact in batch:
            entry = fact.entry
            assert entry is not None
            document = tantivy.Document()
            document.add_text("words", " ".join(entry.words))
            for facet in TEXTS:
                for value in facet_values(entry, facet):
                    document.add_text(facet.value, value)
            for name, number in _numbers(entry).items():
                if number is not None:
                    document.add_integer(name, number)
            document.add_bytes("car", encode_entry(entry))
            self.writer.add_document(document)

    def finish(self) -> None:
        self.writer.commit()
        self.writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def search(self, query: SearchQuery) -> int:
        """The first twenty with their cars, the total and the facets."""
        asked = self._query(query)
        order, descending = ORDERS.get(query.sort, (None, True))
        options: dict[str, Any] = {}
        if order is not None:
            options = {
                "order_by_field": order,
                "order": tantivy.Order.Desc if descending else tantivy.Order.Asc,
            }
        found = self.searcher.search(asked, limit=20, count=True, **options)
        for _, address in found.hits:
            self.searcher.doc(address)
        shared: dict[str, Any] = {}
        for facet in FacetField:
            aggregation = {facet.value: {"terms": {"field": facet.value, "size": 100}}}
            wider = without_own_filter(query, facet)
            if wider == query:
                shared |= aggregation
            else:
                self.searcher.aggregate(self._query(wider), aggregation)
        self.searcher.aggregate(asked, shared)
        return int(found.count)

    def _query(self, query: SearchQuery) -> Any:
        parts = []
        for term in query.terms:
            if term.kind is WordKind.FUZZY:
                parts.append(
                    tantivy.Query.fuzzy_term_query(self.schema, "words", term.text, distance=typo_distance(term.text))
                )
            else:
                parts.append(tantivy.Query.term_query(self.schema, "words", term.text))
        for facet, name in QUERY_FIELDS.items():
            wanted = [str(value) for value in getattr(query, name)]
            if wanted:
                parts.append(tantivy.Query.term_set_query(self.schema, facet.value, wanted))
        for name in ("price", "year", "odometer", "power"):
            asked = getattr(query, name)
            if asked is not None:
                low, high = asked.low if asked.low is not None else 0, asked.high if asked.high is not None else 2**40
                parts.append(tantivy.Query.range_query(self.schema, name, tantivy.FieldType.Integer, low, high))
        if not parts:
            return tantivy.Query.all_query()
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in parts])


class Fts5:
    """SQLite with a full text table beside the cars, an index on each column that is asked by."""

    columns = (*(facet.value for facet in QUERY_FIELDS), *NUMBERS)

    def __init__(self) -> None:
        self.folder = TemporaryDirectory()
        self.connection = sqlite3.connect(Path(self.folder.name) / "cars.db", isolation_level=None)
        self.connection.executescript(
            f"""
            PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000;
            CREATE TABLE cars (number INTEGER PRIMARY KEY, {", ".join(self.columns)}, document BLOB);
            CREATE TABLE features (feature TEXT, number INTEGER);
            CREATE VIRTUAL TABLE words USING fts5(text, content='', detail=none);
            CREATE TEMP TABLE hits (number INTEGER PRIMARY KEY);
            """
        )
        self.count = 0

    def add(self, batch: Sequence[ListingFact]) -> None:
        self.connection.execute("BEGIN")
        for fact in batch:
            entry = fact.entry
            assert entry is not None
            self.count += 1
            values = [(facet_values(entry, facet) or (None,))[0] for facet in QUERY_FIELDS]
            row = (self.count, *values, *_numbers(entry).values(), encode_entry(entry))
            self.connection.execute(f"INSERT INTO cars VALUES ({', '.join('?' * len(row))})", row)
            self.connection.execute(
                "INSERT INTO words (rowid, text) VALUES (?, ?)", (self.count, " ".join(entry.words))
            )
            self.connection.executemany(
                "INSERT INTO features VALUES (?, ?)", [(one, self.count) for one in entry.features]
            )
        self.connection.execute("COMMIT")

    def finish(self) -> None:
        for name in self.columns:
            self.connection.execute(f"CREATE INDEX cars_{name} ON cars ({name})")
        self.connection.executescript("CREATE INDEX features_number ON features (number); ANALYZE;")

    def search(self, query: SearchQuery) -> int:
        """The first twenty with their cars, the total and the facets."""
        total = self._meet(query)
        name, descending = ORDERS.get(query.sort, ("published", True))
        rows = self.connection.execute(
            f"SELECT document FROM hits CROSS JOIN cars USING (number) ORDER BY {name} {'DESC' if descending else ''}"
            " LIMIT 20"
        ).fetchall()
        assert len(rows) == min(20, total)
        narrowed = []
        for facet in FacetField:
            if without_own_filter(query, facet) == query:
                self._count(facet)
            else:
                narrowed.append(facet)
        for facet in narrowed:
            self._meet(without_own_filter(query, facet))
            self._count(facet)
        return total

    def _meet(self, query: SearchQuery) -> int:
        """Write down once which cars are found."""
        where, values = self._where(query)
        self.connection.execute("DELETE FROM hits")
        return self.connection.execute(f"INSERT INTO hits SELECT number FROM cars WHERE {where}", values).rowcount

    def _count(self, facet: FacetField) -> None:
        table, column = ("features", "feature") if facet is FacetField.FEATURE else ("cars", facet.value)
        sql = f"SELECT {column}, count(*) FROM hits CROSS JOIN {table} USING (number) GROUP BY 1"
        assert self.connection.execute(sql).fetchall() is not None

    def _where(self, query: SearchQuery) -> tuple[str, list[Any]]:
        conditions: list[str] = ["1"]
        values: list[Any] = []
        if query.terms:
            conditions.append("number IN (SELECT rowid FROM words WHERE words MATCH ?)")
            values.append(" ".join(f'"{term.text}"' for term in query.terms))
        for facet, name in QUERY_FIELDS.items():
            wanted = [str(value) for value in getattr(query, name)]
            if wanted:
                conditions.append(f"{facet.value} IN ({', '.join('?' * len(wanted))})")
                values += wanted
        for name in ("price", "year", "odometer", "power"):
            asked = getattr(query, name)
            if asked is not None:
                conditions.append(f"{name} BETWEEN ? AND ?")
                values += [asked.low if asked.low is not None else 0, asked.high if asked.high is not None else 2**62]
        return " AND ".join(conditions), values
