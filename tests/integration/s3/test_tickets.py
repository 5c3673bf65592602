"""
Uploads straight into a bucket: what a ticket is not for is refused by the store itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from attrs import evolve

from carmarket.adapters.s3 import S3BlobStore, S3DirectUploads, offer, open_bucket, parse_server
from carmarket.core.errors import InvalidError, UnavailableError
from carmarket.ports.blobs import BLOBS, DIRECT_UPLOADS, BlobInfo, BlobStore, DirectUploads, UploadTicket
from carmarket.ports.offer import Offer

PICTURE = b"\xff\xd8\xff" + bytes(997)
MINUTE = timedelta(minutes=1)
KEY, TYPE = "originals/mine", "image/jpeg"


@pytest.fixture(params=["post", "put"])
async def store(request: pytest.FixtureRequest, server_of: Callable[[str], str]) -> AsyncIterator[Offer]:
    url = server_of("s3").replace("/carmarket?", f"/tickets-{uuid4()}?uploads={request.param}&")
    async with offer(url) as offered:
        yield offered


@pytest.fixture
async def blobs(store: Offer) -> BlobStore:
    return await store.get(BLOBS)


@pytest.fixture
async def uploads(store: Offer) -> DirectUploads:
    return await store.get(DIRECT_UPLOADS)


async def a_ticket(uploads: DirectUploads, **said: Any) -> UploadTicket:
    wanted: dict[str, Any] = {"content_type": TYPE, "size": len(PICTURE), "lifetime": MINUTE, **said}
    return await uploads.ticket(KEY, **wanted)


async def sent(ticket: UploadTicket, data: bytes = PICTURE) -> int:
    """The status that the store answers with."""
    async with httpx.AsyncClient() as client:
        if ticket.method == "POST":
            told = ticket.fields.get("Content-Type", TYPE)
            answer = await client.post(ticket.url, data=dict(ticket.fields), files={"file": ("a.jpg", data, told)})
        else:
            headers = {**ticket.fields, "Content-Length": str(len(data))}
            answer = await client.put(ticket.url, content=data, headers=headers)
    return answer.status_code


def changed(ticket: UploadTicket, **fields: str | None) -> UploadTicket:
    kept = {**ticket.fields, **{name.replace("_", "-"): value for name, value in fields.items()}}
    return evolve(ticket, fields={name: value for name, value in kept.items() if value is not None})


async def test_who_has_a_ticket_puts_the_blob(uploads: DirectUploads, blobs: BlobStore) -> None:
    ticket = await a_ticket(uploads)
    again = PICTURE[::-1]

    assert 200 <= await sent(ticket) < 300
    assert await blobs.info(KEY) == BlobInfo(len(PICTURE), TYPE)
    assert await blobs.get(KEY) == PICTURE
    assert 200 <= await sent(ticket, again) < 300
    assert await blobs.get(KEY) == again


async def test_the_type_is_the_tickets_whatever_the_part_of_the_form_says(
    uploads: DirectUploads, blobs: BlobStore
) -> None:
    ticket = await a_ticket(uploads)
    if ticket.method == "POST":
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                ticket.url, data=dict(ticket.fields), files={"file": ("a.html", PICTURE, "text/html")}
            )
        assert answer.is_success
    else:
        await sent(ticket)

    assert await blobs.info(KEY) == BlobInfo(len(PICTURE), TYPE)


@pytest.mark.parametrize("data", [PICTURE + b"1", PICTURE[:-1], b"", bytes(1_000_000)], ids=len)
async def test_another_size_is_refused(uploads: DirectUploads, blobs: BlobStore, data: bytes) -> None:
    ticket = await a_ticket(uploads)

    assert 400 <= await sent(ticket, data) < 500
    assert [key async for key in blobs.keys()] == []


async def test_another_key_is_refused(uploads: DirectUploads, blobs: BlobStore) -> None:
    ticket = await a_ticket(uploads)
    if ticket.method == "POST":
        others = [changed(ticket, key="photos/public"), changed(ticket, key="originals/${filename}")]
    else:
        others = [evolve(ticket, url=ticket.url.replace("originals/mine", "photos/public"))]

    assert [400 <= await sent(other) < 500 for other in others] == [True] * len(others)
    assert [key async for key in blobs.keys()] == []


async def test_another_type_is_refused(uploads: DirectUploads, blobs: BlobStore) -> None:
    ticket = await a_ticket(uploads)

    assert 400 <= await sent(changed(ticket, Content_Type="text/html")) < 500
    assert 400 <= await sent(changed(ticket, Content_Type="image/jpeg2")) < 500
    assert [key async for key in blobs.keys()] == []


async def test_another_bucket_is_refused(uploads: DirectUploads, blobs: BlobStore) -> None:
    await blobs.put("another", b"", content_type=TYPE)
    ticket = await a_ticket(uploads)
    bucket = urlsplit(ticket.url).path.split("/")[1]
    other = evolve(ticket, url=ticket.url.replace(bucket, f"other-{uuid4()}"))

    assert 400 <= await sent(other) < 500
    assert [key async for key in blobs.keys()] == ["another"]


async def test_a_ticket_that_has_ended_is_refused(uploads: DirectUploads, blobs: BlobStore) -> None:
    ticket = await a_ticket(uploads, lifetime=timedelta(seconds=1))
    await asyncio.sleep(2.1)

    assert 400 <= await sent(ticket) < 500
    assert await blobs.info(KEY) is None


async def test_without_its_signature_a_ticket_is_none(uploads: DirectUploads, blobs: BlobStore) -> None:
    ticket = await a_ticket(uploads)
    if ticket.method == "POST":
        bare = changed(ticket, x_amz_signature=None)
        forged = changed(ticket, x_amz_signature="0" * 64)
    else:
        address, _, signature = ticket.url.rpartition("&X-Amz-Signature=")
        bare, forged = evolve(ticket, url=address), evolve(ticket, url=ticket.url.replace(signature, "0" * 64))

    assert [400 <= await sent(one) < 500 for one in (bare, forged)] == [True, True]
    assert await blobs.info(KEY) is None


async def test_a_ticket_lets_nobody_read(uploads: DirectUploads, blobs: BlobStore) -> None:
    ticket = await a_ticket(uploads)
    await sent(ticket)
    address = ticket.url if ticket.method == "PUT" else f"{ticket.url}/{KEY}"
    async with httpx.AsyncClient() as client:
        answer = await client.get(address)

    assert await blobs.get(KEY) == PICTURE
    assert answer.status_code == 403


async def test_a_ticket_without_its_conditions_lets_other_uploads_in(
    server_of: Callable[[str], str],
) -> None:
    """The negative control: the refusals above come from what the ticket says."""

    class Loose(S3DirectUploads):
        def _form(self, key: str, content_type: str, size: int, seconds: int) -> UploadTicket:
            said = self._bucket.client.generate_presigned_post(
                self._bucket.server.bucket, key, Conditions=[["starts-with", "$Content-Type", ""]], ExpiresIn=seconds
            )
            return UploadTicket(method="POST", url=said["url"], fields={"Content-Type": "text/html", **said["fields"]})

    url = server_of("s3").replace("/carmarket?", f"/tickets-{uuid4()}?")
    async with open_bucket(parse_server(url)) as bucket:
        status = await sent(await a_ticket(Loose(bucket)), PICTURE + b"1")

        assert 200 <= status < 300
        assert await S3BlobStore(bucket).info(KEY) == BlobInfo(len(PICTURE) + 1, "text/html")


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 0},
        {"size": 5 * 10**9 + 1},
        {"lifetime": timedelta(milliseconds=999)},
        {"lifetime": timedelta(hours=1, seconds=1)},
    ],
    ids=str,
)
async def test_some_tickets_are_given_to_nobody(uploads: DirectUploads, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        await a_ticket(uploads, **wrong)
    with pytest.raises(InvalidError):
        await uploads.ticket("../a", content_type=TYPE, size=1, lifetime=MINUTE)


async def test_where_the_store_is_away_there_is_no_ticket() -> None:
    async with offer("s3://key:secret@127.0.0.1:9/bucket?scheme=http") as offered:
        uploads = await offered.get(DIRECT_UPLOADS)
        with pytest.raises(UnavailableError):
            await a_ticket(uploads)
