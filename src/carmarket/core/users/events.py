"""
What happens to people and dealers; events carry ids and never personal data.
"""

from __future__ import annotations

from attrs import frozen

from carmarket.core.events import Event
from carmarket.core.users.ids import DealerId


@frozen(kw_only=True)
class UserEvent(Event):
    """Its key is the user's id."""


@frozen(kw_only=True)
class UserRegistered(UserEvent):
    type = "users.user-registered"


@frozen(kw_only=True)
class AddressConfirmed(UserEvent):
    type = "users.address-confirmed"


@frozen(kw_only=True)
class PasswordChanged(UserEvent):
    type = "users.password-changed"


@frozen(kw_only=True)
class SecondFactorChanged(UserEvent):
    """Prepared, set up, used or taken away."""

    type = "users.second-factor-changed"


@frozen(kw_only=True)
class ProfileChanged(UserEvent):
    """The name, the language, the favourites, or what somebody is known by elsewhere."""

    type = "users.profile-changed"


@frozen(kw_only=True)
class RolesChanged(UserEvent):
    """What somebody may do; `dealer_id` is whom they work for now."""

    type = "users.roles-changed"
    dealer_id: DealerId | None = None


@frozen(kw_only=True)
class UserErased(UserEvent):
    """Whoever keeps something about this person forgets it."""

    type = "users.user-erased"


@frozen(kw_only=True)
class DealerEvent(Event):
    """Its key is the dealer's id."""


@frozen(kw_only=True)
class DealerApplied(DealerEvent):
    type = "users.dealer-applied"


@frozen(kw_only=True)
class DealerVerified(DealerEvent):
    type = "users.dealer-verified"


@frozen(kw_only=True)
class DealerRejected(DealerEvent):
    type = "users.dealer-rejected"


@frozen(kw_only=True)
class DealerSuspended(DealerEvent):
    type = "users.dealer-suspended"


@frozen(kw_only=True)
class DealerClosed(DealerEvent):
    """Its last owner has left the market, and with it all that was told of the dealer."""

    type = "users.dealer-closed"


@frozen(kw_only=True)
class DealerRevised(DealerEvent):
    """What is told of the dealer, or who was asked to work there."""

    type = "users.dealer-revised"


USER_EVENTS: tuple[type[Event], ...] = (
    UserRegistered, AddressConfirmed, PasswordChanged, SecondFactorChanged, ProfileChanged, RolesChanged, UserErased,
    DealerApplied, DealerVerified, DealerRejected, DealerSuspended, DealerClosed,
    DealerRevised,
)  # fmt: skip
