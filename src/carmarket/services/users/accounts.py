"""
Accounts: somebody registers, shows that letters reach them, and says who they are.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.change import Change
from carmarket.core.errors import InvalidError, NotFoundError
from carmarket.core.language import Language
from carmarket.core.letters import LetterKind
from carmarket.core.limits import Limit
from carmarket.core.users.email import mailbox, parse_email
from carmarket.core.users.ids import UserId
from carmarket.core.users.links import broken, demand_seal, sealed, subject_of
from carmarket.core.users.password import demand_password
from carmarket.core.users.user import EmailTakenError, User
from carmarket.core.versions import demand_newest
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.forgotten import ResetRequests
from carmarket.ports.limits import RateLimiter
from carmarket.ports.revocations import Revocations
from carmarket.ports.security import PasswordHasher, Secrets
from carmarket.ports.users import SessionRepository, UserRepository
from carmarket.services.post import Post
from carmarket.services.users.ending import end_session
from carmarket.services.users.forgotten import reset_link, stamp_of

CONFIRM = timedelta(days=3)
"""How long a link to confirm an address counts."""
UNASKED = Limit(5, timedelta(hours=1))
"""So many letters that anybody can have sent to a mailbox."""


@frozen(kw_only=True)
class AccountService:
    """
    What nobody may find out by asking, nobody is told: whether an address has an account.

    Raises everywhere: InvalidError for input that breaks a rule; StaleError when `expected` is not the newest
        version; UnavailableError when too many ask at once, or no letter can be sent.
    """

    users: UserRepository
    sessions: SessionRepository
    passwords: PasswordHasher
    secrets: Secrets
    post: Post
    requests: ResetRequests
    revocations: Revocations
    limiter: RateLimiter
    clock: Clock
    ids: Ids

    async def register(self, *, email: str, password: str, name: str, language: Language = Language.ENGLISH) -> None:
        """
        Open an account and send a letter to its address; somebody who has one gets a letter that says so.

        Who registers anew before the address is confirmed replaces what was said before, and older links end.
        """
        demand_password(password, is_common=self.passwords.is_common)
        address, now = parse_email(email), self.clock.now()
        hashed = await self.passwords.hash(password)
        change = User.register(
            user_id=UserId(self.ids.new()), email=address, name=name, language=language, password=hashed, now=now
        )
        try:
            await self.users.save(change)
        except EmailTakenError:
            await self._registered_again(change.state, hashed)
        else:
            await self._ask_to_confirm(change.state)

    async def confirm(self, token: str, *, password: str) -> User:
        """
        Take the link from the letter: the address is the person's own from then on.

        The password is asked for, so that nobody confirms what somebody else has registered under their address.

        Raises: InvalidError for a link that is not valid, or a password that is not the account's.
        """
        user = await self._of_link(token)
        if user.is_verified:
            return user
        demand_seal(token, self.secrets.secret("confirm"), now=self.clock.now(), stamp=stamp_of(user))
        await self.demand_password_of(user, password)
        return await self._save(user.confirm_address(now=self.clock.now()))

    async def forget_password(self, email: str) -> None:
        """Have a link sent to set another password, if there is an account: a job looks for it (`SendResetLinks`)."""
        address = parse_email(email)
        if await self._may_be_written_to(address):
            await self.requests.ask(address, self.clock.now())

    async def reset_password(self, token: str, password: str) -> None:
        """Take the link from the letter and set another password. All devices are logged out."""
        demand_password(password, is_common=self.passwords.is_common)
        user = await self._of_link(token)
        demand_seal(token, self.secrets.secret("reset"), now=self.clock.now(), stamp=stamp_of(user))
        hashed = await self.passwords.hash(password)
        now = self.clock.now()
        await self._save(user.set_password(hashed, now=now).then(lambda it: it.confirm_address(now=now)))
        await self._after_another_password(user.id)

    async def change_password(self, actor: Actor, *, old: str, new: str) -> None:
        """
        Set another password, by the old one. All devices are logged out.

        Raises: InvalidError for a wrong old one.
        """
        user = await self.me(actor)
        demand_password(new, is_common=self.passwords.is_common, field="new")
        await self.demand_password_of(user, old, field="old")
        await self._save(user.set_password(await self.passwords.hash(new), now=self.clock.now()))
        await self._after_another_password(user.id)

    async def me(self, actor: Actor) -> User:
        """Raises: NotFoundError for an actor who has no account, such as an operator."""
        user = await self.users.get(actor.user_id)
        if user is None or user.is_erased:
            raise NotFoundError("There is no such account.", field="user", value=str(actor.user_id))
        return user

    async def introduce(self, actor: Actor, *, name: str, language: Language, expected: int | None = None) -> User:
        """Say another name, or be written to in another language."""
        return await self._change(actor, expected, lambda it, now: it.introduce(name=name, language=language, now=now))

    async def like(self, actor: Actor, car_id: UUID) -> User:
        """Keep a car in mind."""
        return await self._change(actor, None, lambda it, now: it.like(car_id, now=now))

    async def unlike(self, actor: Actor, car_id: UUID) -> User:
        """No longer keep a car in mind."""
        return await self._change(actor, None, lambda it, now: it.unlike(car_id, now=now))

    async def demand_password_of(self, user: User, password: str, *, field: str = "password") -> None:
        """Let pass who knows the password. Raises: InvalidError, which never repeats it."""
        if not await self.passwords.verify(password, user.password):
            raise InvalidError("This is not the password.", field=field, expected="the password of this account")

    async def demand_password_if_any(self, user: User, password: str) -> None:
        """As `demand_password_of`, but for who logs in elsewhere alone, whom nothing but the session vouches for."""
        if user.password is not None:
            await self.demand_password_of(user, password)

    async def end_sessions(self, user_id: UserId) -> None:
        """
        Log all devices out; each has to log in anew.

        Access tokens are revoked when that is done, so that what a refresh gave out meanwhile is revoked too. Where
        that cannot be told to everybody they count until they have run out, for a quarter of an hour.
        """
        for session in await self.sessions.of_user(user_id):
            await end_session(self.sessions, session, self.clock)
        await self.revocations.revoke(user_id, self.clock.now())

    async def _registered_again(self, fresh: User, hashed: str) -> None:
        known = await self.users.by_email(fresh.email)
        if known is None:  # erased at this very moment
            return
        if known.is_verified or known.identities:
            if await self._may_be_written_to(known.email):
                await self._tell(known, LetterKind.ALREADY_REGISTERED, reset_link(self.secrets, known, self.clock))
            return
        now = self.clock.now()
        replaced = known.set_password(hashed, now=now).then(
            lambda it: it.introduce(name=fresh.name, language=fresh.language, now=now)
        )
        await self._ask_to_confirm(await self._save(replaced))

    async def _ask_to_confirm(self, user: User) -> None:
        if not await self._may_be_written_to(user.email):
            return
        ends = self.clock.now() + CONFIRM
        token = sealed(self.secrets.secret("confirm"), subject=user.id, ends=ends, stamp=stamp_of(user))
        await self._tell(user, LetterKind.CONFIRM_ADDRESS, f"/confirm?token={token}")

    async def _after_another_password(self, user_id: UserId) -> None:
        await self.end_sessions(user_id)
        user = await self.users.get(user_id)
        if user is not None:
            await self._tell(user, LetterKind.PASSWORD_CHANGED, "/forgotten")

    async def _tell(self, user: User, kind: LetterKind, link: str) -> None:
        await self.post.send(user.id, kind, {"link": link}, letter_id=self.ids.new())

    async def _may_be_written_to(self, email: str) -> bool:
        """Whether a stranger who goes on asking has not had enough letters sent there; nobody is told of that."""
        return (await self.limiter.hit(f"letters {mailbox(email)}", UNASKED)).is_allowed

    async def _of_link(self, token: str) -> User:
        user = await self.users.get(UserId(subject_of(token)))
        if user is None or user.is_erased:
            raise broken()
        return user

    async def _change(
        self, actor: Actor, expected: int | None, decide: Callable[[User, datetime], Change[User]]
    ) -> User:
        user = await self.me(actor)
        demand_newest(user, expected, what="account")
        return await self._save(decide(user, self.clock.now()))

    async def _save(self, change: Change[User]) -> User:
        await self.users.save(change)
        return change.state
