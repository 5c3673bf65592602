"""
Log-ins with an account elsewhere, over REST and with a provider that listens on this machine.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from carmarket import Settings
from carmarket.config import OidcProvider
from carmarket.core.users.second_factor import code_at
from carmarket.testing.builders import an_admin
from tests.entrypoints.http.service import Service, assert_problem, serving
from tests.identity_server import CLIENT, SECRET, IdentityServer, running

ANNA = "anna@example.com"
WORD = "correct horse battery"
SITE = "https://cars.example"
BACK = f"{SITE}/login/here"
HERE = "/v1/sessions/providers/here"


def wall() -> float:
    return datetime.now(UTC).timestamp()


@pytest.fixture
def server() -> Iterator[IdentityServer]:
    with running(wall) as server:
        yield server


@pytest.fixture
async def service(server: IdentityServer) -> AsyncIterator[Service]:
    provider = OidcProvider(issuer=server.issuer, client_id=CLIENT, client_secret=SECRET)
    async with serving(Settings(url="memory://", site=SITE, oidc={"here": provider})) as opened:
        yield opened


async def go(service: Service, server: IdentityServer, **person: Any) -> dict[str, str]:
    """Begin, log in at the provider, and come back: what is handed in."""
    begun = await service.ask("POST", f"{HERE}/begin", json={"redirect_uri": BACK})
    assert begun.status_code == 200, begun.text
    assert begun.headers["cache-control"] == "no-store"
    said = begun.json()
    code, state = server.log_in(said["authorization_url"], **person)
    return {"transaction": said["transaction"], "state": state, "code": code}


async def test_somebody_logs_in_with_an_account_elsewhere(service, server):
    assert (await service.ask("GET", "/v1/sessions/providers")).json() == {"providers": ["here"]}
    back = await go(service, server)

    answer = await service.ask("POST", f"{HERE}/finish", json={**back, "device": "Firefox", "language": "de"})

    said = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert (said["user"]["email"], said["user"]["name"], said["user"]["language"]) == (ANNA, "Anna Berg", "de")
    bearer = {"Authorization": f"Bearer {said['access_token']}"}
    me = await service.ask("GET", "/v1/me", headers=bearer)
    assert me.json() == said["user"]
    sessions = await service.ask("GET", "/v1/me/sessions", headers=bearer)
    assert [one["device"] for one in sessions.json()["sessions"]] == ["Firefox"]
    assert_problem(await service.ask("POST", f"{HERE}/finish", json=back), 401, "unauthenticated")


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"}, {"aud": "other"}, {"iss": "https://evil.example"}, {"exp": 1},
    ],
    ids=["nonce", "audience", "issuer", "expiry"],
)  # fmt: skip
async def test_an_id_token_that_fails_is_told_as_any_other(service, server, claims):
    back = await go(service, server)
    server.overrule = claims

    problem = assert_problem(await service.ask("POST", f"{HERE}/finish", json=back), 401, "unauthenticated")
    assert problem["detail"] == "The log-in elsewhere does not count: begin it again."


async def test_an_address_that_nobody_vouches_for_is_sent_away(service, server):
    back = await go(service, server, email_verified=False)

    answer = await service.ask("POST", f"{HERE}/finish", json=back)

    assert_problem(answer, 403, "address-unvouched", field="email")


async def test_a_state_of_another_browser_is_sent_away(service, server):
    mine, others = await go(service, server), await go(service, server, sub="mallory-1", email="m@example.com")

    answer = await service.ask("POST", f"{HERE}/finish", json={**others, "transaction": mine["transaction"]})

    assert_problem(answer, 401, "unauthenticated")


async def test_a_provider_that_is_away_is_told_with_when_to_come_again(service, server):
    back = await go(service, server)
    server.answers["/token"] = 503, b"{}"

    answer = await service.ask("POST", f"{HERE}/finish", json=back)

    assert_problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) >= 1


async def test_a_second_factor_is_asked_for_with_a_ticket(service, server):
    users = service.market.users
    await users.people.add(an_admin(), email=ANNA, name="Anna", password=WORD)
    login = await users.sessions.log_in(email=ANNA, password=WORD)
    enrolment = await users.second_factors.prepare(login.actor, password=WORD)
    step = int(wall()) // 30
    codes = await users.second_factors.confirm(login.actor, code=code_at(enrolment.secret, step))

    asked = await service.ask("POST", f"{HERE}/finish", json=await go(service, server))
    ticket = asked.json()["ticket"]
    wrong = await service.ask("POST", "/v1/sessions/second-factor", json={"ticket": ticket, "code": "nonsense"})
    right = await service.ask("POST", "/v1/sessions/second-factor", json={"ticket": ticket, "code": codes[0]})

    assert asked.status_code == 202
    assert datetime.fromisoformat(asked.json()["expires_at"]) - datetime.now(UTC) <= timedelta(minutes=5)
    assert_problem(wrong, 401, "second-factor-needed", field="code")
    assert right.status_code == 201
    assert right.json()["user"]["email"] == ANNA


async def test_who_is_logged_in_links_an_account_elsewhere(service, server):
    users = service.market.users
    await users.people.add(an_admin(), email="other@example.com", name="Anna", password=WORD)
    login = await users.sessions.log_in(email="other@example.com", password=WORD)
    bearer = {"Authorization": f"Bearer {login.access}"}
    begun = await service.ask(
        "POST", "/v1/me/identities/here/begin", headers=bearer, json={"redirect_uri": BACK, "password": WORD}
    )
    code, state = server.log_in(begun.json()["authorization_url"], email_verified=False)
    back = {"transaction": begun.json()["transaction"], "state": state, "code": code}

    linked = await service.ask("POST", "/v1/me/identities/here/finish", headers=bearer, json=back)

    assert linked.status_code == 200, linked.text
    later = await service.ask("POST", f"{HERE}/finish", json=await go(service, server, email_verified=False))
    assert later.json()["user"]["id"] == str(login.user.id) == linked.json()["id"]


async def test_an_unknown_provider_and_a_foreign_address_are_refused(service):
    nowhere = await service.ask("POST", "/v1/sessions/providers/nowhere/begin", json={"redirect_uri": BACK})
    foreign = await service.ask("POST", f"{HERE}/begin", json={"redirect_uri": "https://evil.example/"})

    assert_problem(nowhere, 404, "not-found", field="provider")
    assert_problem(foreign, 422, "invalid", field="redirect_uri")
