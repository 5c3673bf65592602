"""
Pictures that go straight into a genuine S3 server, past the market, and before people by it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from PIL import Image

from carmarket.config import Settings
from carmarket.core.catalog.photos import PhotoId, original_key, photo_id_of
from tests.entrypoints.http.pictures import a_picture
from tests.entrypoints.http.service import Service, assert_problem, serving

TYPE = "image/jpeg"


@pytest.fixture(params=["post", "put"])
async def service(request: pytest.FixtureRequest, server_of: Callable[[str], str]) -> AsyncIterator[Service]:
    photos = server_of("s3").replace("/carmarket?", f"/uploads-{uuid4()}?uploads={request.param}&")
    async with serving(Settings(url="memory://", photos=photos, limits=None)) as opened:
        yield opened


async def begun(service: Service, listing: httpx.Response, picture: bytes) -> dict[str, Any]:
    wanted = {"content_type": TYPE, "size": len(picture)}
    answer = await service.ask("POST", f"/v1/listings/{listing.json()['id']}/uploads", "dealer", json=wanted)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def send(upload: dict[str, Any], picture: bytes) -> int:
    """As a browser does; the status that the store answers with."""
    async with httpx.AsyncClient() as client:
        if upload["method"] == "POST":
            sent = await client.post(upload["url"], data=upload["fields"], files={"file": ("a.jpg", picture, TYPE)})
        else:
            headers = {**upload["fields"], "Content-Length": str(len(picture))}
            sent = await client.put(upload["url"], content=picture, headers=headers)
    return sent.status_code


async def taken(service: Service, listing: httpx.Response, upload: dict[str, Any], who: str = "dealer") -> Any:
    path = f"/v1/listings/{listing.json()['id']}/uploads/{upload['id']}"
    return await service.ask("POST", path, who, etag="*")


async def test_a_picture_is_sent_to_the_store_and_shown_without_what_it_told_of_its_maker(service):
    listing, picture = await service.publish(), a_picture()
    upload = await begun(service, listing, picture)
    assert 200 <= await send(upload, picture) < 300

    answer = await taken(service, listing, upload)
    assert answer.status_code == 202, answer.text
    await service.market.settle()

    shown = (await service.ask("GET", f"/v1/listings/{listing.json()['id']}", "dealer")).json()
    (photo,) = shown["photos"]
    assert photo["status"] == "ready"
    large = await service.client.get(f"/photos/{photo['id']}/large.jpg")
    assert large.status_code == 200
    assert not Image.open(BytesIO(large.content)).getexif()
    assert await service.market.stock.blobs.get(original_key(PhotoId(UUID(photo["id"])))) == picture


async def test_to_take_it_twice_is_to_take_it_once(service):
    listing, picture = await service.publish(), a_picture()
    upload = await begun(service, listing, picture)
    await send(upload, picture)

    first, second = [await taken(service, listing, upload) for _ in range(2)]

    assert (first.status_code, second.status_code) == (202, 202)
    assert [one["id"] for one in second.json()["photos"]] == [str(photo_id_of(picture))]


async def test_the_store_takes_no_other_size(service):
    listing, picture = await service.publish(), a_picture()
    upload = await begun(service, listing, picture)

    assert await send(upload, picture + b"!") >= 400
    assert_problem(await taken(service, listing, upload), 404, "not-found", field="upload")


async def test_an_upload_is_for_one_listing_and_for_its_seller(service):
    listing, other, picture = await service.publish(), await service.draft(), a_picture()
    upload = await begun(service, listing, picture)
    await send(upload, picture)

    assert_problem(await taken(service, other, upload), 404, "not-found", field="upload")
    assert (await taken(service, listing, upload, "other dealer")).status_code in {403, 404}
    begun_by_another = await service.ask(
        "POST", f"/v1/listings/{listing.json()['id']}/uploads", "other dealer", json={"content_type": TYPE, "size": 9}
    )
    assert begun_by_another.status_code in {403, 404}


async def test_what_is_no_picture_is_refused_when_it_is_looked_at(service):
    listing, lie = await service.publish(), b"<svg onload='alert(1)'/>" * 9
    upload = await begun(service, listing, lie)
    await send(upload, lie)
    await taken(service, listing, upload)
    await service.market.settle()

    shown = (await service.ask("GET", f"/v1/listings/{listing.json()['id']}", "dealer")).json()
    (photo,) = shown["photos"]
    assert photo["status"] == "refused"
    assert [key async for key in service.market.stock.blobs.keys("photos/")] == []


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"content_type": "image/svg+xml", "size": 9}, "content_type"),
        ({"content_type": TYPE, "size": 20 * 1024 * 1024 + 1}, "size"),
        ({"content_type": TYPE, "size": 0}, "size"),
    ],
)
async def test_what_no_ticket_is_for_is_said(service, wanted, field):
    listing = await service.draft()

    answer = await service.ask("POST", f"/v1/listings/{listing.json()['id']}/uploads", "dealer", json=wanted)

    assert answer.status_code in {400, 422}
    assert field in answer.text


async def test_a_market_whose_store_takes_nothing_from_strangers_says_so():
    async with serving() as service:
        listing = await service.draft()
        wanted = {"content_type": TYPE, "size": 9}
        answer = await service.ask("POST", f"/v1/listings/{listing.json()['id']}/uploads", "dealer", json=wanted)

        assert_problem(answer, 409, "conflict", field="photos")
