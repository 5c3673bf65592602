"""
Webhooks and deliveries: what is told to whom, how often it is tried, what is signed.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from attrs import evolve

from carmarket.core.actor import UserId
from carmarket.core.booking.events import BOOKING_EVENTS
from carmarket.core.catalog.car import SellerId
from carmarket.core.errors import IllegalTransitionError, InvalidError
from carmarket.core.webhooks.addresses import is_public
from carmarket.core.webhooks.delivery import TRIES, DeliveryStatus, Reply
from carmarket.core.webhooks.signature import secret_text, signature
from carmarket.core.webhooks.webhook import LONGEST_URL, TOLD, demand_url
from carmarket.testing.bookings import a_hold
from carmarket.testing.builders import DEALER, NOW, a_draft
from carmarket.testing.webhooks import a_delivery, a_webhook, an_event

SECOND = timedelta(seconds=1)
PUBLISHED = frozenset({"catalog.listing-published"})


@pytest.mark.parametrize(
    ("said", "wants"),
    [
        ({}, True),
        ({"seller": None}, True),
        ({"seller": SellerId(a_draft(7).state.id)}, False),
        ({"event_types": PUBLISHED}, True),
        ({"event_types": frozenset({BOOKING_EVENTS[0].type})}, False),
        ({"now": NOW + SECOND}, False),
    ],
)
def test_a_webhook_is_told_what_its_owner_may_see_and_wants_to_hear(said, wants):
    assert a_webhook(**said).state.wants(an_event()) is wants


def test_a_webhook_that_is_not_active_is_told_nothing():
    paused = a_webhook().state.stop(now=NOW)

    assert not paused.state.wants(an_event())


def test_a_dealer_is_told_of_bookings_of_its_cars():
    [event] = a_hold().events

    assert event.seller == SellerId(DEALER)  # type: ignore[attr-defined]  # all of bookings have one
    assert a_webhook().state.wants(event)


def test_there_are_no_events_but_those_that_say_whose_they_are():
    assert all(
        "seller" in event.__annotations__ or "seller" in event.__mro__[1].__annotations__ for event in TOLD.values()
    )
    with pytest.raises(InvalidError):
        a_webhook(event_types=frozenset({"users.user-registered"}))
    with pytest.raises(InvalidError):
        a_webhook().state.revise(
            url="https://x.example", event_types=frozenset({"x"}), is_active=True, user_id=UserId(UUID(int=1)), now=NOW
        )


def test_an_event_has_one_delivery_to_a_webhook():
    assert a_delivery(1).id == a_delivery(1, now=NOW + SECOND).id
    assert len({a_delivery(1).id, a_delivery(2).id, a_delivery(1, to=2).id}) == 3


def test_what_is_taken_is_delivered():
    done = a_delivery().answered(Reply(202), now=NOW + SECOND).state

    assert (done.status, done.attempts, done.next_at) == (DeliveryStatus.DELIVERED, 1, None)


def test_it_is_tried_eight_times_in_half_a_day_ever_more_rarely():
    delivery, now, waits = a_delivery(), NOW, []
    while delivery.status is DeliveryStatus.PENDING:
        delivery = delivery.answered(Reply(500, "x" * 10_000), now=now).state
        if delivery.next_at is not None:
            waits.append(delivery.next_at - now)
            now = delivery.next_at

    assert delivery.status is DeliveryStatus.FAILED
    assert len(waits) + 1 == TRIES == 8
    assert waits == sorted(set(waits))
    assert timedelta(hours=10) < now - NOW < timedelta(hours=12)
    assert delivery.reply == Reply(500, "x" * 500)
    with pytest.raises(IllegalTransitionError):
        delivery.answered(Reply(200), now=now)


@pytest.mark.parametrize("reply", [Reply(200), Reply(500)])
def test_whatever_became_of_it_it_can_be_sent_again(reply):
    ended = evolve(a_delivery(), attempts=TRIES - 1).answered(reply, now=NOW).state

    again = ended.resend(now=NOW + SECOND)

    assert (again.state.status, again.state.attempts, again.state.next_at) == ("pending", 0, NOW + SECOND)
    assert (again.base, again.state.version) == (ended.version, ended.version + 1)


@pytest.mark.parametrize("reply", [Reply(None), Reply(301), Reply(404), Reply(199), Reply(300)])
def test_nothing_but_a_yes_is_a_yes(reply):
    assert not reply.is_taken


def test_a_signature_covers_the_time_and_the_body():
    secret = secret_text(b"\x00" * 32)
    signed = signature(secret, b"{}", at=NOW)

    assert signed == f"t={int(NOW.timestamp())},v1=" + signed[-64:]
    assert secret == "whsec_" + "A" * 43
    assert (
        len({signed[-64:], signature(secret, b"{ }", at=NOW)[-64:], signature(secret, b"{}", at=NOW + SECOND)[-64:]})
        == 3
    )


@pytest.mark.parametrize(
    "url",
    ["https://shop.example", "https://shop.example:8443/a/b?c=d", "https://1.2.3.4/", "https://[2606::1]/x"],
)
def test_a_webhook_has_a_plain_url(url):
    demand_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "shop.example", "http://shop.example", "ftp://shop.example", "file:///etc/passwd", "https://", "https:///x",
        "https://user:word@shop.example", "https://@shop.example", "https://shop.example/#part", "https://shop.example:x",
        "https://shop.example:99999", "https://shop.example:0", "https://shöp.example", "https://shop.example/a b",
        "https://shop.example/a\nb", "https://[::1", "javascript:alert(1)", f"https://shop.example/{'x' * LONGEST_URL}",
    ],
)  # fmt: skip
def test_what_is_no_plain_https_url_is_refused(url):
    with pytest.raises(InvalidError):
        demand_url(url)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_for_development(address):
    assert (is_public(address), is_public(address, loopback=True)) == (False, True)


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "198.18.0.1", "10.0.0.1", "fec0::1", "2001:db8::1", "64:ff9b::7f00:1"]
)
def test_what_is_set_apart_is_not_public_with_nor_without(address):
    assert not is_public(address)
    assert is_public(address, loopback=True) is (address == "64:ff9b::7f00:1")
