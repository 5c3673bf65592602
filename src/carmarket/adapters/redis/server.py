"""
Which Redis, and what of it is ours.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import field, frozen
from redis.asyncio import BlockingConnectionPool, Connection, Redis, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from carmarket.core.errors import InvalidError

BUDGET = 0.05
"""Seconds that anybody waits for Redis."""
PATIENCE = 1.0
"""Seconds until a connection is given up that is not made or owes an answer; nobody waits for that."""
CONNECTIONS = 8
"""One loop speaks to Redis: more do not make it faster."""
USUAL_PORT = 6379


@frozen(kw_only=True)
class RedisServer:
    """A server, a database of it, and how many processes share it with this one."""

    host: str
    port: int = USUAL_PORT
    database: int = 0
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    ca: str | None = None
    """A file of certificates to trust beside TLS; `None` are those of the system."""
    prefix: str = "carmarket:"
    """Before every key."""
    replicas: int = 1
    """How many processes share a limit, this one included."""

    def client(self) -> Redis:
        """A client that connects when it is asked, and never tries again by itself: whoever asks has no time for it."""
        tls: dict[str, Any] = {"ssl_ca_certs": self.ca, "ssl_check_hostname": True} if self.tls else {}
        pool = BlockingConnectionPool(
            connection_class=SSLConnection if self.tls else Connection,
            max_connections=CONNECTIONS,
            timeout=PATIENCE,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            host=self.host,
            port=self.port,
            db=self.database,
            username=self.user,
            password=self.password,
            # The older of its two languages: the newer one begins with questions that cost the first hits their time.
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            **tls,
        )
        return Redis.from_pool(pool)


def parse_server(url: str) -> RedisServer:
    """
    From `redis://user:password@host:6379/0?replicas=4&prefix=carmarket:`, or `rediss://` for TLS (with `ca=file`).

    User and password are percent-encoded. `replicas` is how many processes share the limits.

    Raises: InvalidError for anything else.
    """
    try:
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
        server = RedisServer(
            host=parts.hostname or "",
            port=parts.port or USUAL_PORT,
            database=int(parts.path.strip("/") or 0),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=parts.scheme == "rediss",
            ca=options.pop("ca", None),
            prefix=options.pop("prefix", "carmarket:"),
            replicas=int(options.pop("replicas", 1)),
        )
    except ValueError:
        raise _refused() from None
    if parts.scheme not in {"redis", "rediss"} or not server.host or options or parts.fragment:
        raise _refused()
    if server.database < 0 or not 1 <= server.replicas <= 10_000 or (server.ca and not server.tls):
        raise _refused()
    return server


def _refused() -> InvalidError:
    # Without what was given: it may hold a password.
    return InvalidError(
        "This is no Redis server.",
        field="url",
        expected="redis://user:password@host:6379/0?replicas=4&prefix=carmarket:, or rediss:// for TLS",
    )
