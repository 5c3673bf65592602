"""
The life of a listing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from attrs import evolve

from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.events import ListingEvent
from carmarket.core.catalog.lifecycle import LIVE, TRANSITIONS, ListingAction, ListingStatus, next_status
from carmarket.core.catalog.listing import LIFETIME, Details, Listing, ListingId
from carmarket.core.catalog.photos import Photo, PhotoId, Photos, PhotoStatus
from carmarket.core.catalog.vehicle import Vehicle
from carmarket.core.change import Change
from carmarket.core.errors import ConflictError, IllegalTransitionError, InvalidError, NotFoundError
from carmarket.core.money import Money

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
PRICE = Money(1_999_500, "EUR")
GOLF = Details(vehicle=Vehicle(make="Volkswagen", model="Golf"))


def drafted() -> Change[Listing]:
    return Listing.draft(
        listing_id=ListingId(UUID(int=1)), seller=SellerId(UUID(int=2)), details=GOLF, price=PRICE, now=NOW
    )


def published() -> Listing:
    return drafted().then(lambda listing: listing.publish(now=NOW, reviewed=True)).state


def in_status(status: ListingStatus) -> Listing:
    return evolve(published(), status=status)


def told(change: Change[Listing]) -> list[ListingEvent]:
    return [event for event in change.events if isinstance(event, ListingEvent)]


def photo(number: int, status: PhotoStatus = PhotoStatus.READY) -> Photo:
    return Photo(id=PhotoId(UUID(int=number)), status=status)


def test_decisions_chain_and_keep_the_first_base():
    change = drafted().then(lambda listing: listing.publish(now=NOW, reviewed=True))

    assert change.base == 0
    assert change.state.version == 3
    assert [event.type for event in change.events] == [
        "catalog.listing-drafted",
        "catalog.listing-submitted",
        "catalog.listing-published",
    ]
    assert [event.version for event in change.events] == [1, 2, 3]


def test_events_tell_what_the_public_saw_before_and_sees_after():
    change = published().reprice(Money(1_800_000, "EUR"), now=LATER)

    (event,) = told(change)
    assert event.before is not None
    assert event.before.price.current == PRICE
    assert event.after is not None
    assert event.after.price.current == Money(1_800_000, "EUR")
    assert event.after.version == change.state.version


def test_a_draft_shows_the_public_nothing():
    (event,) = told(drafted())

    assert event.before is None
    assert event.after is None


def test_an_unreviewed_listing_waits_for_review():
    listing = drafted().then(lambda listing: listing.publish(now=NOW, reviewed=False)).state

    assert listing.status is ListingStatus.PENDING
    assert listing.publish(now=NOW, reviewed=False).is_empty


def test_a_published_listing_lives_sixty_days():
    listing = published()

    assert listing.expires_at == NOW + LIFETIME
    with pytest.raises(ConflictError, match="not run out"):
        listing.expire(now=NOW + LIFETIME - timedelta(seconds=1))
    assert listing.expire(now=NOW + LIFETIME).state.status is ListingStatus.EXPIRED


def test_renewing_gives_another_lifetime_from_now():
    assert published().renew(now=LATER).state.expires_at == LATER + LIFETIME


def test_a_pause_does_not_lengthen_a_life():
    paused = published().pause(now=NOW).state

    assert paused.publish(now=LATER, reviewed=False).state.expires_at == NOW + LIFETIME


def test_saying_the_same_again_changes_nothing():
    listing = published()

    assert listing.revise(GOLF, now=LATER).is_empty
    assert listing.reprice(PRICE, now=LATER).is_empty
    assert listing.revise(GOLF, now=LATER).state.version == listing.version


@pytest.mark.parametrize("status", [ListingStatus.SOLD, ListingStatus.ARCHIVED])
def test_a_sold_or_archived_car_cannot_be_repriced(status):
    with pytest.raises(ConflictError, match="cannot be changed"):
        in_status(status).reprice(Money(1, "EUR"), now=LATER)


def test_a_sold_car_is_relisted_with_its_history():
    sold = published().reprice(Money(1, "EUR"), now=LATER).then(lambda listing: listing.sell(now=LATER)).state

    fresh = sold.relist(listing_id=ListingId(UUID(int=9)), now=LATER)

    assert fresh.base == 0
    assert fresh.state.status is ListingStatus.DRAFT
    assert fresh.state.relisted_from == sold.id
    assert fresh.state.price.history == sold.price.history


def test_a_published_car_cannot_be_relisted():
    with pytest.raises(ConflictError, match="has not ended"):
        published().relist(listing_id=ListingId(UUID(int=9)), now=LATER)


def test_a_rejection_says_why():
    pending = drafted().then(lambda listing: listing.submit(now=NOW)).state

    assert pending.reject("No photo of the car.", now=LATER).state.rejection == "No photo of the car."
    with pytest.raises(InvalidError, match="says why"):
        pending.reject(" ", now=LATER)


STEPS: dict[ListingAction, Callable[[Listing], Change[Listing]]] = {
    ListingAction.SUBMIT: lambda listing: listing.submit(now=LATER),
    ListingAction.REJECT: lambda listing: listing.reject("why", now=LATER),
    ListingAction.REOPEN: lambda listing: listing.reopen(now=LATER),
    ListingAction.PAUSE: lambda listing: listing.pause(now=LATER),
    ListingAction.RESERVE: lambda listing: listing.reserve(now=LATER),
    ListingAction.RELEASE: lambda listing: listing.release(now=LATER),
    ListingAction.SELL: lambda listing: listing.sell(now=LATER),
    ListingAction.EXPIRE: lambda listing: listing.expire(now=NOW + LIFETIME),
    ListingAction.RENEW: lambda listing: listing.renew(now=LATER),
    ListingAction.ARCHIVE: lambda listing: listing.archive(now=LATER),
}


@pytest.mark.parametrize("action", STEPS)
@pytest.mark.parametrize("status", ListingStatus)
def test_every_step_obeys_the_table(status, action):
    listing = in_status(status)

    if (status, action) in TRANSITIONS:
        assert STEPS[action](listing).state.status is TRANSITIONS[status, action]
    else:
        with pytest.raises(IllegalTransitionError) as caught:
            STEPS[action](listing)
        assert caught.value.value == status.value


def test_every_status_can_be_reached_and_left():
    reached = set(TRANSITIONS.values()) | {ListingStatus.DRAFT}

    assert reached == set(ListingStatus)
    assert {before for before, _ in TRANSITIONS} == set(ListingStatus) - {ListingStatus.ARCHIVED}


def test_an_illegal_step_names_the_states_it_could_be_taken_from():
    with pytest.raises(IllegalTransitionError) as caught:
        next_status(ListingStatus.SOLD, ListingAction.PAUSE)

    assert caught.value.expected == "one of: published"
    assert ListingStatus.SOLD not in LIVE


def test_only_photos_that_were_re_encoded_are_shown():
    listing = published().add_photos([photo(1, PhotoStatus.WAITING)], now=LATER).state
    assert listing.public is not None
    assert listing.public.photos == ()

    shown = listing.settle_photos([photo(1)], now=LATER).state

    assert shown.public is not None
    assert [one.id for one in shown.public.photos] == [UUID(int=1)]


def test_a_photo_that_is_there_already_changes_nothing():
    listing = published().add_photos([photo(1)], now=LATER).state

    assert listing.add_photos([photo(1)], now=LATER).is_empty


def test_a_photo_that_was_removed_meanwhile_stays_removed():
    assert published().settle_photos([photo(1)], now=LATER).is_empty


def test_the_first_photo_in_order_is_the_cover():
    listing = published().add_photos([photo(1), photo(2)], now=LATER).state

    ordered = listing.order_photos([photo(2).id, photo(1).id], now=LATER).state

    assert ordered.photos.ready[0].id == UUID(int=2)
    with pytest.raises(InvalidError, match="every photo once"):
        listing.order_photos([photo(2).id], now=LATER)


def test_a_listing_has_at_most_forty_photos():
    with pytest.raises(ConflictError, match="at most 40"):
        Photos().added(*(photo(n) for n in range(41)))


def test_a_photo_that_is_not_there_cannot_be_removed():
    with pytest.raises(NotFoundError):
        published().remove_photo(PhotoId(UUID(int=7)), now=LATER)
