"""
What two people can write to each other about a car.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from carmarket.core.catalog.car import SellerId
from carmarket.core.enquiries.enquirable import NotEnquirableError
from carmarket.core.enquiries.enquiry import LONGEST_TEXT, MOST_MESSAGES, Enquiry, enquiry_id
from carmarket.core.enquiries.lifecycle import TRANSITIONS, EnquiryAction, EnquiryStatus, next_status
from carmarket.core.errors import ConflictError, IllegalTransitionError, InvalidError, KeyReusedError
from carmarket.core.side import Side
from carmarket.core.users.ids import UserId
from carmarket.testing.bookings import CAR, CUSTOMER
from carmarket.testing.builders import NOW
from carmarket.testing.enquiries import a_message_id, an_enquirable_car, an_enquiry

BEN, AGENT = UserId(UUID(int=0xBE2)), UserId(UUID(int=0xA6E27))
LATER = NOW + timedelta(hours=1)


def answered() -> Enquiry:
    return an_enquiry().state.answer("Yes, Anna.", message_id=a_message_id(2), by=AGENT, now=LATER).state


def test_a_person_has_one_enquiry_about_a_car():
    assert an_enquiry().state.id == an_enquiry(text="Again?").state.id != an_enquiry(2).state.id
    assert enquiry_id(CAR, CUSTOMER) != enquiry_id(CAR, BEN)


def test_nobody_asks_about_a_car_that_is_not_before_the_public():
    with pytest.raises(NotEnquirableError):
        Enquiry.make(
            an_enquirable_car(is_enquirable=False), customer=BEN, message_id=a_message_id(1), text="Hm?", now=NOW
        )


@pytest.mark.parametrize("text", ["", " \n", "a\x00b", "x" * (LONGEST_TEXT + 1)])
def test_a_message_says_something_in_plain_words(text):
    with pytest.raises(InvalidError):
        an_enquiry(text=text)
    with pytest.raises(InvalidError):
        answered().ask(text, message_id=a_message_id(3), now=NOW)


@pytest.mark.parametrize("status", EnquiryStatus)
@pytest.mark.parametrize("action", EnquiryAction)
def test_a_step_that_the_table_does_not_have_is_refused(status, action):
    if (status, action) in TRANSITIONS:
        assert next_status(status, action) is TRANSITIONS[status, action]
    else:
        with pytest.raises(IllegalTransitionError):
            next_status(status, action)


def test_the_turn_goes_from_one_to_the_other_and_a_message_opens_what_was_closed():
    asked_again = answered().ask("Really?", message_id=a_message_id(3), now=LATER).state
    closed = asked_again.close(now=LATER).state
    opened = closed.ask("Hello?", message_id=a_message_id(4), now=LATER).state

    told = [one.status for one in (an_enquiry().state, answered(), asked_again, closed, opened)]
    assert told == ["open", "answered", "open", "closed", "open"]
    assert closed.answer("Yes.", message_id=a_message_id(4), by=AGENT, now=LATER).state.status == "answered"


def test_what_the_other_side_wrote_is_unread_until_one_has_read_it_or_written():
    made = an_enquiry().state
    assert (made.unread(Side.SELLER), made.unread(Side.CUSTOMER)) == (1, 0)
    twice = made.ask("Hello?", message_id=a_message_id(5), now=NOW).state
    assert twice.unread(Side.SELLER) == 2
    read = twice.read(Side.SELLER, now=NOW)
    assert (read.state.unread(Side.SELLER), read.state.status) == (0, EnquiryStatus.OPEN)
    assert read.state.read(Side.SELLER, now=NOW).is_empty

    assert (answered().unread(Side.SELLER), answered().unread(Side.CUSTOMER)) == (0, 1)


def test_who_answers_first_answers_until_somebody_else_is_named():
    enquiry = answered()
    again = enquiry.answer("And more.", message_id=a_message_id(3), by=BEN, now=LATER).state

    assert again.assignee == AGENT
    assert again.assign(BEN, now=LATER).state.assignee == BEN
    assert again.assign(None, now=LATER).state.assignee is None
    assert again.assign(AGENT, now=LATER).is_empty


def test_a_message_is_written_once():
    enquiry = answered()

    assert enquiry.answer("Yes, Anna.", message_id=a_message_id(2), by=AGENT, now=LATER).is_empty
    with pytest.raises(KeyReusedError):
        enquiry.answer("No.", message_id=a_message_id(2), by=AGENT, now=LATER)
    with pytest.raises(KeyReusedError):
        enquiry.ask("Yes, Anna.", message_id=a_message_id(2), now=LATER)


def test_a_thread_has_room_for_two_hundred_messages():
    enquiry = an_enquiry().state
    for number in range(2, MOST_MESSAGES + 1):
        enquiry = enquiry.ask("And?", message_id=a_message_id(number), now=NOW).state

    with pytest.raises(ConflictError):
        enquiry.ask("And?", message_id=a_message_id(MOST_MESSAGES + 1), now=NOW)
    assert enquiry.ask("And?", message_id=a_message_id(MOST_MESSAGES), now=NOW).is_empty


def test_events_have_no_words():
    change = an_enquiry(text="Secret one.").then(
        lambda it: it.answer("Secret two.", message_id=a_message_id(2), by=AGENT, now=LATER)
    )

    assert [event.type for event in change.events] == ["enquiries.enquiry-made", "enquiries.message-written"]
    assert "Secret" not in repr(change.events)


def test_with_a_person_who_erases_themselves_all_words_go():
    forgotten = answered().forget(CUSTOMER, now=LATER)

    assert (forgotten.state.customer, forgotten.state.status) == (None, EnquiryStatus.CLOSED)
    assert [one.text for one in forgotten.state.messages] == ["", ""]
    assert str(CUSTOMER) not in repr(forgotten)
    assert forgotten.state.forget(CUSTOMER, now=LATER).is_empty
    with pytest.raises(ConflictError):
        forgotten.state.answer("Anna?", message_id=a_message_id(3), by=AGENT, now=LATER)


def test_with_a_private_seller_who_erases_themselves_their_words_go():
    enquiry = an_enquiry(seller=SellerId(BEN)).then(
        lambda it: it.answer("I am Ben.", message_id=a_message_id(2), by=BEN, now=LATER)
    )

    forgotten = enquiry.state.forget(BEN, now=LATER).state

    assert [one.text for one in forgotten.messages] == ["Is it still there?", ""]
    assert (forgotten.customer, forgotten.assignee) == (CUSTOMER, None)


def test_staff_who_erase_themselves_are_no_longer_named():
    forgotten = answered().forget(AGENT, now=LATER).state

    assert (forgotten.assignee, forgotten.status) == (None, EnquiryStatus.ANSWERED)
    assert [one.text for one in forgotten.messages] == ["Is it still there?", "Yes, Anna."]
    assert answered().forget(BEN, now=LATER).is_empty
