"""
R16: hostile tokens are all refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import jwt
import pytest
from attrs import evolve

from carmarket import open_market
from carmarket.adapters.jwt import JwtTokens
from carmarket.adapters.jwt.tokens import _actor, _time
from carmarket.config import Settings
from carmarket.ports.security import Vouched
from tests.entrypoints.http.forger import PLAIN, Forger
from tests.entrypoints.http.service import Service, assert_problem, serving, serving_market

HOUR = timedelta(hours=1)


class TrustingTokens(JwtTokens):
    """Broken on purpose: the token says how it is to be verified."""

    def _read(self, token, now):
        if jwt.get_unverified_header(token).get("alg", "").lower() == "none":
            claims = jwt.decode(token, options={"verify_signature": False})
            return Vouched(_actor(claims), _time(claims["iat"])), _time(claims["exp"])
        return super()._read(token, now)


@pytest.fixture
async def market(tmp_path):
    async with open_market(Settings(url="memory://", keys=str(tmp_path / "keys"), limits=None)) as opened:
        yield opened


async def let_in(service: Service, tokens: Iterator[tuple[str, str]]) -> tuple[list[str], int]:
    """The names of the tokens that were let in, and how many were tried."""
    passed, tried = [], 0
    for name, token in tokens:
        tried += 1
        answer = await service.ask(
            "GET", "/v1/listings", headers={"Authorization": f"Bearer {token}".encode("utf-8", "surrogatepass")}
        )
        if answer.status_code == 401:
            assert_problem(answer, 401, "unauthenticated")
            assert answer.headers["www-authenticate"].startswith("Bearer")
        else:
            passed.append(f"{name}: {answer.status_code}")
    return passed, tried


def forger_of(service: Service) -> Forger:
    stock = service.market.stock
    assert isinstance(stock.tokens, JwtTokens)
    return Forger(stock.tokens, int(stock.clock.now().timestamp()))


@pytest.mark.promise("R16")
async def test_hostile_tokens_are_all_refused(market, record_property):
    async with serving_market(market) as service:
        forger = forger_of(service)
        honest = await service.ask("GET", "/v1/listings", headers={"Authorization": f"Bearer {forger.signed()}"})

        passed, tried = await let_in(service, iter([*PLAIN.items(), *forger.all()]))

    record_property("on", "jwt")
    record_property("figure", f"{len(passed)} of {tried} let in")
    assert honest.status_code == 200
    assert passed == []
    assert tried >= 25


@pytest.mark.mutant("R16")
async def test_a_verifier_that_trusts_the_tokens_own_algorithm_is_caught(market):
    sound = market.stock.tokens
    trusting = TrustingTokens(sound._key, key_id=sound._key_id)

    users = evolve(market.users, authenticator=evolve(market.users.authenticator, tokens=trusting))
    async with serving_market(evolve(market, users=users)) as service:
        passed, _ = await let_in(service, forger_of(service).all())

    assert {f"alg {one!r}: 200" for one in ("none", "None", "nOnE", "NONE")} <= set(passed)


@pytest.mark.promise("R16")
async def test_words_are_no_tokens_where_tokens_are_kept_in_memory_either():
    async with serving() as service:
        expired = service.token("dealer", lifetime=timedelta(0))
        passed, _ = await let_in(service, iter([*PLAIN.items(), ("expired", expired)]))

        assert passed == []


@pytest.mark.parametrize(
    "header", ["{token}", "Basic {token}", "bearer", "Bearer", "Token {token}", "Bearer,{token}", "BearerX {token}"]
)
async def test_a_token_comes_as_a_bearer_token(shared, header):
    said = header.format(token=shared.token("dealer"))

    answer = await shared.ask("GET", "/v1/listings", headers={"Authorization": said})

    assert_problem(answer, 401, "unauthenticated")


@pytest.mark.parametrize("way", ["query", "cookie", "form"])
async def test_a_token_elsewhere_is_no_token(shared, way):
    token = shared.token("dealer")
    said = {
        "query": {"params": {"access_token": token}},
        "cookie": {"headers": {"Cookie": f"access_token={token}"}},
        "form": {"headers": {"X-Authorization": f"Bearer {token}"}},
    }[way]

    assert_problem(await shared.ask("GET", "/v1/listings", **said), 401, "unauthenticated")


async def test_the_scheme_is_written_in_any_case(shared):
    answer = await shared.ask("GET", "/v1/listings", headers={"Authorization": f"bEARER {shared.token('dealer')}"})

    assert answer.status_code == 200


async def test_the_public_keys_can_be_had_and_verify(market):
    async with serving_market(market) as service:
        answer = await service.ask("GET", "/.well-known/jwks.json")
        token = service.token("admin")

    key = answer.json()["keys"][0]
    claims = jwt.decode(token, jwt.PyJWK(key), algorithms=["ES256"], audience="carmarket")
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "d" not in key
    assert claims["roles"] == ["admin"]
