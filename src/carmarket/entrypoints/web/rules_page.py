"""
The page that says by which rules one's cars are booked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from litestar import Request, Response, get, post

from carmarket.codec.bookings import CLOCK, OFFERED, WEEKDAYS, SaidRules, WeekHours, said_rules
from carmarket.codec.calendars import CalendarLinks
from carmarket.core.booking.quote import CancellationPolicy, RentalTerms
from carmarket.core.booking.rules import DealerRules
from carmarket.core.catalog.ownership import seller_of
from carmarket.core.errors import CarmarketError, InvalidError
from carmarket.core.money import Money, RateTable
from carmarket.entrypoints.web.limits import WRITE
from carmarket.entrypoints.web.visit import Visit

SPAN = re.compile(f"{CLOCK}-{CLOCK}")
WHOLE = re.compile(r"\d{1,6}", re.ASCII)
DECIMAL = re.compile(r"\d{1,9}(\.\d{1,3})?", re.ASCII)
PER_MILLE = 10
"""To one per cent."""
PROPOSED = SaidRules(
    time_zone="", hours=WeekHours(**dict.fromkeys(WEEKDAYS[:5], ("09:00-18:00",))), instant=("reservation",)
)


@get("/dealer/rules")
async def rules_page(request: Request[Any, Any, Any]) -> Response[str]:
    """The rules as they are, or as the market proposes them to who has said none."""
    visit = await Visit.of(request)
    known = await visit.market.booking.my_rules(visit.demand_actor())
    return _show(visit, known, _fields(said_rules(known) if known else PROPOSED, known.version if known else 0))


@post("/dealer/rules", status_code=200, opt=WRITE)
async def set_rules(request: Request[Any, Any, Any]) -> Response[str]:
    """Say all of them anew; bookings that there are stay as they are."""
    visit = await Visit.of(request)
    actor, said = visit.demand_actor(), await visit.form()
    booking = visit.market.booking
    known = await booking.my_rules(actor)
    try:
        expected = _whole(said, "version")
        rules = _read(said).rules(seller_of(actor), expected + 1)
        await booking.set_rules(actor, rules, expected=expected)
    except CarmarketError as error:
        return _show(visit, known, said, error)
    return visit.see("/dealer/rules")


@post("/dealer/rules/calendar", status_code=200, opt=WRITE)
async def renew_calendar(request: Request[Any, Any, Any]) -> Response[str]:
    """Make the link of one's calendar anew: whoever has that of before reads no more."""
    visit = await Visit.of(request)
    actor, _ = visit.demand_actor(), await visit.form()
    await visit.market.booking.renew_calendar_link(actor)
    return visit.see("/dealer/rules")


def _show(
    visit: Visit, known: DealerRules | None, said: Mapping[str, str], error: Exception | None = None
) -> Response[str]:
    rates: RateTable = visit.market.search.rates
    links = CalendarLinks(visit.market.stock.secrets.secret("calendar-links"))
    values = {
        "calendar": f"{visit.market.post.site}{links.path(known.seller, known.renewals)}" if known else None,
        "known": known,
        "said": said,
        "weekdays": WEEKDAYS,
        "kinds": OFFERED,
        "policies": [(one.value, POLICIES[one]) for one in CancellationPolicy],
        "currencies": [(one, one) for one in (rates.base, *rates.rates)],
        "error": error,
    }
    return visit.page("rules.html", values, status=200 if error is None else 422)


POLICIES: Mapping[CancellationPolicy, str] = MappingProxyType(
    {
        CancellationPolicy.FLEXIBLE: "Flexible: all until a day before, then half",
        CancellationPolicy.MODERATE: "Moderate: all until five days before, half until a day before",
        CancellationPolicy.STRICT: "Strict: half until seven days before, then nothing",
    }
)


def _fields(rules: SaidRules, version: int) -> dict[str, str]:
    """The rules as the form shows them."""
    rental = rules.rental
    return {
        "version": str(version),
        "time_zone": rules.time_zone,
        **{day: ", ".join(getattr(rules.hours, day)) for day in WEEKDAYS},
        "slot_minutes": str(rules.slot_minutes),
        "buffer_minutes": str(rules.buffer_minutes),
        "longest_reservation_days": str(rules.longest_reservation_days),
        **{f"instant-{kind}": "yes" for kind in rules.instant},
        "policy": rules.policy.value,
        "currency": rental.currency if rental else "",
        "daily_rate": _major(rental.daily_rate, rental.currency) if rental else "",
        "fee": _major(rental.fee, rental.currency) if rental else "",
        "deposit": _major(rental.deposit, rental.currency) if rental else "",
        "tax": f"{Decimal(rental.tax_per_mille) / PER_MILLE:f}" if rental else "",
    }


def _read(said: Mapping[str, str]) -> SaidRules:
    """Raises: InvalidError."""
    try:
        policy = CancellationPolicy(said.get("policy", ""))
    except ValueError:
        raise _wrong("policy", said, ", ".join(CancellationPolicy)) from None
    return SaidRules(
        time_zone=said.get("time_zone", "").strip(),
        hours=WeekHours(**{day: _spans(said, day) for day in WEEKDAYS}),
        slot_minutes=_whole(said, "slot_minutes"),
        buffer_minutes=_whole(said, "buffer_minutes"),
        instant=tuple(kind for kind in OFFERED if said.get(f"instant-{kind}")),
        policy=policy,
        rental=_rental(said),
        longest_reservation_days=_whole(said, "longest_reservation_days"),
    )


def _spans(said: Mapping[str, str], day: str) -> tuple[str, ...]:
    spans = tuple(filter(None, re.split(r"[\s,]+", re.sub(r"\s*[-\u2013]\s*", "-", said.get(day, "").strip()))))
    if not all(SPAN.fullmatch(span) for span in spans):
        raise _wrong(day, said, "times such as 09:00-12:00, 13:00-18:00, or nothing")
    return spans


def _rental(said: Mapping[str, str]) -> RentalTerms | None:
    """Without a rate a day no cars are rented."""
    if not said.get("daily_rate", "").strip():
        return None
    currency = said.get("currency", "")
    rate, fee, deposit = (
        Money.of(_decimal(said, name), currency).amount for name in ("daily_rate", "fee", "deposit")
    )  # fmt: skip
    tax = int(_decimal(said, "tax") * PER_MILLE)
    return RentalTerms(currency=currency, daily_rate=rate, fee=fee, deposit=deposit, tax_per_mille=tax)


def _whole(said: Mapping[str, str], name: str) -> int:
    text = said.get(name, "").strip()
    if not WHOLE.fullmatch(text):
        raise _wrong(name, said, "a whole number")
    return int(text)


def _decimal(said: Mapping[str, str], name: str) -> Decimal:
    text = said.get(name, "").strip() or "0"
    if not DECIMAL.fullmatch(text):
        raise _wrong(name, said, "a number such as 49.90")
    return Decimal(text)


def _major(amount: int, currency: str) -> str:
    return f"{Money(amount, currency).major:f}"


def _wrong(name: str, said: Mapping[str, str], expected: str) -> InvalidError:
    return InvalidError(
        f"The {name.replace('_', ' ')} cannot be read.", field=name, value=said.get(name, "")[:80], expected=expected
    )
