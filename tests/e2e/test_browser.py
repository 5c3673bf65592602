"""
The shop in a real browser: with JavaScript it follows what is typed, without it works all the same.

It is long, for it goes the whole way of somebody who comes for the first time.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import time
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest
from attrs import frozen
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from carmarket import Actor, Role, SearchQuery, open_market
from carmarket.core.actor import UserId
from carmarket.core.booking.hours import Open, OpeningHours
from carmarket.core.booking.rules import DealerRules
from carmarket.entrypoints.web.visit import ACCESS_COOKIE, SESSION_COOKIE
from tests.entrypoints.http.server import COMMAND, running

CARS = 300
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
WORD = "correct horse battery"
OWN_PAGES = {
    "/bookings": "Toyota",
    "/favourites": "Toyota",
    "/enquiries": "Is it still there?",
    "/searches/new?words=toyota": "Save this search",
    "/searches": "You have saved none yet",
    "/dealer": "Become a dealer",
    "/dealer/rules": "Opening hours",
    "/account": "Log all devices out",
}
"""What somebody finds who has booked, kept and asked about a car, and words that stand there."""
Visit = Callable[..., Page]


@frozen
class Seen:
    """
    What somebody goes through on the way, a page at a time.

    The audit waits on promises, which a page without JavaScript never keeps; there the width alone is looked at.
    """

    page: Page
    can_be_audited: bool

    def by_everybody(self, name: str) -> None:
        """The page that stands can be used by everybody; with SHOTS=folder a picture of it is kept there."""
        if self.can_be_audited:
            results = Axe().run(self.page)
            assert results.violations_count == 0, f"{name}: {results.generate_report()}"
        assert self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        if "SHOTS" in os.environ:
            width = self.page.evaluate("window.innerWidth")
            self.page.screenshot(path=f"{os.environ['SHOTS']}/{name}-{width}.png", full_page=True)


def link_in(letters: Path, email: str) -> str:
    """The path that the newest letter to an address leads to."""
    sent = [BytesParser(policy=default).parsebytes(file.read_bytes()) for file in sorted(letters.glob("**/*.eml"))]
    (letter,) = [one for one in sent if email in one["To"]]
    plain = letter.get_body(("plain",))
    assert plain is not None
    (link,) = re.findall(r"https?://[^/\s]+(/\S+)", plain.get_content())
    return str(link)


async def let_be_booked(market: str) -> None:
    """All sellers of Toyotas are open every day, and lend their cars for test drives."""
    async with open_market(market) as opened:
        await opened.settle()
        found = await opened.search.find(SearchQuery(words="toyota"), limit=100)
        hours = OpeningHours("UTC", tuple(Open(day, time(9), time(18)) for day in range(7)))
        for seller in {hit.car.seller for hit in found.page.hits}:
            admin = Actor(user_id=UserId(seller), roles=frozenset({Role.ADMIN}))
            known = await opened.booking.my_rules(admin)
            version = 1 if known is None else known.version + 1
            await opened.booking.set_rules(admin, DealerRules(seller=seller, hours=hours, version=version))
        await opened.settle()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shop keeps what it has."""
    return tmp_path_factory.mktemp("shop")


@pytest.fixture(scope="module")
def letters(folder: Path) -> Path:
    """Where the shop puts the letters that it would send."""
    return folder / "market.db.mail"


