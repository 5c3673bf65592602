"""
What a search answers, as REST and the command line show it.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from carmarket.codec.cursors import CursorCodec, query_key
from carmarket.core.catalog.car import Car
from carmarket.core.catalog.photos import Photo, public_key
from carmarket.core.money import Money
from carmarket.core.search.facets import label
from carmarket.core.search.page import Cursor, Hit, Page
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.reading import Understood
from carmarket.ports.pictures import PUBLIC_SIZES


@frozen(kw_only=True)
class PhotoView:
    """Where the public sizes of a picture are, from the root of the site."""

    id: str
    width: int | None
    height: int | None
    sizes: Mapping[str, str]


@frozen(kw_only=True)
class CarView:
    """A car as the public sees it."""

    car: Car
    title: str
    price: Money
    low_before_reduction: Money | None
    """The lowest price of the 30 days before the last reduction, if the last change was one."""
    photos: tuple[PhotoView, ...]
    distance_m: int | None = None


@frozen(kw_only=True)
class FacetView:
    value: str
    label: str
    count: int


@frozen(kw_only=True)
class SearchView:
    """`GET /v1/cars` and `carmarket search --json`."""

    total: int
    understood: tuple[Understood, ...]
    facets: Mapping[str, tuple[FacetView, ...]]
    cars: tuple[CarView, ...]
    next: str | None
    """Where the next page begins; hand it back as `cursor`."""
    degraded: bool = False


def car_view(car: Car, distance_m: int | None = None) -> CarView:
    return CarView(
        car=car,
        title=car.vehicle.title,
        price=car.price.current,
        low_before_reduction=car.price.low_before_reduction(),
        photos=tuple(map(_photo_view, car.photos)),
        distance_m=distance_m,
    )


def search_view(
    page: Page, understood: tuple[Understood, ...], asked: SearchQuery, cursors: CursorCodec[Cursor]
) -> SearchView:
    """`asked` is the query as the client said it, before its words were read."""
    return SearchView(
        total=page.total,
        understood=understood,
        facets={
            facet.value: tuple(FacetView(value=one.value, label=label(one.value), count=one.count) for one in counts)
            for facet, counts in (page.facets or {}).items()
        },
        cars=tuple(map(_hit_view, page.hits)),
        next=cursors.encode(page.next, query_key(asked)) if page.next else None,
        degraded=page.is_degraded,
    )


def _hit_view(hit: Hit) -> CarView:
    return car_view(hit.car, hit.distance_m)


def _photo_view(photo: Photo) -> PhotoView:
    sizes = {size: f"/{public_key(photo.id, size)}" for size in PUBLIC_SIZES}
    return PhotoView(id=str(photo.id), width=photo.width, height=photo.height, sizes=sizes)
