"""
G9: an event to bytes and back, beside a plain msgspec Struct (the limit) and cattrs with orjson (the peer).
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import Any, Union
from uuid import UUID

import cattrs.preconf.orjson
import msgspec

from carmarket.codec.events import decode_event, encode_event
from carmarket.core.catalog.events import ListingPublished
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import Details, Listing, ListingId
from carmarket.core.catalog.vehicle import BodyStyle, Colour, Fuel, Odometer, Power, Vehicle
from carmarket.core.events import Event
from carmarket.core.money import Money
from carmarket.core.place import Place, Point
from tests.bench.clock import goal, in_turn

TIMES = 2_000
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def a_full_event() -> Event:
    """A published car with all that dealers usually say."""
    vehicle = Vehicle(
        make="Volkswagen", model="Golf", trim="GTI", model_year=2019, body_style=BodyStyle.HATCHBACK,
        fuel=Fuel.PETROL, engine="2.0 TSI", power=Power(180), colour=Colour.RED, doors=5, seats=5,
        features=("Sunroof", "Navigation", "Heated seats", "Parking sensors"),
    )  # fmt: skip
    place = Place(country="DE", city="Hamburg", postcode="20095", point=Point(53.55, 10.0), time_zone="Europe/Berlin")
    details = Details(vehicle=vehicle, odometer=Odometer(62_000), place=place, description="One owner. " * 20)
    change = Listing.draft(
        listing_id=ListingId(UUID(int=1)),
        seller=UUID(int=2),  # type: ignore[arg-type]  # any id will do
        details=details,
        price=Money(1_999_500, "EUR"),
        now=NOW,
    )
    return change.then(lambda listing: listing.publish(now=NOW, reviewed=True)).events[-1]


@functools.cache
def _struct_of(kind: type) -> Any:
    """A msgspec Struct with the fields of an attrs class, nested ones included."""
    described: Any = msgspec.inspect.type_info(kind)
    return msgspec.defstruct(kind.__name__, [(one.encode_name, _plain(one.type)) for one in described.fields])


def _plain(info: Any) -> Any:
    inspected = msgspec.inspect
    if isinstance(info, inspected.DataclassType):
        return _struct_of(info.cls)
    if isinstance(info, inspected.UnionType):
        return Union[tuple(_plain(one) for one in info.types)]  # noqa: UP007  # known at run time alone
    if isinstance(info, inspected.VarTupleType):
        return tuple[_plain(info.item_type), ...]  # type: ignore[misc]  # built at run time
    kinds: dict[Any, type] = {
        inspected.UUIDType: UUID, inspected.DateTimeType: datetime, inspected.IntType: int,
        inspected.FloatType: float, inspected.StrType: str, inspected.NoneType: type(None),
    }  # fmt: skip
    return info.cls if isinstance(info, inspected.EnumType) else kinds[type(info)]


def g9() -> dict[str, Any]:
    event = a_full_event()
    data = encode_event(event)
    struct = _struct_of(ListingPublished)
    plain_decoder = msgspec.json.Decoder(struct)
    plain_encoder = msgspec.json.Encoder()
    plain = plain_decoder.decode(data)
    converter = cattrs.preconf.orjson.make_converter()
    converter.register_structure_hook(UUID, lambda text, _: UUID(text))
    converter.register_unstructure_hook(UUID, str)
    assert decode_event(event.type, event.type_version, data) == event
    assert converter.loads(converter.dumps(event), ListingPublished) == event
    assert ListingStatus(plain.status) is ListingStatus.PUBLISHED

    def ours() -> None:
        for _ in range(TIMES):
            decode_event(event.type, event.type_version, encode_event(event))

    def limit() -> None:
        for _ in range(TIMES):
            plain_decoder.decode(plain_encoder.encode(plain))

    def peer() -> None:
        for _ in range(TIMES // 10):
            converter.loads(converter.dumps(event), ListingPublished)

    taken = in_turn({"ours": ours, "limit": limit, "peer": peer}, cpu=True)
    micro = 1e6 / TIMES
    mine, least, other = taken["ours"] * micro, taken["limit"] * micro, taken["peer"] * micro * 10
    return goal(
        ours=mine, limit=least, peer=other, target="<= 1.5x limit", met=mine <= 1.5 * least, unit="us an event",
        more_is_better=False,
    )  # fmt: skip
