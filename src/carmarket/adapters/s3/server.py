"""
Which S3 store, and which bucket of it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import boto3
from attrs import field, frozen
from botocore.config import Config

from carmarket.core.errors import InvalidError

CONNECT_SECONDS, READ_SECONDS = 1.0, 1.5
"""To be connected, and between two pieces of an answer."""
THREADS = 16
CONNECTIONS = 64
"""A stream that is being read keeps a connection, but a thread only for the moment of each piece."""
USUAL_REGION = "us-east-1"


@frozen(kw_only=True)
class S3Server:
    """A bucket, where it is, and who comes. What is `None` comes from the environment, as Amazon's tools read it."""

    bucket: str
    endpoint: str | None = None
    """`None` is Amazon."""
    region: str | None = None
    key: str | None = None
    secret: str | None = field(default=None, repr=False)
    takes_forms: bool = True
    """Whether people may upload by a form; not every store that speaks the protocol has that part of it."""

    def client(self) -> Any:
        """A client; it connects with its first request. Making one takes a while and may read files."""
        elsewhere = self.endpoint is not None
        config = Config(
            signature_version="s3v4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            # What is tried again is decided in `bucket.py`: boto would wait for a store that is away twice as long.
            retries={"total_max_attempts": 1},
            max_pool_connections=CONNECTIONS,
            # Amazon's newer checksums are unknown to many other stores.
            request_checksum_calculation="when_required" if elsewhere else "when_supported",
            response_checksum_validation="when_required" if elsewhere else "when_supported",
            s3={"addressing_style": "path" if elsewhere else "auto"},
        )
        session = boto3.session.Session(
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            region_name=self.region or (USUAL_REGION if elsewhere else None),
        )
        client = session.client("s3", endpoint_url=self.endpoint, config=config)
        client.meta.events.register("before-call.s3", _send_at_once)
        return client


def parse_server(url: str) -> S3Server:
    """
    From `s3://bucket?region=eu-central-1` at Amazon, or `s3://KEY:SECRET@host:9000/bucket?scheme=http` elsewhere.

    Key and secret are percent-encoded; without them they come from the environment. Without `scheme` it is https.
    `uploads=put` is for a store that takes no forms.

    Raises: InvalidError for anything else.
    """
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        port = parts.port
    except ValueError:
        raise _refused() from None
    scheme, region = options.pop("scheme", "https"), options.pop("region", None)
    uploads = options.pop("uploads", "post")
    host, bucket = parts.hostname or "", parts.path.strip("/")
    endpoint = f"{scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}" if bucket else None
    if parts.scheme != "s3" or not host or "/" in bucket or options or parts.fragment:
        raise _refused()
    if scheme not in {"http", "https"} or (parts.username is None) != (parts.password is None):
        raise _refused()
    if (endpoint is None and (port or scheme != "https")) or uploads not in {"post", "put"}:
        raise _refused()
    return S3Server(
        bucket=bucket or host,
        endpoint=endpoint,
        region=region,
        key=None if parts.username is None else unquote(parts.username),
        secret=None if parts.password is None else unquote(parts.password),
        takes_forms=uploads == "post",
    )


def _refused() -> InvalidError:
    # Without what was given: it may hold a secret.
    return InvalidError(
        "This is no bucket of an S3 store.",
        field="url",
        expected="s3://bucket?region=eu-central-1, or s3://KEY:SECRET@host:9000/bucket?scheme=http",
    )


def _send_at_once(params: dict[str, Any], **_: Any) -> None:
    """A body is sent without asking for leave first: a store that is away would be waited for one second more."""
    params["headers"].pop("Expect", None)
