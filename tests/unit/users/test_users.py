"""
People, dealers, addresses, passwords and links.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from carmarket.core.errors import ConflictError, IllegalTransitionError, InvalidError, NotFoundError
from carmarket.core.language import Language
from carmarket.core.users.dealer import INVITED, MOST_INVITATIONS, DealerPlace, DealerStatus
from carmarket.core.users.email import parse_email
from carmarket.core.users.ids import DealerId
from carmarket.core.users.links import demand_seal, sealed, subject_of
from carmarket.core.users.password import demand_password
from carmarket.core.users.roles import Role
from carmarket.core.users.user import MOST_FAVOURITES, Identity
from carmarket.testing.builders import NOW
from carmarket.testing.users import a_user, some_dealer

SECRET, HERE = b"s" * 32, DealerId(UUID(int=5))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("anna@example.com", "anna@example.com"),
        (" Anna.Berg+cars@EXAMPLE.Co.Uk ", "Anna.Berg+cars@example.co.uk"),
        ("jörg@müller.example", "jörg@müller.example"),
        ("a@xn--mller-kva.example", "a@xn--mller-kva.example"),
    ],
)
def test_an_address_is_read(text, address):
    assert parse_email(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "", "anna", "anna@", "@example.com", "anna@example", "a b@example.com", "a@b@example.com", ".a@example.com",
        "a.@example.com", "a..b@example.com", "a@-x.com", "a@x-.com", "a@example.com\nBcc: b@example.com",
        "Anna <a@example.com>", "a@example.1", f"{'a' * 65}@example.com", f"a@{'b' * 250}.com",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_its_field(text):
    with pytest.raises(InvalidError) as refused:
        parse_email(text)

    assert refused.value.field == "email"


@pytest.mark.parametrize("password", ["", "short", "1234567", "x" * 129, "iloveyou"])
def test_a_poor_password_is_refused_and_never_repeated(password):
    with pytest.raises(InvalidError) as refused:
        demand_password(password, is_common=lambda text: text == "iloveyou")

    assert refused.value.value is None
    assert len(password) < 5 or password not in refused.value.message


def test_a_link_is_good_for_its_subject_state_and_time_alone():
    ends = NOW + timedelta(hours=1)
    token = sealed(SECRET, subject=UUID(int=7), ends=ends, stamp="then")
    demand_seal(token, SECRET, now=NOW, stamp="then")

    assert subject_of(token) == UUID(int=7)
    for wrong in (
        token[:-1],
        token.replace(".", ".1", 1),
        f"{UUID(int=8).hex}{token[32:]}",
        f"{token}x",
        "x",
        "..",
        "é",
    ):
        with pytest.raises(InvalidError):
            demand_seal(wrong, SECRET, now=NOW, stamp="then")
    for secret, now, stamp in ((b"o" * 32, NOW, "then"), (SECRET, ends, "then"), (SECRET, NOW, "now")):
        with pytest.raises(InvalidError):
            demand_seal(token, secret, now=now, stamp=stamp)


def test_what_is_the_same_changes_nothing():
    user = a_user().then(lambda it: it.confirm_address(now=NOW)).state
    linked = user.link(Identity(issuer="i", subject="s"), now=NOW).state

    assert user.confirm_address(now=NOW).is_empty
    assert user.leave(now=NOW).is_empty
    assert user.assign(user.roles, now=NOW).is_empty
    assert user.unlike(UUID(int=1), now=NOW).is_empty
    assert linked.link(Identity(issuer="i", subject="s"), now=NOW).is_empty
    assert user.like(UUID(int=1), now=NOW).state.like(UUID(int=1), now=NOW).is_empty
    assert user.join(HERE, Role.DEALER_AGENT, now=NOW).state.join(HERE, Role.DEALER_AGENT, now=NOW).is_empty


def test_a_person_works_for_one_dealer():
    agent = a_user().then(lambda it: it.join(HERE, Role.DEALER_AGENT, now=NOW)).state

    assert agent.all_roles == {Role.CUSTOMER, Role.DEALER_AGENT}
    assert agent.join(HERE, Role.DEALER_OWNER, now=NOW).state.all_roles == {Role.CUSTOMER, Role.DEALER_OWNER}
    assert agent.leave(now=NOW).state.all_roles == {Role.CUSTOMER}
    with pytest.raises(ConflictError):
        agent.join(DealerId(UUID(int=6)), Role.DEALER_AGENT, now=NOW)
    with pytest.raises(InvalidError):
        agent.join(HERE, Role.ADMIN, now=NOW)
    with pytest.raises(InvalidError):
        agent.assign(frozenset({Role.DEALER_OWNER}), now=NOW)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b"])
def test_a_person_has_a_plain_name(name):
    with pytest.raises(InvalidError) as refused:
        a_user().state.introduce(name=name, language=Language.GERMAN, now=NOW)

    assert refused.value.field == "name"


def test_favourites_have_an_end():
    user = a_user().state
    for number in range(MOST_FAVOURITES):
        user = user.like(UUID(int=number), now=NOW).state

    assert user.favourites[0] == UUID(int=MOST_FAVOURITES - 1)
    with pytest.raises(InvalidError):
        user.like(UUID(int=MOST_FAVOURITES), now=NOW)


def test_of_who_is_erased_an_id_is_left():
    user = a_user(password="hash").then(lambda it: it.like(UUID(int=1), now=NOW))
    erased = user.then(lambda it: it.join(HERE, Role.DEALER_AGENT, now=NOW)).state.erase(now=NOW).state

    assert (erased.email, erased.name, erased.password, erased.favourites, erased.membership) == (
        "",
        "",
        None,
        (),
        None,
    )
    assert not erased.all_roles
    assert erased.erase(now=NOW).is_empty


def test_events_of_people_carry_nothing_personal():
    change = a_user(email="anna@example.com", name="Anna Berg").then(
        lambda it: it.introduce(name="Anna Tal", language=Language.GERMAN, now=NOW)
    )

    assert not any(word in repr(event) for event in change.events for word in ("Anna", "anna", "example"))


def test_the_life_of_a_dealer():
    applied = some_dealer().state
    rejected = applied.reject("No address.", now=NOW).state
    again = rejected.revise(name="Best", places=(), website=None, now=NOW).state
    verified = again.verify(now=NOW).state
    suspended = verified.suspend("Fraud.", now=NOW).state

    assert [one.status for one in (rejected, again, verified, suspended)] == [
        DealerStatus.REJECTED, DealerStatus.APPLIED, DealerStatus.VERIFIED, DealerStatus.SUSPENDED,
    ]  # fmt: skip
    assert (rejected.reason, again.reason) == ("No address.", None)
    assert suspended.verify(now=NOW).state.is_verified
    with pytest.raises(IllegalTransitionError):
        verified.verify(now=NOW)
    with pytest.raises(InvalidError):
        applied.reject(" ", now=NOW)


def test_an_invitation_is_for_one_mailbox_and_ends():
    dealer = some_dealer().state
    for number in (1, 2):
        dealer = dealer.invite(
            invitation_id=UUID(int=number), email=parse_email("bo@example.com"), role=Role.DEALER_AGENT, now=NOW
        ).state

    assert [one.id.int for one in dealer.invitations] == [2]
    assert dealer.invitation(UUID(int=2), email="BO@example.com", now=NOW).role is Role.DEALER_AGENT
    for number, email, now in (
        (1, "bo@example.com", NOW),
        (2, "al@example.com", NOW),
        (2, "bo@example.com", NOW + INVITED),
    ):
        with pytest.raises(NotFoundError):
            dealer.invitation(UUID(int=number), email=email, now=now)
    assert dealer.close_invitation(UUID(int=2), now=NOW).state.invitations == ()
    assert dealer.close_invitation(UUID(int=1), now=NOW).is_empty


def test_a_dealer_is_told_plainly():
    dealer = some_dealer().state
    with pytest.raises(InvalidError):
        dealer.invite(invitation_id=UUID(int=1), email=parse_email("b@example.com"), role=Role.ADMIN, now=NOW)
    for website in ("ftp://a", "x" * 201):
        with pytest.raises(InvalidError):
            some_dealer(website=website)
    with pytest.raises(InvalidError):
        some_dealer(name=" ")
    with pytest.raises(InvalidError):
        DealerPlace(name="")
    for number in range(MOST_INVITATIONS):
        dealer = dealer.invite(
            invitation_id=UUID(int=number), email=parse_email(f"b{number}@example.com"), role=Role.DEALER_AGENT, now=NOW
        ).state
    with pytest.raises(InvalidError):
        dealer.invite(invitation_id=UUID(int=1), email=parse_email("z@example.com"), role=Role.DEALER_AGENT, now=NOW)
