"""
What holds for every answer: headers, pages for mistakes, static files, and that links lead somewhere.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urljoin, urlsplit

import pytest
from litestar.exceptions import InternalServerException, TooManyRequestsException

from carmarket.core.errors import LimitedError, UnavailableError
from carmarket.entrypoints.web.assets import TYPES, asset_url, assets
from tests.entrypoints.web.cars import DEALER
from tests.entrypoints.web.markup import read

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
UNKNOWN = "/cars/00000000-0000-7000-8000-00000000ffff"
ADDRESSES = ["/", "/?price_min=x", "/cars/nonsense", UNKNOWN, "/suggestions?words=a", "/robots.txt", "/static/shop.css",
             "/static/none.css", "/?cursor=forged"]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
async def test_every_answer_carries_the_security_headers(shop, address):
    answer = await shop.browser.get(address)

    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"


async def test_pages_hold_nothing_that_the_policy_forbids(shop):
    for address in ("/?words=suv+under+25k&make=bmw", f"/cars/{shop.cars['golf'].id}", "/cars/nonsense"):
        page = read((await shop.browser.get(address)).text)
        for element in page.within():
            assert "style" not in element.attrs
            assert not [name for name in element.attrs if name.startswith("on")]
            assert element.tag not in {"style", "base", "iframe"}
            if element.tag == "script":
                assert "src" in element.attrs or element.attrs["type"] == "application/ld+json"


@pytest.mark.parametrize("address", ["/cars/nonsense", UNKNOWN])
async def test_a_car_that_is_not_there_has_a_page_that_says_so(shop, address):
    answer = await shop.browser.get(address)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "There is no such car." in read(answer.text).text


async def test_a_search_that_makes_no_sense_names_what_would_be_right(shop):
    answer = await shop.browser.get("/?fuel=<b>coal</b>")

    assert answer.status_code == 422
    said = [item.text for item in read(answer.text).one("dl").all("dd")]
    assert said[:2] == ["fuel", "<b>coal</b>"]
    assert "petrol" in said[2]


async def test_a_cursor_of_another_search_leads_back_to_the_start_of_this_one(shop):
    answer = await shop.browser.get("/?words=bmw&cursor=forged")

    assert answer.status_code == 400
    assert read(answer.text).one("a", role="button").attrs["href"] == "/?words=bmw"


async def test_a_list_that_has_gone_can_be_begun_again(big_shop):
    page = read((await big_shop.browser.get("/?words=corolla")).text)
    more = page.one("p", id="more").one("a").attrs["href"]
    big_shop.clock.advance(timedelta(days=1))
    for year in range(1900, 2010):
        await big_shop.browser.get(f"/?words=corolla&year_min={year}")

    answer = await big_shop.browser.get(more)

    assert answer.status_code == 410
    assert read(answer.text).one("a", role="button").attrs["href"] == "/?words=corolla"


@pytest.mark.parametrize(
    ("error", "status", "wait"),
    [
        (LimitedError("Slower.", retry_after=1.5), 429, "2"),
        (UnavailableError("No answer.", retry_after=0.2), 503, "1"),
        (TooManyRequestsException("Slower.", headers={"Retry-After": "9"}), 429, "9"),
        (InternalServerException("a secret"), 500, None),
        (RuntimeError("a secret"), 500, None),
    ],
)
async def test_a_failure_is_told_without_its_secrets(shop, monkeypatch, caplog, *, error, status, wait):
    async def fails(*_, **__):
        raise error

    monkeypatch.setattr(type(shop.market.search), "car", fails)
    answer = await shop.browser.get(UNKNOWN)

    assert answer.status_code == status
    assert answer.headers.get("retry-after") == wait
    assert "a secret" not in answer.text
    assert ("a secret" in caplog.text) is (status == 500)


async def test_static_files_are_kept_for_good_under_the_hash_of_their_content(shop):
    for name, asset in assets().items():
        answer = await shop.browser.get(asset_url(name))

        assert answer.status_code == 200
        assert answer.content == asset.data
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"].partition(";")[0] == TYPES[name[name.rindex(".") :]]


async def test_without_the_hash_a_static_file_is_asked_for_again(shop):
    first = await shop.browser.get("/static/shop.css?v=other")
    again = await shop.browser.get("/static/shop.css", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize("name", ["../site.py", "..%2fsite.py", "%2e%2e/site.py", "/etc/passwd", "vendor", ""])
async def test_there_is_no_way_from_static_files_to_others(shop, name):
    answer = await shop.browser.get(f"/static/{name}")

    assert answer.status_code in {200, 404}
    assert b"import" not in answer.content
    assert b"/bin/" not in answer.content


async def test_robots_are_told_where_to_look(shop):
    answer = await shop.browser.get("/robots.txt")

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Disallow: /v1/" in answer.text


@pytest.mark.parametrize("address", ADDRESSES)
async def test_asking_for_the_head_gives_the_same_without_the_body(shop, address):
    whole, head = await shop.browser.get(address), await shop.browser.head(address)

    assert head.status_code == whole.status_code
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.content == b""


async def test_every_link_leads_somewhere(shop):
    ahead, seen = ["/", f"/?seller={DEALER.dealer_id}&price_max=30000"], set[str]()
    while ahead:
        address = ahead.pop()
        if address in seen or len(seen) > 150:
            continue
        seen.add(address)
        answer = await shop.browser.get(address, follow_redirects=True)
        assert answer.status_code == 200, address
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        for element in read(answer.text).within():
            for name in ("href", "src", "hx-get"):
                link = urljoin(address, element.attrs.get(name, address)).partition("#")[0]
                assert not urlsplit(link).netloc
                if not link.startswith("/photos/"):
                    ahead.append(link)

    assert {f"/cars/{car.id}" for car in shop.cars.values()} <= seen
