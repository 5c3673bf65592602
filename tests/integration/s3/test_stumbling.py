"""
What is asked once more and what is not, against a scripted client: genuine servers do not stumble when told to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from attrs import define, field
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from carmarket.adapters.s3 import S3BlobStore, S3Bucket, S3Server, open_bucket, parse_server
from carmarket.core.errors import UnavailableError


def refusal(status: int, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "any")


@define
class FakeClient:
    """Fails as it was told, in turn, and then answers."""

    failures: list[Exception] = field(factory=list)
    asked: list[str] = field(factory=list)
    meta: Any = None

    def __getattr__(self, operation: str) -> Any:
        def answer(**said: Any) -> dict[str, Any]:
            self.asked.append(operation)
            if self.failures:
                raise self.failures.pop(0)
            return {"ContentLength": 1, "ContentType": "text/plain"}

        return answer


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
async def bucket(client: FakeClient) -> AsyncIterator[S3Bucket]:
    with ThreadPoolExecutor(2) as threads:
        yield S3Bucket(S3Server(bucket="cars"), client, threads)


@pytest.mark.parametrize(
    "failure",
    [
        ConnectionClosedError(endpoint_url="http://store"),
        refusal(503, "SlowDown"),
        refusal(500, "InternalError"),
    ],
    ids=str,
)
async def test_what_broke_off_or_stumbled_is_asked_once_more(
    bucket: S3Bucket, client: FakeClient, failure: Exception
) -> None:
    client.failures = [failure]
    info = await S3BlobStore(bucket).info("a")
    client.failures = [failure, failure]
    with pytest.raises(UnavailableError):
        await S3BlobStore(bucket).info("a")

    assert info is not None
    assert client.asked == ["head_object"] * 4


@pytest.mark.parametrize(
    "failure",
    [
        ReadTimeoutError(endpoint_url="http://store"),
        EndpointConnectionError(endpoint_url="http://store"),
        refusal(400, "InvalidArgument"),
        refusal(403, "AccessDenied"),
    ],
    ids=str,
)
async def test_what_would_only_take_longer_is_not_asked_again(
    bucket: S3Bucket, client: FakeClient, failure: Exception
) -> None:
    client.failures = [failure]
    with pytest.raises(UnavailableError):
        await S3BlobStore(bucket).info("a")

    assert client.asked == ["head_object"]


async def test_who_may_not_look_at_the_bucket_may_still_write(bucket: S3Bucket, client: FakeClient) -> None:
    client.failures = [refusal(403, "403")]
    for key in "ab":
        await S3BlobStore(bucket).put(key, b"", content_type="text/plain")

    assert client.asked == ["head_bucket", "put_object", "put_object"]


async def test_a_bucket_that_could_not_be_looked_for_is_looked_for_again(bucket: S3Bucket, client: FakeClient) -> None:
    client.failures = [ReadTimeoutError(endpoint_url="http://store")]
    with pytest.raises(UnavailableError):
        await S3BlobStore(bucket).put("a", b"", content_type="text/plain")
    await S3BlobStore(bucket).put("a", b"", content_type="text/plain")

    assert client.asked == ["head_bucket", "head_bucket", "put_object"]


async def test_a_bucket_is_made_in_its_region(server_of: Callable[[str], str]) -> None:
    url = server_of("s3").replace("/carmarket?", f"/far-{uuid4()}?region=eu-central-1&")
    async with open_bucket(parse_server(url)) as bucket:
        await S3BlobStore(bucket).put("a", b"1", content_type="text/plain")

        assert bucket.client.meta.region_name == "eu-central-1"
        assert await S3BlobStore(bucket).get("a") == b"1"
