"""
The operator's commands: listings, tokens, copies, the index, the doctor; and how errors end.

It is long, for it has a test or two a command.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from carmarket import Money, open_market
from carmarket.adapters.jwt import open_key_file
from carmarket.adapters.sqlite import FileLeadership
from carmarket.core.errors import CarmarketError
from carmarket.core.users.roles import Role
from carmarket.entrypoints.cli import app
from carmarket.testing.builders import a_dealer, some_details


@pytest.fixture
def stocked(run, cars):
    """The market with three cars; their ids by model."""
    run("import", cars, "--seller", "Best Cars")
    return {one["details"]["vehicle"]["model"]: one["id"] for one in run("listing", "list", "--json").said}


def draft(tmp_path: Path) -> str:
    async def made() -> str:
        async with open_market(f"sqlite:///{tmp_path}/market.db", with_index=False) as market:
            listing = await market.catalog.draft(
                a_dealer(is_trusted=False), details=some_details(), price=Money(1, "USD")
            )
            return str(listing.id)

    return asyncio.run(made())


def test_listings_are_listed_by_seller_and_status(run, stocked):
    run("listing", "pause", stocked["Golf"])

    paused = run("listing", "list", "--status", "paused", "--json").said
    mine = run("listing", "list", "--seller", "Best Cars", "--limit", "2", "--json").said
    rest = run("listing", "list", "--after", mine[-1]["id"], "--json").said
    table = run("listing", "list")

    assert [one["id"] for one in paused] == [stocked["Golf"]]
    assert (len(mine), len(rest)) == (2, 1)
    assert "2019 Volkswagen Golf GTI" in table.out


def test_a_listing_goes_through_its_life(run, tmp_path):
    listing = draft(tmp_path)

    steps = [
        run("listing", *step, listing, "--json").said["status"]
        for step in (
            ["submit"], ["reject", "--reason", "No pictures"], ["reopen"], ["submit"], ["approve"], ["pause"],
            ["publish"], ["renew"], ["sell"], ["archive"],
        )
    ]  # fmt: skip
    again = run("listing", "relist", listing, "--json").said

    assert steps == [
        "pending", "rejected", "draft", "pending", "published", "paused", "published", "published", "sold", "archived",
    ]  # fmt: skip
    assert (again["status"], again["relisted_from"]) == ("draft", listing)


def test_a_listing_is_shown_with_everything(run, stocked):
    shown = run("listing", "show", stocked["Civic"])

    assert "2018 Honda Civic EX is published" in shown.out.replace("[bold]", "")
    assert "stock_number='A2'" in shown.out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["listing", "show", "00000000-0000-0000-0000-000000000001"], 3, "There is no such listing."),
        (["listing", "approve", "{Golf}"], 5, "cannot publish"),
        (["listing", "show", "golf"], 2, "'golf' is not a valid UUID"),
        (["search", "--price-max", "cheap"], 2, "price_max is a number."),
        (["search", "--fuel", "coal"], 2, "Expected: petrol"),
        (["--market", "nowhere", "search"], 2, "A market is named by a URL."),
        (["--market", "oracle://x", "search"], 2, "No adapter serves oracle"),
        (["--market", "sqlite:///no/such/folder/m.db", "search"], 2, "There is no folder"),
        (["restore", "{folder}"], 2, "holds no copy"),
    ],
)
def test_an_error_ends_with_a_sentence_and_its_code(run, stocked, arguments, code, told):
    done = run(*(one.format(**stocked, folder=".") for one in arguments))

    assert done.code == code
    assert told in done.err.replace("\n", " ")
    assert "Traceback" not in done.err


def test_every_kind_of_error_has_its_code():
    for kind in CarmarketError.__subclasses__():
        assert any(base in app.EXIT_CODES for base in kind.__mro__)


def test_an_action_says_what_became_of_the_listing(run, stocked):
    done = run("listing", "pause", stocked["Golf"])

    assert "2019 Volkswagen Golf GTI is paused, version 4" in done.out


def test_a_search_in_a_terminal_says_what_it_understood(run, stocked):
    shown = run("search", "golf", "under", "15k", "diesel", "above", "10000", "miles")
    paged = run("search", "--limit", "1")
    following = run("search", "--limit", "1", "--cursor", paged.out.split("--cursor ")[1].strip(), "--json").said

    assert "under 15k is understood as: Price up to $15,000" in shown.out
    assert "above 10000 miles is understood as: Odometer from 10,000 mi" in shown.out
    assert "41,000 mi" in shown.out
    assert "fuel: " in shown.out
    assert following["total"] == 3


def test_a_search_may_be_for_a_sellers_name(run, stocked):
    assert stocked
    assert run("search", "--seller", "best cars", "--json").said["total"] == 3
    assert run("search", "--seller", "Other Cars", "--json").said["total"] == 0


def test_a_token_vouches_for_an_actor(run, tmp_path):
    minted = run("token", "--role", "dealer-owner", "--trusted", "--seller", "Best Cars", "--hours", "2", "--json").said
    plain = run("token").out.strip()

    tokens, _ = open_key_file(f"{tmp_path}/market.db.keys")
    actor = tokens.verify(minted["token"], now=datetime.now(UTC)).actor
    assert (actor.roles, actor.is_trusted) == (frozenset({Role.DEALER_OWNER}), True)
    assert str(actor.dealer_id) == minted["actor"]["dealer_id"]
    assert tokens.verify(plain, now=datetime.now(UTC)).actor.roles == {Role.CUSTOMER}


@pytest.mark.parametrize("hours", ["nan", "inf", "0", "-1"])
def test_a_token_for_no_number_of_hours_is_refused(run, hours):
    done = run("token", "--hours", hours)

    assert done.code == 2
    assert "--hours" in done.err


def test_what_was_copied_can_be_restored(run, stocked, tmp_path):
    first = run("backup", "copy", "--json").said
    run("listing", "sell", stocked["Golf"])
    second = run("backup", "copy")
    url = f"sqlite:///{tmp_path}/other.db"

    restored = run("--market", url, "restore", "copy", "--json")
    again = run("--market", url, "restore", "copy")

    assert first["blobs"] == first["new_blobs"] == restored.said["blobs"] > 0
    assert "(0 new)" in second.out
    assert run("--market", url, "search", "--json").said["total"] == 2
    assert again.code == 5
    assert "not empty" in again.err


def test_nothing_is_restored_beside_a_server(run, stocked, tmp_path):
    assert stocked
    run("backup", "copy")
    leads = FileLeadership(tmp_path / "other.db.lock")
    asyncio.run(leads.leads())

    refused = run("--market", f"sqlite:///{tmp_path}/other.db", "restore", "copy")
    leads.close()

    assert refused.code == 5
    assert "A server runs" in refused.err


def test_the_index_is_built_anew(run, stocked, tmp_path):
    assert stocked

    done = run("reindex")
    said = run("reindex", "--json").said

    assert "3 cars can be found, of 3 listings" in done.out
    assert said == {"facts": 3, "cars": 3}
    assert (tmp_path / "market.db.index").exists()


def test_the_doctor_finds_a_market_well(run, stocked):
    assert stocked
    run("reindex")

    done = run("doctor")
    said = run("doctor", "--json").said

    assert done.code == 0
    assert said["is_well"]
    told = {one["name"]: one["value"] for one in said["findings"]}
    assert told["listings"] == "3 published"
    assert told["index"] == "3 of 3 published cars, 0 events behind"
    assert "embedded" in told["extras"]


def test_the_doctor_does_not_take_the_index_of_a_restored_database_for_its_own(run, stocked, tmp_path):
    assert stocked
    run("backup", "copy")
    run("reindex")
    url = f"sqlite:///{tmp_path}/other.db"
    run("--market", url, "restore", "copy")
    (tmp_path / "other.db.index").write_bytes((tmp_path / "market.db.index").read_bytes())

    done = run("--market", url, "doctor", "--json")

    assert done.code == 1
    ill = [one for one in done.said["findings"] if not one["is_well"]]
    assert [(one["name"], one["advice"]) for one in ill] == [("index file", "carmarket reindex")]


def test_the_doctor_says_what_waits_for_a_server(run, stocked, tmp_path):
    assert stocked

    async def begin() -> None:
        async with open_market(f"sqlite:///{tmp_path}/market.db", with_index=False) as market:
            await market.imports.start(a_dealer(), file_name="a.csv", data=b"Make,Model,Price\nFord,Ka,1\n")

    asyncio.run(begin())
    done = run("doctor")

    assert done.code == 1
    assert "1 unfinished" in done.out
    assert "start carmarket work, or carmarket serve" in done.out


def test_the_doctor_says_whom_people_log_in_with_but_no_secret(run, stocked, monkeypatch):
    monkeypatch.setenv("CARMARKET_OIDC", "here=https://login.example|shop|hidden")

    told = run("doctor", "--json").out

    assert "here (https://login.example)" in told
    assert "hidden" not in told


def test_the_doctor_says_who_carries_letters_but_no_password(run, stocked, monkeypatch, tmp_path):
    assert stocked
    beside = run("doctor", "--json").out
    monkeypatch.setenv("CARMARKET_MAIL", "smtp://shop:secret@127.0.0.1:2525?tls=none")
    monkeypatch.setenv("CARMARKET_MAIL_FROM", "Cars <hello@cars.example>")
    named = run("doctor", "--json").out

    assert f"eml:///{tmp_path}/market.db.mail" in beside
    assert "smtp://shop:***@127.0.0.1:2525" in named
    assert "secret" not in named


def test_the_doctor_says_what_cannot_be_opened(run):
    done = run("--market", "sqlite:///no/such/folder/m.db", "doctor")

    assert done.code == 1
    assert "There is no folder" in done.out
    assert "mend this first" in done.out


def test_settings_come_from_a_file_and_the_environment(run, cars, monkeypatch, tmp_path):
    (tmp_path / "settings.toml").write_text("[carmarket]\nbase_currency = 'EUR'\n")
    monkeypatch.setenv("CARMARKET_RATES", "USD=0.5")
    run("--config", "settings.toml", "import", cars, "--seller", "S")

    found = run("--config", "settings.toml", "search", "under 6800", "--json").said
    monkeypatch.setenv("CARMARKET_RATES", "USD=nothing")
    refused = run("search")

    assert found["total"] == 2
    assert refused.code == 2
    assert "EUR=1.08, GBP=1.27" in refused.err


def test_the_help_names_every_command_and_what_it_does(run):
    done = run("--help")

    for name in [*app.OWN, "serve", "openapi"]:
        assert f"  {name} " in done.out


def test_a_command_whose_extra_is_missing_says_what_to_install(run, monkeypatch):
    class Missing:
        name = "serve"

        def load(self) -> click.Command:
            raise ImportError(name="litestar")

    monkeypatch.setattr(app, "_brought", lambda: {"serve": Missing()})

    done = run("serve")

    assert done.code == 7
    assert "install carmarket[web]" in done.err


def test_a_command_that_there_is_not_is_refused(run):
    assert run("fly").code == 2
