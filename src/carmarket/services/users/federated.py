"""
Log-ins with an account elsewhere: begun here, gone on with at the provider, finished here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from attrs import field, frozen

from carmarket.core.actor import Actor
from carmarket.core.errors import (
    ConcurrencyConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
)
from carmarket.core.language import Language
from carmarket.core.text import LONGEST_NAME
from carmarket.core.users.email import EmailAddress, mailbox, parse_email
from carmarket.core.users.federation import LASTING, Proof, Transaction, challenge_of, demand_on, not_begun, opened
from carmarket.core.users.ids import UserId
from carmarket.core.users.links import demand_seal, sealed, subject_of
from carmarket.core.users.user import EmailTakenError, User
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.identity import IdentityProvider
from carmarket.ports.security import Secrets
from carmarket.ports.users import UserRepository
from carmarket.services.users.accounts import AccountService
from carmarket.services.users.sessions import LogIn, SessionService

TICKET = timedelta(minutes=5)
"""How long a code of the second factor is waited for."""
TRIES = 3


class UnvouchedAddressError(ForbiddenError):
    """The provider does not say that the address is the person's own, and no account is known by the identity."""

    code = "address-unvouched"


@frozen(kw_only=True)
class Begun:
    """Where to send the person, and what their device keeps until they are back."""

    url: str
    transaction: str = field(repr=False)
    ends: datetime


@frozen(kw_only=True)
class CodeAsked:
    """The provider has vouched for the person; their second factor is still to come, with this ticket."""

    ticket: str = field(repr=False)
    ends: datetime


