"""
Letters to people of whom only the id is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from attrs import evolve, frozen

from carmarket.core.letters import Letter, LetterKind
from carmarket.core.users.ids import UserId
from carmarket.ports.mail import Mailer
from carmarket.ports.users import UserRepository


@frozen(kw_only=True)
class Post:
    """Looks up where a letter goes and in which language; who is gone, or has no address, gets none."""

    users: UserRepository
    mailer: Mailer
    site: str
    """The address that links begin with, without a slash at its end."""

    async def send(
        self,
        user_id: UserId,
        kind: LetterKind,
        facts: Mapping[str, str],
        *,
        letter_id: UUID,
        unsubscribe: str | None = None,
    ) -> bool:
        """
        Send a letter under an id that a repeat has too; whether there was somebody to send it to.

        `link` and `unsubscribe` may be paths on the market's site. Letters that people did not ask for go to
        confirmed addresses alone.
        """
        user = await self.users.get(user_id)
        if user is None or user.is_erased or not (user.is_verified or kind in UNCONFIRMED):
            return False
        letter = Letter(
            id=letter_id, kind=kind, language=user.language, to=user.email, name=user.name, facts=facts,
            unsubscribe=unsubscribe,
        )  # fmt: skip
        await self.hand_over(letter)
        return True

    async def hand_over(self, letter: Letter) -> None:
        """Send a letter to whom it names, be it somebody without an account; its links are made whole."""
        links = {name: self._whole(letter.facts[name]) for name in ("link",) if name in letter.facts}
        ends = None if letter.unsubscribe is None else self._whole(letter.unsubscribe)
        await self.mailer.send(evolve(letter, facts={**letter.facts, **links}, unsubscribe=ends))

    def _whole(self, link: str) -> str:
        return f"{self.site}{link}" if link.startswith("/") else link


UNCONFIRMED = frozenset(
    {
        LetterKind.CONFIRM_ADDRESS,
        LetterKind.ALREADY_REGISTERED,
        LetterKind.RESET_PASSWORD,
        LetterKind.PASSWORD_CHANGED,
    }
)
"""Letters about the account itself."""
