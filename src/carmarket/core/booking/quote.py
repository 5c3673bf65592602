"""
What a booking costs, line by line, and what comes back when it is cancelled. People pay at the dealer.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from attrs import frozen

from carmarket.core.catalog.car import CarId
from carmarket.core.errors import InvalidError
from carmarket.core.money import Money
from carmarket.core.period import Period

GOOD_FOR = timedelta(minutes=30)
"""How long a quote holds."""
DAY = timedelta(days=1)
PER_MILLE = 1_000
NO_MONEY = "USD"
"""The currency of quotes of nothing, where nobody names one."""


class BookingKind(StrEnum):
    TEST_DRIVE = "test-drive"
    """A slot inside the dealer's opening hours; costs nothing."""
    RENTAL = "rental"
    """Days times rate."""
    RESERVATION = "reservation"
    """The car is kept for some days; costs nothing."""
    BUSY = "busy"
    """The seller's own time, from a calendar; nobody asks for it and nobody is quoted it."""


class CancellationPolicy(StrEnum):
    """How much comes back, by how long before the start a booking is cancelled."""

    FLEXIBLE = "flexible"
    """All until a day before, then half."""
    MODERATE = "moderate"
    """All until five days before, half until a day before, then nothing."""
    STRICT = "strict"
    """Half until seven days before, then nothing."""


@frozen(kw_only=True)
class RentalTerms:
    """What a dealer asks for a rental. Amounts are minor units of `currency`."""

    currency: str
    daily_rate: int
    fee: int = 0
    """Once a rental: cleaning, papers."""
    deposit: int = 0
    """Given back with the car; no part of the total."""
    tax_per_mille: int = 0
    """On rate and fee: 190 is 19 %."""

    def __attrs_post_init__(self) -> None:
        for name in ("daily_rate", "fee", "deposit"):
            Money(getattr(self, name), self.currency)
        if not 0 <= self.tax_per_mille <= PER_MILLE:
            raise InvalidError(
                "A tax lies between 0 and 1000 per mille.",
                field="tax_per_mille",
                value=self.tax_per_mille,
                expected="0 to 1000",
            )


@frozen
class Line:
    """A part of the price, in minor units of the quote's currency."""

    name: str
    amount: int


@frozen(kw_only=True)
class Quote:
    """What a booking will cost, until `expires_at`. Only the market makes one."""

    car_id: CarId
    kind: BookingKind
    period: Period
    currency: str
    lines: tuple[Line, ...] = ()
    deposit: int = 0
    policy: CancellationPolicy = CancellationPolicy.FLEXIBLE
    expires_at: datetime

    def __attrs_post_init__(self) -> None:
        """Raises: InvalidError for an amount that no money can have, before anybody books at it."""
        Money(self.deposit, self.currency)
        Money(sum(line.amount for line in self.lines), self.currency)

    @property
    def total(self) -> Money:
        """The sum of the lines; the deposit is not in it."""
        return Money(sum(line.amount for line in self.lines), self.currency)

    def refund(self, *, cancelled_at: datetime, by_seller: bool = False) -> Money:
        """What comes back of the total; all of it when the seller cancels. Halves of the minor unit are rounded up."""
        per_mille = PER_MILLE if by_seller else refunded_per_mille(self.policy, self.period.start - cancelled_at)
        return Money((self.total.amount * per_mille + PER_MILLE // 2) // PER_MILLE, self.currency)


def refunded_per_mille(policy: CancellationPolicy, before: timedelta) -> int:
    """How much of the total comes back to who cancels so long before the start."""
    if policy is CancellationPolicy.FLEXIBLE:
        return 1_000 if before >= DAY else 500
    if policy is CancellationPolicy.MODERATE:
        return 1_000 if before >= 5 * DAY else 500 if before >= DAY else 0
    return 500 if before >= 7 * DAY else 0


def rental_days(period: Period, zone: tzinfo) -> int:
    """Days that have begun, by the clock on the dealer's wall: nine to nine is one day, also when clocks change."""
    start, end = (instant.astimezone(zone).replace(tzinfo=None) for instant in (period.start, period.end))
    return max(1, -(-(end - start) // DAY))


def rental_lines(terms: RentalTerms, days: int) -> tuple[Line, ...]:
    """Rate, fee and tax; lines of nothing are left out."""
    rate = terms.daily_rate * days
    tax = ((rate + terms.fee) * terms.tax_per_mille + PER_MILLE // 2) // PER_MILLE
    told = (Line(f"{days} days" if days > 1 else "1 day", rate), Line("fee", terms.fee), Line("tax", tax))
    return tuple(line for line in told if line.amount)
