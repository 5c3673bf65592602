"""
A person with an account.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from carmarket.core.change import Change
from carmarket.core.errors import ConflictError, InvalidError
from carmarket.core.language import Language
from carmarket.core.text import short
from carmarket.core.users import events
from carmarket.core.users.email import EmailAddress
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.roles import STAFF, Role
from carmarket.core.users.second_factor import SecondFactor

MOST_FAVOURITES = 500
NOBODY = EmailAddress("")


class EmailTakenError(ConflictError):
    """Somebody else has an account under this address."""

    code = "email-taken"


@frozen(kw_only=True)
class Identity:
    """What somebody is known by at another provider (OpenID Connect Core 1.0, 2)."""

    issuer: str
    subject: str


@frozen(kw_only=True)
class Membership:
    """Whom somebody works for, and as what."""

    dealer_id: DealerId
    role: Role


@frozen(kw_only=True)
class User:
    """An aggregate: every method that decides something returns a Change and alters nothing itself."""

    id: UserId
    version: int
    email: EmailAddress
    is_verified: bool = False
    """The person has shown that letters to the address reach them."""
    name: str
    language: Language = Language.ENGLISH
    password: str | None = None
    """A hash; `None` for who logs in elsewhere."""
    identities: tuple[Identity, ...] = ()
    second_factor: SecondFactor | None = None
    roles: frozenset[Role] = frozenset({Role.CUSTOMER})
    """But those at a dealer."""
    membership: Membership | None = None
    favourites: tuple[UUID, ...] = ()
    """Cars, the newest first."""
    is_erased: bool = False
    created_at: datetime
    updated_at: datetime

    @classmethod
    def register(
        cls,
        *,
        user_id: UserId,
        email: EmailAddress,
        name: str,
        now: datetime,
        language: Language = Language.ENGLISH,
        password: str | None = None,
        roles: frozenset[Role] = frozenset({Role.CUSTOMER}),
    ) -> Change[User]:
        """A new account; its address is yet to be confirmed."""
        state = cls(
            id=user_id, version=1, email=email, name=_name(name), language=language, password=password, roles=roles,
            created_at=now, updated_at=now,
        )  # fmt: skip
        return Change(base=0, state=state, events=(events.UserRegistered(key=user_id, version=1, at=now),))

    @property
    def all_roles(self) -> frozenset[Role]:
        return self.roles if self.membership is None else self.roles | {self.membership.role}

    @property
    def has_second_factor(self) -> bool:
        """A code is asked for at every log-in."""
        return self.second_factor is not None and self.second_factor.is_confirmed

    def confirm_address(self, *, now: datetime) -> Change[User]:
        """Letters to the address reach the person. Nothing changes if that was known."""
        return self._unchanged() if self.is_verified else self._step(events.AddressConfirmed, now, is_verified=True)

    def set_password(self, password: str, *, now: datetime) -> Change[User]:
        """Take another password, given as its hash."""
        return self._step(events.PasswordChanged, now, password=password)

    def link(self, identity: Identity, *, now: datetime) -> Change[User]:
        """Know the person by an identity elsewhere."""
        if identity in self.identities:
            return self._unchanged()
        return self._step(events.ProfileChanged, now, identities=(*self.identities, identity))

    def claim(self, identity: Identity, *, name: str, now: datetime) -> Change[User]:
        """
        Give an account whose address nobody had confirmed to who has shown elsewhere that it is theirs.

        What was said before counts no longer, for it may have been said by somebody who lay in wait.

        Raises: ConflictError if the address was confirmed.
        """
        if self.is_verified:
            raise ConflictError("The address is confirmed.", field="email", expected="an unconfirmed address")
        confirmed = self._step(
            events.AddressConfirmed, now, is_verified=True, password=None, second_factor=None, identities=(),
            name=_name(name),
        )  # fmt: skip
        return confirmed.then(lambda it: it.link(identity, now=now))

    def introduce(self, *, name: str, language: Language, now: datetime) -> Change[User]:
        """Say another name, or be written to in another language."""
        return self._step(events.ProfileChanged, now, name=_name(name), language=language)

    def like(self, car_id: UUID, *, now: datetime) -> Change[User]:
        """Keep a car in mind. Raises: InvalidError when there are too many."""
        if car_id in self.favourites:
            return self._unchanged()
        if len(self.favourites) >= MOST_FAVOURITES:
            raise InvalidError(
                f"There are {MOST_FAVOURITES} favourites already.",
                field="favourites",
                value=str(car_id),
                expected=f"at most {MOST_FAVOURITES}",
            )
        return self._step(events.ProfileChanged, now, favourites=(car_id, *self.favourites))

    def unlike(self, car_id: UUID, *, now: datetime) -> Change[User]:
        """No longer keep a car in mind."""
        if car_id not in self.favourites:
            return self._unchanged()
        left = tuple(one for one in self.favourites if one != car_id)
        return self._step(events.ProfileChanged, now, favourites=left)

    def set_second_factor(self, factor: SecondFactor | None, *, now: datetime) -> Change[User]:
        """Prepare one, note that a code was used, or take it away."""
        return self._step(events.SecondFactorChanged, now, second_factor=factor)

    def join(self, dealer_id: DealerId, role: Role, *, now: datetime) -> Change[User]:
        """
        Work for a dealer.

        Raises: ConflictError for who works for another; InvalidError for a role that is none of a dealer's staff.
        """
        if role not in STAFF:
            raise InvalidError(
                "This is no role at a dealer.", field="role", value=role, expected=", ".join(sorted(STAFF))
            )
        membership = Membership(dealer_id=dealer_id, role=role)
        if membership == self.membership:
            return self._unchanged()
        if self.membership is not None and self.membership.dealer_id != dealer_id:
            raise ConflictError(
                "One person works for one dealer.",
                field="dealer",
                value=str(self.membership.dealer_id),
                expected="to leave it first",
            )
        return self._step(events.RolesChanged, now, told={"dealer_id": dealer_id}, membership=membership)

    def leave(self, *, now: datetime) -> Change[User]:
        """Work for a dealer no longer."""
        return self._unchanged() if self.membership is None else self._step(events.RolesChanged, now, membership=None)

    def assign(self, roles: frozenset[Role], *, now: datetime) -> Change[User]:
        """Say what somebody may do, apart from a dealer's affairs. Raises: InvalidError for roles at a dealer."""
        if roles & STAFF:
            raise InvalidError(
                "Roles at a dealer come by invitation.",
                field="roles",
                value=", ".join(sorted(roles & STAFF)),
                expected=", ".join(sorted(frozenset(Role) - STAFF)),
            )
        if roles == self.roles:
            return self._unchanged()
        told = {"dealer_id": self.membership and self.membership.dealer_id}
        return self._step(events.RolesChanged, now, told=told, roles=roles)

    def erase(self, *, now: datetime) -> Change[User]:
        """Forget the person: what stays is an id that means nobody."""
        if self.is_erased:
            return self._unchanged()
        return self._step(
            events.UserErased, now, is_erased=True, email=NOBODY, name="", password=None, identities=(),
            second_factor=None, roles=frozenset(), membership=None, favourites=(), is_verified=False,
        )  # fmt: skip

    def _unchanged(self) -> Change[User]:
        return Change(base=self.version, state=self, events=())

    def _step(
        self, event: type[events.UserEvent], now: datetime, told: dict[str, Any] | None = None, **changes: Any
    ) -> Change[User]:
        state = evolve(self, version=self.version + 1, updated_at=now, **changes)
        happened = event(key=self.id, version=state.version, at=now, **(told or {}))
        return Change(base=self.version, state=state, events=(happened,))


def _name(text: str) -> str:
    """Raises: InvalidError for no name, or one that is long or not plain."""
    plain = " ".join(text.split())
    if not plain:
        raise InvalidError("A person has a name.", field="name", value=text, expected="a name")
    short("name", plain)
    return plain
