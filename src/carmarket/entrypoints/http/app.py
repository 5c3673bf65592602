"""
The application: routes of the services, those that other installed parts bring, and what surrounds them all.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.metadata import entry_points
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

from carmarket.bootstrap import open_market
from carmarket.codec.cursors import CursorCodec
from carmarket.config import Settings, load_settings
from carmarket.core.errors import CarmarketError
from carmarket.core.search.page import Cursor
from carmarket.entrypoints.http import (
    accounts,
    administration,
    booking,
    booking_rules,
    calendars,
    catalog,
    dealers,
    enquiries,
    federated,
    feeds,
    imports,
    me,
    operations,
    photos,
    reviews,
    saved_searches,
    search,
    webhooks,
)
from carmarket.entrypoints.http.envelope import before_send, limited
from carmarket.entrypoints.http.limits import Proxies
from carmarket.entrypoints.http.metrics import Metrics
from carmarket.entrypoints.http.problems import on_any_error, on_carmarket_error, on_http_error
from carmarket.entrypoints.workers import working
from carmarket.services.market import Market

LOG = logging.getLogger("carmarket.http")
GROUP = "carmarket.routes"

ROUTES: Sequence[ControllerRouterHandler] = (
    search.find_cars,
    search.show_car,
    search.similar_cars,
    search.suggest,
    saved_searches.save_search,
    saved_searches.list_saved_searches,
    saved_searches.ask_before_unsubscribing,
    saved_searches.unsubscribe,
    saved_searches.show_saved_search,
    saved_searches.revise_saved_search,
    saved_searches.remove_saved_search,
    saved_searches.list_alerts,
    catalog.draft_listing,
    catalog.list_listings,
    catalog.show_listing,
    catalog.revise_listing,
    catalog.reprice_listing,
    catalog.reject_listing,
    *catalog.ACTIONS,
    photos.show_photo,
    photos.add_photo,
    photos.begin_upload,
    photos.take_upload,
    photos.order_photos,
    photos.remove_photo,
    reviews.write_review,
    reviews.list_reviews,
    reviews.reviews_of_seller,
    reviews.show_review,
    reviews.approve_review,
    reviews.reject_review,
    reviews.reply_to_review,
    reviews.report_review,
    enquiries.ask_about_car,
    enquiries.list_enquiries,
    enquiries.show_enquiry,
    enquiries.write_message,
    enquiries.read_enquiry,
    enquiries.assign_enquiry,
    enquiries.close_enquiry,
    imports.start_import,
    imports.show_import,
    imports.show_failed_rows,
    booking.quote_car,
    booking.hold_car,
    booking.list_bookings,
    booking.show_booking,
    booking.decline_booking,
    booking.cancel_booking,
    *booking.ACTIONS,
    booking_rules.show_booking_rules,
    booking_rules.set_booking_rules,
    booking_rules.renew_calendar_link,
    calendars.car_calendar,
    calendars.dealer_calendar,
    calendars.set_busy_times,
    feeds.feed,
    accounts.register,
    accounts.confirm_address,
    accounts.forget_password,
    accounts.reset_password,
    accounts.log_in,
    accounts.refresh,
    accounts.log_out,
    federated.list_providers,
    federated.begin_federated,
    federated.finish_federated,
    federated.confirm_federated,
    federated.begin_link,
    federated.finish_link,
    me.show_me,
    me.introduce_me,
    me.like_car,
    me.unlike_car,
    me.change_password,
    me.list_sessions,
    me.end_all_sessions,
    me.end_session,
    me.prepare_second_factor,
    me.confirm_second_factor,
    me.remove_second_factor,
    me.download_me,
    me.erase_me,
    dealers.apply_as_dealer,
    dealers.show_dealer,
    dealers.show_my_dealer,
    dealers.list_dealers,
    dealers.revise_dealer,
    dealers.verify_dealer,
    dealers.reject_dealer,
    dealers.suspend_dealer,
    dealers.invite_staff,
    dealers.accept_invitation,
    dealers.list_staff,
    dealers.remove_staff,
    administration.list_users,
    administration.show_user,
    administration.assign_roles,
    administration.log_user_out,
    administration.erase_user,
    administration.list_audit,
    webhooks.create_webhook,
    webhooks.list_webhooks,
    webhooks.show_webhook,
    webhooks.revise_webhook,
    webhooks.remove_webhook,
    webhooks.list_deliveries,
    webhooks.resend_delivery,
    operations.live,
    operations.ready,
    operations.metrics,
    operations.jwks,
    operations.openapi,
    operations.docs,
    operations.docs_file,
)


def create_app(
    settings: Settings | None = None, *, market: Market | None = None, with_workers: bool = True
) -> Litestar:
    """
    An ASGI application over the market that the settings name, or over one that is open already; then the settings
    say only which proxies are trusted.

    While it lives it also runs the market's jobs, unless others do.
    """
    metrics = Metrics()
    return Litestar(
        route_handlers=[*ROUTES, *_brought()],
        lifespan=[_living(settings, market, with_workers=with_workers)],
        openapi_config=None,
        request_max_body_size=None,
        logging_config=None,
        state=State({"metrics": metrics}),
        **surroundings(metrics),
    )


def surroundings(metrics: Metrics | None = None) -> dict[str, Any]:
    """What stands around every route: limits, headers, counts, and how errors are told."""
    return {
        "middleware": [limited],
        "before_send": [before_send(metrics or Metrics())],
        "exception_handlers": {
            CarmarketError: on_carmarket_error,
            HTTPException: on_http_error,
            Exception: on_any_error,
        },
    }


def _living(
    settings: Settings | None, market: Market | None, *, with_workers: bool
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """What is open while the application lives."""

    @asynccontextmanager
    async def living(app: Litestar) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            opened, said = market, settings
            if opened is None:
                said = settings or load_settings()
                opened = await stack.enter_async_context(open_market(said))
            app.state.market = opened
            app.state.ids = opened.stock.ids
            app.state.is_https = opened.post.site.startswith("https://")
            app.state.proxies = Proxies.of(said.trusted_proxies if said else ())
            app.state.cursors = CursorCodec(Cursor, opened.stock.secrets.secret("cursors"))
            if with_workers:
                await stack.enter_async_context(working(opened))
            yield

    return living


def _brought() -> list[ControllerRouterHandler]:
    """Routes of other installed parts, such as the storefront."""
    found: list[ControllerRouterHandler] = []
    for entry in entry_points(group=GROUP):
        try:
            routes = entry.load()
        except ImportError as missing:
            LOG.warning("the routes %s are left out: %s", entry.name, missing)
            continue
        found += routes()
    return found
