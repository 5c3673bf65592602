"""
Where a car stands, and how far that is.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

from attrs import frozen

from carmarket.core.errors import InvalidError
from carmarket.core.text import short

EARTH_RADIUS_M = 6_371_008.7714
"""The mean radius of the earth (IUGG); Elasticsearch computes with the same."""


@frozen
class Point:
    """A latitude and a longitude in degrees (WGS 84)."""

    latitude: float
    longitude: float

    def __attrs_post_init__(self) -> None:
        if not -90 <= self.latitude <= 90:
            raise InvalidError(
                "A latitude lies between -90 and 90 degrees.",
                field="latitude",
                value=self.latitude,
                expected="-90 to 90",
            )
        if not -180 <= self.longitude <= 180:
            raise InvalidError(
                "A longitude lies between -180 and 180 degrees.",
                field="longitude",
                value=self.longitude,
                expected="-180 to 180",
            )

    def distance_m(self, other: Point) -> float:
        """Metres along the great circle, by the haversine formula."""
        lat1, lat2 = radians(self.latitude), radians(other.latitude)
        half_lat = (lat2 - lat1) / 2
        half_lon = radians(other.longitude - self.longitude) / 2
        chord = sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lon) ** 2
        return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(chord)))


@frozen(kw_only=True)
class Place:
    """Where a car can be seen. What is not known stays `None`."""

    country: str | None = None
    """ISO 3166-1 alpha-2, such as "US"."""
    region: str | None = None
    city: str | None = None
    postcode: str | None = None
    point: Point | None = None
    time_zone: str | None = None
    """A name of the IANA time zone database, such as "Europe/Berlin"."""

    def __attrs_post_init__(self) -> None:
        """Raises: InvalidError for a text that is long or not plain."""
        for name in ("country", "region", "city", "postcode", "time_zone"):
            short(name, getattr(self, name))
