"""
The law of `UserRepository`, `DealerRepository`, `SessionRepository` and `AuditLog`, as tests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from carmarket.core.change import Change
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.core.language import Language
from carmarket.core.place import Place, Point
from carmarket.core.users.audit import AuditAction, AuditEntry, EntryId
from carmarket.core.users.dealer import Dealer, DealerPlace, DealerStatus
from carmarket.core.users.email import parse_email
from carmarket.core.users.ids import DealerId, UserId
from carmarket.core.users.roles import Role
from carmarket.core.users.second_factor import SecondFactor
from carmarket.core.users.session import SessionId
from carmarket.core.users.user import EmailTakenError, Identity, User
from carmarket.ports.audit import AUDIT
from carmarket.ports.events import EVENTS
from carmarket.ports.offer import Offer
from carmarket.ports.users import DEALERS, SESSIONS, USERS, UserFilter
from carmarket.testing.builders import NOW
from carmarket.testing.users import a_session, a_user, some_dealer

Open = Callable[[], AbstractAsyncContextManager[Offer]]
LATER = NOW + timedelta(minutes=1)
GOOGLE = Identity(issuer="https://accounts.example", subject="42")


class UsersContract:
    """Give a fixture `open_users` that opens new, empty stores each time it is called."""

    @pytest.fixture
    async def offer(self, open_users: Open) -> AsyncIterator[Offer]:
        async with open_users() as offer:
            yield offer

    async def test_a_user_is_read_back_in_every_field(self, offer: Offer) -> None:
        users = await offer.get(USERS)
        change = (
            a_user(password="hash", language=Language.ARABIC, name="Zoë  Ärger", roles=frozenset({Role.MODERATOR}))  # noqa: S106  no password
            .then(lambda it: it.confirm_address(now=LATER))
            .then(lambda it: it.link(GOOGLE, now=LATER))
            .then(lambda it: it.like(UUID(int=7), now=LATER))
            .then(lambda it: it.join(DealerId(UUID(int=3)), Role.DEALER_AGENT, now=LATER))
            .then(lambda it: it.set_second_factor(SecondFactor(secret="A" * 32, recovery=("x", "y")), now=LATER))
        )
        await users.save(change)

        assert await users.get(change.state.id) == change.state
        assert await users.by_email("PERSON1@example.com") == change.state
        assert await users.by_identity(GOOGLE) == change.state
        assert await users.get(UserId(UUID(int=9))) is None
        assert await users.by_email("nobody@example.com") is None
        assert await users.by_identity(Identity(issuer=GOOGLE.issuer, subject="4")) is None
        log = await (await offer.get(EVENTS)).read(0, 10)
        assert [one.event for one in log] == list(change.events)

    async def test_of_two_writers_one_wins_and_nothing_of_the_other_is_left(self, offer: Offer) -> None:
        users = await offer.get(USERS)
        await users.save(a_user())
        stored = a_user().state
        rivals = [stored.introduce(name=name, language=Language.GERMAN, now=LATER) for name in ("A", "B", "C")]

        ends = await asyncio.gather(*(users.save(one) for one in rivals), return_exceptions=True)

        assert sorted(type(end).__name__ for end in ends) == ["ConcurrencyConflictError"] * 2 + ["NoneType"]
        log = await (await offer.get(EVENTS)).read(0, 10)
        assert len(log) == 2
        with pytest.raises(ConcurrencyConflictError):
            await users.save(a_user())

    async def test_a_change_that_alters_nothing_writes_nothing(self, offer: Offer) -> None:
        users = await offer.get(USERS)
        await users.save(Change(base=1, state=a_user().state, events=()))

        assert await users.get(a_user().state.id) is None
        assert await (await offer.get(EVENTS)).read(0, 10) == ()

    async def test_a_mailbox_and_an_identity_have_one_account(self, offer: Offer) -> None:
        users = await offer.get(USERS)
        await users.save(a_user(1, email="Anna@Example.com").then(lambda it: it.link(GOOGLE, now=NOW)))

        with pytest.raises(EmailTakenError):
            await users.save(a_user(2, email="anna@example.com"))
        with pytest.raises(EmailTakenError):
            await users.save(a_user(3).then(lambda it: it.link(GOOGLE, now=NOW)))
        assert await users.get(UserId(UUID(int=2))) is None
        assert await users.by_email("person3@example.com") is None

    async def test_of_many_who_register_one_address_at_once_one_gets_it(self, offer: Offer) -> None:
        users = await offer.get(USERS)

        ends = await asyncio.gather(
            *(users.save(a_user(n, email="anna@example.com")) for n in range(1, 17)), return_exceptions=True
        )

        assert sum(end is None for end in ends) == 1
        assert all(end is None or isinstance(end, EmailTakenError) for end in ends)

    async def test_who_is_erased_frees_the_mailbox_and_is_not_found(self, offer: Offer) -> None:
        users = await offer.get(USERS)
        first = a_user(1, email="anna@example.com").then(lambda it: it.link(GOOGLE, now=NOW))
        await users.save(first)
        await users.save(first.state.erase(now=LATER))

        await users.save(a_user(2, email="anna@example.com").then(lambda it: it.link(GOOGLE, now=NOW)))
        again = await users.by_email("anna@example.com")
        assert again is not None
        assert again.id.int == 2
        assert [one.id.int for one in await users.find(UserFilter())] == [2]
        erased = await users.get(first.state.id)
        assert erased is not None
        assert erased.is_erased

    async def test_people_are_found_by_dealer_and_role(self, offer: Offer) -> None:
        users, dealer = await offer.get(USERS), DealerId(UUID(int=5))

        def staff(number: int, role: Role) -> Change[User]:
            return a_user(number, name="moderator").then(lambda it: it.join(dealer, role, now=NOW))

        for change in (
            a_user(4, roles=frozenset({Role.MODERATOR})), staff(3, Role.DEALER_OWNER), staff(2, Role.DEALER_AGENT),
            a_user(1, name='",moderator,"'),
        ):  # fmt: skip
            await users.save(change)

        async def ids(wanted: UserFilter, *, after: int = 0, limit: int = 100) -> list[int]:
            behind = UserId(UUID(int=after)) if after else None
            return [one.id.int for one in await users.find(wanted, after=behind, limit=limit)]

        assert await ids(UserFilter()) == [1, 2, 3, 4]
        assert await ids(UserFilter(), after=1, limit=2) == [2, 3]
        assert await ids(UserFilter(role=Role.MODERATOR)) == [4]
        assert await ids(UserFilter(dealer_id=dealer)) == [2, 3]
        assert await ids(UserFilter(dealer_id=dealer, role=Role.DEALER_OWNER)) == [3]

    async def test_a_dealer_is_read_back_and_found_by_state(self, offer: Offer) -> None:
        dealers = await offer.get(DEALERS)
        place = Place(country="DE", city="Köln", point=Point(50.9, 6.9), time_zone="Europe/Berlin")
        told = some_dealer(1, places=(DealerPlace(name="Halle", place=place, phone="1"),), website="https://a.example")
        invited = told.then(
            lambda it: it.invite(
                invitation_id=UUID(int=8), email=parse_email("b@example.com"), role=Role.DEALER_AGENT, now=NOW
            )
        )
        await dealers.save(invited)
        await dealers.save(some_dealer(2).then(lambda it: it.verify(now=LATER)))

        assert await dealers.get(invited.state.id) == invited.state
        assert await dealers.get(DealerId(UUID(int=9))) is None
        assert [one.id.int for one in await dealers.find()] == [1, 2]
        assert [one.id.int for one in await dealers.find(DealerStatus.VERIFIED)] == [2]
        assert await dealers.find(after=DealerId(UUID(int=2))) == ()
        with pytest.raises(ConcurrencyConflictError):
            await dealers.save(told)

    async def test_a_dealer_is_found_by_whom_it_has_invited_for_as_long_as_it_does(self, offer: Offer) -> None:
        dealers = await offer.get(DEALERS)
        for number, email in ((2, "Bo@example.com"), (1, "bo@example.com"), (3, "cy@example.com")):
            invited = some_dealer(number).then(partial(_invite, email=email))
            await dealers.save(invited)
        assert [one.id.int for one in await dealers.inviting("BO@example.com")] == [1, 2]

        await dealers.save((await dealers.inviting("bo@example.com"))[0].uninvite("bo@example.com", now=LATER))

        assert [one.id.int for one in await dealers.inviting("bo@example.com")] == [2]
        assert await dealers.inviting("nobody@example.com") == ()

    async def test_of_those_who_decide_on_one_dealer_one_wins_and_its_events_are_there(self, offer: Offer) -> None:
        dealers, made = await offer.get(DEALERS), some_dealer(1)
        await dealers.save(made)
        rivals = [made.state.verify(now=LATER), made.state.reject("No.", now=LATER), made.state.verify(now=LATER)]

        ends = await asyncio.gather(*map(dealers.save, rivals), return_exceptions=True)

        won = next(one for one, end in zip(rivals, ends, strict=True) if end is None)
        assert [type(end) for end in ends].count(ConcurrencyConflictError) == 2
        assert await dealers.get(made.state.id) == won.state
        log = await (await offer.get(EVENTS)).read(0, 10)
        assert [one.event for one in log] == [*made.events, *won.events]

    async def test_of_many_sessions_the_newest_are_shown_and_a_thousand_go_at_once(self, offer: Offer) -> None:
        sessions = await offer.get(SESSIONS)
        for number in range(1, 1_006):
            await sessions.save(a_session(number))

        assert [one.id.int for one in await sessions.of_user(UserId(UUID(int=1)))] == list(range(6, 1_006))
        assert [await sessions.forget(LATER) for _ in range(3)] == [1_000, 5, 0]

    async def test_sessions_are_kept_ended_and_forgotten(self, offer: Offer) -> None:
        sessions = await offer.get(SESSIONS)
        for change in (a_session(1), a_session(2, device="Firefox on Linux"), a_session(3, user=2)):
            await sessions.save(change)
        ended = a_session(1).state.end(now=LATER)
        await sessions.save(ended)

        assert await sessions.get(SessionId(UUID(int=1))) == ended.state
        assert await sessions.get(SessionId(UUID(int=9))) is None
        assert [one.id.int for one in await sessions.of_user(UserId(UUID(int=1)))] == [1, 2]
        with pytest.raises(ConcurrencyConflictError):
            await sessions.save(a_session(1).state.end(now=LATER))
        await sessions.save(ended.state.end(now=LATER))
        assert await sessions.forget(NOW) == 0
        assert await sessions.forget(LATER) == 3
        assert await sessions.get(SessionId(UUID(int=2))) is None

    async def test_audit_entries_stay_as_they_were_noted(self, offer: Offer) -> None:
        audit = await offer.get(AUDIT)

        def entry(number: int, subject: int, detail: str = "") -> AuditEntry:
            return AuditEntry(
                id=EntryId(UUID(int=number)), at=NOW, actor=UserId(UUID(int=1)), action=AuditAction.VERIFY_DEALER,
                subject=UUID(int=subject), detail=detail,
            )  # fmt: skip

        for one in (entry(1, 7), entry(2, 8), entry(3, 7, "why"), entry(1, 9, "another")):
            await audit.note(one)

        assert await audit.find() == (entry(3, 7, "why"), entry(2, 8), entry(1, 7))
        assert await audit.find(subject=UUID(int=7)) == (entry(3, 7, "why"), entry(1, 7))
        assert await audit.find(before=EntryId(UUID(int=3)), limit=1) == (entry(2, 8),)


def _invite(dealer: Dealer, *, email: str) -> Change[Dealer]:
    return dealer.invite(invitation_id=UUID(int=7), email=parse_email(email), role=Role.DEALER_AGENT, now=LATER)
