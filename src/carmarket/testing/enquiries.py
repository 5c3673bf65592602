"""
Enquiries for tests, with everything a test does not care about filled in.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.change import Change
from carmarket.core.enquiries.enquirable import EnquirableCar
from carmarket.core.enquiries.enquiry import Enquiry, MessageId
from carmarket.core.users.ids import UserId
from carmarket.testing.bookings import CAR, CUSTOMER
from carmarket.testing.builders import DEALER, NOW


def an_enquirable_car(
    car_id: CarId = CAR, *, version: int = 1, seller: SellerId | None = None, is_enquirable: bool = True
) -> EnquirableCar:
    return EnquirableCar(id=car_id, version=version, seller=seller or SellerId(DEALER), is_enquirable=is_enquirable)


def a_message_id(number: int) -> MessageId:
    return MessageId(UUID(int=0x3E55_0000 + number))


def an_enquiry(
    number: int = 1,
    *,
    customer: UserId = CUSTOMER,
    seller: SellerId | None = None,
    text: str = "Is it still there?",
    now: datetime = NOW,
) -> Change[Enquiry]:
    """A first message, with this number, about the car with this number."""
    car = an_enquirable_car(CarId(UUID(int=number)), seller=seller)
    return Enquiry.make(car, customer=customer, message_id=a_message_id(number), text=text, now=now)
