"""
From what was found to letters about it: the jobs that tell seekers, and forget what was told long ago.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from attrs import frozen

from carmarket.core.errors import InvalidError, UnavailableError
from carmarket.core.letters import LetterKind
from carmarket.core.search.alerts import facts_of
from carmarket.ports.clock import Clock
from carmarket.services.post import Post
from carmarket.services.saved_searches import SavedSearchService

LETTERS_AT_ONCE = 100
KEPT = timedelta(days=180)


@frozen(kw_only=True)
class TellSeekers:
    """
    Send the letters that are due: of one car at once, of a day, of a week.

    An alert is written down before its letter is sent, and noted as told after it. What stops in between sends the
    same letter again, under the same id.
    """

    saved: SavedSearchService
    post: Post
    clock: Clock

    async def __call__(self) -> int:
        """How many letters are settled. Raises: UnavailableError if none could be sent of those that are due."""
        settled, away = 0, None
        for letter in await self.saved.log.due(self.clock.now(), limit=LETTERS_AT_ONCE):
            try:
                await self._tell(letter)
            except UnavailableError as error:
                away = error
            else:
                settled += 1
        if away is not None and settled == 0:
            raise away
        return settled

    async def _tell(self, letter: UUID) -> None:
        alerts = await self.saved.log.of_letter(letter)
        search = await self.saved.searches.get(alerts[0].search_id) if alerts else None
        if search is not None and search.is_active:
            kind = LetterKind.ALERT if alerts[0].is_alone else LetterKind.DIGEST
            with suppress(InvalidError):  # no letter can go to this address, now or later
                await self.post.send(
                    search.owner,
                    kind,
                    facts_of(search, alerts, self.post.site),
                    letter_id=letter,
                    unsubscribe=self.saved.unsubscribing_link(search.id),
                )
        await self.saved.log.tell(letter, now=self.clock.now())


@frozen(kw_only=True)
class ForgetOldAlerts:
    """What was told half a year ago is of no use to anybody."""

    saved: SavedSearchService
    clock: Clock

    async def __call__(self) -> int:
        return await self.saved.log.prune(self.clock.now() - KEPT)
