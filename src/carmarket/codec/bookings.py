"""
Bookings, quotes and dealers' rules, as REST and the command line show and say them.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, Literal, get_args

from attrs import fields, frozen
from msgspec import Meta

from carmarket.core.actor import Actor, UserId
from carmarket.core.booking.booking import Booking, BookingId
from carmarket.core.booking.hours import Open, OpeningHours
from carmarket.core.booking.lifecycle import TRANSITIONS, BookingAction, BookingStatus
from carmarket.core.booking.quote import BookingKind, CancellationPolicy, Line, Quote, RentalTerms
from carmarket.core.booking.rules import DealerRules
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.catalog.ownership import seller_of
from carmarket.core.money import Money
from carmarket.core.period import Period
from carmarket.core.users.roles import Permission, allows

OfferedKind = Literal["test-drive", "rental", "reservation"]
"""What customers can ask for."""
OFFERED: tuple[OfferedKind, ...] = get_args(OfferedKind)
CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
Span = Annotated[str, Meta(pattern=f"^{CLOCK}-{CLOCK}$", examples=["09:00-18:00"])]
OF_CUSTOMERS = frozenset({BookingAction.REQUEST, BookingAction.CANCEL})
OF_SELLERS = frozenset(BookingAction) - {BookingAction.REQUEST, BookingAction.EXPIRE}


@frozen(kw_only=True)
class PriceView:
    """What a booking costs, line by line, and what comes back when it is called off. People pay at the dealer."""

    lines: tuple[Line, ...]
    """Rate, fee and tax, in minor units of the total's currency."""
    total: Money
    deposit: Money
    """Given back with the car; no part of the total."""
    policy: CancellationPolicy


@frozen(kw_only=True)
class QuoteView:
    """What a booking would cost, until it expires."""

    car_id: CarId
    kind: BookingKind
    period: Period
    price: PriceView
    expires_at: datetime
    quote: str
    """Signed; hand it back to book at this price."""


@frozen(kw_only=True)
class BookingView:
    """A booking as its customer and its seller see it."""

    id: BookingId
    version: int
    status: BookingStatus
    actions: tuple[str, ...]
    """What whoever asks can do with it now, by the last part of its address."""
    kind: BookingKind
    car_id: CarId
    seller: SellerId
    customer: UserId
    period: Period
    price: PriceView
    lapses_at: datetime | None
    reason: str | None
    refund: Money | None
    created_at: datetime
    updated_at: datetime


@frozen(kw_only=True)
class WeekHours:
    """Opening hours by the dealer's clock; a day may have several, and one without any is closed."""

    monday: tuple[Span, ...] = ()
    tuesday: tuple[Span, ...] = ()
    wednesday: tuple[Span, ...] = ()
    thursday: tuple[Span, ...] = ()
    friday: tuple[Span, ...] = ()
    saturday: tuple[Span, ...] = ()
    sunday: tuple[Span, ...] = ()


WEEKDAYS = tuple(one.name for one in fields(WeekHours))


@frozen(kw_only=True)
class SaidRules:
    """How a dealer's cars are booked. What is left out is as the market proposes it."""

    time_zone: str
    """A name of the IANA time zone database."""
    hours: WeekHours = WeekHours()
    slot_minutes: Annotated[int, Meta(ge=5, le=480)] = 30
    """How long a test drive takes."""
    buffer_minutes: Annotated[int, Meta(ge=0, le=1440)] = 15
    """So long after every booking nobody else has the car."""
    instant: tuple[OfferedKind, ...] = ()
    """Kinds that are confirmed without somebody looking at them."""
    policy: CancellationPolicy = CancellationPolicy.FLEXIBLE
    rental: RentalTerms | None = None
    """`null`: no cars are rented."""
    longest_reservation_days: Annotated[int, Meta(ge=1, le=90)] = 7

    def rules(self, seller: SellerId, version: int) -> DealerRules:
        """Raises: InvalidError for hours that overlap or end before they begin, or an unknown time zone."""
        spans = [
            Open(weekday, *map(time.fromisoformat, span.split("-")))
            for weekday, day in enumerate(WEEKDAYS)
            for span in getattr(self.hours, day)
        ]
        return DealerRules(
            seller=seller,
            version=version,
            hours=OpeningHours(self.time_zone, tuple(spans)),
            slot=timedelta(minutes=self.slot_minutes),
            buffer=timedelta(minutes=self.buffer_minutes),
            instant=frozenset(map(BookingKind, self.instant)),
            policy=self.policy,
            rental=self.rental,
            longest_reservation=timedelta(days=self.longest_reservation_days),
        )


@frozen(kw_only=True)
class RulesView:
    """Version 0 has no rules: nobody can book one's cars yet."""

    version: int
    rules: SaidRules | None
    calendar_url: str
    """Where a calendar program finds one's bookings, from the root of the site; whoever has it may read."""


def said_rules(rules: DealerRules) -> SaidRules:
    """The way back."""
    hours: dict[str, tuple[str, ...]] = {}
    for one in rules.hours.hours:
        day = WEEKDAYS[one.weekday]
        hours[day] = (*hours.get(day, ()), f"{one.opens:%H:%M}-{one.closes:%H:%M}")
    minute, day_long = timedelta(minutes=1), timedelta(days=1)
    return SaidRules(
        time_zone=rules.hours.time_zone,
        hours=WeekHours(**hours),
        slot_minutes=rules.slot // minute,
        buffer_minutes=rules.buffer // minute,
        instant=tuple(kind for kind in OFFERED if kind in rules.instant),
        policy=rules.policy,
        rental=rules.rental,
        longest_reservation_days=rules.longest_reservation // day_long,
    )


def price_view(quote: Quote) -> PriceView:
    return PriceView(
        lines=quote.lines, total=quote.total, deposit=Money(quote.deposit, quote.currency), policy=quote.policy
    )


def quote_view(quote: Quote, signed: str) -> QuoteView:
    return QuoteView(
        car_id=quote.car_id,
        kind=quote.kind,
        period=quote.period,
        price=price_view(quote),
        expires_at=quote.expires_at,
        quote=signed,
    )


def booking_view(booking: Booking, actor: Actor) -> BookingView:
    return BookingView(
        id=booking.id,
        version=booking.version,
        status=booking.status,
        actions=offered(booking, actor),
        kind=booking.kind,
        car_id=booking.car_id,
        seller=booking.seller,
        customer=booking.customer,
        period=booking.period,
        price=price_view(booking.quote),
        lapses_at=booking.lapses_at,
        reason=booking.reason,
        refund=booking.refund,
        created_at=booking.created_at,
        updated_at=booking.updated_at,
    )


def offered(booking: Booking, actor: Actor) -> tuple[str, ...]:
    """What the actor can do with the booking as it stands; some of it not before it has begun."""
    may: frozenset[BookingAction] = frozenset()
    if booking.customer == actor.user_id:
        may |= OF_CUSTOMERS
    sells = booking.seller == seller_of(actor) and allows(actor.roles, Permission.ANSWER)
    if sells or allows(actor.roles, Permission.ADMINISTER):
        may |= OF_SELLERS
    if booking.kind is BookingKind.BUSY:
        may &= {BookingAction.CANCEL}
    return tuple(sorted(action.value for action in may if (booking.status, action) in TRANSITIONS))
