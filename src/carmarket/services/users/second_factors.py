"""
Second factors: set up, confirmed by a first code, taken away.
"""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Sequence

from attrs import field, frozen

from carmarket.core.actor import Actor
from carmarket.core.errors import ConflictError, InvalidError
from carmarket.core.users.second_factor import RECOVERY_CODES, SecondFactor, digests_of, uri
from carmarket.ports.clock import Clock
from carmarket.ports.security import Secrets
from carmarket.ports.users import UserRepository
from carmarket.services.users.accounts import AccountService

SECRET_BYTES, CODE_BYTES = 20, 5


@frozen(kw_only=True)
class Enrolment:
    """What an authenticator app needs, shown once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@frozen(kw_only=True)
class SecondFactorService:
    accounts: AccountService
    users: UserRepository
    secrets: Secrets
    clock: Clock

    async def prepare(self, actor: Actor, *, password: str) -> Enrolment:
        """
        Make a secret for the person's device. It counts once a code from it has come back.

        Raises: InvalidError for a wrong password; ConflictError while there is a confirmed one.
        """
        user = await self.accounts.me(actor)
        await self.accounts.demand_password_if_any(user, password)
        if user.second_factor is not None and user.second_factor.is_confirmed:
            raise ConflictError("There is a second factor.", field="second_factor", expected="to remove it first")
        secret = b32encode(self.secrets.random_bytes(SECRET_BYTES)).decode()
        await self.users.save(user.set_second_factor(SecondFactor(secret=secret), now=self.clock.now()))
        return Enrolment(secret=secret, uri=uri(secret, email=user.email))

    async def confirm(self, actor: Actor, *, code: str) -> Sequence[str]:
        """
        Take a first code; from then on one is asked for at every log-in.

        Returns the recovery codes, which nobody is ever shown again.

        Raises: InvalidError for a wrong code; ConflictError if none was prepared.
        """
        user = await self.accounts.me(actor)
        factor = user.second_factor
        if factor is None or factor.is_confirmed:
            raise ConflictError("No second factor waits for its code.", field="second_factor", expected="one")
        taken = factor.take(code, now=self.clock.now())
        if taken is None:
            raise _wrong()
        codes = [_grouped(self.secrets.random_bytes(CODE_BYTES).hex()) for _ in range(RECOVERY_CODES)]
        confirmed = SecondFactor(
            secret=taken.secret, is_confirmed=True, last_step=taken.last_step, recovery=digests_of(codes)
        )
        await self.users.save(user.set_second_factor(confirmed, now=self.clock.now()))
        return codes

    async def remove(self, actor: Actor, *, password: str, code: str) -> None:
        """Do without. Raises: InvalidError for a wrong password or code."""
        user = await self.accounts.me(actor)
        await self.accounts.demand_password_if_any(user, password)
        factor = user.second_factor
        if factor is None:
            return
        if factor.is_confirmed and factor.take(code, now=self.clock.now()) is None:
            raise _wrong()
        await self.users.save(user.set_second_factor(None, now=self.clock.now()))


def _wrong() -> InvalidError:
    return InvalidError("The code is wrong.", field="code", expected="the code that the device shows now")


def _grouped(text: str) -> str:
    return f"{text[:5]}-{text[5:]}"
