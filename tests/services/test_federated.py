"""
Log-ins with an account elsewhere, through the service: who is let in, whose account it is, and who is sent away.

It is long, for it tells who may take which account over, and how each attempt ends that may not.
"""

from __future__ import annotations

import asyncio
import re
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from carmarket import Settings, open_market
from carmarket.adapters.memory import MemoryClock, MemoryIdentityProvider, MemoryMailer
from carmarket.config import OidcProvider
from carmarket.core.errors import InvalidError, LimitedError, NotFoundError, UnauthenticatedError
from carmarket.core.language import Language
from carmarket.core.users.federation import LASTING
from carmarket.core.users.second_factor import code_at
from carmarket.core.users.user import EmailTakenError, Identity
from carmarket.services.market import Market
from carmarket.services.users.federated import CodeAsked, UnvouchedAddressError
from carmarket.services.users.sessions import PATIENCE, LogIn, SecondFactorNeededError
from carmarket.testing.builders import NOW, an_admin

WORD = "correct horse battery"
ANNA = "anna@example.com"
SITE = "https://cars.example"
BACK = f"{SITE}/login/here"
OIDC = {name: OidcProvider(issuer=f"memory://{name}", client_id="shop") for name in ("here", "there")}


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "sqlite"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    settings = Settings(url=url, search="memory://", mail="memory://", site=f"{SITE}/", oidc=OIDC)
    async with open_market(settings, clock=clock) as market:
        yield market


def provider(market: Market, name: str = "here") -> MemoryIdentityProvider:
    return cast("MemoryIdentityProvider", market.stock.providers[name])


async def go(market: Market, at: str = "here", *, subject: str = "anna-1", **person: Any) -> dict[str, Any]:
    """Begin, log in at the provider, and come back: what the device hands back."""
    begun = await market.users.federated.begin(at, BACK)
    code, state = provider(market, at).log_in(begun.url, subject=subject, **{"email": ANNA, **person})
    return {"transaction": begun.transaction, "state": state, "code": code}


async def log_in(market: Market, at: str = "here", **person: Any) -> LogIn:
    end = await market.users.federated.finish(at, **await go(market, at, **person))
    assert isinstance(end, LogIn)
    return end


async def anna(market: Market) -> LogIn:
    """She has an account with a password and a confirmed address."""
    await market.users.people.add(an_admin(), email=ANNA, name="Anna", password=WORD)
    return await market.users.sessions.log_in(email=ANNA, password=WORD)


async def guard(market: Market, login: LogIn, clock: MemoryClock) -> str:
    """Set up a second factor; its secret."""
    factors = market.users.second_factors
    enrolment = await factors.prepare(login.actor, password=WORD)
    await factors.confirm(login.actor, code=shown(enrolment.secret, clock))
    clock.advance(timedelta(minutes=1))
    return enrolment.secret


