"""
Calendars as files (iCalendar, RFC 5545): a dealer's bookings, for the calendar program that the dealer uses anyway.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen
from icalendar import Calendar, Event

from carmarket.codec.signing import Signer
from carmarket.core.booking.booking import Booking
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.catalog.car import SellerId
from carmarket.core.errors import NotFoundError

MEDIA_TYPE = "text/calendar"
OURS = "@carmarket"
"""How the names of our own entries end."""


def bookings_calendar(bookings: Iterable[Booking]) -> bytes:
    """What a dealer has to know and nothing of who it is: the kind, the car, the state and the time."""
    calendar = Calendar()
    calendar.add("prodid", "-//carmarket//bookings//EN")
    calendar.add("version", "2.0")
    for booking in bookings:
        calendar.add_component(_event(booking))
    return bytes(calendar.to_ical())


@frozen
class CalendarLinks:
    """Signed links: a calendar program sends no token, so whoever has the address may read."""

    _secret: bytes = field(repr=False)

    def path(self, seller: SellerId, renewals: int) -> str:
        """From the root of the site, as it is after so many renewals."""
        return f"/v1/dealers/{seller}/calendar.ics?token={Signer(self._secret).sign(_said(seller, renewals))}"

    def demand(self, seller: SellerId, token: str, renewals: int) -> None:
        """Raises: NotFoundError for a token that was not given out for this seller, or before the last renewal."""
        if Signer(self._secret).read(token) != _said(seller, renewals):
            raise NotFoundError("There is no such calendar.", field="token", expected="the link as it was given out")


def _said(seller: SellerId, renewals: int) -> bytes:
    return seller.bytes + renewals.to_bytes(8, "big")


def _event(booking: Booking) -> Event:
    event = Event()
    event.add("uid", f"{booking.id}{OURS}")
    event.add("sequence", booking.version)
    event.add("dtstamp", booking.updated_at)
    event.add("dtstart", booking.period.start)
    event.add("dtend", booking.period.end)
    event.add("summary", f"{booking.kind.replace('-', ' ').capitalize()} ({booking.status}), car {booking.car_id}")
    event.add("status", "CONFIRMED" if booking.status is BookingStatus.CONFIRMED else "TENTATIVE")
    return event
