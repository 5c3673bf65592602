"""
Cars that can be booked over REST, and bookings of them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from httpx import Response

from tests.entrypoints.http.service import Service

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
RULES: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "hours": {day: ["09:00-12:00", "13:00-18:00"] for day in WEEK},
    "rental": {"currency": "EUR", "daily_rate": 5_000, "fee": 2_000, "deposit": 30_000, "tax_per_mille": 190},
}


async def set_rules(service: Service, who: str = "dealer", **said: Any) -> Response:
    """Whatever is said comes in place of what some dealer in Berlin says."""
    return await service.ask("PUT", "/v1/booking-rules", who, etag="*", json={**RULES, **said})


async def a_bookable_car(service: Service, **said: Any) -> str:
    """The id of a car before the public whose dealer takes bookings."""
    answer = await set_rules(service, **said)
    assert answer.status_code == 200, answer.text
    car: str = (await service.publish()).json()["id"]
    return car


def days(service: Service, start: float, end: float) -> dict[str, str]:
    """From so many days from now to so many days from now."""
    now: datetime = service.market.stock.clock.now().replace(microsecond=0)
    return {"start": (now + timedelta(days=start)).isoformat(), "end": (now + timedelta(days=end)).isoformat()}


async def quote(service: Service, car: str, who: str = "customer", *, kind: str = "rental", **period: str) -> Response:
    said = {"kind": kind, **(period or days(service, 2, 3))}
    return await service.ask("POST", f"/v1/cars/{car}/quotes", who, json=said)


async def hold(service: Service, car: str, who: str = "customer", *, kind: str = "rental", **period: str) -> Response:
    """The answer to a booking at what was quoted."""
    quoted = await quote(service, car, who, kind=kind, **period)
    assert quoted.status_code == 200, quoted.text
    return await service.ask("POST", "/v1/bookings", who, json={"quote": quoted.json()["quote"]})


async def act(service: Service, booking: Response, action: str, who: str = "customer", **said: Any) -> Response:
    """An action on the booking that an earlier answer shows."""
    path = f"/v1/bookings/{booking.json()['id']}/{action}"
    return await service.ask("POST", path, who, etag=booking.headers["etag"], **said)