def shown(secret: str, clock: MemoryClock) -> str:
    return code_at(secret, int(clock.now().timestamp()) // 30)


async def accounts(market: Market) -> int:
    return len(await market.users.people.find(an_admin()))


async def test_somebody_new_gets_an_account_with_a_confirmed_address_and_no_password(market):
    back = await go(market)
    first = await market.users.federated.finish("here", **back, device="Firefox", language=Language.GERMAN)
    again = await log_in(market)

    assert isinstance(first, LogIn)
    assert (first.user.email, first.user.is_verified, first.user.password) == (ANNA, True, None)
    assert (first.user.name, first.user.language) == ("anna", Language.GERMAN)
    assert first.user.identities == (Identity(issuer="memory://here", subject="anna-1"),)
    assert again.user.id == first.user.id
    assert {one.device for one in await market.users.sessions.mine(first.actor)} == {"Firefox", ""}
    with pytest.raises(UnauthenticatedError):
        await market.users.sessions.log_in(email=ANNA, password="")


async def test_who_has_an_account_without_a_password_gets_one_by_a_letter(market):
    login = await log_in(market)
    await market.users.accounts.forget_password(ANNA)
    await market.settle()
    letter = cast("MemoryMailer", market.stock.mailer).sent[-1]
    await market.users.accounts.reset_password(letter.facts["link"].partition("token=")[2], WORD)

    assert (await market.users.sessions.log_in(email=ANNA, password=WORD)).user.id == login.user.id


async def test_a_verified_address_links_the_account_that_has_it_confirmed(market):
    known = await anna(market)
    login = await log_in(market, email="Anna@Example.com")
    moved = await log_in(market, email="anna@another.example", is_email_verified=False)

    assert (login.user.id, login.user.name) == (known.user.id, "Anna")
    assert moved.user.id == known.user.id
    assert (await market.users.sessions.log_in(email=ANNA, password=WORD)).user.id == known.user.id
    assert await accounts(market) == 1


@pytest.mark.parametrize("has_account", [True, False])
@pytest.mark.parametrize(
    "person",
    [
        pytest.param({"is_email_verified": False}, id="unverified"),
        pytest.param({"email": None}, id="no address"),
        pytest.param({"email": "nonsense"}, id="no real address"),
    ],
)
async def test_an_address_that_nobody_vouches_for_opens_nothing_and_tells_nothing(market, has_account, person):
    if has_account:
        await anna(market)
    with pytest.raises(UnvouchedAddressError) as refused:
        await log_in(market, **person)

    assert (refused.value.field, refused.value.value) == ("email", None)
    assert "link" in refused.value.message
    assert await market.stock.users.by_identity(Identity(issuer="memory://here", subject="anna-1")) is None
    assert await accounts(market) == int(has_account)


async def test_who_lay_in_wait_with_an_address_loses_it_to_its_owner(market):
    await market.users.accounts.register(email=ANNA, password=WORD, name="Mallory")
    letter = cast("MemoryMailer", market.stock.mailer).sent[-1]

    login = await log_in(market, name="Anna Berg")

    assert (login.user.name, login.user.password, login.user.is_verified) == ("Anna Berg", None, True)
    with pytest.raises(UnauthenticatedError):
        await market.users.sessions.log_in(email=ANNA, password=WORD)
    await market.users.accounts.confirm(letter.facts["link"].partition("token=")[2], password=WORD)
    with pytest.raises(UnauthenticatedError):
        await market.users.sessions.log_in(email=ANNA, password=WORD)


async def test_the_same_subject_of_another_provider_is_somebody_else(market):
    first = await log_in(market)
    other = await log_in(market, "there", email="other@example.com")

    assert other.user.id != first.user.id


async def test_a_second_factor_is_asked_for_all_the_same(market, clock):
    known = await anna(market)
    secret = await guard(market, known, clock)
    end = await market.users.federated.finish("here", **await go(market))
    assert isinstance(end, CodeAsked)
    assert len(await market.users.sessions.mine(known.actor)) == 1
    assert await market.stock.users.by_identity(Identity(issuer="memory://here", subject="anna-1")) is None
    for wrong in ("", "000000", "nonsense"):
        with pytest.raises(SecondFactorNeededError):
            await market.users.federated.confirm(end.ticket, code=wrong)

    login = await market.users.federated.confirm(end.ticket, code=shown(secret, clock), device="Phone")

    assert login.user.id == known.user.id
    clock.advance(timedelta(seconds=60))
    with pytest.raises(UnauthenticatedError, match="begin"):
        await market.users.federated.confirm(end.ticket, code=shown(secret, clock))


async def test_a_ticket_ends_and_is_for_one_person(market, clock):
    known = await anna(market)
    secret = await guard(market, known, clock)
    end = await market.users.federated.finish("here", **await go(market))
    assert isinstance(end, CodeAsked)
    other = (await log_in(market, subject="bea-1", email="bea@example.com")).user
    for forged in ("", "nothing", f"{other.id.hex}{end.ticket[32:]}", end.ticket + "x", an_admin().user_id.hex):
        with pytest.raises(UnauthenticatedError, match="begin"):
            await market.users.federated.confirm(forged, code=shown(secret, clock))
    clock.advance(timedelta(minutes=5))

    with pytest.raises(UnauthenticatedError, match="begin"):
        await market.users.federated.confirm(end.ticket, code=shown(secret, clock))


async def test_a_ticket_is_no_way_to_try_codes_for_long(market, clock):
    await guard(market, await anna(market), clock)
    end = await market.users.federated.finish("here", **await go(market))
    assert isinstance(end, CodeAsked)
    for _ in range(PATIENCE.burst):
        with pytest.raises(SecondFactorNeededError):
            await market.users.federated.confirm(end.ticket, code="nonsense", origin="192.0.2.1")

    with pytest.raises(LimitedError):
        await market.users.federated.confirm(end.ticket, code="nonsense", origin="192.0.2.1")
    with pytest.raises(LimitedError):
        await market.users.sessions.log_in(email=ANNA, password=WORD, origin="192.0.2.1")
    with pytest.raises(SecondFactorNeededError):
        await market.users.federated.confirm(end.ticket, code="nonsense", origin="192.0.2.2")


async def test_a_state_of_another_browser_is_refused(market):
    mine, others = await go(market), await go(market, subject="mallory-1", email="m@example.com")
    for mixed in (
        {**mine, "state": others["state"], "code": others["code"]},
        {**mine, "transaction": others["transaction"]},
        {**mine, "state": ""},
        {**mine, "state": mine["state"][:-1]},
        {**mine, "state": "ä\ud800"},
    ):
        with pytest.raises(UnauthenticatedError, match="begin"):
            await market.users.federated.finish("here", **mixed)

    assert isinstance(await market.users.federated.finish("here", **mine), LogIn)


async def test_a_code_of_another_log_in_is_refused(market):
    mine, others = await go(market), await go(market, subject="mallory-1", email="m@example.com")

    with pytest.raises(UnauthenticatedError):
        await market.users.federated.finish("here", **{**mine, "code": others["code"]})


async def test_a_log_in_counts_once(market):
    back = await go(market)
    await market.users.federated.finish("here", **back)

    with pytest.raises(UnauthenticatedError):
        await market.users.federated.finish("here", **back)


async def test_a_transaction_ends_after_ten_minutes(market, clock):
    back = await go(market)
    clock.advance(LASTING)

    with pytest.raises(UnauthenticatedError, match="begin"):
        await market.users.federated.finish("here", **back)


async def test_a_transaction_that_was_altered_is_refused(market):
    back = await go(market)
    text = back["transaction"]
    bodies = [text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :] for at in range(0, len(text), 7)]
    for forged in [*bodies, "", ".", "a.b", text[:-1], text + "x", f"{text}.x", "é", "x" * 10_000]:
        with pytest.raises(UnauthenticatedError, match="begin"):
            await market.users.federated.finish("here", **{**back, "transaction": forged})

    assert isinstance(await market.users.federated.finish("here", **back), LogIn)


