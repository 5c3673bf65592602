"""
What can be said in a review, and what becomes of it.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from carmarket.core.actor import UserId
from carmarket.core.catalog.car import SellerId
from carmarket.core.errors import ConflictError, IllegalTransitionError, InvalidError
from carmarket.core.reviews.events import ReviewEvent
from carmarket.core.reviews.lifecycle import TRANSITIONS, ReviewAction, ReviewStatus, next_status
from carmarket.core.reviews.rating import Rating
from carmarket.core.reviews.review import LONGEST_TEXT, MOST_REPORTS, Reply, review_id
from carmarket.core.reviews.reviewable import WINDOW, NotReviewableError
from carmarket.core.side import Side
from carmarket.testing.bookings import CUSTOMER
from carmarket.testing.builders import NOW
from carmarket.testing.reviews import a_public_review, a_review, a_reviewable

BEN = UserId(UUID(int=0xBE2))
LAST = NOW + WINDOW - timedelta(milliseconds=1)


def test_a_review_is_written_within_two_weeks():
    assert a_review(now=LAST).state.created_at == LAST
    with pytest.raises(NotReviewableError):
        a_review(now=NOW + WINDOW)
    with pytest.raises(NotReviewableError):
        a_review(customer=None)


@pytest.mark.parametrize("stars", [-1, 0, 6])
def test_a_review_gives_one_to_five_stars(stars):
    with pytest.raises(InvalidError) as refused:
        a_review(stars=stars)

    assert refused.value.field == "stars"


@pytest.mark.parametrize("text", ["", " \n", "a\x00b", "x" * (LONGEST_TEXT + 1)])
def test_a_review_says_something_in_plain_words(text):
    with pytest.raises(InvalidError) as refused:
        a_review(text=text)

    assert refused.value.field == "text"


def test_each_side_has_one_review_of_a_booking():
    booking = a_reviewable().id

    ids = {a_review().state.id, a_review(stars=1).state.id, a_review(author=Side.SELLER).state.id}

    assert ids == {review_id(booking, Side.CUSTOMER), review_id(booking, Side.SELLER)}


@pytest.mark.parametrize("status", ReviewStatus)
@pytest.mark.parametrize("action", ReviewAction)
def test_a_step_that_the_table_does_not_have_is_refused(status, action):
    if (status, action) in TRANSITIONS:
        assert next_status(status, action) is TRANSITIONS[status, action]
    else:
        with pytest.raises(IllegalTransitionError):
            next_status(status, action)


def test_a_review_is_public_when_it_was_approved_and_revealed():
    written = a_review().state
    approved = written.approve(now=NOW).state
    revealed = approved.reveal(now=NOW + WINDOW).state

    assert [one.is_public for one in (written, approved, revealed)] == [False, False, True]
    assert written.reveal(now=NOW, both_are_in=True).state.approve(now=NOW).state.is_public


def test_the_cover_stays_while_the_other_side_can_write():
    with pytest.raises(ConflictError):
        a_review().state.reveal(now=LAST)

    assert a_review().state.reveal(now=NOW + WINDOW).state.reveals_at is None


def test_events_tell_the_stars_once_they_are_public_and_never_the_words():
    change = a_public_review(stars=2, text="Never again.").then(lambda it: it.answer("Oh, really?", now=NOW))
    taken = change.state.reject("An insult.", now=NOW)
    told = [event for event in (*change.events, *taken.events) if isinstance(event, ReviewEvent)]

    assert [(event.was_public, event.is_public, event.stars) for event in told] == [
        (False, False, None), (False, False, None), (False, True, 2), (True, True, 2), (True, False, None),
    ]  # fmt: skip
    assert not any(words in repr(told) for words in ("Never", "Oh", "insult"))


def test_the_reviewed_side_replies_once_and_in_public():
    review = a_public_review().state
    answered = review.answer("Thank you.", now=NOW).state

    assert answered.reply == Reply("Thank you.", NOW)
    with pytest.raises(ConflictError):
        answered.answer("And again.", now=NOW)
    with pytest.raises(ConflictError):
        a_review().state.answer("Too early.", now=NOW)
    with pytest.raises(InvalidError):
        review.answer("", now=NOW)


def test_a_report_calls_a_moderator_who_lets_the_review_stand_or_takes_it_away():
    review = a_public_review().state
    reported = review.report(BEN, "It is made up.", now=NOW).state

    assert [review.is_waiting, reported.is_waiting] == [False, True]
    assert reported.report(BEN, "I say it again.", now=NOW).is_empty
    stands = reported.approve(now=NOW).state
    assert (stands.is_waiting, stands.is_public) == (False, True)
    assert stands.approve(now=NOW).is_empty
    gone = reported.reject("It is made up.", now=NOW).state
    assert (gone.is_waiting, gone.is_public, gone.rejection) == (False, False, "It is made up.")
    with pytest.raises(ConflictError):
        a_review().state.report(BEN, "Early.", now=NOW)
    with pytest.raises(InvalidError):
        review.report(BEN, " ", now=NOW)


def test_reports_beyond_a_hundred_change_nothing():
    review = a_public_review().state
    for number in range(MOST_REPORTS):
        review = review.report(UserId(UUID(int=number)), "No.", now=NOW).state

    assert review.report(BEN, "No.", now=NOW).is_empty


def test_who_erases_themselves_leaves_stars_and_no_words():
    review = a_public_review().then(lambda it: it.answer("Thank you, Anna.", now=NOW)).state
    forgotten = review.forget(CUSTOMER, now=NOW)

    assert forgotten.state == evolve(review, version=review.version + 1, customer=None, text="", reply=None)
    assert forgotten.events[0].type == "reviews.review-anonymised"
    assert str(CUSTOMER) not in repr(forgotten)
    assert forgotten.state.forget(CUSTOMER, now=NOW).is_empty
    assert review.forget(BEN, now=NOW).is_empty


def test_the_words_about_a_private_seller_who_erases_themselves_go_too():
    review = a_public_review(seller=SellerId(BEN)).state

    forgotten = review.forget(BEN, now=NOW).state

    assert (forgotten.text, forgotten.customer, forgotten.stars) == ("", CUSTOMER, 4)


def test_a_reporter_who_erases_themselves_leaves_no_reason():
    reported = a_public_review().state.report(BEN, "He wrote that to me.", now=NOW).state

    forgotten = reported.forget(BEN, now=NOW).state

    assert [(one.reporter, one.reason) for one in forgotten.reports] == [(None, "")]
    assert (forgotten.is_waiting, forgotten.text) == (True, reported.text)


def test_nobody_has_an_average_of_nothing():
    assert (Rating().count, Rating().average) == (0, None)


@given(st.lists(st.integers(1, 5), min_size=1))
def test_an_average_lies_between_its_stars_and_is_off_by_half_a_hundredth_at_most(stars):
    rating = Rating.of(stars)

    assert rating.count == len(stars) == sum(rating.distribution)
    assert rating.average is not None
    assert min(stars) <= rating.average <= max(stars)
    assert abs(rating.average - sum(stars) / len(stars)) <= 0.005 + 1e-9
