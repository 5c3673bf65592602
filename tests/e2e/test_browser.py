"""
The shop in a real browser: with JavaScript it follows what is typed, without it works all the same.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.entrypoints.http.server import COMMAND, running

CARS = 300
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a shop with the beginning of the demo's stock."""
    market = f"sqlite:///{tmp_path_factory.mktemp('shop')}/market.db"
    subprocess.run(
        [*COMMAND, "demo", "--cars", str(CARS), "--no-pictures"],
        env=os.environ | {"CARMARKET_URL": market}, check=True, capture_output=True,
    )  # fmt: skip
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
def visit(browser: Browser, shop: str) -> Iterator[Visit]:
    """Opens a page of the shop; what the browser complains about is an error."""
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
