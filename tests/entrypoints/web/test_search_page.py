"""
The search page as a browser without JavaScript sees it.
"""

from __future__ import annotations

from decimal import Decimal

from carmarket import Settings, open_market
from tests.entrypoints.web.cars import plain, sell
from tests.entrypoints.web.conftest import Shop, browser_of
from tests.entrypoints.web.markup import Element, read, submitted


async def look(shop: Shop, address: str = "/") -> Element:
    answer = await shop.browser.get(address)
    assert answer.status_code == 200, answer.text
    return read(answer.text)


def titles(page: Element) -> list[str]:
    return [heading.text for heading in page.one("section", id="found").all("h2")]


def chips(page: Element) -> list[str]:
    return [link.attrs["aria-label"].removeprefix("Take back: ") for link in page.all("a", class_="chip")]


async def test_the_page_shows_every_car_and_the_true_total(shop):
    page = await look(shop)

    assert page.one("p", id="total").text == "5 cars, newest first"
    assert len(titles(page)) == 5
    assert "2019 Volkswagen Golf GTI" in titles(page)


async def test_a_card_says_price_odometer_fuel_and_place(shop):
    page = await look(shop, "/?model=golf")

    card = page.one("li", class_="card")
    assert "$17,495" in card.text
    assert "41,200 mi · Petrol" in card.text
    assert "Dayton, OH" in card.text


async def test_a_reduced_price_names_the_lowest_of_the_thirty_days_before(shop):
    page = await look(shop, "/?model=golf")

    assert "was $18,995 30-day low" in page.one("p", class_="price").text


async def test_the_cover_is_shown_small_and_a_car_without_photos_has_a_drawing(shop):
    golf = (await look(shop, "/?model=golf")).one("div", class_="picture").one("img")
    fiesta = (await look(shop, "/?model=fiesta")).one("div", class_="picture").one("img")

    assert golf.attrs["src"].startswith("/photos/")
    assert golf.attrs["src"].endswith("/small.jpg")
    assert golf.attrs["loading"] == "lazy"
    assert fiesta.attrs["src"].startswith("/static/car.svg")


async def test_what_was_typed_is_answered_with_what_was_understood(shop):
    page = await look(shop, "/?words=suv+under+25k+less+than+50000+miles")

    meant = page.one("p", class_="meant").text
    assert "“" not in meant
    assert "under 25k Price up to $25,000" in meant
    assert "Odometer up to 50,000 mi" in meant
    assert "suv Body style SUV" in meant
    assert titles(page) == ["2021 Volkswagen Tiguan"]


async def test_what_was_chosen_by_hand_is_not_said_to_be_understood(shop):
    page = await look(shop, "/?words=suv+volkswagen&body=hatchback")

    assert not list(page.all("p", class_="meant"))
    assert titles(page) == ["2019 Volkswagen Golf GTI"]


async def test_facets_count_what_each_choice_would_give(shop):
    page = await look(shop, "/?body=suv")

    makes = page.one("fieldset", id="choices-make")
    assert [label.text for label in makes.all("label")] == ["BMW 1", "Volkswagen 1"]
    bodies = [label.text for label in page.one("fieldset", id="choices-body").all("label")]
    assert bodies == ["Hatchback 2", "SUV 2", "Sedan 1"]


async def test_a_chosen_box_is_ticked_and_stays_though_it_finds_nothing(shop):
    page = await look(shop, "/?make=BMW&make=saab&price_max=10000")

    boxes = {box.attrs["value"]: box.attrs for box in page.one("fieldset", id="choices-make").all("input")}
    assert "checked" in boxes["bmw"]
    assert "checked" in boxes["saab"]
    assert "checked" not in boxes["ford"]
    assert "No car is like that" in page.one("section", id="found").text


async def test_every_filter_that_is_set_can_be_taken_back(shop):
    page = await look(shop, "/?words=volkswagen&body=suv&fuel=petrol&price_max=30000&odometer_max=90000&radius=50"
                            "&latitude=39.8&longitude=-84.2&seller=00000000-0000-0000-0000-000000000002")  # fmt: skip

    assert chips(page) == [
        "Body style: SUV",
        "Fuel: Petrol",
        "Price up to 30,000",
        "Odometer up to 90,000 km",
        "Near a place",
        "One seller's cars",
    ]
    without_body = next(page.all("a", class_="chip")).attrs["href"]
    assert "body" not in without_body
    assert "words=volkswagen" in without_body
    near = [link.attrs["href"] for link in page.all("a", class_="chip") if link.text.startswith("Near")]
    assert not any(name in near[0] for name in ("radius", "latitude", "longitude"))