@frozen(kw_only=True)
class FederatedService:
    """
    A log-in elsewhere stands for the password, and for nothing else: a second factor is asked for all the same.

    Raises everywhere: NotFoundError for a provider that the market does not know; UnavailableError when it does not
        answer.
    """

    providers: Mapping[str, IdentityProvider]
    users: UserRepository
    accounts: AccountService
    sessions: SessionService
    secrets: Secrets
    clock: Clock
    ids: Ids
    site: str
    """Where people come back to, without a slash at its end."""

    @property
    def names(self) -> Sequence[str]:
        """The providers that there are."""
        return tuple(sorted(self.providers))

    async def begin(self, provider: str, redirect_uri: str) -> Begun:
        """
        Begin a log-in. The person is to come back to an address of the market's site.

        Raises: InvalidError for another address.
        """
        return await self._begin(provider, redirect_uri, None)

    async def begin_link(self, actor: Actor, provider: str, redirect_uri: str, *, password: str = "") -> Begun:
        """
        Begin to be known by an identity elsewhere, by one's password where there is one.

        Raises: InvalidError for a wrong password, or an address that is none of the site's.
        """
        user = await self.accounts.me(actor)
        await self.accounts.demand_password_if_any(user, password)
        return await self._begin(provider, redirect_uri, user.id)

    async def finish(
        self,
        provider: str,
        *,
        transaction: str,
        state: str,
        code: str,
        device: str = "",
        language: Language = Language.ENGLISH,
    ) -> LogIn | CodeAsked:
        """
        Log in whom the provider vouches for.

        Who is known by the identity is let in. Else a verified address decides: its account is linked, or opened
        in `language`. An account whose address nobody had confirmed goes to who comes with it verified.

        Raises: UnauthenticatedError; UnvouchedAddressError, whether the address has an account or none.
        """
        proof = await self._proof(provider, transaction, state, code, None)
        user = await self._person(proof, language)
        if not user.has_second_factor:
            return await self.sessions.begin(user, device=device)
        ends = self.clock.now() + TICKET
        ticket = sealed(self.secrets.secret("second-factor"), subject=user.id, ends=ends, stamp=str(user.version))
        return CodeAsked(ticket=ticket, ends=ends)

    async def confirm(self, ticket: str, *, code: str, device: str = "", origin: str | None = None) -> LogIn:
        """
        Log in with the second factor, after `finish` has asked for it. A code that is taken ends the ticket.

        From one `origin` an account is tried as often as by password, all in all.

        Raises: UnauthenticatedError; SecondFactorNeededError for a wrong code; LimitedError.
        """
        try:
            user = await self.users.get(UserId(subject_of(ticket)))
            stamp = "" if user is None else str(user.version)
            demand_seal(ticket, self.secrets.secret("second-factor"), now=self.clock.now(), stamp=stamp)
        except InvalidError:
            raise not_begun() from None
        if user is None or user.is_erased:
            raise not_begun()
        if origin is not None:
            await self.sessions.demand_patience(mailbox(user.email), origin)
        return await self.sessions.begin(await self.sessions.take_code(user, code), device=device)

    async def link(self, actor: Actor, provider: str, *, transaction: str, state: str, code: str) -> User:
        """
        Be known by the identity that the provider vouches for, whatever its address.

        Raises: UnauthenticatedError; EmailTakenError if somebody else is known by it.
        """
        proof = await self._proof(provider, transaction, state, code, actor.user_id)
        change = (await self.accounts.me(actor)).link(proof.identity, now=self.clock.now())
        await self.users.save(change)
        return change.state

    async def _begin(self, provider: str, redirect_uri: str, user_id: UserId | None) -> Begun:
        at = self._provider(provider)
        demand_on(self.site, redirect_uri)
        transaction = Transaction(
            id=self.secrets.random_bytes(16), provider=provider, redirect_uri=redirect_uri,
            ends=self.clock.now() + LASTING, user_id=user_id,
        )  # fmt: skip
        secret = self.secrets.secret("federated")
        url = await at.authorization_url(
            redirect_uri=redirect_uri, state=transaction.state(secret), nonce=transaction.nonce(secret),
            challenge=challenge_of(transaction.verifier(secret)),
        )  # fmt: skip
        return Begun(url=url, transaction=transaction.sealed(secret), ends=transaction.ends)

    async def _proof(self, provider: str, text: str, state: str, code: str, user_id: UserId | None) -> Proof:
        """What the code is worth, if it comes back to the device, the provider and the person that it began with."""
        at, secret = self._provider(provider), self.secrets.secret("federated")
        transaction = opened(text, secret, now=self.clock.now())
        transaction.demand_state(state, secret)
        if (transaction.provider, transaction.user_id) != (provider, user_id):
            raise not_begun()
        return await at.redeem(
            code, redirect_uri=transaction.redirect_uri, verifier=transaction.verifier(secret),
            nonce=transaction.nonce(secret),
        )  # fmt: skip

    async def _person(self, proof: Proof, language: Language) -> User:
        """Whose log-in this is; when another log-in changes that at this very moment, what it has made of it."""
        for _ in range(TRIES):
            try:
                return await self._known_or_new(proof, language)
            except (EmailTakenError, ConcurrencyConflictError):
                continue
        raise UnauthenticatedError("The account changes at this moment: log in again.")

    async def _known_or_new(self, proof: Proof, language: Language) -> User:
        known = await self.users.by_identity(proof.identity)
        if known is not None:
            return known
        address, now = _vouched(proof), self.clock.now()
        user = await self.users.by_email(address)
        if user is None:
            change = User.register(
                user_id=UserId(self.ids.new()), email=address, name=_name(proof), language=language, now=now
            ).then(lambda it: it.claim(proof.identity, name=it.name, now=now))
        elif not user.is_verified:
            change = user.claim(proof.identity, name=_name(proof), now=now)
        elif user.has_second_factor:  # nothing is kept before the second factor has come, too
            return user
        else:
            change = user.link(proof.identity, now=now)
        await self.users.save(change)
        return change.state

    def _provider(self, name: str) -> IdentityProvider:
        if name not in self.providers:
            raise NotFoundError(
                "Nobody can log in with this provider.", field="provider", value=name,
                expected=", ".join(self.names) or "a password",
            )  # fmt: skip
        return self.providers[name]


def _vouched(proof: Proof) -> EmailAddress:
    """The address, if it says whose account it is. The answer is the same whether there is one."""
    try:
        if proof.is_email_verified and proof.email is not None:
            return parse_email(proof.email)
    except InvalidError:
        pass
    raise UnvouchedAddressError(
        "The provider does not vouch for an address of yours. Log in with your password and link the provider, or "
        "register with an address.",
        field="email",
        expected="an address that the provider has verified",
    )


def _name(proof: Proof) -> str:
    """As the provider tells it, as far as it is plain; else what stands before the @."""
    said = "".join(letter if letter.isprintable() else " " for letter in proof.name or "")
    return " ".join(said.split())[:LONGEST_NAME].strip() or (proof.email or "").partition("@")[0]
