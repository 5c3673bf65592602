"""
One provider: where people are sent, and what the code is worth that they come back with.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx
from attrs import field, frozen

from carmarket.adapters.oidc.discovery import Directory, Endpoints
from carmarket.adapters.oidc.tokens import IdTokenReader, refused
from carmarket.adapters.oidc.wire import Wire, away, is_safe, new_client
from carmarket.core.errors import InvalidError
from carmarket.core.users.federation import Proof
from carmarket.core.users.user import Identity
from carmarket.ports.clock import Clock
from carmarket.ports.identity import IdentityProvider

DEADLINE = 4.0
"""Seconds for all that one question takes, however many requests that is."""
SCOPE = "openid email profile"
LONGEST_CODE = 2_048


@frozen(kw_only=True)
class OidcIdentityProvider(IdentityProvider):
    """Knows nothing of the provider until the first log-in asks."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    wire: Wire
    directory: Directory
    reader: IdTokenReader
    clock: Clock
    deadline: float = DEADLINE

    async def authorization_url(self, *, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        try:
            async with asyncio.timeout(self.deadline):
                endpoints = await self.directory.endpoints()
        except TimeoutError:
            raise away("it takes too long") from None
        said = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        between = "&" if "?" in endpoints.authorization else "?"
        return f"{endpoints.authorization}{between}{urlencode(said)}"

    async def redeem(self, code: str, *, redirect_uri: str, verifier: str, nonce: str) -> Proof:
        if not 0 < len(code) <= LONGEST_CODE:
            raise refused()
        try:
            async with asyncio.timeout(self.deadline):
                endpoints = await self.directory.endpoints()
                tokens = await self._exchanged(endpoints, code, redirect_uri, verifier)
                token = tokens.get("id_token")
                if not isinstance(token, str):
                    raise away("it gives no id token")
                keys = await self.directory.keys(self.reader.key_id(token))
                claims = self.reader.read(token, keys, nonce=nonce, now=self.clock.now())
                if "email" not in claims and endpoints.user_info is not None:
                    claims = {**await self._told(endpoints.user_info, tokens, claims["sub"]), **claims}
        except TimeoutError:
            raise away("it takes too long") from None
        return self._proof(claims)

    async def _exchanged(
        self, endpoints: Endpoints, code: str, redirect_uri: str, verifier: str
    ) -> Mapping[str, Any]:  # fmt: skip
        """The tokens that the code is worth."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        options: dict[str, Any] = {}
        if self.client_secret and endpoints.takes_basic:
            options["auth"] = httpx.BasicAuth(quote_plus(self.client_id), quote_plus(self.client_secret))
        elif self.client_secret:
            form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        else:
            form |= {"client_id": self.client_id}
        reply = await self.wire.post(endpoints.token, data=form, **options)
        if reply.status == 200:
            return reply.said
        if reply.status == 400 and reply.said.get("error") == "invalid_grant":
            raise refused()
        raise away(f"it answers {reply.status} to the code")

    async def _told(self, url: str, tokens: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """What the provider tells of the person beside the id token, if it is the same person (5.3.2)."""
        access = tokens.get("access_token")
        if not isinstance(access, str) or not access.isascii() or not access.isprintable():
            return {}
        reply = await self.wire.get(url, headers={"Authorization": f"Bearer {access}"})
        if reply.status != 200 or reply.said.get("sub") != subject:
            return {}
        return {name: reply.said[name] for name in ("email", "email_verified", "name") if name in reply.said}

    def _proof(self, claims: Mapping[str, Any]) -> Proof:
        email, name = claims.get("email"), claims.get("name")
        return Proof(
            identity=Identity(issuer=self.issuer, subject=claims["sub"]),
            email=email if isinstance(email, str) else None,
            is_email_verified=claims.get("email_verified") is True,
            name=name if isinstance(name, str) else None,
        )


@asynccontextmanager
async def open_provider(
    issuer: str, *, client_id: str, client_secret: str, clock: Clock, deadline: float = DEADLINE
) -> AsyncIterator[OidcIdentityProvider]:
    """
    The provider of this issuer; leaving the context closes what goes to it.

    Raises: InvalidError for an issuer that can be listened to on the way.
    """
    if not is_safe(issuer, issuer) or "?" in issuer:
        raise InvalidError("An issuer is an https address.", field="oidc", value=issuer, expected="https://...")
    async with new_client(issuer) as client:
        wire = Wire(client)
        yield OidcIdentityProvider(
            issuer=issuer,
            client_id=client_id,
            client_secret=client_secret,
            wire=wire,
            directory=Directory(issuer, wire, clock),
            reader=IdTokenReader(issuer=issuer, client_id=client_id),
            clock=clock,
            deadline=deadline,
        )
