"""
R21 over REST: what is too large, no picture or not public stays out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from carmarket.core.catalog.photos import developed_key, original_key, photo_id_of
from carmarket.entrypoints.http.photos import FORM_ITSELF
from carmarket.ports.pictures import MOST_BYTES
from tests.entrypoints.http.pictures import JPEG, a_picture, put_in
from tests.entrypoints.http.service import PROBLEM, assert_problem

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("said", "status", "code", "field"),
    [
        ({"files": {"picture": ("a.jpg", b"x", "image/jpeg")}}, 422, "invalid", "picture"),
        ({"files": [("file", ("a.jpg", b"x", "image/jpeg"))] * 2}, 422, "invalid", "file"),
        ({"files": {"file": ("a.svg", SVG, "image/svg+xml")}}, 415, "unsupported-media-type", "Content-Type"),
        (
            {"files": {"file": ("a.jpg", b"x", "image/jpeg")}, "data": {"caption": "Front"}},
            422, "invalid", "caption",
        ),
        ({"content": b"--x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "malformed", "body"),
        (
            {"content": b"--x\r\nnothing", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
            400, "malformed", "body",
        ),
        (
            {
                "content": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\xfe\r\n--x--\r\n',
                "headers": {"Content-Type": "multipart/form-data; boundary=x"},
            },
            400, "malformed", "body",
        ),
        (
            {
                "content": b'--x\r\nContent-Disposition: form-data; name="a"\r\n'
                b"Content-Type: text/plain; charset=klingon\r\n\r\na\r\n--x--\r\n",
                "headers": {"Content-Type": "multipart/form-data; boundary=x"},
            },
            400, "malformed", "body",
        ),
        ({"content": b"", "headers": JPEG}, 422, "invalid", "photo"),
        ({"content": SVG, "headers": {"Content-Type": "image/svg+xml"}}, 415, "unsupported-media-type", "Content-Type"),
        ({"content": b"x"}, 415, "unsupported-media-type", "Content-Type"),
    ],
    ids=[
        "other part", "two files", "SVG in a form", "unknown field", "no boundary", "no parts", "no UTF-8",
        "unknown charset", "empty", "SVG", "no type",
    ],
)  # fmt: skip
async def test_an_upload_that_cannot_be_taken_says_why(shared, said, status, code, field):
    listing = await shared.draft()

    answer = await shared.ask(
        "POST", f"/v1/listings/{listing.json()['id']}/photos", "dealer", etag=listing.headers["etag"], **said
    )

    assert_problem(answer, status, code, field=field)


@pytest.mark.promise("R21")
@pytest.mark.parametrize("way", ["announced", "streamed", "form", "streamed form"])
async def test_one_byte_too_many_is_refused_and_kept_nowhere(service, way):
    listing = await service.draft()
    picture = b"\xff\xd8\xff" + bytes(MOST_BYTES - 2)
    path, etag = f"/v1/listings/{listing.json()['id']}/photos", listing.headers["etag"]

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(picture), 1024 * 1024):
            yield picture[start : start + 1024 * 1024]

    async def form() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Type: image/jpeg\r\n\r\n'
        async for piece in pieces():
            yield piece
        yield bytes(8 * 1024)

    most = MOST_BYTES
    if way == "streamed form":
        most += FORM_ITSELF
        said = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = await service.ask("POST", path, "dealer", etag=etag, content=form(), headers=said)
    elif way == "form":
        answer = await service.ask("POST", path, "dealer", etag=etag, files={"file": ("a", picture, "image/jpeg")})
    else:
        content = picture if way == "announced" else pieces()
        answer = await service.ask("POST", path, "dealer", etag=etag, content=content, headers=JPEG)

    assert_problem(answer, 413, "too-large", field="body", expected=f"at most {most} bytes")
    assert [key async for key in service.market.stock.blobs.keys()] == []


@pytest.mark.promise("R21")
async def test_as_many_bytes_as_are_allowed_are_taken(service):
    added = await put_in(service, await service.draft(), bytes(MOST_BYTES))

    assert added.status_code == 202


@pytest.mark.promise("R21")
@pytest.mark.parametrize("content", [SVG, b"GIF89a" + bytes(50), b"%PDF-1.7", b"\xff\xd8\xff" + bytes(500)])
async def test_what_only_says_that_it_is_a_picture_is_never_public(service, content):
    listing = await service.draft()
    await put_in(service, listing, content)
    await service.market.settle()
    shown = await service.ask("GET", f"/v1/listings/{listing.json()['id']}", "dealer")
    photo = shown.json()["photos"][0]

    answer = await service.ask("GET", f"/photos/{photo['id']}/large.jpg")

    assert photo["status"] == "refused"
    assert photo["reason"]
    assert_problem(answer, 404, "not-found")


@pytest.mark.promise("R21")
async def test_nothing_but_public_sizes_can_be_had_from_the_blob_store(service):
    picture = a_picture(3)
    await put_in(service, await service.draft(), picture)
    await service.market.settle()
    known = photo_id_of(picture)
    blobs = service.market.stock.blobs
    assert await blobs.get(original_key(known)) == picture
    assert await blobs.get(developed_key(known)) is not None
    await blobs.put(f"photos/{known}/secret.jpg", b"hidden", content_type="image/jpeg")
    await blobs.put("imports/cars.csv", b"hidden", content_type="text/csv")

    for path in [
        f"/{original_key(known)}",
        f"/photos/{original_key(known)}",
        f"/photos/{known}",
        f"/photos/{known}/",
        f"/photos/{known}/large",
        f"/photos/{known}/large.png",
        f"/photos/{known}/large.jpg.jpg",
        f"/photos/{known}/secret.jpg",
        f"/photos/{known}/.jpg",
        f"/photos/{known}/original.jpg",
        f"/photos/{known}/../../{original_key(known)}",
        f"/photos/{known}/..%2f..%2foriginals%2f{known}",
        f"/photos/{known}/%2e%2e/%2e%2e/originals/{known}",
        f"/photos/..%2foriginals%2f{known}/large.jpg",
        f"/photos/originals/{known}.jpg",
        f"/photos/{known}/large.jpg%00",
        f"/photos/{known}/LARGE.jpg",
        "/photos/../imports/cars.csv",
        "/imports/cars.csv",
        f"/photos/{UUID(int=1)}/large.jpg",
    ]:
        answer = await service.ask("GET", path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM), path
        assert b"hidden" not in answer.content
