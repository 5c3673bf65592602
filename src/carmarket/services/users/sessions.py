"""
Log-ins: by password and second factor, kept alive by refreshing, ended on one device or on all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import field, frozen

from carmarket.core.actor import Actor
from carmarket.core.errors import (
    ConcurrencyConflictError,
    ForbiddenError,
    LimitedError,
    NotFoundError,
    UnauthenticatedError,
)
from carmarket.core.limits import Limit
from carmarket.core.users.email import mailbox, parse_email
from carmarket.core.users.session import LONGEST, Session, SessionId, refused, session_of
from carmarket.core.users.user import User
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.limits import RateLimiter
from carmarket.ports.security import PasswordHasher, Secrets, TokenVerifier
from carmarket.ports.users import DealerRepository, SessionRepository, UserRepository
from carmarket.services.limits import SECOND
from carmarket.services.users.ending import end_session

ACCESS = timedelta(minutes=15)
"""How long an access token vouches for somebody, by what they were allowed then."""
PATIENCE = Limit(10, timedelta(minutes=15))


class SecondFactorNeededError(UnauthenticatedError):
    """The password was right; a code from the person's device, or a recovery code, is missing or wrong."""

    code = "second-factor-needed"


class AddressUnconfirmedError(ForbiddenError):
    """The password was right, but nobody has shown yet that letters to the address reach the person."""

    code = "address-unconfirmed"


@frozen(kw_only=True)
class LogIn:
    """What a device keeps: a token to act with, and one to get the next pair with."""

    session_id: SessionId
    user: User
    actor: Actor
    access: str = field(repr=False)
    access_ends: datetime
    refresh: str = field(repr=False)


