"""
A provider of OpenID Connect on this machine: it keeps the standard, until a test tells it to break it.
"""

from __future__ import annotations

import json
import secrets
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from attrs import define, field, frozen
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "shop", "a secret: with % and +"
ANNA = {"sub": "anna-1", "email": "anna@example.com", "email_verified": True, "name": "Anna Berg"}
Key = RSAKey | ECKey


@frozen(kw_only=True)
class Grant:
    """What a code was given for."""

    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str
    person: Mapping[str, Any]


@define
class IdentityServer:
    """What stands in the id tokens can be overruled, and so can whole answers by path."""

    now: Callable[[], float]
    issuer: str = ""
    keys: dict[str, Key] = field(factory=dict)
    signs_with: str = "first"
    overrule: dict[str, Any] = field(factory=dict)
    """Claims of id tokens; one that is `None` is left out."""
    forge: Callable[[dict[str, Any]], str] | None = None
    """Makes the id token in place of the server."""
    answers: dict[str, tuple[int, bytes]] = field(factory=dict)
    discovery: dict[str, Any] = field(factory=dict)
    in_user_info: frozenset[str] = frozenset()
    """Claims that are told at the user info endpoint alone."""
    asked: list[str] = field(factory=list)
    """The paths of all requests."""
    stalls: threading.Event | None = None
    """While it is not set, nobody gets an answer."""
    _grants: dict[str, Grant] = field(factory=dict)
    _access: dict[str, Mapping[str, Any]] = field(factory=dict)

    def log_in(self, url: str, **person: Any) -> tuple[str, str]:
        """Be the person whom the browser took there, and who says yes: the code and the state that come back."""
        parts = urlsplit(url)
        asked = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.issuer}/authorize"
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._grants[code] = Grant(
            client_id=asked["client_id"], redirect_uri=asked["redirect_uri"], challenge=asked["code_challenge"],
            nonce=asked["nonce"], person={**ANNA, **person},
        )  # fmt: skip
        return code, asked["state"]

    def answer(self, path: str, authorization: str, form: Mapping[str, str]) -> tuple[int, Any]:
        self.asked.append(path)
        if self.stalls is not None:
            self.stalls.wait()
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            return 200, self._discovered()
        if path == "/keys":
            public = [{**key.as_dict(private=False), "kid": name, "use": "sig"} for name, key in self.keys.items()]
            return 200, {"keys": public}
        if path == "/token":
            return self._exchange(authorization, form)
        if path == "/me" and (person := self._access.get(authorization.removeprefix("Bearer "))):
            return 200, person
        return 404, {"error": "not_found"}

    def id_token(self, claims: dict[str, Any]) -> str:
        key = self.keys[self.signs_with]
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
        return jwt.encode({"alg": algorithm, "kid": self.signs_with}, claims, key, algorithms=[algorithm])

    def _discovered(self) -> dict[str, Any]:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/me",
            **self.discovery,
        }
        return {name: value for name, value in said.items() if value is not None}

    def _exchange(self, authorization: str, form: Mapping[str, str]) -> tuple[int, Any]:
        if self._client(authorization, form) != (CLIENT, SECRET):
            return 401, {"error": "invalid_client"}
        grant = self._grants.pop(form.get("code", ""), None)
        digest = sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if grant is None or form["grant_type"] != "authorization_code":
            return 400, {"error": "invalid_grant"}
        if (grant.client_id, grant.redirect_uri, grant.challenge) != (CLIENT, form.get("redirect_uri"), challenge):
            return 400, {"error": "invalid_grant"}
        access, now = secrets.token_urlsafe(16), int(self.now())
        self._access[access] = grant.person
        claims = {
            "iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": grant.nonce,
            **{name: value for name, value in grant.person.items() if name not in self.in_user_info},
            **self.overrule,
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        token = (self.forge or self.id_token)(claims)
        return 200, {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": token}

    @staticmethod
    def _client(authorization: str, form: Mapping[str, str]) -> tuple[str, str]:
        if authorization.startswith("Basic "):
            name, _, secret = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
            return unquote_plus(name), unquote_plus(secret)
        return form.get("client_id", ""), form.get("client_secret", "")


@contextmanager
def running(now: Callable[[], float], *, keys: Mapping[str, Key] | None = None) -> Iterator[IdentityServer]:
    """Listen on any free port until the context ends."""
    told = IdentityServer(now=now, keys=dict(keys or {"first": ECKey.generate_key("P-256")}))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*told.answer(self.path, self.headers.get("Authorization", ""), {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(*told.answer(self.path, self.headers.get("Authorization", ""), form))

        def _send(self, status: int, said: Any) -> None:
            body = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            if 300 <= status < 400:
                self.send_header("Location", f"{told.issuer}/elsewhere")
            self.end_headers()
            try:
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):  # who asked has gone
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  likewise
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        told.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield told
        finally:
            if told.stalls is not None:
                told.stalls.set()
            server.shutdown()
            thread.join()
