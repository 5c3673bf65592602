"""
How a Redis is named.
"""

from __future__ import annotations

import pytest

from carmarket.adapters.redis import RedisServer, parse_server
from carmarket.core.errors import InvalidError


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("redis://cache", RedisServer(host="cache")),
        ("redis://:p%40ss@cache:6380/2", RedisServer(host="cache", port=6380, database=2, password="p@ss")),
        ("redis://ann:secret@cache/", RedisServer(host="cache", user="ann", password="secret")),
        ("redis://[::1]:1?replicas=4&prefix=shop:", RedisServer(host="::1", port=1, replicas=4, prefix="shop:")),
        ("rediss://cache?ca=/etc/ca.pem", RedisServer(host="cache", tls=True, ca="/etc/ca.pem")),
    ],
)
def test_a_url_names_a_server(url: str, server: RedisServer) -> None:
    assert parse_server(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "http://cache",
        "redis://cache/first",
        "redis://cache/-1",
        "redis://cache?replicas=0",
        "redis://cache?replicas=many",
        "redis://cache?color=red",
        "redis://cache?ca=/etc/ca.pem",
        "redis://cache:port",
        "redis://cache#part",
    ],
)
def test_a_url_that_names_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidError):
        parse_server(url)


def test_a_password_is_not_told() -> None:
    assert "hidden" not in repr(parse_server("redis://:hidden@cache"))
    with pytest.raises(InvalidError) as refused:
        parse_server("redis://:hidden@cache?color=red")
    assert "hidden" not in f"{refused.value} {refused.value.value}"