@frozen(kw_only=True)
class SessionService:
    """Raises everywhere: UnavailableError when too many log in at once."""

    users: UserRepository
    dealers: DealerRepository
    sessions: SessionRepository
    passwords: PasswordHasher
    tokens: TokenVerifier
    secrets: Secrets
    limiter: RateLimiter
    clock: Clock
    ids: Ids

    async def log_in(
        self, *, email: str, password: str, code: str = "", device: str = "", origin: str | None = None
    ) -> LogIn:
        """
        Begin a session.

        An unknown address costs as much time and is told the same as a wrong password. From one `origin`, a network
        address, an account is tried ten times in a quarter of an hour, whether there is one or not.

        Raises: UnauthenticatedError; SecondFactorNeededError; AddressUnconfirmedError; LimitedError.
        """
        address = parse_email(email)
        if origin is not None:
            await self.demand_patience(mailbox(address), origin)
        user = await self.users.by_email(address)
        is_right = await self.passwords.verify(password, None if user is None else user.password)
        if user is None or not is_right:
            raise UnauthenticatedError("The e-mail address or the password is wrong.")
        if not user.is_verified:
            raise AddressUnconfirmedError(
                "The address is not confirmed yet.", field="email", expected="a click on the link in the letter"
            )
        user = await self.take_code(user, code)
        if user.password is not None and self.passwords.is_outdated(user.password):
            user = await self._rehash(user, password)
        return await self._begin_unless_changed(user, device)

    async def _begin_unless_changed(self, user: User, device: str) -> LogIn:
        """A password that is replaced at this very moment logs nobody in, for its sessions have just been ended."""
        login = await self.begin(user, device=device)
        now = await self.users.get(user.id)
        if now is None or now.password != user.password:
            await end_session(self.sessions, await self.sessions.get(login.session_id), self.clock)
            raise refused()
        return login

    async def begin(self, user: User, *, device: str = "") -> LogIn:
        """Begin a session for somebody who has shown who they are."""
        change = Session.begin(
            session_id=SessionId(self.ids.new()), user_id=user.id, seed=self.secrets.random_bytes(32).hex(),
            now=self.clock.now(), device=device,
        )  # fmt: skip
        await self.sessions.save(change)
        return await self._logged_in(change.state, user)

    async def demand_patience(self, account: str, origin: str) -> None:
        """Raises: LimitedError for who tries one account too often; others who have it can still log in."""
        verdict = await self.limiter.hit(f"log-in {origin} {account}", PATIENCE)
        if not verdict.is_allowed:
            raise LimitedError("This account was tried too often.", retry_after=verdict.retry_after / SECOND)

    async def take_code(self, user: User, code: str) -> User:
        """
        The person with the code of the second factor used up, where one is needed.

        Raises: SecondFactorNeededError.
        """
        factor = user.second_factor
        if factor is None or not user.has_second_factor:
            return user
        taken = factor.take(code, now=self.clock.now()) if code else None
        if taken is None:
            raise SecondFactorNeededError(
                "The code is missing or wrong.", field="code", expected="a code of six digits"
            )
        change = user.set_second_factor(taken, now=self.clock.now())
        try:
            await self.users.save(change)
        except ConcurrencyConflictError:  # the code may have been used at this very moment
            raise SecondFactorNeededError("The code was just used.", field="code", expected="the next code") from None
        return change.state

    async def refresh(self, token: str) -> LogIn:
        """
        The next pair of tokens, by what the store says of the person now.

        Many who come at once with the newest token all get the same successor. A token that was replaced longer
        ago ends the session on every device that has it: one of the two was stolen.

        Raises: UnauthenticatedError.
        """
        secret = self.secrets.secret("refresh")
        while True:
            session = await self.sessions.get(session_of(token))
            if session is None:
                raise refused()
            change = session.refresh(token, secret=secret, now=self.clock.now())
            try:
                await self.sessions.save(change)
            except ConcurrencyConflictError:  # another refresh was faster: its successor is this one's too
                continue
            user = await self.users.get(session.user_id)
            if change.state.ended_at is not None or user is None or user.is_erased:
                raise refused()
            return await self._logged_in(change.state, user)

    async def log_out(self, token: str) -> None:
        """End the session that a refresh token is of. A token that means nothing ends nothing."""
        session = await self.sessions.get(session_of(token))
        if session is not None and session.is_of(token, self.secrets.secret("refresh")):
            await end_session(self.sessions, session, self.clock)

    async def mine(self, actor: Actor) -> Sequence[Session]:
        """One's live sessions, the oldest first."""
        now = self.clock.now()
        return [one for one in await self.sessions.of_user(actor.user_id) if one.is_live(now)]

    async def end(self, actor: Actor, session_id: SessionId) -> None:
        """
        Log one device out.

        Raises: NotFoundError for a session of somebody else.
        """
        session = await self.sessions.get(session_id)
        if session is None or session.user_id != actor.user_id:
            raise NotFoundError("There is no such session.", field="session", value=str(session_id))
        await end_session(self.sessions, session, self.clock)

    async def actor_of(self, user: User) -> Actor:
        """Who somebody is to the services, by the roles that they have and the dealer they work for now."""
        works_for = user.membership
        dealer = None if works_for is None else await self.dealers.get(works_for.dealer_id)
        return Actor(
            user_id=user.id,
            roles=user.all_roles,
            dealer_id=None if works_for is None else works_for.dealer_id,
            is_trusted=dealer is not None and dealer.is_verified,
        )

    async def forget_old(self) -> int:
        """Delete sessions that have long ended by age."""
        return await self.sessions.forget(self.clock.now() - LONGEST)

    async def _logged_in(self, session: Session, user: User) -> LogIn:
        now, actor = self.clock.now(), await self.actor_of(user)
        return LogIn(
            session_id=session.id,
            user=user,
            actor=actor,
            access=self.tokens.sign(actor, now=now, lifetime=ACCESS),
            access_ends=now + ACCESS,
            refresh=session.token(self.secrets.secret("refresh")),
        )

    async def _rehash(self, user: User, password: str) -> User:
        change = user.set_password(await self.passwords.hash(password), now=self.clock.now())
        await self.users.save(change)
        return change.state