async def test_a_log_in_goes_on_with_the_provider_that_it_began_with(market):
    back = await go(market, "here")

    with pytest.raises(UnauthenticatedError, match="begin"):
        await market.users.federated.finish("there", **back)


async def test_nothing_that_the_device_keeps_or_the_address_says_is_the_verifier(market):
    begun = await market.users.federated.begin("here", BACK)
    provider(market).log_in(begun.url, subject="anna-1")
    kept = begun.transaction.partition(".")[0]
    plain = urlsafe_b64decode(kept + "=" * (-len(kept) % 4)).decode()
    asked = parse_qs(urlsplit(begun.url).query)
    for said in (asked["state"][0], asked["nonce"][0], asked["code_challenge"][0]):
        assert said not in begun.transaction
        assert said not in plain
        assert re.fullmatch(r"[\w-]{43}", said)

    assert len({asked[name][0] for name in ("state", "nonce", "code_challenge")}) == 3
    assert begun.transaction not in repr(begun)


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/login", "http://cars.example/login", "https://cars.example.evil.example/login",
        "https://cars.example@evil.example/login", "https://cars.example:444/login", "//cars.example/login",
        "https://cars.example/../login", "https://cars.example/a/../../b", "https://cars.example/./a",
        "https://cars.example/a?next=//evil.example", "https://cars.example/a#b", "https://cars.example/a\\b",
        "https://cars.example/%2e%2e/b", "https://cars.example//evil.example", "https://cars.example/a\n", "/login",
        "javascript:alert(1)", "", "https://cars.example/" + "a" * 300, "https://CARS.example/login",
    ],
)  # fmt: skip
async def test_people_come_back_to_the_site_and_nowhere_else(market, uri):
    with pytest.raises(InvalidError) as refused:
        await market.users.federated.begin("here", uri)

    assert refused.value.field == "redirect_uri"


