"""
What an index holds of a car: the listing and its bookings, each at the newest version that was heard of.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

from attrs import evolve, frozen

from carmarket.core.catalog.car import Car, CarId
from carmarket.core.money import RateTable
from carmarket.core.period import Period
from carmarket.core.place import Point
from carmarket.core.search.words import name_words, text_words
from carmarket.core.text import key

FACTS_OF_A_COMPLETE_LISTING = 16


@frozen(kw_only=True)
class Entry:
    """A car as it is looked up: its words normalised, its numbers in the units that ranges compare."""

    car: Car
    names: frozenset[str]
    """Words of make, model and trim; they weigh more than the others."""
    texts: frozenset[str]
    """Words of all else: description, features, engine, colour, place."""
    make: str
    model: str
    trim: str | None
    features: frozenset[str]
    price: int | None
    """In minor units of the base currency; `None` if no rate is known."""
    odometer: int | None
    """Metres."""
    power: int | None
    """Watts."""
    point: Point | None
    completeness: int
    """How many of the facts that buyers ask for are known, 0 to 16."""

    @classmethod
    def of(cls, car: Car, rates: RateTable) -> Entry:
        vehicle, place = car.vehicle, car.place
        return cls(
            car=car,
            names=name_words(f"{vehicle.make} {vehicle.model} {vehicle.trim or ''}"),
            texts=_texts(car),
            make=key(vehicle.make),
            model=key(vehicle.model),
            trim=key(vehicle.trim) if vehicle.trim else None,
            features=frozenset(filter(None, map(key, vehicle.features))),
            price=rates.to_base(car.price.current),
            odometer=car.odometer.metres if car.odometer else None,
            power=vehicle.power.watts if vehicle.power else None,
            point=place.point if place else None,
            completeness=_completeness(car),
        )

    @property
    def words(self) -> frozenset[str]:
        """Everything the car can be found by."""
        return self.names | self.texts


@frozen(kw_only=True)
class ListingFact:
    """A car's listing at a version; no entry means that it is not before the public."""

    car_id: CarId
    version: int
    entry: Entry | None


@frozen(kw_only=True)
class BookingFact:
    """A booking of a car at a version; it blocks its period, or no longer does."""

    car_id: CarId
    booking_id: UUID
    version: int
    period: Period
    blocks: bool


Fact = ListingFact | BookingFact


@frozen(kw_only=True)
class SearchDocument:
    """
    What is known of a car. Facts may come twice, late or in any order: the result is the same.

    A booking that comes before its listing makes a stub (version 0); a removed car stays as a tombstone with
    its version. Neither is ever found.
    """

    car_id: CarId
    version: int = 0
    entry: Entry | None = None
    bookings: tuple[BookingFact, ...] = ()
    """The newest fact of each booking, sorted by the booking's id."""

    def applied(self, fact: Fact) -> SearchDocument:
        """The document once the fact is known; what is older than what it has alters nothing."""
        if isinstance(fact, ListingFact):
            if fact.version <= self.version:
                return self
            return evolve(self, version=fact.version, entry=fact.entry)
        by_id = {known.booking_id: known for known in self.bookings}
        known = by_id.get(fact.booking_id)
        if known is not None and fact.version <= known.version:
            return self
        by_id[fact.booking_id] = fact
        return evolve(self, bookings=tuple(by_id[booking_id] for booking_id in sorted(by_id)))

    def is_free(self, period: Period) -> bool:
        """Whether no blocking booking overlaps the period."""
        return not any(booking.blocks and booking.period.overlaps(period) for booking in self.bookings)


class SuggestionKind(StrEnum):
    MAKE = "make"
    MODEL = "model"
    TRIM = "trim"
    PLACE = "place"


@frozen
class Suggestion:
    """Something to look for that begins as what was typed, and how many cars it would find."""

    kind: SuggestionKind
    text: str
    count: int


def suggestible(car: Car) -> tuple[tuple[SuggestionKind, str], ...]:
    """What a car lets a search box suggest."""
    vehicle, place = car.vehicle, car.place
    offered = [
        (SuggestionKind.MAKE, vehicle.make),
        (SuggestionKind.MODEL, f"{vehicle.make} {vehicle.model}"),
    ]
    if vehicle.trim:
        offered.append((SuggestionKind.TRIM, f"{vehicle.make} {vehicle.model} {vehicle.trim}"))
    if place and place.city:
        offered.append((SuggestionKind.PLACE, ", ".join(filter(None, (place.city, place.region)))))
    return tuple(offered)


def is_suggested(text: str, typed: Iterable[str]) -> bool:
    """Whether each of the normalised words that were typed begins some word of the text, cut like a name."""
    words = name_words(text)
    return all(any(word.startswith(begun) for word in words) for begun in typed)


def _texts(car: Car) -> frozenset[str]:
    vehicle, place = car.vehicle, car.place
    said = [
        car.description,
        *vehicle.features,
        vehicle.paint,
        *(
            value.value
            for value in (
                vehicle.body_style,
                vehicle.fuel,
                vehicle.transmission,
                vehicle.drivetrain,
                vehicle.colour,
                vehicle.condition,
            )
            if value is not None
        ),
        f"{vehicle.doors} door doors" if vehicle.doors else None,
        f"{vehicle.seats} seat seats seater" if vehicle.seats else None,
        str(vehicle.model_year) if vehicle.model_year else None,
    ]
    if place:
        said += [place.city, place.region, place.postcode]
    return text_words(" ".join(filter(None, said))) | name_words(vehicle.engine or "")


def _completeness(car: Car) -> int:
    vehicle = car.vehicle
    known = (
        vehicle.trim,
        vehicle.model_year,
        vehicle.body_style,
        vehicle.fuel,
        vehicle.transmission,
        vehicle.drivetrain,
        vehicle.engine,
        vehicle.power,
        vehicle.colour,
        vehicle.condition,
        vehicle.features,
        car.vin,
        car.odometer,
        car.place,
        car.description,
        car.photos,
    )
    return sum(1 for fact in known if fact)
