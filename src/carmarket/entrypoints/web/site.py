"""
What the storefront adds to the app: its pages, its static files, and its own way to say that something went wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Response, Router, route
from litestar.types import ControllerRouterHandler

from carmarket.entrypoints.web import (
    account_pages,
    booking_pages,
    dealer_pages,
    enquiry_pages,
    entry_pages,
    favourite_pages,
    federated_pages,
    review_pages,
    rules_page,
    saved_search_pages,
    seller_page,
)
from carmarket.entrypoints.web.assets import static_file
from carmarket.entrypoints.web.car_page import car_page
from carmarket.entrypoints.web.headers import READ, SECURITY_HEADERS
from carmarket.entrypoints.web.problems import ON_ERRORS
from carmarket.entrypoints.web.search_page import search_page, suggestions

ENTRY = (
    entry_pages.register_page,
    entry_pages.register,
    entry_pages.confirm_page,
    entry_pages.confirm,
    entry_pages.login_page,
    entry_pages.log_in,
    entry_pages.log_out,
    entry_pages.forgotten_page,
    entry_pages.forgotten,
    entry_pages.reset_page,
    entry_pages.reset,
    federated_pages.go_elsewhere,
    federated_pages.come_back,
    federated_pages.take_code,
)
ACCOUNT = (
    account_pages.account_page,
    account_pages.take_data,
    account_pages.change_profile,
    account_pages.change_password,
    account_pages.end_sessions,
    account_pages.second_factor,
    account_pages.erase,
    account_pages.join_page,
    account_pages.join,
)
BOOKING = (
    booking_pages.book_page,
    booking_pages.quote_car,
    booking_pages.book,
    booking_pages.bookings_page,
    booking_pages.booking_page,
    booking_pages.act,
    review_pages.write_review,
    review_pages.reply_to_review,
)
SELLER = (seller_page.seller_page, seller_page.report_review)
ENQUIRIES = (
    enquiry_pages.ask,
    enquiry_pages.enquiries_page,
    enquiry_pages.enquiry_page,
    enquiry_pages.write_on,
    enquiry_pages.act,
)
FAVOURITES = (favourite_pages.favourites_page, favourite_pages.keep, favourite_pages.forget)
DEALER = (
    dealer_pages.dealer_page,
    dealer_pages.tell_of_dealer,
    dealer_pages.invite,
    dealer_pages.remove,
    rules_page.rules_page,
    rules_page.set_rules,
    rules_page.renew_calendar,
)
SEARCHES = (
    saved_search_pages.new_search_page,
    saved_search_pages.searches_page,
    saved_search_pages.save_search,
    saved_search_pages.revise_search,
    saved_search_pages.remove_search,
)
OWN = (
    "/v1/",
    "/suggestions",
    "/account",
    "/bookings",
    "/enquiries",
    "/favourites",
    "/searches",
    "/dealer$",
    "/dealer/",
)
"""What is somebody's own, or means nothing to who looks for pages."""
ROBOTS = "\n".join(("User-agent: *", *(f"Disallow: {path}" for path in OWN), "Allow: /", ""))


def routes() -> Sequence[ControllerRouterHandler]:
    """The entry point `carmarket.routes`: the app that takes them in keeps the open market in `state.market`."""
    pages = Router(
        path="/",
        route_handlers=[
            search_page,
            suggestions,
            car_page,
            *ENTRY,
            *ACCOUNT,
            *BOOKING,
            *SELLER,
            *ENQUIRIES,
            *FAVOURITES,
            *DEALER,
            *SEARCHES,
        ],
        exception_handlers=dict(ON_ERRORS),
        include_in_schema=False,
    )
    files = Router(path="/", route_handlers=[static_file, robots], include_in_schema=False)
    return (pages, files)


@route("/robots.txt", http_method=READ, sync_to_thread=False)
def robots() -> Response[str]:
    """Pages are for everybody; the API is for those who mean it."""
    headers = {**SECURITY_HEADERS, "Cache-Control": "public, max-age=86400"}
    return Response(ROBOTS, media_type="text/plain", headers=headers)
