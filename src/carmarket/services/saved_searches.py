"""
Saved searches: what people go on looking for, and what was found for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID, uuid5

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.errors import ConcurrencyConflictError, NotFoundError
from carmarket.core.search.alerts import Alert, AlertPosition
from carmarket.core.search.query import SearchQuery
from carmarket.core.search.saved import HowOften, SavedSearch, SavedSearchId
from carmarket.core.users.ids import UserId
from carmarket.core.users.links import demand_seal, sealed, subject_of
from carmarket.core.users.roles import Permission, allows, demand
from carmarket.core.versions import demand_newest, repeated
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.saved_searches import AlertLog, SavedSearches
from carmarket.ports.security import Secrets
from carmarket.services.search import SearchService

KEYS = UUID("5d2c7a8e-4c1b-5f0a-8f43-0c6f5b1e7d90")
LINK = "/v1/saved-searches/unsubscribe?token="
STAMP = "letters of a saved search"
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""An old letter's link must still end the letters."""


@frozen(kw_only=True)
class SavedSearchService:
    """
    Everybody has their own; administrators see all.

    Raises everywhere: NotFoundError for a search that is not there or not for the actor to see; StaleError when
        `expected` is not the newest version; ConcurrencyConflictError when somebody else was faster.
    """

    searches: SavedSearches
    log: AlertLog
    search: SearchService
    secrets: Secrets
    clock: Clock
    ids: Ids

    async def save(
        self,
        actor: Actor,
        *,
        name: str,
        query: SearchQuery,
        how_often: HowOften = HowOften.DAILY,
        asked: str = "",
        key: str | None = None,
        fingerprint: str | None = None,
    ) -> SavedSearch:
        """
        Keep a query, as its words are understood now.

        `asked` says it as parameters of a search. With an idempotency `key` the same request has one effect: its
        repeat gives the search as it is now.

        Raises: InvalidError for a query that every car matches; TooManySavedSearchesError; KeyReusedError when the
            key came before with another `fingerprint`.
        """
        search_id = SavedSearchId(self.ids.new() if key is None else uuid5(KEYS, f"saved-search:{actor.user_id}:{key}"))
        known = None if key is None else await self.searches.get(search_id)
        if known is not None:
            return repeated(known, fingerprint)
        understood, _ = await self.search.understand(query)
        change = SavedSearch.create(
            search_id=search_id, owner=actor.user_id, name=name, query=understood, how_often=how_often, asked=asked,
            now=self.clock.now(), fingerprint=fingerprint,
        )  # fmt: skip
        try:
            await self.searches.save(change)
        except ConcurrencyConflictError:
            return repeated(await self._existing(search_id), fingerprint)
        return change.state

    async def get(self, actor: Actor, search_id: SavedSearchId) -> SavedSearch:
        """A search of one's own."""
        search = await self._existing(search_id)
        if search.owner != actor.user_id and not allows(actor.roles, Permission.ADMINISTER):
            raise _missing(search_id)
        return search

    async def find(self, actor: Actor, *, owner: UserId | None = None) -> Sequence[SavedSearch]:
        """All of one's own, the oldest first; for administrators, on demand, somebody else's."""
        if owner is not None and owner != actor.user_id:
            demand(actor.roles, Permission.ADMINISTER)
        return await self.searches.of_owner(owner or actor.user_id)

    async def revise(
        self,
        actor: Actor,
        search_id: SavedSearchId,
        *,
        name: str,
        how_often: HowOften,
        expected: int | None = None,
    ) -> SavedSearch:
        """Call it by another name, or be told more or less often; what is found already goes by the letter it is in."""
        search = await self._mine(actor, search_id, expected)
        change = search.revise(name=name, how_often=how_often, now=self.clock.now())
        await self.searches.save(change)
        return change.state

    async def remove(self, actor: Actor, search_id: SavedSearchId, *, expected: int | None = None) -> None:
        """Forget it, and what it found."""
        search = await self._mine(actor, search_id, expected)
        await self.searches.remove(search.id, version=search.version)

    async def alerts(
        self,
        actor: Actor,
        *,
        search_id: SavedSearchId | None = None,
        after: AlertPosition | None = None,
        limit: int = 20,
    ) -> Sequence[Alert]:
        """What was found for oneself, the newest first; of one search or of all."""
        owner = actor.user_id if search_id is None else (await self.get(actor, search_id)).owner
        return await self.log.find(owner, search_id=search_id, after=after, limit=limit)

    def unsubscribing_link(self, search_id: SavedSearchId) -> str:
        """Where the letters of a search can be ended by one click, without logging in (RFC 8058)."""
        return f"{LINK}{sealed(self._secret(), subject=search_id, ends=FOREVER, stamp=STAMP)}"

    async def named_by(self, token: str) -> SavedSearch | None:
        """
        The search whose letters a link would end; `None` if it is gone. Nothing changes.

        Raises: InvalidError for a link that was not given out here.
        """
        demand_seal(token, self._secret(), now=self.clock.now(), stamp=STAMP)
        return await self.searches.get(SavedSearchId(subject_of(token)))

    async def unsubscribe(self, token: str) -> None:
        """
        End the letters of the search that the link names; it stays saved. Safe to repeat.

        Raises: InvalidError for a link that was not given out here.
        """
        while (search := await self.named_by(token)) is not None and search.is_active:
            with suppress(ConcurrencyConflictError):  # it changed at this moment: look again
                await self.searches.save(search.silence(now=self.clock.now()))

    def _secret(self) -> bytes:
        return self.secrets.secret("unsubscribe")

    async def _mine(self, actor: Actor, search_id: SavedSearchId, expected: int | None) -> SavedSearch:
        search = await self._existing(search_id)
        if search.owner != actor.user_id:
            raise _missing(search_id)
        demand_newest(search, expected, what="saved search")
        return search

    async def _existing(self, search_id: SavedSearchId) -> SavedSearch:
        search = await self.searches.get(search_id)
        if search is None:
            raise _missing(search_id)
        return search


def _missing(search_id: SavedSearchId) -> NotFoundError:
    return NotFoundError("There is no such saved search.", field="saved_search", value=str(search_id))
