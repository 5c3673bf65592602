"""
The filters that are chosen from lists, with how many cars each choice would give.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zlib import crc32

from attrs import frozen

from carmarket.codec.results import FacetView
from carmarket.core.search.facets import FacetField, label
from carmarket.core.text import key
from carmarket.entrypoints.web.asked import Asked

TITLES: Mapping[FacetField, str] = {
    FacetField.MAKE: "Make",
    FacetField.MODEL: "Model",
    FacetField.BODY: "Body style",
    FacetField.FUEL: "Fuel",
    FacetField.TRANSMISSION: "Transmission",
    FacetField.DRIVETRAIN: "Drivetrain",
    FacetField.COLOUR: "Colour",
    FacetField.CONDITION: "Condition",
    FacetField.FEATURE: "Features",
}
"""The groups in the order of the page."""
OPEN_AT_FIRST = frozenset({FacetField.MAKE, FacetField.BODY})


@frozen(kw_only=True)
class Choice:
    """A box to tick."""

    value: str
    label: str
    count: int
    is_chosen: bool

    @property
    def id(self) -> str:
        """The same for the same value, so that the box keeps the focus when its list is drawn anew."""
        return f"{crc32(self.value.encode()):08x}"


@frozen(kw_only=True)
class Group:
    """The choices of one filter."""

    name: str
    title: str
    choices: tuple[Choice, ...]
    is_open: bool


@frozen(kw_only=True)
class Year:
    """A model year to go to."""

    text: str
    count: int
    href: str
    is_chosen: bool


def groups(asked: Asked, facets: Mapping[str, tuple[FacetView, ...]]) -> tuple[Group, ...]:
    """All groups; what was chosen stays in its list even if it finds nothing, so that it can be taken back."""
    return tuple(
        Group(
            name=facet.value,
            title=title,
            choices=tuple(_choices(asked, facet.value, facets.get(facet.value, ()))),
            is_open=facet in OPEN_AT_FIRST or facet.value in asked.params,
        )
        for facet, title in TITLES.items()
    )


def years(asked: Asked, facets: Mapping[str, tuple[FacetView, ...]]) -> tuple[Year, ...]:
    """The model years that can be found, the latest first."""
    one = asked.first("year_min") if asked.first("year_min") == asked.first("year_max") else None
    counted = sorted(facets.get(FacetField.YEAR, ()), key=lambda year: int(year.value), reverse=True)
    return tuple(
        Year(
            text=year.value,
            count=year.count,
            href=asked.adding(year_min=year.value, year_max=year.value).href(),
            is_chosen=year.value == one,
        )
        for year in counted
    )


def _choices(asked: Asked, name: str, counted: tuple[FacetView, ...]) -> Iterator[Choice]:
    for one in counted:
        yield Choice(value=one.value, label=one.label, count=one.count, is_chosen=asked.chooses(name, one.value))
    listed = {one.value for one in counted}
    for value in dict.fromkeys(map(key, asked.params.get(name, ()))):
        if value not in listed:
            yield Choice(value=value, label=label(value), count=0, is_chosen=True)
