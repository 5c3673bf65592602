"""
What goes over the line to a provider: JSON of bounded size, in bounded time, from nowhere but where it was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from attrs import frozen

from carmarket.core.errors import UnavailableError

STEP = httpx.Timeout(2.0)
"""Seconds to connect, to send, and between two pieces of an answer; whole questions have a deadline above this."""
LARGEST = 256 * 1024
RETRY_AFTER = 5.0
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


@frozen
class Reply:
    status: int
    said: Mapping[str, Any]


@frozen
class Wire:
    """Follows no redirects: who answers is whom the issuer named."""

    client: httpx.AsyncClient

    async def get(self, url: str, **options: Any) -> Reply:
        return await self._ask("GET", url, **options)

    async def post(self, url: str, **options: Any) -> Reply:
        return await self._ask("POST", url, **options)

    async def _ask(self, method: str, url: str, **options: Any) -> Reply:
        """
        The answer, if it is a JSON object.

        Raises: UnavailableError for anything else.
        """
        body, status = b"", 0
        try:
            async with self.client.stream(method, url, follow_redirects=False, **options) as answer:
                status = answer.status_code
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > LARGEST:
                        raise away(f"it answers more than {LARGEST} bytes")
            said = json.loads(body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise away(type(error).__name__) from error
        except (ValueError, RecursionError) as broken:
            raise away(f"it answers {status} and no JSON") from broken
        if not isinstance(said, dict) or 300 <= status < 400:
            raise away(f"it answers {status} and nothing of use")
        return Reply(status, said)


def new_client(issuer: str) -> httpx.AsyncClient:
    """A client of its own for each provider; one on this machine is not asked through a proxy."""
    return httpx.AsyncClient(
        timeout=STEP, trust_env=not is_local(issuer), headers={"Accept": "application/json", "User-Agent": "carmarket"}
    )


def is_local(url: str) -> bool:
    return urlsplit(url).hostname in LOCAL


def is_safe(url: object, issuer: str) -> bool:
    """Whether nobody listens on the way: over TLS, or on this machine where the issuer is there, too."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        is_plain = parts.hostname is not None and parts.username is None and not parts.fragment
    except ValueError:
        return False
    return is_plain and (parts.scheme == "https" or (parts.scheme == "http" and is_local(url) and is_local(issuer)))


def away(why: str) -> UnavailableError:
    return UnavailableError(f"The provider of the log-in cannot be asked now: {why}.", retry_after=RETRY_AFTER)
