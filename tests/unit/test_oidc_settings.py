"""
Whom people may log in with, as settings say it: from the environment and from TOML, and never with a secret told.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from carmarket import Settings, load_settings, open_market
from carmarket.config import OidcProvider
from carmarket.core.errors import InvalidError

GOOGLE = OidcProvider(issuer="https://accounts.google.com", client_id="shop", client_secret="s3cr=t")
PUBLIC = OidcProvider(issuer="https://login.example/realms/cars", client_id="app")
TOML = """
[carmarket.oidc.google]
issuer = "https://accounts.google.com"
client_id = "shop"
client_secret = "s3cr=t"

[carmarket.oidc.own-realm]
issuer = "https://login.example/realms/cars"
client_id = "app"
"""


def test_providers_come_from_the_environment(monkeypatch):
    said = "google=https://accounts.google.com|shop|s3cr=t, own-realm=https://login.example/realms/cars|app"
    monkeypatch.setenv("CARMARKET_OIDC", said)

    assert load_settings().oidc == {"google": GOOGLE, "own-realm": PUBLIC}


def test_providers_come_from_a_file(tmp_path: Path):
    (tmp_path / "shop.toml").write_text(TOML)

    assert load_settings(file=tmp_path / "shop.toml").oidc == {"google": GOOGLE, "own-realm": PUBLIC}


def test_there_are_none_unless_they_are_said():
    assert load_settings().oidc == {}


@pytest.mark.parametrize(
    "said",
    ["google", "google=https://a.example", "=https://a.example|shop|hidden", "Google=https://a.example|shop|hidden",
     "google=|shop|hidden", "google=https://a.example||hidden", "google=https://a.example|shop|hidden|more",
     "a=https://a.example|shop|hidden,a=https://b.example|shop|hidden", "google=https://a.example|shop|hidden,other"],
)  # fmt: skip
def test_what_is_no_provider_is_refused_without_its_secret(monkeypatch, said):
    monkeypatch.setenv("CARMARKET_OIDC", said)

    with pytest.raises(InvalidError) as refused:
        load_settings()

    assert refused.value.field == "oidc"
    assert "hidden" not in f"{refused.value} {refused.value.value} {refused.value.expected}"


@pytest.mark.parametrize("more", ['issuers = "x"', "client_secret = 5"])
def test_a_table_says_what_there_is_and_nothing_else(tmp_path, more):
    (tmp_path / "shop.toml").write_text(f'[carmarket.oidc.a]\nissuer = "https://a.example"\nclient_id = "b"\n{more}\n')

    with pytest.raises(InvalidError):
        load_settings(file=tmp_path / "shop.toml")


async def test_a_secret_is_not_shown_and_a_provider_that_is_away_keeps_no_market_closed():
    settings = Settings(url="memory://", oidc={"google": GOOGLE})
    assert "s3cr=t" not in repr(settings)

    async with open_market(settings) as market:
        assert market.users.federated.names == ("google",)
        assert "s3cr=t" not in repr(market.stock.providers)


async def test_an_issuer_on_an_open_line_is_refused_when_the_market_opens():
    provider = OidcProvider(issuer="http://accounts.example", client_id="shop")
    with pytest.raises(InvalidError):
        async with open_market(Settings(url="memory://", oidc={"a": provider})):
            pass
