"""
People and dealers for tests, with everything a test does not care about filled in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from carmarket.core.change import Change
from carmarket.core.users.dealer import Dealer
from carmarket.core.users.email import parse_email
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.session import Session, SessionId
from carmarket.core.users.user import User
from carmarket.testing.builders import NOW


def a_user(number: int = 1, *, email: str | None = None, now: datetime = NOW, **said: Any) -> Change[User]:
    """A new account with this number as its id, whose address is not confirmed yet."""
    address = parse_email(email or f"person{number}@example.com")
    return User.register(
        user_id=UserId(UUID(int=number)), email=address, name=said.pop("name", "Anna Berg"), now=now, **said
    )


def some_dealer(number: int = 1, *, name: str = "Best Cars", now: datetime = NOW, **said: Any) -> Change[Dealer]:
    """A dealer with this number as its id, who has applied."""
    return Dealer.apply(dealer_id=DealerId(UUID(int=number)), applicant=UserId(UUID(int=1)), name=name, now=now, **said)


def a_session(number: int = 1, *, user: int = 1, now: datetime = NOW, device: str = "") -> Change[Session]:
    """A session with this number as its id."""
    return Session.begin(
        session_id=SessionId(UUID(int=number)), user_id=UserId(UUID(int=user)), seed="s" * 43, now=now, device=device
    )
