"""
A saved search: what somebody goes on looking for, and how often they want to be told.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from attrs import evolve, frozen

from carmarket.core.change import Change
from carmarket.core.errors import ConflictError, InvalidError
from carmarket.core.search.query import SearchQuery
from carmarket.core.text import short
from carmarket.core.users.ids import UserId

SavedSearchId = NewType("SavedSearchId", UUID)
MOST_SAVED_SEARCHES = 100
"""Of one person."""
LONGEST_ASKED = 4_000


class TooManySavedSearchesError(ConflictError):
    """The person has as many saved searches as one can have."""

    code = "too-many-saved-searches"


class HowOften(StrEnum):
    """How often somebody is told of cars that newly match."""

    AT_ONCE = "at-once"
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


@frozen(kw_only=True)
class SavedSearch:
    """
    An aggregate: every method that decides something returns a Change and alters nothing itself.

    Its query was read when it was saved, so the kinds of its words are part of it: what matches later does not
    depend on which words the index knows by then. What is looked for never changes; another search is another one.
    """

    id: SavedSearchId
    version: int
    owner: UserId
    name: str
    query: SearchQuery
    how_often: HowOften
    asked: str = ""
    """The query as it was said, as parameters of a search, to lead back to it."""
    created_at: datetime
    updated_at: datetime
    fingerprint: str | None = None
    """Of the request that made it, where that had an Idempotency-Key."""

    @classmethod
    def create(
        cls,
        *,
        search_id: SavedSearchId,
        owner: UserId,
        name: str,
        query: SearchQuery,
        how_often: HowOften,
        now: datetime,
        asked: str = "",
        fingerprint: str | None = None,
    ) -> Change[SavedSearch]:
        """
        Keep a query.

        Raises: InvalidError for one whose words nobody has read, or that every car matches, and for no name.
        """
        query.demand_read()
        if query.is_empty:
            raise InvalidError(
                "A saved search says what it looks for.", field="query", value=asked, expected="a word or a filter"
            )
        if len(asked) > LONGEST_ASKED or not (asked.isascii() and asked.isprintable() and " " not in asked):
            raise InvalidError(
                "A query is said as the parameters of a search.", field="query", value=asked[:80],
                expected=f"up to {LONGEST_ASKED} letters such as words=golf&price_max=15000",
            )  # fmt: skip
        state = cls(
            id=search_id, version=1, owner=owner, name=_name(name), query=query, how_often=how_often, asked=asked,
            created_at=now, updated_at=now, fingerprint=fingerprint,
        )  # fmt: skip
        return Change(base=0, state=state, events=())

    @property
    def is_active(self) -> bool:
        """Whether anybody is told of what it finds."""
        return self.how_often is not HowOften.NEVER

    def revise(self, *, name: str, how_often: HowOften, now: datetime) -> Change[SavedSearch]:
        """Call it by another name, or be told more or less often. What is the same changes nothing."""
        name = _name(name)
        if (name, how_often) == (self.name, self.how_often):
            return Change(base=self.version, state=self, events=())
        state = evolve(self, version=self.version + 1, name=name, how_often=how_often, updated_at=now)
        return Change(base=self.version, state=state, events=())

    def silence(self, *, now: datetime) -> Change[SavedSearch]:
        """Tell nobody of it any more; it stays saved."""
        return self.revise(name=self.name, how_often=HowOften.NEVER, now=now)


def demand_room(count: int) -> None:
    """Raises: TooManySavedSearchesError if this many are as many as one person can have."""
    if count >= MOST_SAVED_SEARCHES:
        raise TooManySavedSearchesError(
            f"There are {MOST_SAVED_SEARCHES} saved searches already.", expected="to delete one first"
        )


def _name(text: str) -> str:
    plain = " ".join(text.split())
    if not plain:
        raise InvalidError("A saved search has a name.", field="name", value=text[:80], expected="a name")
    short("name", plain)
    return plain
