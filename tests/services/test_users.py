"""
Accounts, log-ins, second factors, dealers, staff and privacy, through the services.

It is long, for it tells what people can do with their accounts, and what nobody may do with another's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from attrs import evolve

from carmarket import Actor, Money, Settings, open_market
from carmarket.adapters.memory import MemoryClock, MemoryMailer
from carmarket.core.booking.lifecycle import BookingStatus
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    KeyReusedError,
    LimitedError,
    NotFoundError,
    StaleError,
    UnauthenticatedError,
)
from carmarket.core.language import Language
from carmarket.core.letters import Letter, LetterKind
from carmarket.core.search.query import SearchQuery
from carmarket.core.users.audit import AuditAction
from carmarket.core.users.dealer import Dealer, DealerStatus
from carmarket.core.users.ids import DealerId
from carmarket.core.users.roles import Role
from carmarket.core.users.second_factor import code_at
from carmarket.services.market import Market
from carmarket.services.users.sessions import AddressUnconfirmedError, LogIn, SecondFactorNeededError
from carmarket.testing.bookings import a_bookable_car, a_hold
from carmarket.testing.builders import NOW, an_admin, some_details
from tests.logs import log_of

WORD, OTHER = "correct horse battery", "another good phrase"
ANNA = "anna@example.com"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "sqlite"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    async with open_market(Settings(url=url, search="memory://", mail="memory://"), clock=clock) as market:
        yield market


def letters(market: Market, kind: LetterKind | None = None) -> list[Letter]:
    mailer = cast("MemoryMailer", market.stock.mailer)
    return [letter for letter in mailer.sent if kind in (None, letter.kind)]


def token_in(letter: Letter) -> str:
    return letter.facts["link"].partition("token=")[2]


async def register(market: Market, email: str = ANNA, password: str = WORD, **said: Any) -> None:
    await market.users.accounts.register(email=email, password=password, name=said.pop("name", "Anna Berg"), **said)


async def arrive(market: Market, email: str = ANNA, **said: Any) -> LogIn:
    """Register, take the link, log in."""
    await register(market, email, **said)
    await market.users.accounts.confirm(token_in(letters(market, LetterKind.CONFIRM_ADDRESS)[-1]), password=WORD)
    return await market.users.sessions.log_in(email=email, password=WORD)


async def again(market: Market, login: LogIn) -> LogIn:
    """The person with the roles that they have by now."""
    return await market.users.sessions.refresh(login.refresh)


async def test_somebody_registers_confirms_and_logs_in(market):
    await register(market, language=Language.GERMAN)
    (letter,) = letters(market)
    assert (letter.kind, letter.to, letter.name, letter.language) == (
        LetterKind.CONFIRM_ADDRESS, ANNA, "Anna Berg", Language.GERMAN,
    )  # fmt: skip
    assert letter.facts["link"].startswith("http://127.0.0.1:8000/confirm?token=")
    with pytest.raises(AddressUnconfirmedError):
        await market.users.sessions.log_in(email=ANNA, password=WORD)
    await market.users.accounts.confirm(token_in(letter), password=WORD)
    await market.users.accounts.confirm(token_in(letter), password=WORD)

    login = await market.users.sessions.log_in(email="Anna@Example.com", password=WORD, device="Firefox")

    assert market.stock.tokens.verify(login.access, now=NOW).actor == login.actor
    assert login.actor == Actor(user_id=login.user.id)
    assert [one.device for one in await market.users.sessions.mine(login.actor)] == ["Firefox"]
    assert (await market.users.accounts.me(login.actor)).email == ANNA


@pytest.mark.parametrize("password", ["short", "password", "x" * 129])
async def test_a_poor_password_is_refused(market, password):
    with pytest.raises(InvalidError) as refused:
        await register(market, password=password)

    assert refused.value.field == "password"
    assert letters(market) == []


async def test_who_registers_a_known_address_learns_nothing_and_its_owner_is_told(market):
    await arrive(market)

    await register(market, email="ANNA@example.com", password=OTHER, name="Mallory")

    assert letters(market)[-1].kind is LetterKind.ALREADY_REGISTERED
    assert letters(market)[-1].name == "Anna Berg"
    with pytest.raises(UnauthenticatedError):
        await market.users.sessions.log_in(email=ANNA, password=OTHER)


async def test_an_address_that_is_not_confirmed_goes_to_who_confirms_it(market):
    await register(market, password=OTHER, name="Mallory")
    await register(market)
    first, second = letters(market, LetterKind.CONFIRM_ADDRESS)

    with pytest.raises(InvalidError):
        await market.users.accounts.confirm(token_in(first), password=OTHER)
    await market.users.accounts.confirm(token_in(second), password=WORD)
    login = await market.users.sessions.log_in(email=ANNA, password=WORD)
    assert login.user.name == "Anna Berg"
    with pytest.raises(UnauthenticatedError):
        await market.users.sessions.log_in(email=ANNA, password=OTHER)


async def test_nobody_confirms_what_somebody_else_registered_last(market):
    await register(market)
    await register(market, password=OTHER, name="Mallory")
    newest = letters(market, LetterKind.CONFIRM_ADDRESS)[-1]

    with pytest.raises(InvalidError) as refused:
        await market.users.accounts.confirm(token_in(newest), password=WORD)

    assert refused.value.field == "password"
    with pytest.raises(AddressUnconfirmedError):
        await market.users.sessions.log_in(email=ANNA, password=OTHER)


async def test_a_wrong_password_and_an_unknown_address_are_told_the_same(market):
    await arrive(market)
    told = []
    for email, password in ((ANNA, OTHER), ("nobody@example.com", WORD)):
        with pytest.raises(UnauthenticatedError) as refused:
            await market.users.sessions.log_in(email=email, password=password)
        told.append((refused.value.code, refused.value.message, refused.value.field, refused.value.value))

    assert told[0] == told[1]


async def test_an_account_is_tried_ten_times_from_one_place_alone(market):
    await arrive(market)
    log_in = market.users.sessions.log_in
    for _ in range(10):
        with pytest.raises(UnauthenticatedError):
            await log_in(email=ANNA, password=OTHER, origin="192.0.2.1")

    with pytest.raises(LimitedError) as limited:
        await log_in(email="Anna@example.com", password=WORD, origin="192.0.2.1")

    assert limited.value.retry_after > 0
    assert (await log_in(email=ANNA, password=WORD, origin="192.0.2.2")).user.email == ANNA
    with pytest.raises(UnauthenticatedError):
        await log_in(email="nobody@example.com", password=WORD, origin="192.0.2.1")


async def test_a_forgotten_password_is_replaced_once_and_logs_all_devices_out(market, clock):
    login = await arrive(market)
    await market.users.accounts.forget_password("nobody@example.com")
    await market.users.accounts.forget_password(ANNA)
    await market.settle()
    (letter,) = letters(market, LetterKind.RESET_PASSWORD)

    await market.users.accounts.reset_password(token_in(letter), OTHER)

    assert letters(market)[-1].kind is LetterKind.PASSWORD_CHANGED
    with pytest.raises(InvalidError):
        await market.users.accounts.reset_password(token_in(letter), WORD)
    with pytest.raises(UnauthenticatedError):
        await again(market, login)
    assert (await market.users.sessions.log_in(email=ANNA, password=OTHER)).user.id == login.user.id
    await market.users.accounts.forget_password(ANNA)
    await market.settle()
    clock.advance(timedelta(hours=1))
    with pytest.raises(InvalidError):
        await market.users.accounts.reset_password(token_in(letters(market)[-1]), WORD)


async def test_a_password_is_changed_by_the_old_one(market):
    login = await arrive(market)
    with pytest.raises(InvalidError) as refused:
        await market.users.accounts.change_password(login.actor, old=OTHER, new=OTHER)
    await market.users.accounts.change_password(login.actor, old=WORD, new=OTHER)

    assert refused.value.field == "old"
    with pytest.raises(UnauthenticatedError):
        await again(market, login)
    await market.users.sessions.log_in(email=ANNA, password=OTHER)


async def test_sessions_are_refreshed_ended_and_listed(market, clock):
    first = await arrive(market)
    second = await market.users.sessions.log_in(email=ANNA, password=WORD, device="Phone")
    clock.advance(MINUTE)
    refreshed = await again(market, first)
    assert refreshed.refresh != first.refresh
    await market.users.sessions.log_out(refreshed.refresh)

    with pytest.raises(UnauthenticatedError):
        await again(market, refreshed)
    assert [one.device for one in await market.users.sessions.mine(first.actor)] == ["Phone"]
    with pytest.raises(NotFoundError):
        await market.users.sessions.end(an_admin(), second.session_id)
    await market.users.sessions.end(second.actor, second.session_id)
    assert await market.users.sessions.mine(first.actor) == []
    with pytest.raises(UnauthenticatedError):
        await market.users.sessions.log_out("nothing")


async def test_who_logs_out_everywhere_is_out_at_once_and_can_log_in_again(market, clock):
    first = await arrive(market)
    clock.advance(timedelta(milliseconds=1))

    await market.users.accounts.end_sessions(first.user.id)
    again = await market.users.sessions.log_in(email=ANNA, password=WORD)

    with pytest.raises(UnauthenticatedError):
        await market.users.authenticator.actor_of(first.access)
    assert await market.users.authenticator.actor_of(again.access) == again.actor


@pytest.mark.parametrize("change", ["password", "roles", "erasure"])
async def test_what_ends_all_sessions_revokes_their_access_too(market, clock, change):
    login = await arrive(market)
    clock.advance(timedelta(seconds=1))

    if change == "password":
        await market.users.accounts.change_password(login.actor, old=WORD, new=OTHER)
    elif change == "roles":
        await market.users.people.assign(an_admin(), login.user.id, frozenset({Role.MODERATOR}))
    else:
        await market.users.privacy.erase(login.actor, password=WORD)

    with pytest.raises(UnauthenticatedError):
        await market.users.authenticator.actor_of(login.access)


async def test_a_stolen_refresh_token_ends_its_session_alone(market, clock):
    other = await arrive(market)
    login = await market.users.sessions.log_in(email=ANNA, password=WORD)
    newest = await again(market, login)
    clock.advance(MINUTE)

    with pytest.raises(UnauthenticatedError):
        await again(market, login)

    with pytest.raises(UnauthenticatedError):
        await again(market, newest)
    assert (await again(market, other)).user.id == login.user.id


async def test_a_second_factor_is_asked_for_once_it_is_confirmed(market, clock):
    login = await arrive(market)
    factors = market.users.second_factors
    with pytest.raises(InvalidError):
        await factors.prepare(login.actor, password=OTHER)
    made = await factors.prepare(login.actor, password=WORD)
    await market.users.sessions.log_in(email=ANNA, password=WORD)
    with pytest.raises(InvalidError):
        await factors.confirm(login.actor, code="000000")
    codes = await factors.confirm(login.actor, code=code(made.secret, clock))
    assert len(set(codes)) == 10

    for wrong in ("", "000000", code(made.secret, clock)):
        with pytest.raises(SecondFactorNeededError):
            await market.users.sessions.log_in(email=ANNA, password=WORD, code=wrong)
    with pytest.raises(UnauthenticatedError) as refused:
        await market.users.sessions.log_in(email=ANNA, password=OTHER, code=codes[0])
    assert refused.value.code == "unauthenticated"
    clock.advance(MINUTE)
    await market.users.sessions.log_in(email=ANNA, password=WORD, code=code(made.secret, clock))
    await market.users.sessions.log_in(email=ANNA, password=WORD, code=codes[0])
    with pytest.raises(SecondFactorNeededError):
        await market.users.sessions.log_in(email=ANNA, password=WORD, code=codes[0])
    with pytest.raises(ConflictError):
        await factors.prepare(login.actor, password=WORD)
    with pytest.raises(InvalidError):
        await factors.remove(login.actor, password=WORD, code="000000")
    await factors.remove(login.actor, password=WORD, code=codes[1])
    await factors.remove(login.actor, password=WORD, code="")
    assert await market.users.sessions.log_in(email=ANNA, password=WORD)
    with pytest.raises(ConflictError):
        await factors.confirm(login.actor, code="000000")


async def test_one_code_logs_in_once_even_at_the_same_moment(market, clock):
    login = await arrive(market)
    made = await market.users.second_factors.prepare(login.actor, password=WORD)
    await market.users.second_factors.confirm(login.actor, code=code(made.secret, clock))
    clock.advance(MINUTE)
    shown = code(made.secret, clock)

    ends = await asyncio.gather(
        *(market.users.sessions.log_in(email=ANNA, password=WORD, code=shown) for _ in range(8)), return_exceptions=True
    )

    assert sum(isinstance(end, LogIn) for end in ends) == 1
    assert all(isinstance(end, (LogIn, SecondFactorNeededError)) for end in ends)


async def test_a_profile_and_favourites_are_ones_own(market):
    login = await arrive(market)
    accounts, actor = market.users.accounts, login.actor
    user = await accounts.introduce(actor, name="Anna Tal", language=Language.ARABIC, expected=login.user.version)
    await accounts.like(actor, UUID(int=1))
    await accounts.like(actor, UUID(int=2))
    await accounts.unlike(actor, UUID(int=1))

    assert (user.name, user.language) == ("Anna Tal", Language.ARABIC)
    assert (await accounts.me(actor)).favourites == (UUID(int=2),)
    with pytest.raises(StaleError):
        await accounts.introduce(actor, name="B", language=Language.ARABIC, expected=login.user.version)
    with pytest.raises(NotFoundError):
        await accounts.me(an_admin())


async def test_a_dealer_applies_is_verified_and_its_cars_go_live(market):
    login = await arrive(market)
    said = {"key": "k", "fingerprint": "best"}
    dealer = await market.users.dealers.apply(login.actor, name="Best Cars", **said)
    assert (await market.users.dealers.apply(login.actor, name="Best Cars", **said)).id == dealer.id
    with pytest.raises(KeyReusedError):
        await market.users.dealers.apply(login.actor, name="Other Cars", key="k", fingerprint="other")
    with pytest.raises(ConflictError):
        await market.users.dealers.apply(login.actor, name="Second Cars")
    owner = await again(market, login)
    assert (owner.actor.dealer_id, owner.actor.is_trusted) == (dealer.id, False)
    assert await listed(market, owner.actor) is ListingStatus.PENDING
    with pytest.raises(ForbiddenError):
        await market.users.dealers.verify(owner.actor, dealer.id)
    with pytest.raises(NotFoundError):
        await market.users.dealers.get(None, dealer.id)

    await market.users.dealers.verify(an_admin(), dealer.id, expected=dealer.version)

    trusted = await again(market, owner)
    assert trusted.actor.is_trusted
    assert await listed(market, trusted.actor) is ListingStatus.PUBLISHED
    await market.settle()
    assert letters(market)[-1].kind is LetterKind.DEALER_VERIFIED
    assert (await market.users.dealers.get(None, dealer.id)).name == "Best Cars"
    assert [one.id for one in await market.users.dealers.find(an_admin(), DealerStatus.VERIFIED)] == [dealer.id]
    (entry,) = await market.users.auditor.find(an_admin(), subject=dealer.id)
    assert (entry.action, entry.actor) == (AuditAction.VERIFY_DEALER, an_admin().user_id)


async def test_a_repeated_application_is_known_though_the_dealer_has_said_something_else_since(market):
    login = await arrive(market)
    said = {"name": "Best Cars", "key": "k", "fingerprint": "best"}
    dealer = await market.users.dealers.apply(login.actor, **said)
    owner = (await again(market, login)).actor
    await market.users.dealers.revise(owner, dealer.id, name="Better Cars", places=(), website=None)

    repeated = await market.users.dealers.apply(login.actor, **said)

    assert (repeated.id, repeated.name) == (dealer.id, "Better Cars")


async def test_a_repeated_application_brings_no_former_owner_back(market):
    login, dealer, owner = await a_verified_dealer(market, key="k")
    await market.users.staff.invite(owner, dealer.id, email="bo@example.com", role=Role.DEALER_OWNER)
    invitation = UUID(letters(market)[-1].facts["link"].partition("invitation=")[2])
    bo = await arrive(market, "bo@example.com")
    await market.users.staff.accept(bo.actor, dealer.id, invitation)
    await market.users.staff.remove((await again(market, bo)).actor, dealer.id, owner.user_id)

    assert (await market.users.dealers.apply(login.actor, name="Best Cars", key="k")).id == dealer.id

    assert (await market.users.accounts.me(login.actor)).membership is None


async def test_a_second_invitation_changes_the_role_and_none_outlives_the_work(market):
    _, dealer, owner = await a_verified_dealer(market)
    bo = await arrive(market, "bo@example.com")
    for role in (Role.DEALER_AGENT, Role.DEALER_MANAGER):
        await market.users.staff.invite(owner, dealer.id, email="bo@example.com", role=role)
        invitation = UUID(letters(market)[-1].facts["link"].partition("invitation=")[2])
        user = await market.users.staff.accept(bo.actor, dealer.id, invitation)
        assert user.membership is not None
        assert user.membership.role is role
    await market.users.staff.invite(owner, dealer.id, email="bo@example.com", role=Role.DEALER_MANAGER)
    invitation = UUID(letters(market)[-1].facts["link"].partition("invitation=")[2])
    await market.users.staff.remove(owner, dealer.id, bo.user.id)

    with pytest.raises(NotFoundError):
        await market.users.staff.accept(bo.actor, dealer.id, invitation)


async def test_a_log_in_that_a_new_password_overtakes_is_none(market):
    login = await arrive(market)
    inner = market.stock.passwords

    class Overtaken(type(inner)):  # type: ignore[misc]  # whichever the market has
        async def verify(self, password: str, hashed: str | None) -> bool:
            is_right: bool = await inner.verify(password, hashed)
            user = await market.users.accounts.me(login.actor)
            await market.stock.users.save(user.set_password("another", now=NOW))
            return is_right

    sessions = evolve(market.users.sessions, passwords=Overtaken())
    with pytest.raises(UnauthenticatedError):
        await sessions.log_in(email=ANNA, password=WORD)

    assert len(await market.users.sessions.mine(login.actor)) == 1


async def test_a_rejected_dealer_says_more_and_applies_anew(market):
    login = await arrive(market)
    dealer = await market.users.dealers.apply(login.actor, name="Best Cars")
    owner = (await again(market, login)).actor
    await market.users.dealers.reject(an_admin(), dealer.id, reason="There is no address.")
    await market.settle()

    revised = await market.users.dealers.revise(
        owner, dealer.id, name="Best", places=(), website="https://best.example"
    )

    assert letters(market)[-1].facts["reason"] == "There is no address."
    assert (revised.status, revised.name) == (DealerStatus.APPLIED, "Best")
    await market.users.dealers.verify(an_admin(), dealer.id)
    suspended = await market.users.dealers.suspend(an_admin(), dealer.id, reason="Fraud.")
    assert suspended.status is DealerStatus.SUSPENDED
    await market.settle()
    assert letters(market)[-1].kind is LetterKind.DEALER_SUSPENDED
    with pytest.raises(StaleError):
        await market.users.dealers.verify(an_admin(), dealer.id, expected=1)


async def test_staff_comes_by_invitation_and_goes(market):
    _, dealer, owner = await a_verified_dealer(market)
    await market.users.staff.invite(owner, dealer.id, email="bo@example.com", role=Role.DEALER_MANAGER)
    letter = letters(market)[-1]
    invitation = UUID(letter.facts["link"].partition("invitation=")[2])
    assert (letter.kind, letter.to, letter.facts["dealer"]) == (LetterKind.INVITATION, "bo@example.com", "Best Cars")
    stranger = (await arrive(market, "mallory@example.com")).actor
    with pytest.raises(NotFoundError):
        await market.users.staff.accept(stranger, dealer.id, invitation)
    bo = await arrive(market, "bo@example.com")

    await market.users.staff.accept(bo.actor, dealer.id, invitation)
    await market.users.staff.accept(bo.actor, dealer.id, invitation)

    manager = await again(market, bo)
    assert manager.actor.roles == {Role.CUSTOMER, Role.DEALER_MANAGER}
    assert {one.email for one in await market.users.staff.staff(manager.actor, dealer.id)} == {ANNA, "bo@example.com"}
    with pytest.raises(ForbiddenError):
        await market.users.staff.invite(manager.actor, dealer.id, email="al@example.com", role=Role.DEALER_OWNER)
    with pytest.raises(ForbiddenError):
        await market.users.staff.remove(manager.actor, dealer.id, owner.user_id)
    with pytest.raises(ConflictError):
        await market.users.staff.remove(owner, dealer.id, owner.user_id)
    with pytest.raises(NotFoundError):
        await market.users.staff.staff(stranger, dealer.id)
    await market.users.staff.remove(owner, dealer.id, manager.actor.user_id)
    with pytest.raises(UnauthenticatedError):
        await again(market, manager)
    back = await market.users.sessions.log_in(email="bo@example.com", password=WORD)
    assert back.actor.dealer_id is None
    with pytest.raises(NotFoundError):
        await market.users.staff.remove(owner, dealer.id, manager.actor.user_id)


async def test_admins_say_what_people_may_do(market):
    login = await arrive(market)
    people = market.users.people
    with pytest.raises(ForbiddenError):
        await people.assign(login.actor, login.user.id, frozenset({Role.ADMIN}))
    await people.assign(an_admin(), login.user.id, frozenset({Role.CUSTOMER, Role.MODERATOR}))

    with pytest.raises(UnauthenticatedError):
        await again(market, login)
    back = await market.users.sessions.log_in(email=ANNA, password=WORD)
    assert back.actor.roles == {Role.CUSTOMER, Role.MODERATOR}
    await people.end_sessions(an_admin(), login.user.id)
    with pytest.raises(UnauthenticatedError):
        await again(market, back)
    added = await people.add(
        an_admin(), email="root@example.com", name="Root", password=WORD, roles=frozenset({Role.ADMIN})
    )
    assert (await market.users.sessions.log_in(email="root@example.com", password=WORD)).actor.roles == {Role.ADMIN}
    assert [one.id for one in await people.find(an_admin(), role=Role.ADMIN)] == [added.id]
    assert (await people.by_email(an_admin(), "ROOT@example.com")).id == added.id
    for wrong in (people.by_email(an_admin(), "x@example.com"), people.get(an_admin(), DealerId(UUID(int=9)))):
        with pytest.raises(NotFoundError):
            await wrong


async def test_a_person_downloads_all_that_is_held_and_nothing_that_guards_it(market):
    login = await arrive(market)
    await listed(market, login.actor)
    await market.stock.bookings.add(await a_booking(market, login.actor))

    held = await market.users.privacy.download(login.actor)

    assert held["account"].email == ANNA
    assert held["account"].password is None
    assert [one.seed for one in held["sessions"]] == [""]
    assert len(held["listings"]) == 1
    assert [one.customer for one in held["bookings"]] == [login.user.id]


async def test_who_is_erased_is_gone_from_everywhere(market):
    login = await arrive(market)
    assert await listed(market, login.actor, trusted=True) is ListingStatus.PUBLISHED
    booked = await a_booking(market, login.actor)
    await market.stock.bookings.add(booked)
    await market.settle()
    with pytest.raises(InvalidError):
        await market.users.privacy.erase(login.actor, password=OTHER)

    await market.users.privacy.erase(login.actor, password=WORD)
    await market.settle()

    with pytest.raises(UnauthenticatedError):
        await market.users.sessions.log_in(email=ANNA, password=WORD)
    with pytest.raises(UnauthenticatedError):
        await again(market, login)
    ended = await market.stock.bookings.get(booked.state.id)
    assert ended is not None
    assert ended.status is BookingStatus.CANCELLED
    assert (await market.search.find(SearchQuery())).page.total == 0
    (listing,) = await market.catalog.find(login.actor)
    assert (listing.status, listing.details.description) == (ListingStatus.ARCHIVED, "")
    recorded = await log_of(market).read(0, 1_000)
    assert not any("anna" in repr(one.event).lower() for one in recorded)
    await register(market)
    assert letters(market)[-1].kind is LetterKind.CONFIRM_ADDRESS


async def test_an_admin_erases_who_asks_for_it_and_that_is_noted(market):
    login = await arrive(market)
    with pytest.raises(ForbiddenError):
        await market.users.privacy.erase_user(login.actor, login.user.id)

    await market.users.privacy.erase_user(an_admin(), login.user.id)

    assert [one.action for one in await market.users.auditor.find(an_admin())] == [AuditAction.ERASE_USER]
    with pytest.raises(NotFoundError):
        await market.users.privacy.erase_user(an_admin(), login.user.id)


async def a_verified_dealer(market: Market, **said: Any) -> tuple[LogIn, Dealer, Actor]:
    """A dealer of Anna's that an admin has verified, and Anna as its owner."""
    login = await arrive(market)
    dealer = await market.users.dealers.apply(login.actor, name="Best Cars", **said)
    verified = await market.users.dealers.verify(an_admin(), dealer.id)
    return login, verified, (await again(market, login)).actor


def code(secret: str, clock: MemoryClock) -> str:
    return code_at(secret, int(clock.now().timestamp()) // 30)


async def listed(market: Market, actor: Actor, *, trusted: bool = False) -> ListingStatus:
    """What becomes of a car that the actor publishes."""
    seller = Actor(
        user_id=actor.user_id, roles=actor.roles, dealer_id=actor.dealer_id, is_trusted=trusted or actor.is_trusted
    )
    details = some_details(description="Call me.")
    listing = await market.catalog.draft(seller, details=details, price=Money(1_000_000, "USD"))
    return (await market.catalog.publish(seller, listing.id)).status


async def a_booking(market: Market, actor: Actor) -> Any:
    """A hold of somebody else's car, which booking knows of."""
    await market.stock.booking_rules.tell_cars([a_bookable_car()])
    return a_hold(customer=actor.user_id)
