"""
The operator's commands for reviews.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from carmarket import open_market
from carmarket.core.actor import Actor
from carmarket.core.booking.booking import BookingId
from carmarket.testing.bookings import CUSTOMER
from carmarket.testing.builders import DEALER, a_dealer
from carmarket.testing.reviews import a_reviewable


@pytest.fixture
def written(tmp_path: Path) -> str:
    """A customer's review that waits for a moderator, of a booking that its dealer has reviewed too."""

    async def write() -> str:
        async with open_market(f"sqlite:///{tmp_path}/market.db", with_index=False) as market:
            booking = a_reviewable(completed_at=market.stock.clock.now())
            await market.stock.reviewable_bookings.tell([booking])
            mine = await market.reviews.write(
                Actor(user_id=CUSTOMER), BookingId(booking.id), stars=2, text="It [red]smelled."
            )
            await market.reviews.write(a_dealer(), BookingId(booking.id), stars=5, text="Fine.")
            await market.settle()
            return str(mine.id)

    return asyncio.run(write())


def test_what_waits_is_listed_and_approved(run, written):
    waiting = run("review", "list", "--json").said
    approved = run("review", "approve", written, "--json").said

    assert {one["text"] for one in waiting} == {"It [red]smelled.", "Fine."}
    assert approved["status"] == "published"
    assert [one["id"] for one in run("review", "list", "--seller", DEALER, "--json").said] == [written]
    assert len(run("review", "list", "--json").said) == 1


def test_what_is_rejected_is_told_why(run, written):
    rejected = run("review", "reject", written, "--reason", "Off topic.")
    again = run("review", "approve", written)

    assert "2 of 5 by the customer, rejected" in rejected.out
    assert "rejection='Off topic.'" in rejected.out
    assert again.code == 5
    assert run("review", "show", written, "--json").said["rejection"] == "Off topic."


def test_what_people_write_is_shown_as_it_is(run, written):
    table = run("review", "list")

    assert "It [red]smelled." in table.out
    assert written in table.out