async def test_there_are_the_providers_that_the_settings_name(market):
    assert market.users.federated.names == ("here", "there")
    with pytest.raises(NotFoundError):
        await market.users.federated.begin("nowhere", BACK)


async def test_who_is_logged_in_links_an_identity_whatever_its_address(market):
    known = await anna(market)
    with pytest.raises(InvalidError):
        await market.users.federated.begin_link(known.actor, "here", BACK, password="wrong")
    begun = await market.users.federated.begin_link(known.actor, "here", BACK, password=WORD)
    code, state = provider(market).log_in(begun.url, subject="x", email="x@example.com", is_email_verified=False)
    back = {"transaction": begun.transaction, "state": state, "code": code}
    with pytest.raises(UnauthenticatedError, match="begin"):
        await market.users.federated.finish("here", **back)
    with pytest.raises(UnauthenticatedError, match="begin"):
        await market.users.federated.link(an_admin(), "here", **back)

    await market.users.federated.link(known.actor, "here", **back)

    assert (await log_in(market, subject="x", email=None)).user.id == known.user.id


async def test_a_log_in_links_nothing_and_an_identity_has_one_account(market):
    known, other = await anna(market), await log_in(market, subject="bea-1", email="bea@example.com")
    with pytest.raises(UnauthenticatedError, match="begin"):
        await market.users.federated.link(known.actor, "here", **await go(market))
    begun = await market.users.federated.begin_link(known.actor, "here", BACK, password=WORD)
    code, state = provider(market).log_in(begun.url, subject="bea-1")

    with pytest.raises(EmailTakenError):
        await market.users.federated.link(
            known.actor, "here", transaction=begun.transaction, state=state, code=code
        )  # fmt: skip
    assert (await log_in(market, subject="bea-1", email=None)).user.id == other.user.id


async def test_many_first_log_ins_at_once_make_one_account(market):
    backs = [await go(market) for _ in range(8)]

    ends = await asyncio.gather(*(market.users.federated.finish("here", **back) for back in backs))

    assert len({end.user.id for end in ends if isinstance(end, LogIn)}) == 1
    assert await accounts(market) == 1


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (None, "anna"),
        ("  Anna \x00 \n Berg\u202e ", "Anna Berg"),
        ("x" * 500, "x" * 100),
        ("\x00", "anna"),
    ],
    ids=["none", "not plain", "long", "nothing that is seen"],
)
async def test_a_name_is_as_plain_as_any(market, said, name):
    assert (await log_in(market, name=said)).user.name == name


async def test_who_is_erased_is_not_known_any_more(market):
    first = await log_in(market)
    await market.users.privacy.erase(first.actor, password="")

    assert (await log_in(market)).user.id != first.user.id
