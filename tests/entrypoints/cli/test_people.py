"""
`carmarket user`, `carmarket dealer` and `carmarket audit`.
"""

from __future__ import annotations

import asyncio
import io
import sys
from uuid import UUID

import pytest

from carmarket import open_market
from carmarket.core.users.ids import DealerId
from carmarket.testing.users import a_user, some_dealer

WORD = "correct horse battery"
NEW = ("user", "add", "--email", "Root@example.com", "--name", "Root", "--role", "admin", "--password-stdin", "--json")


@pytest.fixture
def root(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{WORD}\n"))
    return run(*NEW).said


@pytest.fixture
def dealer(run, tmp_path):
    """A dealer that waits for its verification."""

    async def apply() -> None:
        async with open_market(f"sqlite:///{tmp_path}/market.db", with_index=False) as market:
            await market.stock.users.save(a_user(email="anna@example.com"))
            await market.stock.dealers.save(some_dealer(5))

    asyncio.run(apply())
    return str(DealerId(UUID(int=5)))


def test_an_admin_is_added_shown_and_listed(run, root):
    assert root["roles"] == ["admin"]
    assert root["is_verified"]
    assert run("user", "show", "root@example.com", "--json").said == root
    assert run("user", "show", root["id"], "--json").said == root
    assert run("user", "list", "--role", "admin", "--json").said == [root]
    assert "Root@example.com" in run("user", "list").out
    assert "Root@example.com" in run("user", "show", root["id"]).out


def test_roles_are_given_and_noted(run, root):
    changed = run("user", "roles", "root@example.com", "--role", "moderator", "--role", "customer", "--json").said

    assert changed["roles"] == ["customer", "moderator"]
    assert [one["detail"] for one in run("audit", "--json").said] == ["customer, moderator", "admin"]
    assert "assign-roles" in run("audit", "--subject", root["id"]).out


def test_somebody_is_logged_out_and_erased(run, root):
    assert run("user", "log-out", root["id"]).code == 0
    assert run("user", "erase", root["id"], "--yes").code == 0

    assert run("user", "show", "root@example.com").code == 3
    assert [one["action"] for one in run("audit", "--json").said] == ["erase-user", "end-sessions", "assign-roles"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("user", "show", "nobody@example.com"), 3, "no such account"),
        (("user", "show", "nobody"), 2, "anna@example.com"),
        (("user", "roles", "a@example.com", "--role", "dealer-owner"), 2, "--role"),
        (("dealer", "verify", str(UUID(int=9))), 3, "no such dealer"),
        (("dealer", "reject", str(UUID(int=9))), 2, "--reason"),
    ],
)
def test_what_cannot_be_done_is_told(run, words, code, told):
    done = run(*words)

    assert (done.code, told in done.err) == (code, True), done.err


def test_a_poor_password_is_refused(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("password\n"))
    done = run(*NEW)

    assert done.code == 2
    assert "first that are tried" in done.err


def test_a_dealer_is_verified_suspended_and_staffed(run, dealer):
    assert [one["id"] for one in run("dealer", "list", "--status", "applied", "--json").said] == [dealer]
    assert run("dealer", "verify", dealer, "--json").said["status"] == "verified"
    assert run("dealer", "verify", dealer).code == 5
    invited = run("dealer", "invite", dealer, "--email", "bo@example.com", "--role", "dealer-agent", "--json").said
    assert [one["email"] for one in invited["invitations"]] == ["bo@example.com"]
    assert "suspended" in run("dealer", "suspend", dealer, "--reason", "Fraud.").out
    refused = run("dealer", "invite", dealer, "--email", "cy@example.com", "--role", "dealer-agent")
    assert "Only a verified dealer invites people." in refused.err
    shown = run("dealer", "show", dealer, "--json").said
    assert (shown["dealer"]["reason"], shown["staff"]) == ("Fraud.", [])
    assert "Best Cars" in run("dealer", "list").out
    assert "Best Cars" in run("dealer", "show", dealer).out


def test_a_dealer_is_rejected_with_a_reason(run, dealer):
    assert run("dealer", "reject", dealer, "--reason", "No address.", "--json").said["reason"] == "No address."


def test_names_are_shown_as_they_are(run, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{WORD}\n"))
    name = "[bold red]Root[/] \\[x]"
    run("user", "add", "--email", "root@example.com", "--name", name, "--password-stdin")

    assert name in run("user", "list").out
