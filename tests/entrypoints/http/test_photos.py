"""
Pictures over REST: put in by sellers, public only as re-encoded sizes.
"""

from __future__ import annotations

from io import BytesIO
from uuid import UUID

import pytest
from PIL import Image

from carmarket.core.catalog.photos import photo_id_of
from tests.entrypoints.http.pictures import a_picture, put_in
from tests.entrypoints.http.service import assert_problem


async def test_a_picture_is_shown_once_it_is_re_encoded(service):
    picture = a_picture()
    added = await put_in(service, await service.draft(), picture)
    await service.market.settle()
    photo = added.json()["photos"][0]
    path = f"/photos/{photo['id']}"

    shown = {size: await service.ask("GET", f"{path}/{size}.jpg") for size in ("large", "medium", "small")}

    assert (added.status_code, photo["status"]) == (202, "waiting")
    for size, widest in [("large", 900), ("medium", 800), ("small", 320)]:
        answer = shown[size]
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert b"Secret Camera" not in answer.content
        assert Image.open(BytesIO(answer.content)).width == widest


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("WEBP", "image/webp")])
async def test_other_kinds_of_pictures_are_taken_too(service, kind, media_type):
    listing = await service.draft()

    added = await put_in(service, listing, a_picture(kind=kind), media_type=media_type)
    await service.market.settle()

    shown = await service.ask("GET", f"/v1/listings/{listing.json()['id']}", "dealer")
    assert added.status_code == 202
    assert shown.json()["photos"][0]["status"] == "ready"


async def test_a_picture_may_come_in_a_form(service):
    listing, picture = await service.draft(), a_picture(2)

    added = await service.ask(
        "POST", f"/v1/listings/{listing.json()['id']}/photos", "dealer",
        etag=listing.headers["etag"], files={"file": ("front.jpg", picture, "image/jpeg")},
    )  # fmt: skip

    assert added.status_code == 202, added.text
    assert added.json()["photos"][0]["id"] == str(photo_id_of(picture))


async def test_pictures_are_put_in_order_and_taken_out(service):
    listing = await service.draft()
    for shade in range(3):
        listing = await put_in(service, listing, a_picture(shade))
    path = f"/v1/listings/{listing.json()['id']}/photos"
    ids = [photo["id"] for photo in listing.json()["photos"]]

    ordered = await service.ask("PUT", path, "dealer", etag=listing.headers["etag"], json={"photos": ids[::-1]})
    removed = await service.ask("DELETE", f"{path}/{ids[1]}", "dealer", etag=ordered.headers["etag"])

    assert [photo["id"] for photo in ordered.json()["photos"]] == ids[::-1]
    assert (removed.status_code, [photo["id"] for photo in removed.json()["photos"]]) == (200, [ids[2], ids[0]])


async def test_an_order_names_every_picture_once(service):
    listing = await put_in(service, await service.draft(), a_picture())
    path = f"/v1/listings/{listing.json()['id']}/photos"
    known = listing.json()["photos"][0]["id"]

    for order in ([], [known, known], [str(UUID(int=1))]):
        answer = await service.ask("PUT", path, "dealer", etag=listing.headers["etag"], json={"photos": order})
        assert_problem(answer, 422, "invalid", field="photos")


async def test_the_same_picture_again_changes_nothing(service):
    once = await put_in(service, await service.draft(), a_picture())

    twice = await put_in(service, once, a_picture())

    assert (twice.status_code, twice.headers["etag"]) == (202, once.headers["etag"])
