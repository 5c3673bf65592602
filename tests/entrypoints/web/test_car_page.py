"""
The page of a car.
"""

from __future__ import annotations

import json
from typing import Any

from tests.entrypoints.web.conftest import HOSTILE, Shop
from tests.entrypoints.web.markup import Element, read


async def look(shop: Shop, name: str) -> Element:
    answer = await shop.browser.get(f"/cars/{shop.cars[name].id}")
    assert answer.status_code == 200, answer.text
    return read(answer.text)


def data(page: Element) -> dict[str, Any]:
    (script,) = page.all("script")
    assert script.attrs == {"type": "application/ld+json"}
    said: dict[str, Any] = json.loads("".join(map(str, script.pieces)))
    return said


async def test_the_page_tells_what_is_known(shop):
    page = await look(shop, "golf")

    facts = {row.one("th").text: row.one("td").text for row in page.one("section", class_="details").all("tr")}
    assert page.one("h1").text == "2019 Volkswagen Golf GTI"
    assert facts == {
        "Condition": "Used",
        "Model year": "2019",
        "Odometer": "41,200 mi",
        "Body style": "Hatchback",
        "Fuel": "Petrol",
        "Transmission": "Manual",
        "Drivetrain": "Front-wheel drive",
        "Engine": "2.0 TSI",
        "Power": "180 kW",
        "Colour": "Blue (Atlantic Blue)",
        "Doors": "5",
        "Seats": "5",
        "Place": "Dayton, OH 45402, US",
    }
    assert [item.text for item in page.one("ul", class_="features").all("li")] == ["Sunroof", "Heated seats"]


async def test_what_is_not_known_is_left_out(shop):
    page = await look(shop, "x5")

    facts = [row.one("th").text for row in page.one("section", class_="details").all("tr")]
    assert facts == ["Model year", "Body style"]
    assert "None" not in page.text


async def test_photos_can_be_leafed_through_without_javascript(shop):
    page = await look(shop, "golf")

    reel = page.one("div", class_="reel")
    places = [f"#{link.attrs['id']}" for link in reel.all("a")]
    assert (
        [link.attrs["href"] for link in page.one("ul", class_="thumbs").all("a")] == places == ["#photo-1", "#photo-2"]
    )
    assert [image.attrs["alt"] for image in reel.all("img")] == [
        "2019 Volkswagen Golf GTI, photo 1 of 2",
        "2019 Volkswagen Golf GTI, photo 2 of 2",
    ]
    assert all(link.attrs["href"].endswith("/large.jpg") for link in reel.all("a"))


async def test_the_price_has_its_history_as_a_table_and_as_a_line(shop):
    page = await look(shop, "golf")

    history = page.one("details", class_="prices")
    rows = [[cell.text for cell in row.all("td")] for row in history.one("tbody").all("tr")]
    assert rows == [["11 January 2026", "$17,495"], ["1 January 2026", "$18,995"]]
    assert history.one("polyline").attrs["points"] == "10,10 532,10 532,110 590,110"
    assert history.one("svg").attrs["aria-label"] == "The price from $18,995 to $17,495"
    assert "was $18,995, the lowest price of the 30 days before" in page.one("section", class_="offer").text


async def test_a_price_that_never_changed_has_no_history(shop):
    page = await look(shop, "x5")

    assert not list(page.all("details", class_="prices"))


async def test_similar_cars_say_why(shop):
    page = await look(shop, "leaf")

    similar = page.one("section", class_="similar")
    assert [heading.text for heading in similar.one("ul").all("h2")] == ["2019 Volkswagen Golf GTI"]
    assert similar.one("p", class_="why").text == "Same body style, similar age, similar odometer"


async def test_the_description_is_text_with_its_lines(shop):
    page = await look(shop, "hostile")

    assert page.one("p", class_="text").pieces == [f"{HOSTILE}\nSecond <b>line</b>"]
    assert not list(page.all("b"))
    assert not list(page.all("i"))


async def test_structured_data_says_what_the_page_says(shop):
    golf = shop.cars["golf"]

    said = data(await look(shop, "golf"))

    assert said["@context"] == "https://schema.org"
    assert said["@type"] == "Car"
    assert said["name"] == "2019 Volkswagen Golf GTI"
    assert said["brand"] == {"@type": "Brand", "name": "Volkswagen"}
    assert said["mileageFromOdometer"] == {"@type": "QuantitativeValue", "value": 41_200, "unitCode": "SMI"}
    assert said["vehicleEngine"]["enginePower"] == {"@type": "QuantitativeValue", "value": 180, "unitCode": "KWT"}
    assert said["offers"] == {
        "@type": "Offer",
        "price": "17495.00",
        "priceCurrency": "USD",
        "availability": "https://schema.org/InStock",
        "itemCondition": "https://schema.org/UsedCondition",
        "url": f"/cars/{golf.id}",
    }
    assert len(said["image"]) == 2


async def test_structured_data_cannot_be_broken_out_of(shop):
    said = data(await look(shop, "hostile"))

    assert said["vehicleConfiguration"] == HOSTILE
    assert said["description"].startswith(HOSTILE)


async def test_structured_data_leaves_out_what_is_not_known(shop):
    said = data(await look(shop, "x5"))

    assert not {"mileageFromOdometer", "vehicleEngine", "image", "description", "color"} & set(said)


async def test_the_page_names_its_one_address(shop):
    golf = shop.cars["golf"]
    answer = await shop.browser.get(f"/cars/{golf.id.hex.upper()}")

    assert read(answer.text).one("link", rel="canonical").attrs["href"] == f"/cars/{golf.id}"
