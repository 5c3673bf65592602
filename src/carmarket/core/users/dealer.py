"""
A dealer: a business that sells cars, its places, and who was asked to work there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from carmarket.core.change import Change
from carmarket.core.errors import InvalidError, NotFoundError
from carmarket.core.lifecycle import step
from carmarket.core.place import Place
from carmarket.core.text import short
from carmarket.core.users import events
from carmarket.core.users.email import EmailAddress, mailbox
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.roles import STAFF, Role

INVITED = timedelta(days=14)
MOST_PLACES = 100
MOST_INVITATIONS = 100


class DealerStatus(StrEnum):
    APPLIED = "applied"
    VERIFIED = "verified"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    """For good: nobody is left who could act for it."""


class DealerAction(StrEnum):
    VERIFY = "verify"
    REJECT = "reject"
    SUSPEND = "suspend"
    APPLY = "apply"
    CLOSE = "close"


TRANSITIONS: Mapping[tuple[DealerStatus, DealerAction], DealerStatus] = {
    (DealerStatus.APPLIED, DealerAction.VERIFY): DealerStatus.VERIFIED,
    (DealerStatus.APPLIED, DealerAction.REJECT): DealerStatus.REJECTED,
    (DealerStatus.REJECTED, DealerAction.APPLY): DealerStatus.APPLIED,
    (DealerStatus.VERIFIED, DealerAction.SUSPEND): DealerStatus.SUSPENDED,
    (DealerStatus.SUSPENDED, DealerAction.VERIFY): DealerStatus.VERIFIED,
    **{
        (status, DealerAction.CLOSE): DealerStatus.CLOSED
        for status in DealerStatus
        if status is not DealerStatus.CLOSED
    },
}


@frozen(kw_only=True)
class DealerPlace:
    """Somewhere a dealer's cars stand."""

    name: str
    place: Place | None = None
    phone: str | None = None

    def __attrs_post_init__(self) -> None:
        """Raises: InvalidError for no name, or texts that are long or not plain."""
        _demand_name(self.name)
        short("phone", self.phone, 40)


@frozen(kw_only=True)
class Invitation:
    """Somebody was asked to work for the dealer."""

    id: UUID
    email: EmailAddress
    role: Role
    ends: datetime


