"""
`carmarket booking`: look at bookings, make them and act on them.

It is long, for it has a command for everything that REST can do with a booking.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import click
from attrs import fields_dict
from rich.pretty import Pretty
from rich.table import Table

from carmarket.codec.bookings import OFFERED, QuoteView, quote_view
from carmarket.codec.busy import LARGEST, busy_times
from carmarket.codec.quotes import QuoteCodec
from carmarket.config import Settings
from carmarket.core.actor import Actor, UserId
from carmarket.core.booking.booking import Booking, BookingId
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import CarId
from carmarket.core.period import Period
from carmarket.entrypoints.cli.booking_rules import rules
from carmarket.entrypoints.cli.running import (
    OPERATOR,
    choice_of,
    dealer_of,
    on_market,
    operator,
    print_json,
    seller_named,
    table_console,
)
from carmarket.services.booking import BookingService
from carmarket.services.busy import BusyTimes
from carmarket.services.market import Market

ANSWERS = {
    "confirm": "The dealer says yes.",
    "complete": "The customer had the car.",
    "miss": "The customer did not come.",
}
SIDES = ("seller", "customer")


@click.group
def booking() -> None:
    """Look at bookings, make them and act on them."""


booking.add_command(rules)


@booking.command("list")
@click.option("--seller", help="Those of this seller's cars: a name or an id.")
@click.option("--customer", type=click.UUID, help="Those that this person made.")
@click.option("--status", "statuses", type=choice_of(BookingStatus), multiple=True, help="May be repeated.")
@click.option("--after", type=click.UUID, help="Those behind this id.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def list_(
    settings: Settings,
    *,
    seller: str | None,
    customer: UUID | None,
    statuses: tuple[str, ...],
    after: UUID | None,
    limit: int,
    as_json: bool,
) -> None:
    """List the bookings of a seller's cars, or of a customer, by id."""
    if (seller is None) == (customer is None):
        raise click.UsageError("Say whose bookings: --seller or --customer.")
    actor = dealer_of(seller_named(seller)) if seller else Actor(user_id=UserId(customer or OPERATOR))
    found = on_market(
        settings,
        lambda market: market.booking.find(
            actor,
            of_my_cars=seller is not None,
            statuses=frozenset(map(BookingStatus, statuses)),
            after=BookingId(after) if after else None,
            limit=limit,
        ),
    )
    if as_json:
        print_json(found)
        return
    table = Table("Id", "Kind", "Car", "From", "To", "Total", "Status", "Version")
    for one in found:
        period = (f"{instant:%Y-%m-%d %H:%M}" for instant in (one.period.start, one.period.end))
        table.add_row(
            str(one.id), one.kind, str(one.car_id), *period, str(one.quote.total), one.status, str(one.version)
        )
    table_console().print(table)


