"""
The operator's commands for enquiries.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from carmarket import open_market
from carmarket.core.actor import Actor
from carmarket.testing.bookings import CAR, CUSTOMER
from carmarket.testing.builders import DEALER
from carmarket.testing.enquiries import an_enquirable_car


@pytest.fixture
def asked(tmp_path: Path) -> str:
    async def ask() -> str:
        async with open_market(f"sqlite:///{tmp_path}/market.db", with_index=False) as market:
            await market.stock.enquirable_cars.tell([an_enquirable_car()])
            made = await market.enquiries.ask(Actor(user_id=CUSTOMER), CAR, text="Is it [red]still there?")
            return str(made.id)

    return asyncio.run(ask())


def test_enquiries_are_listed_by_seller(run, asked):
    everybodys, sellers, others = (
        run("enquiry", "list", *said, "--json").said for said in ((), ("--seller", DEALER), ("--seller", UUID(int=1)))
    )

    assert [one["id"] for one in everybodys] == [one["id"] for one in sellers] == [asked]
    assert others == []
    assert "Is it [red]still" in run("enquiry", "list").out


def test_an_enquiry_is_shown_with_all_that_was_written(run, asked):
    shown = run("enquiry", "show", asked)

    assert "text='Is it [red]still there?'" in shown.out
    assert run("enquiry", "show", asked, "--json").said["status"] == "open"
    assert run("enquiry", "show", UUID(int=1)).code == 3
