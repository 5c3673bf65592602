"""
People and dealers as they and admins see them.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from attrs import frozen

from carmarket.core.language import Language
from carmarket.core.users.dealer import Dealer, DealerPlace, DealerStatus, Invitation
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.roles import Role
from carmarket.core.users.session import Session
from carmarket.core.users.user import User


@frozen(kw_only=True)
class UserView:
    """An account, without what guards it."""

    id: UserId
    version: int
    email: str
    is_verified: bool
    name: str
    language: Language
    roles: tuple[Role, ...]
    dealer_id: DealerId | None
    """Whom the person works for."""
    has_second_factor: bool
    recovery_codes_left: int
    favourites: tuple[UUID, ...]
    """Cars, the newest first."""
    created_at: datetime


@frozen(kw_only=True)
class UserPage:
    """People by id, and where the next page begins."""

    users: tuple[UserView, ...]
    next: str | None


@frozen(kw_only=True)
class SessionView:
    id: UUID
    device: str
    created_at: datetime
    refreshed_at: datetime


@frozen(kw_only=True)
class SessionList:
    sessions: tuple[SessionView, ...]


@frozen(kw_only=True)
class DealerCard:
    """What everybody sees of a verified dealer."""

    id: DealerId
    name: str
    places: tuple[DealerPlace, ...]
    website: str | None


@frozen(kw_only=True)
class DealerView:
    """What its staff and admins see."""

    id: DealerId
    version: int
    status: DealerStatus
    name: str
    places: tuple[DealerPlace, ...]
    website: str | None
    reason: str | None
    invitations: tuple[Invitation, ...]
    created_at: datetime
    updated_at: datetime


def user_view(user: User) -> UserView:
    factor = user.second_factor
    return UserView(
        id=user.id,
        version=user.version,
        email=user.email,
        is_verified=user.is_verified,
        name=user.name,
        language=user.language,
        roles=tuple(sorted(user.all_roles)),
        dealer_id=None if user.membership is None else user.membership.dealer_id,
        has_second_factor=user.has_second_factor,
        recovery_codes_left=len(factor.recovery) if factor is not None and user.has_second_factor else 0,
        favourites=user.favourites,
        created_at=user.created_at,
    )


def session_view(session: Session) -> SessionView:
    return SessionView(
        id=session.id, device=session.device, created_at=session.created_at, refreshed_at=session.rotated_at
    )


def dealer_view(dealer: Dealer) -> DealerView:
    return DealerView(
        id=dealer.id,
        version=dealer.version,
        status=dealer.status,
        name=dealer.name,
        places=dealer.places,
        website=dealer.website,
        reason=dealer.reason,
        invitations=dealer.invitations,
        created_at=dealer.created_at,
        updated_at=dealer.updated_at,
    )