@booking.command
@click.argument("booking_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def show(settings: Settings, booking_id: UUID, *, as_json: bool) -> None:
    """Show one with everything."""
    _act(settings, lambda service: service.get(operator(), BookingId(booking_id)), as_json=as_json)


@booking.command
@click.argument("car_id", type=click.UUID)
@click.option("--from", "first", type=date.fromisoformat, help="The first day. Default: today.")
@click.option("--to", "last", type=date.fromisoformat, help="The last day. Default: a fortnight from the first.")
@click.option("--json", "as_json", is_flag=True, help="Print what GET /v1/cars/CAR_ID/calendar answers.")
@click.pass_obj
def calendar(settings: Settings, car_id: UUID, first: date | None, last: date | None, *, as_json: bool) -> None:
    """When a car is taken, and which slots for test drives are left."""
    found = on_market(settings, lambda market: market.booking.calendar(CarId(car_id), first, last))
    if as_json:
        print_json(found)
        return
    table = Table("", "From", "To")
    for name, periods in (("busy", found.busy), ("slot", found.slots)):
        for one in periods:
            table.add_row(name, one.start.isoformat(), one.end.isoformat())
    table_console().print(table)


@booking.command
@click.argument("car_id", type=click.UUID)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print what PUT /v1/cars/CAR_ID/busy.ics answers.")
@click.pass_obj
def busy(settings: Settings, car_id: UUID, file: Path, *, as_json: bool) -> None:
    """Block a car while its seller is busy by FILE (iCalendar), and at no other time that was blocked so before."""
    with file.open("rb") as opened:
        data = opened.read(LARGEST + 1)

    async def replace(market: Market) -> BusyTimes:
        reading = await market.busy.reading(operator(), CarId(car_id))
        periods = busy_times(data, time_zone=reading.time_zone, within=reading.within)
        return await market.busy.replace(operator(), CarId(car_id), periods)

    done = on_market(settings, replace)
    if as_json:
        print_json(done)
        return
    table = Table("", "From", "To")
    for name in fields_dict(BusyTimes):
        for one in getattr(done, name):
            table.add_row(name, one.start.isoformat(), one.end.isoformat())
    table_console().print(table)


@booking.command
@click.argument("car_id", type=click.UUID)
@click.option("--kind", type=click.Choice(OFFERED), required=True)
@click.option("--from", "start", type=datetime.fromisoformat, required=True, help="Such as 2026-05-04T09:00+02:00.")
@click.option("--to", "end", type=datetime.fromisoformat, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print what POST /v1/cars/CAR_ID/quotes answers.")
@click.pass_obj
def quote(settings: Settings, car_id: UUID, kind: str, start: datetime, end: datetime, *, as_json: bool) -> None:
    """What a car would cost for a while, with the signed quote that `hold` takes."""

    async def make(market: Market) -> QuoteView:
        made = await market.booking.quote(CarId(car_id), BookingKind(kind), Period(start, end))
        return quote_view(made, _quotes(market).encode(made))

    view = on_market(settings, make)
    if as_json:
        print_json(view)
        return
    table = Table("", view.price.total.currency, title=f"{view.kind}, good until {view.expires_at:%H:%M} UTC")
    for line in view.price.lines:
        table.add_row(line.name, str(line.amount))
    table.add_row("total", str(view.price.total))
    table.add_row("deposit", str(view.price.deposit))
    table_console().print(table)
    click.echo(view.quote)


@booking.command
@click.option("--quote", required=True, help="As it was given out.")  # no argument: it may begin with a hyphen
@click.option("--customer", type=click.UUID, default=OPERATOR, help="Who has the car.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def hold(settings: Settings, quote: str, customer: UUID, *, as_json: bool) -> None:
    """Hold a car for ten minutes at what was quoted."""
    actor = Actor(user_id=UserId(customer))
    held = on_market(settings, lambda market: market.booking.hold(actor, _quotes(market).decode(quote)))
    _print(held, as_json=as_json)


@booking.command
@click.argument("booking_id", type=click.UUID)
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def request(settings: Settings, booking_id: UUID, *, as_json: bool) -> None:
    """Decide for a held car, for its customer."""

    async def decide(service: BookingService) -> Booking:
        return await service.request(await _customer(service, booking_id), BookingId(booking_id))

    _act(settings, decide, as_json=as_json)


@booking.command
@click.argument("booking_id", type=click.UUID)
@click.option("--by", type=click.Choice(SIDES), default=SIDES[0], show_default=True, help="Who calls it off.")
@click.option("--reason", default="")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def cancel(settings: Settings, booking_id: UUID, by: str, reason: str, *, as_json: bool) -> None:
    """Call it off; all comes back when the seller does so."""

    async def decide(service: BookingService) -> Booking:
        mine = await service.get(operator(), BookingId(booking_id))
        actor = Actor(user_id=mine.customer) if by == "customer" else dealer_of(mine.seller)
        return await service.cancel(actor, mine.id, reason=reason)

    _act(settings, decide, as_json=as_json)


@booking.command
@click.argument("booking_id", type=click.UUID)
@click.option("--reason", required=True, help="What the customer is told.")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def decline(settings: Settings, booking_id: UUID, reason: str, *, as_json: bool) -> None:
    """The dealer says no, and why."""
    _act(
        settings,
        lambda service: service.decline(operator(), BookingId(booking_id), reason=reason),
        as_json=as_json,
    )


def _answer(name: str, told: str) -> None:
    @booking.command(name, help=told)
    @click.argument("booking_id", type=click.UUID)
    @click.option("--json", "as_json", is_flag=True)
    @click.pass_obj
    def act(settings: Settings, booking_id: UUID, *, as_json: bool) -> None:
        _act(settings, lambda service: getattr(service, name)(operator(), BookingId(booking_id)), as_json=as_json)


for _name, _told in ANSWERS.items():
    _answer(_name, _told)


async def _customer(service: BookingService, booking_id: UUID) -> Actor:
    """The customer of a booking, vouched for by the operator."""
    return Actor(user_id=(await service.get(operator(), BookingId(booking_id))).customer)


def _quotes(market: Market) -> QuoteCodec:
    return QuoteCodec(market.stock.secrets.secret("quotes"))


def _act(settings: Settings, decide: Callable[[BookingService], Awaitable[Booking]], *, as_json: bool) -> None:
    changed = on_market(settings, lambda market: decide(market.booking))
    _print(changed, as_json=as_json)


def _print(found: Booking, *, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        console = table_console()
        console.print(f"The [bold]{found.kind}[/bold] {found.id} is {found.status}, version {found.version}")
        console.print(Pretty(found, expand_all=True))
