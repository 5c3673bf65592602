"""
A browser before the shop, as the tests of its pages use it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from attrs import frozen
from httpx import AsyncClient, Response

from carmarket.adapters.memory import MemoryClock, MemoryMailer
from carmarket.core.actor import Actor
from carmarket.core.catalog.listing import Listing
from carmarket.entrypoints.web.visit import ACCESS_COOKIE, FORM_FIELD, SESSION_COOKIE
from carmarket.services.market import Market
from tests.entrypoints.web.markup import read

WORD, OTHER, ANNA = "correct horse battery", "another good phrase", "anna@example.com"
FETCHED = {"Sec-Fetch-Site": "same-origin", "Origin": "https://shop.example"}


@frozen(kw_only=True)
class Front:
    """A browser before the shop, in which one car can be booked."""

    browser: AsyncClient
    market: Market
    clock: MemoryClock
    golf: Listing

    async def send(self, page: str, to: str, fields: dict[str, str], **said: Any) -> Response:
        """Load a page and send a form of it."""
        answer = await self.browser.get(page)
        token = token_of(answer)
        return await self.browser.post(to, data={**fields, FORM_FIELD: token}, headers=FETCHED, **said)

    async def log_in(self, email: str = ANNA, password: str = WORD, **fields: str) -> Response:
        self._leave()
        return await self.send("/login", "/login", {"email": email, "password": password, **fields})

    def become(self, actor: Actor) -> None:
        """Be somebody for whom there is no account, such as the dealer whose car it is."""
        token = self.market.stock.tokens.sign(actor, now=self.clock.now(), lifetime=timedelta(minutes=15))
        self._leave()
        for name in (ACCESS_COOKIE, SESSION_COOKIE):
            self.browser.cookies.set(name, token, domain="shop.example")

    def link(self) -> str:
        """The link of the newest letter, as a path."""
        sent = cast("MemoryMailer", self.market.stock.mailer).sent
        parts = urlsplit(sent[-1].facts["link"])
        return f"{parts.path}?{parts.query}"

    def _leave(self) -> None:
        """Come as nobody."""
        for name in {ACCESS_COOKIE, SESSION_COOKIE} & set(self.browser.cookies):
            self.browser.cookies.delete(name)


def token_of(answer: Response) -> str:
    inputs = [one for one in read(answer.text).within() if one.attrs.get("name") == FORM_FIELD]
    assert inputs, answer.text
    return str(inputs[0].attrs["value"])
