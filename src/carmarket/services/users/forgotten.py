"""
Forgotten passwords: a link in a letter, out of sight of who asked for it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid5

from attrs import frozen

from carmarket.core.errors import InvalidError
from carmarket.core.letters import LetterKind
from carmarket.core.users.links import ResetRequest, sealed
from carmarket.core.users.user import User
from carmarket.ports.clock import Clock
from carmarket.ports.forgotten import ResetRequests
from carmarket.ports.security import Secrets
from carmarket.ports.users import UserRepository
from carmarket.services.post import Post

RESET = timedelta(hours=1)
"""How long a link to another password counts."""
AT_ONCE = 100
KEYS = UUID("5d1a3b7e-8f02-5e64-9a55-2f7c0d9be413")


@frozen(kw_only=True)
class SendResetLinks:
    """
    The job that answers who has forgotten a password, if there is an account.

    A letter has its id from the request, so that one that is sent again is the same letter. What could not be sent
    for an hour is sent no more.
    """

    requests: ResetRequests
    users: UserRepository
    secrets: Secrets
    post: Post
    clock: Clock

    async def __call__(self) -> int:
        """How many requests are settled. Raises: UnavailableError if no letter can be sent."""
        waiting = await self.requests.waiting(AT_ONCE)
        for request in waiting:
            if request.at > self.clock.now() - RESET:
                await self._answer(request)
            await self.requests.settle(request)
        return len(waiting)

    async def _answer(self, request: ResetRequest) -> None:
        user = await self.users.by_email(request.email)
        if user is not None:
            link = reset_link(self.secrets, user, self.clock)
            letter_id = uuid5(KEYS, f"{user.id} {request.at.isoformat()}")
            with suppress(InvalidError):  # no letter can go to this address, now or later
                await self.post.send(user.id, LetterKind.RESET_PASSWORD, {"link": link}, letter_id=letter_id)


def reset_link(secrets: Secrets, user: User, clock: Clock) -> str:
    """It has done its work once the password is another."""
    token = sealed(secrets.secret("reset"), subject=user.id, ends=clock.now() + RESET, stamp=stamp_of(user))
    return f"/reset?token={token}"


def stamp_of(user: User) -> str:
    """A link counts for the address and the password that were at its time."""
    return f"{user.email} {user.password or ''}"
