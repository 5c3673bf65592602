"""
Moving the trade: cars, their bookings, what is asked and said about them, and who is told of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from carmarket.core.booking.booking import Booking
from carmarket.core.booking.rules import BookableCar, DealerRules
from carmarket.core.catalog.imports import Import
from carmarket.core.catalog.listing import Listing
from carmarket.core.change import Change
from carmarket.core.enquiries.enquirable import EnquirableCar
from carmarket.core.enquiries.enquiry import Enquiry
from carmarket.core.errors import ConcurrencyConflictError
from carmarket.core.reviews.review import Review
from carmarket.core.reviews.reviewable import ReviewableBooking
from carmarket.core.webhooks.delivery import Delivery
from carmarket.core.webhooks.webhook import Webhook, WebhookId
from carmarket.ports.booking import BookingFilter
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.catalog import ListingFilter
from carmarket.ports.enquiries import EnquiryFilter
from carmarket.ports.reviews import ReviewFilter
from carmarket.ports.webhooks import WebhookFilter
from carmarket.services.copying.subjects import LARGEST_BATCH, Kept, Subject, bring, paged
from carmarket.services.stock import Stock

OF_EVERYBODY = WebhookFilter(everybody=True)


def _listings(stock: Stock) -> AsyncIterator[Sequence[Listing]]:
    return paged(lambda last: stock.listings.find(ListingFilter(), after=last, limit=LARGEST_BATCH), lambda one: one.id)


def _imports(stock: Stock) -> AsyncIterator[Sequence[Import]]:
    return paged(lambda last: stock.imports.find(after=last, limit=LARGEST_BATCH), lambda one: one.id)


def _bookable(stock: Stock) -> AsyncIterator[Sequence[BookableCar]]:
    return paged(lambda last: stock.booking_rules.find_cars(after=last, limit=LARGEST_BATCH), lambda one: one.id)


def _rules(stock: Stock) -> AsyncIterator[Sequence[DealerRules]]:
    return paged(lambda last: stock.booking_rules.find_rules(after=last, limit=LARGEST_BATCH), lambda one: one.seller)


def _bookings(stock: Stock) -> AsyncIterator[Sequence[Booking]]:
    return paged(lambda last: stock.bookings.find(BookingFilter(), after=last, limit=LARGEST_BATCH), lambda one: one.id)


def _enquirable(stock: Stock) -> AsyncIterator[Sequence[EnquirableCar]]:
    return paged(lambda last: stock.enquirable_cars.find(after=last, limit=LARGEST_BATCH), lambda one: one.id)


def _enquiries(stock: Stock) -> AsyncIterator[Sequence[Enquiry]]:
    """The newest first, as the store gives them."""
    return paged(lambda last: stock.enquiries.find(EnquiryFilter(), after=last, limit=LARGEST_BATCH), _bookmark)


def _reviewable(stock: Stock) -> AsyncIterator[Sequence[ReviewableBooking]]:
    return paged(lambda last: stock.reviewable_bookings.find(after=last, limit=LARGEST_BATCH), lambda one: one.id)


def _reviews(stock: Stock) -> AsyncIterator[Sequence[Review]]:
    """The newest first, as the store gives them."""
    return paged(lambda last: stock.reviews.find(ReviewFilter(), after=last, limit=LARGEST_BATCH), _bookmark)


def _webhooks(stock: Stock) -> AsyncIterator[Sequence[Webhook]]:
    return paged(lambda last: stock.webhooks.find(OF_EVERYBODY, after=last, limit=LARGEST_BATCH), lambda one: one.id)


async def _deliveries(stock: Stock) -> AsyncIterator[Sequence[Delivery]]:
    """Webhook by webhook, the newest first."""
    async for webhooks in _webhooks(stock):
        for webhook in webhooks:
            async for page in _deliveries_to(stock, webhook.id):
                yield page


def _deliveries_to(stock: Stock, webhook_id: WebhookId) -> AsyncIterator[Sequence[Delivery]]:
    return paged(lambda last: stock.deliveries.find(webhook_id, before=last, limit=LARGEST_BATCH), lambda one: one)


def _bookmark(one: Enquiry | Review) -> Bookmark:
    return Bookmark(one.created_at, one.id)


async def _bring_listings(stock: Stock, listings: Sequence[Listing]) -> None:
    for rejected in await stock.listings.save_all([Change.brought(one) for one in listings]):
        if not isinstance(rejected.reason, ConcurrencyConflictError):  # else it is there, from a copy broken off
            raise rejected.reason


async def _tell_rules(stock: Stock, rules: Sequence[DealerRules]) -> None:
    for one in rules:
        await stock.booking_rules.tell_rules(one)


TRADE: tuple[Subject, ...] = (
    Kept(name="listings", pages=_listings, write=_bring_listings),
    Kept(name="imports", pages=_imports, write=lambda stock, page: bring(stock.imports.save, page)),
    Kept(name="cars to book", pages=_bookable, write=lambda stock, page: stock.booking_rules.tell_cars(page)),
    Kept(name="dealers' rules", pages=_rules, write=_tell_rules),
    Kept(name="bookings", pages=_bookings, write=lambda stock, page: bring(stock.bookings.save, page)),
    Kept(name="cars to ask about", pages=_enquirable, write=lambda stock, page: stock.enquirable_cars.tell(page)),
    Kept(name="enquiries", pages=_enquiries, write=lambda stock, page: bring(stock.enquiries.save, page)),
    Kept(
        name="bookings to review",
        pages=_reviewable,
        write=lambda stock, page: stock.reviewable_bookings.tell(page),
    ),
    Kept(name="reviews", pages=_reviews, write=lambda stock, page: bring(stock.reviews.save, page)),
    Kept(name="webhooks", pages=_webhooks, write=lambda stock, page: bring(stock.webhooks.save, page)),
    Kept(name="deliveries", pages=_deliveries, write=lambda stock, page: stock.deliveries.add(page)),
)
