"""
Money in minor units, and the table that brings currencies together.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from attrs import field, frozen

from carmarket.core.errors import InvalidError

MINOR_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Digits of the minor unit where they are not two (ISO 4217)."""

LARGEST_AMOUNT = 10**15
"""No car costs more, and the number stays exact in JSON."""


def minor_digits(currency: str) -> int:
    """How many decimal digits the currency has."""
    return MINOR_DIGITS.get(currency, 2)


@frozen
class Money:
    """
    An amount in the minor unit of its currency: `Money(1999500, "EUR")` is 19,995.00 euros.

    Raises: InvalidError for a negative or immense amount, or a currency that is not three capital letters.
    """

    amount: int
    currency: str

    def __attrs_post_init__(self) -> None:
        if type(self.amount) is not int or not 0 <= self.amount <= LARGEST_AMOUNT:
            raise InvalidError(
                "An amount is a number of minor units from 0 to 10^15.",
                field="amount",
                value=self.amount,
                expected="0 to 1000000000000000",
            )
        if len(self.currency) != 3 or not (self.currency.isascii() and self.currency.isupper()):
            raise InvalidError(
                "A currency is a code of three capital letters (ISO 4217).",
                field="currency",
                value=self.currency,
                expected="a code such as EUR or USD",
            )

    @classmethod
    def of(cls, major: Decimal, currency: str) -> Money:
        """From major units: `Money.of(Decimal("19995"), "EUR")`. Halves of the minor unit are rounded up."""
        scaled = major.scaleb(minor_digits(currency)).to_integral_value(ROUND_HALF_UP)
        return cls(int(scaled), currency)

    @property
    def major(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.amount).scaleb(-minor_digits(self.currency))

    def __str__(self) -> str:
        return f"{self.major:,f} {self.currency}"


@frozen(kw_only=True)
class RateTable:
    """
    What one major unit of a currency is worth in the market's base currency.

    Filters and sorts compare prices in the base currency. New rates mean a rebuild of the index.
    """

    base: str = "USD"
    rates: Mapping[str, Decimal] = field(factory=dict)

    def to_base(self, money: Money) -> int | None:
        """Minor units of the base currency, halves rounded up; `None` if the table has no rate for it."""
        if money.currency == self.base:
            return money.amount
        rate = self.rates.get(money.currency)
        if rate is None:
            return None
        worth = (money.major * rate).scaleb(minor_digits(self.base))
        return int(worth.to_integral_value(ROUND_HALF_UP))
