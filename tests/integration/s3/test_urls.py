"""
How a bucket is named.
"""

from __future__ import annotations

import pytest

from carmarket.adapters.s3 import S3Server, parse_server
from carmarket.core.errors import InvalidError


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("s3://cars", S3Server(bucket="cars")),
        ("s3://cars/", S3Server(bucket="cars")),
        ("s3://cars?region=eu-central-1", S3Server(bucket="cars", region="eu-central-1")),
        ("s3://K:S@cars", S3Server(bucket="cars", key="K", secret="S")),
        ("s3://cars?uploads=put", S3Server(bucket="cars", takes_forms=False)),
        ("s3://host:9000/cars?scheme=http", S3Server(bucket="cars", endpoint="http://host:9000")),
        ("s3://K:a%2Fb%2Bc@host/cars", S3Server(bucket="cars", endpoint="https://host", key="K", secret="a/b+c")),
        ("s3://K:S@[::1]:9000/cars", S3Server(bucket="cars", endpoint="https://[::1]:9000", key="K", secret="S")),
    ],
)
def test_a_url_names_a_bucket(url: str, server: S3Server) -> None:
    assert parse_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///cars",
        "http://host/cars",
        "s3://K@host/cars",
        "s3://host/cars/folder",
        "s3://host/cars?scheme=ftp",
        "s3://host/cars?color=red",
        "s3://host/cars?uploads=ftp",
        "s3://cars?scheme=http",
        "s3://cars:9000",
        "s3://host:port/cars",
        "s3://host/cars#part",
    ],
)
def test_a_url_that_names_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidError):
        parse_server(url)


def test_a_secret_is_not_told() -> None:
    assert "hidden" not in repr(parse_server("s3://K:hidden@host/cars"))
    with pytest.raises(InvalidError) as refused:
        parse_server("s3://K:hidden@host/cars?color=red")
    assert "hidden" not in f"{refused.value} {refused.value.value}"