@frozen(kw_only=True)
class Dealer:
    """An aggregate: every method that decides something returns a Change and alters nothing itself."""

    id: DealerId
    version: int
    status: DealerStatus = DealerStatus.APPLIED
    name: str
    places: tuple[DealerPlace, ...] = ()
    website: str | None = None
    reason: str | None = None
    """Why it was rejected or suspended."""
    invitations: tuple[Invitation, ...] = ()
    applicant: UserId
    created_at: datetime
    updated_at: datetime
    fingerprint: str | None = None
    """Of the request that made it, so that a repeat is told from another request with the same idempotency key."""

    @classmethod
    def apply(
        cls,
        *,
        dealer_id: DealerId,
        applicant: UserId,
        name: str,
        now: datetime,
        places: tuple[DealerPlace, ...] = (),
        website: str | None = None,
        fingerprint: str | None = None,
    ) -> Change[Dealer]:
        """Ask to be a dealer; until it is verified its cars go to review first."""
        state = cls(
            id=dealer_id, version=1, applicant=applicant, created_at=now, updated_at=now,
            fingerprint=fingerprint, **_told(name, places, website),
        )  # fmt: skip
        return Change(base=0, state=state, events=(events.DealerApplied(key=dealer_id, version=1, at=now),))

    @property
    def is_verified(self) -> bool:
        return self.status is DealerStatus.VERIFIED

    def verify(self, *, now: datetime) -> Change[Dealer]:
        """An admin has looked at it: its cars go live at once."""
        return self._act(DealerAction.VERIFY, events.DealerVerified, now, reason=None)

    def reject(self, reason: str, *, now: datetime) -> Change[Dealer]:
        """It cannot be verified as it is."""
        return self._act(DealerAction.REJECT, events.DealerRejected, now, reason=_reason(reason))

    def suspend(self, reason: str, *, now: datetime) -> Change[Dealer]:
        """It is trusted no longer."""
        return self._act(DealerAction.SUSPEND, events.DealerSuspended, now, reason=_reason(reason))

    def close(self, *, now: datetime) -> Change[Dealer]:
        """Its last owner has left the market: what stays is an id that its bookings and reviews have."""
        if self.status is DealerStatus.CLOSED:
            return Change(base=self.version, state=self, events=())
        return self._act(
            DealerAction.CLOSE, events.DealerClosed, now, name="", places=(), website=None, reason=None, invitations=()
        )

    def revise(
        self, *, name: str, places: tuple[DealerPlace, ...], website: str | None, now: datetime
    ) -> Change[Dealer]:
        """Say something else of it; one that was rejected applies anew by that."""
        told = _told(name, places, website)
        if self.status is DealerStatus.REJECTED:
            return self._act(DealerAction.APPLY, events.DealerApplied, now, reason=None, **told)
        return self._step(events.DealerRevised, now, **told)

    def invite(self, *, invitation_id: UUID, email: EmailAddress, role: Role, now: datetime) -> Change[Dealer]:
        """Ask somebody to work for it; a newer invitation takes the place of an older one to the same mailbox."""
        if role not in STAFF:
            raise InvalidError(
                "This is no role at a dealer.", field="role", value=role, expected=", ".join(sorted(STAFF))
            )
        open_ones = tuple(one for one in self.invitations if one.ends > now and mailbox(one.email) != mailbox(email))
        if len(open_ones) >= MOST_INVITATIONS:
            raise InvalidError(
                f"There are {MOST_INVITATIONS} open invitations.",
                field="invitations",
                value=len(open_ones),
                expected=f"at most {MOST_INVITATIONS}",
            )
        fresh = Invitation(id=invitation_id, email=email, role=role, ends=now + INVITED)
        return self._step(events.DealerRevised, now, invitations=(*open_ones, fresh))

    def invitation(self, invitation_id: UUID, *, email: str, now: datetime) -> Invitation:
        """
        The invitation, if it is open and was sent to this address.

        Raises: NotFoundError.
        """
        for one in self.invitations:
            if one.id == invitation_id and one.ends > now and mailbox(one.email) == mailbox(email):
                return one
        raise NotFoundError("There is no such invitation.", field="invitation", value=str(invitation_id))

    def has(self, invitation_id: UUID) -> bool:
        """Whether there is such an invitation, be it for whomever."""
        return any(one.id == invitation_id for one in self.invitations)

    def invites(self, email: str) -> bool:
        """Whether a mailbox has an invitation, be it over or not."""
        return any(mailbox(one.email) == mailbox(email) for one in self.invitations)

    def uninvite(self, email: str, *, now: datetime) -> Change[Dealer]:
        """Take back what was sent to a mailbox."""
        left = tuple(one for one in self.invitations if mailbox(one.email) != mailbox(email))
        if left == self.invitations:
            return Change(base=self.version, state=self, events=())
        return self._step(events.DealerRevised, now, invitations=left)

    def close_invitation(self, invitation_id: UUID, *, now: datetime) -> Change[Dealer]:
        """It was accepted, or is taken back."""
        left = tuple(one for one in self.invitations if one.id != invitation_id)
        if left == self.invitations:
            return Change(base=self.version, state=self, events=())
        return self._step(events.DealerRevised, now, invitations=left)

    def _act(
        self, action: DealerAction, event: type[events.DealerEvent], now: datetime, **changes: Any
    ) -> Change[Dealer]:
        return self._step(event, now, status=step(TRANSITIONS, self.status, action, what="dealer"), **changes)

    def _step(self, event: type[events.DealerEvent], now: datetime, **changes: Any) -> Change[Dealer]:
        state = evolve(self, version=self.version + 1, updated_at=now, **changes)
        return Change(base=self.version, state=state, events=(event(key=self.id, version=state.version, at=now),))


def _told(name: str, places: tuple[DealerPlace, ...], website: str | None) -> dict[str, Any]:
    if len(places) > MOST_PLACES:
        raise InvalidError(
            f"A dealer has at most {MOST_PLACES} places.",
            field="places",
            value=len(places),
            expected=f"at most {MOST_PLACES}",
        )
    short("website", website, 200)
    if website is not None and not website.startswith(("https://", "http://")):
        raise InvalidError("A website begins with https://.", field="website", value=website, expected="a URL")
    return {"name": _demand_name(name), "places": places, "website": website}


def _demand_name(text: str) -> str:
    plain = " ".join(text.split())
    if not plain:
        raise InvalidError("It has a name.", field="name", value=text, expected="a name")
    short("name", plain)
    return plain


def _reason(text: str) -> str:
    if not text.strip():
        raise InvalidError("It is said why.", field="reason", value=text, expected="a sentence for the dealer")
    short("reason", text, 1_000)
    return text
