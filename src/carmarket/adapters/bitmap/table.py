"""
All that is known of all cars, in columns: what they are found, counted and ordered by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from attrs import define, field
from pyroaring import BitMap

from carmarket.adapters.bitmap.bits import (
    Integers,
    Sections,
    Stored,
    bitmap_of,
    bytes_of,
    fitted,
    stored_array,
)
from carmarket.adapters.bitmap.cars import Cars, Payloads
from carmarket.adapters.bitmap.choices import Choices
from carmarket.adapters.bitmap.numbers import Numbers, by_magnitude, by_time, by_value
from carmarket.adapters.bitmap.places import Places
from carmarket.adapters.bitmap.suggestions import Suggestions
from carmarket.adapters.bitmap.words import Words
from carmarket.codec.cars import decode_bookings, decode_entry, encode_bookings, encode_entry
from carmarket.core.catalog.car import CarId
from carmarket.core.period import milliseconds
from carmarket.core.search.document import BookingFact, Entry, Fact, ListingFact, SearchDocument, suggestible

CHOICES: Mapping[str, Callable[[Entry], str | None]] = {
    "makes": lambda entry: entry.make,
    "models": lambda entry: entry.model,
    "trims": lambda entry: entry.trim,
    "bodies": lambda entry: entry.car.vehicle.body_style,
    "fuels": lambda entry: entry.car.vehicle.fuel,
    "transmissions": lambda entry: entry.car.vehicle.transmission,
    "drivetrains": lambda entry: entry.car.vehicle.drivetrain,
    "colours": lambda entry: entry.car.vehicle.colour,
    "conditions": lambda entry: entry.car.vehicle.condition,
    "seller": lambda entry: str(entry.car.seller),
}
"""Fields of which a car has one value at most, by their name in a query."""

NUMBERS: Mapping[str, tuple[Callable[[Integers], Integers], Callable[[Entry], int | None]]] = {
    "price": (by_magnitude, lambda entry: entry.price),
    "year": (by_value, lambda entry: entry.car.vehicle.model_year),
    "odometer": (by_magnitude, lambda entry: entry.odometer),
    "power": (by_magnitude, lambda entry: entry.power),
    "published": (by_time, lambda entry: milliseconds(entry.car.published_at)),
    "completeness": (by_value, lambda entry: entry.completeness),
}
"""Numbers with their buckets."""


def _choices() -> dict[str, Choices]:
    return {name: Choices() for name in CHOICES}


def _numbers() -> dict[str, Numbers]:
    return {name: Numbers(bucketing) for name, (bucketing, _) in NUMBERS.items()}


@define
class Table:
    """Runs without awaits, so that a reader sees all facts of one `apply` or none of them."""

    cars: Cars = field(factory=Cars)
    live: BitMap = field(factory=BitMap)
    """Cars before the public."""
    words: Words = field(factory=Words)
    choices: dict[str, Choices] = field(factory=_choices)
    features: Choices = field(factory=lambda: Choices(single=False))
    numbers: dict[str, Numbers] = field(factory=_numbers)
    places: Places = field(factory=Places)
    suggestions: Suggestions = field(factory=Suggestions)
    bookings: dict[int, tuple[BookingFact, ...]] = field(factory=dict)
    """The newest fact of each booking of a car, sorted by the booking's id."""
    changes: int = 0
    """Grows with whatever is taken in."""
    _versions: Integers = field(factory=lambda: np.zeros(0, dtype=np.int64))
    _payloads: Payloads = field(factory=Payloads)

    def apply(self, facts: Sequence[Fact]) -> None:
        """Take facts in; what is older than what is known alters nothing."""
        fresh: dict[int, ListingFact] = {}
        for fact in facts:
            slot = self._slot(fact.car_id)
            if isinstance(fact, BookingFact):
                self._book(slot, fact)
            elif fact.version > max(self._versions[slot], fresh[slot].version if slot in fresh else 0):
                fresh[slot] = fact
        self._replace(fresh)
        self.changes += 1

    def document(self, car_id: CarId) -> SearchDocument | None:
        slot = self.cars.find(car_id)
        if slot is None:
            return None
        payload = self._payloads.get(slot)
        return SearchDocument(
            car_id=car_id,
            version=int(self._versions[slot]),
            entry=decode_entry(payload) if payload is not None else None,
            bookings=self.bookings.get(slot, ()),
        )

    def payload(self, slot: int) -> bytes | memoryview:
        """The encoded entry of a car before the public."""
        found = self._payloads.get(slot)
        assert found is not None
        return found

    def _slot(self, car_id: CarId) -> int:
        slot = self.cars.find(car_id)
        if slot is None:
            slot = self.cars.add(car_id)
            self._versions = fitted(self._versions, self.cars.count)
        return slot

    def _book(self, slot: int, fact: BookingFact) -> None:
        known = SearchDocument(car_id=fact.car_id, bookings=self.bookings.get(slot, ()))
        self.bookings[slot] = known.applied(fact).bookings

    def _replace(self, fresh: Mapping[int, ListingFact]) -> None:
        for slot in fresh:
            if slot in self.live:
                self._remove(slot, decode_entry(self.payload(slot)))
        shown: list[tuple[int, Entry]] = []
        for slot, fact in fresh.items():
            self._versions[slot] = fact.version
            self._payloads.put(slot, encode_entry(fact.entry) if fact.entry is not None else None)
            if fact.entry is not None:
                shown.append((slot, fact.entry))
        if fresh:
            self.words.changed()
        if shown:
            self._add(shown)

    def _remove(self, slot: int, entry: Entry) -> None:
        self.live.discard(slot)
        for bitmaps, words in ((self.words.names, entry.names), (self.words.texts, entry.texts)):
            for number in self.words.numbers_of(words):
                bitmaps.discard(number, slot)
        for name, value_of in CHOICES.items():
            value = value_of(entry)
            self.choices[name].remove(slot, () if value is None else (value,))
        self.features.remove(slot, entry.features)
        for numbers in self.numbers.values():
            numbers.remove(slot)
        self.places.remove(slot)
        self.suggestions.remove(dict.fromkeys(suggestible(entry.car)))

    def _add(self, shown: Sequence[tuple[int, Entry]]) -> None:
        """Put the cars' values into their columns, a column at a time."""
        slots = np.array([slot for slot, _ in shown], dtype=np.int64)
        entries = [entry for _, entry in shown]
        self.live |= bitmap_of(slots)
        self.words.names.add(*self._spread(slots, [self.words.numbers_of(entry.names) for entry in entries]))
        self.words.texts.add(*self._spread(slots, [self.words.numbers_of(entry.texts) for entry in entries]))
        for name, value_of in CHOICES.items():
            choices = self.choices[name]
            chosen = [(slot, choices.number(value)) for slot, entry in shown if (value := value_of(entry)) is not None]
            choices.add(np.array([slot for slot, _ in chosen], dtype=np.int64), [number for _, number in chosen])
        numbers, having = self._spread(slots, [[*map(self.features.number, entry.features)] for entry in entries])
        self.features.add(having, numbers.tolist())
        for name, (_, number_of) in NUMBERS.items():
            self.numbers[name].add(slots, [number_of(entry) for entry in entries])
        placed = [(slot, entry.point) for slot, entry in shown if entry.point is not None]
        self.places.add(np.array([slot for slot, _ in placed], dtype=np.int64), [point for _, point in placed])
        for entry in entries:
            self.suggestions.add(dict.fromkeys(suggestible(entry.car)))

    @staticmethod
    def _spread(slots: Integers, numbers: Sequence[Sequence[int]]) -> tuple[Integers, Integers]:
        """Numbers of several each, beside the slot of each."""
        sizes = np.fromiter(map(len, numbers), dtype=np.int64, count=len(numbers))
        flat = np.fromiter((number for each in numbers for number in each), dtype=np.int64, count=int(sizes.sum()))
        return flat, np.repeat(slots, sizes)

    def capture(self, out: Sections) -> Iterator[None]:
        """Put everything into sections, in slices; worthless if `changes` has grown in between."""
        count = self.cars.count
        yield from self.cars.capture("cars", out)
        out["live"] = [self.live.serialize()]
        out["versions"] = bytes_of(self._versions[:count])
        out["bookings"] = [
            msgspec.msgpack.encode({slot: encode_bookings(each) for slot, each in self.bookings.items()})
        ]
        yield
        for name, part in self._parts().items():
            yield from part.capture(name, out)
        yield from self._payloads.capture("payloads", count, out)

    def _parts(self) -> dict[str, Any]:
        return {
            "words": self.words,
            **{f"choices.{name}": choices for name, choices in self.choices.items()},
            "features": self.features,
            **{f"numbers.{name}": numbers for name, numbers in self.numbers.items()},
            "places": self.places,
            "suggestions": self.suggestions,
        }

    @classmethod
    def restore(cls, stored: Stored) -> Table:
        bookings = msgspec.msgpack.decode(stored["bookings"], type=dict[int, bytes])
        return cls(
            cars=Cars.restore("cars", stored),
            live=BitMap.deserialize(bytes(stored["live"])),
            words=Words.restore("words", stored),
            choices={name: Choices.restore(f"choices.{name}", stored, single=True) for name in CHOICES},
            features=Choices.restore("features", stored, single=False),
            numbers={
                name: Numbers.restore(f"numbers.{name}", stored, bucketing) for name, (bucketing, _) in NUMBERS.items()
            },
            places=Places.restore("places", stored),
            suggestions=Suggestions.restore("suggestions", stored),
            bookings={slot: decode_bookings(data) for slot, data in bookings.items()},
            versions=stored_array(stored, "versions", np.int64),
            payloads=Payloads.restore("payloads", stored),
        )