@pytest.fixture(scope="module")
def shop(folder: Path) -> Iterator[str]:
    """The address of a shop with the beginning of the demo's stock."""
    market = f"sqlite:///{folder}/market.db"
    subprocess.run(
        [*COMMAND, "demo", "--cars", str(CARS), "--no-pictures"],
        env=os.environ | {"CARMARKET_URL": market}, check=True, capture_output=True,
    )  # fmt: skip
    asyncio.run(let_be_booked(market))
    with running(market=market) as server:
        yield server.url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("There is no Chromium: install Debian's package chromium.")
        pytest.skip("There is no Chromium on this machine.")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def visit(shop: str, browser: Browser) -> Iterator[Visit]:
    """
    Opens a page of the shop; what the browser complains about is an error.

    The shop comes first, for the browser keeps an event loop on this thread and making the shop needs one too.
    """
    complaints: list[str] = []
    contexts = []

    def heard(said: ConsoleMessage) -> None:
        # That a page is an error page is no complaint of the browser's own.
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            complaints.append(said.text)

    def visited(path: str = "/", *, javascript: bool = True, width: int = 1280) -> Page:
        context = browser.new_context(java_script_enabled=javascript, viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(shop + path)
        return page

    yield visited
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.slow
def test_results_follow_what_is_typed(visit):
    page = visit()
    expect(page.locator("#total")).to_contain_text(f"{CARS} cars")

    page.locator("#words").press_sequentially("toyot")
    expect(page.locator("#suggestions option").first).to_have_attribute("value", "Toyota")
    page.locator("#words").press_sequentially("a under 25k")

    expect(page.locator("#results")).to_contain_text("Price up to $25,000")
    expect(page.locator("#total")).not_to_contain_text(f"{CARS} cars")
    expect(page.locator("#cards h2").first).to_contain_text("Toyota")


@pytest.mark.slow
def test_a_box_that_is_ticked_narrows_and_can_be_taken_back(visit):
    page = visit()

    page.get_by_role("checkbox", name="SUV").check()
    expect(page.locator(".chips")).to_contain_text("Body style: SUV")
    expect(page.locator("#total")).not_to_contain_text(f"{CARS} cars")
    page.locator(".chips a", has_text="Body style: SUV").click()

    expect(page.locator("#total")).to_contain_text(f"{CARS} cars")


@pytest.mark.slow
def test_more_cars_come_below_the_others(visit):
    page = visit("/?sort=price")
    before = page.locator("#cards .card").count()

    page.get_by_role("button", name="More cars").click()

    expect(page.locator("#cards .card")).to_have_count(2 * before)


@pytest.mark.slow
def test_without_javascript_a_search_is_a_form_and_pages_are_links(visit):
    page = visit(javascript=False)

    page.locator("#words").fill("toyota")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#cards h2").first).to_contain_text("Toyota")
    page.get_by_role("checkbox", name="SUV").check()
    page.get_by_role("button", name="Show cars").click()
    expect(page.locator(".chips")).to_contain_text("Body style: SUV")
    page.goto(page.url.split("?")[0])
    first = page.locator("#cards h2").first.inner_text()
    page.get_by_role("button", name="More cars").click()

    assert "cursor=" in page.url
    assert page.locator("#cards h2").first.inner_text() != first


@pytest.mark.slow
def test_a_car_has_a_page_with_cars_like_it(visit):
    page = visit("/?words=toyota")
    title = page.locator("#cards h2").first.inner_text()

    page.locator("#cards h2 a").first.click()

    expect(page.locator("h1")).to_have_text(title)
    expect(page.locator(".similar .card").first).to_be_visible()
    assert page.locator('script[type="application/ld+json"]').count() == 1


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/?words=toyota&body=suv", "/?price_max=cheap", "/cars/none"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_can_be_used_by_everybody(visit, path, width):
    page = visit(path, width=width)

    results = Axe().run(page)

    assert results.violations_count == 0, results.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.slow
@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
@pytest.mark.parametrize("width", [390, 1280])
def test_somebody_comes_for_the_first_time_and_books_a_test_drive(visit, shop, letters, width, javascript):
    page = visit("/login", width=width, javascript=javascript)
    seen = Seen(page, javascript)
    email = f"kim-{width}-{javascript}@example.com".lower()

    page.get_by_role("link", name="Open an account").click()
    page.get_by_label("Your name").fill("Kim Tal")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(WORD)
    seen.by_everybody("register")
    page.get_by_role("button", name="Open").click()
    expect(page.locator("h1")).to_have_text("Almost there")
    page.goto(shop + link_in(letters, email))
    seen.by_everybody("confirm")
    page.get_by_label("The password that you chose").fill(WORD)
    page.get_by_role("button", name="This is my address").click()
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(WORD)
    seen.by_everybody("login")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="Account")).to_be_visible()
    cookies = {one["name"]: one for one in page.context.cookies()}
    assert all(cookies[name]["secure"] and cookies[name]["httpOnly"] for name in (ACCESS_COOKIE, SESSION_COOKIE))

    page.goto(shop + "/?words=toyota")
    seen.by_everybody("search")
    page.locator("#cards h2 a").first.click()
    title = page.locator("h1").inner_text()
    page.get_by_role("button", name="Keep in mind").click()
    expect(page.get_by_role("button", name="forget it")).to_be_visible()
    page.get_by_role("link", name="About the seller").click()
    expect(page.locator("h2")).to_have_text("Reviews")
    seen.by_everybody("seller")
    page.go_back()
    page.get_by_label("Your question").fill("Is it still there?")
    seen.by_everybody("car")
    page.get_by_role("button", name="Send it").click()
    expect(page.locator(".thread")).to_contain_text("Is it still there?")
    seen.by_everybody("enquiry")
    page.get_by_role("link", name="The car").click()
    page.get_by_role("button", name="Test drive, rent or reserve").click()
    seen.by_everybody("book")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="See what it costs").click()
    seen.by_everybody("quote")
    page.get_by_role("button", name="Book it").click()
    expect(page.locator("h1")).to_contain_text(title)
    expect(page.locator(".status")).to_have_text("Requested")
    seen.by_everybody("booking")

    for path, words in OWN_PAGES.items():
        page.goto(shop + path)
        expect(page.locator("main")).to_contain_text(words)
        seen.by_everybody(path.strip("/").replace("/", "-").partition("?")[0])
    page.goto(shop + "/dealer")
    page.get_by_label("Name of the dealer").fill("Tal Cars")
    page.get_by_label("City").fill("Dayton")
    page.get_by_label("Name", exact=True).fill("Main yard")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".status")).to_have_text("Waits to be verified")
    seen.by_everybody("dealer-applied")
    page.goto(shop + "/account")
    page.get_by_role("button", name="Log out here").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