async def test_a_year_is_one_click_away(shop):
    page = await look(shop)

    years = {link.text: link.attrs["href"] for link in page.one("div", id="years").all("a")}
    assert list(years) == ["2022 1", "2021 1", "2020 1", "2019 2"]
    assert titles(await look(shop, years["2022 1"])) == ["2022 BMW X5"]


async def test_an_address_far_away_is_named_with_its_distance(shop):
    page = await look(shop, "/?latitude=39.76&longitude=-83.19&radius=200")

    assert "nearest first" in page.one("p", id="total").text
    assert "Dayton, OH, 85 km away" in page.one("section", id="found").text


async def test_only_orders_that_make_sense_are_offered(shop):
    def offered(page: Element) -> dict[str, str]:
        return {option.attrs["value"]: option.text for option in page.one("select", id="sort").all("option")}

    usual = offered(await look(shop))
    typed = offered(await look(shop, "/?words=volkswagen"))
    near = offered(await look(shop, "/?latitude=39.76&longitude=-83.19&radius=200"))
    assert usual[""] == "Newest first"
    assert "Best match" not in usual.values()
    assert typed[""] == "Best match"
    assert near[""] == "Nearest first"


async def test_the_chosen_order_is_kept_and_shown(shop):
    page = await look(shop, "/?sort=-price")

    assert titles(page)[0] == "2022 BMW X5"
    (chosen,) = [option for option in page.one("select", id="sort").all("option") if "selected" in option.attrs]
    assert chosen.text == "Most expensive first"


async def test_the_form_asks_for_the_same_again_without_javascript(shop):
    page = await look(shop, "/?words=volkswagen&body=suv&price_max=30000&trim=&sort=price&seller="
                            "00000000-0000-0000-0000-000000000002")  # fmt: skip

    again = await look(shop, submitted(page))

    assert titles(again) == titles(page) == ["2021 Volkswagen Tiguan"]
    assert chips(again) == chips(page)
    assert again.one("input", id="words").attrs["value"] == "volkswagen"
    assert again.one("link", rel="canonical").attrs == page.one("link", rel="canonical").attrs


async def test_typing_into_the_form_searches_without_javascript(shop):
    page = await look(shop)

    found = await look(shop, submitted(page, words="golf", price_max="20000", odometer_unit="mi"))

    assert titles(found) == ["2019 Volkswagen Golf GTI"]


async def test_pages_follow_each_other_by_links_and_show_each_car_once(big_shop):
    for start in ("/", "/?words=corolla", "/?sort=price"):
        page, seen = await look(big_shop, start), []
        while True:
            seen += [link.attrs["href"] for heading in page.all("h2") for link in heading.all("a")]
            assert page.one("p", id="total").text.startswith("60 cars")
            more = list(page.one("p", id="more").all("a"))
            if not more:
                break
            page = await look(big_shop, more[0].attrs["href"])
            assert "Back to the first page" in page.text

        assert len(seen) == len(set(seen)) == 60


async def test_a_seller_cannot_put_markup_into_the_page(shop):
    answer = await shop.browser.get("/?model=fiesta&feature=%22%3E%3Ci+onclick%3D")

    page = read(answer.text)
    assert "<script>alert" not in answer.text
    assert not list(page.all("i"))
    assert titles(page) == ["2020 Ford Fiesta </script><script>alert(1)</script>"]
    assert all("src" in script.attrs for script in page.all("script"))


async def test_a_visitor_cannot_put_markup_into_the_page(shop):
    answer = await shop.browser.get("/", params={"words": '"><script>alert(1)</script>', "make": '"><script>'})

    assert "<script>alert" not in answer.text
    assert read(answer.text).one("input", id="words").attrs["value"] == '"><script>alert(1)</script>'


async def test_suggestions_are_options_for_the_search_box(shop):
    answer = await shop.browser.get("/suggestions", params={"words": "volksw"})

    options = {option.attrs["value"] for option in read(answer.text).all("option")}
    assert {"Volkswagen", "Volkswagen Golf", "Volkswagen Tiguan"} <= options
    assert (await shop.browser.get("/suggestions")).text.strip() == ""


async def test_there_is_a_choice_of_currency_where_the_market_knows_several(shop):
    settings = Settings(url="memory://", rates={"EUR": Decimal("1.10")})
    async with open_market(settings) as market, browser_of(market) as browser:
        await sell(market, plain("Fiat", "Panda"), 5_400)
        await market.settle()
        page = read((await browser.get("/?price_max=5000&currency=EUR")).text)

    assert [option.text for option in page.one("select", name="currency").all("option")] == ["USD", "EUR"]
    assert chips(page) == ["Price up to 5,000 EUR"]
    assert page.one("p", id="total").text.startswith("1 car,")
