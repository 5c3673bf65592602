"""
The story's people send requests; what no route is for, their operator does at the machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from attrs import frozen
from httpx import AsyncClient, Response

from carmarket.adapters.memory import MemoryClock, MemoryMailer
from carmarket.core.letters import Letter, LetterKind
from carmarket.core.users.roles import Role
from carmarket.services.market import Market
from carmarket.testing.builders import an_admin
from tests.e2e.story.ways import Person, RefusedError, Ways

WORD = "correct horse battery"
HOURS = {day: ["09:00-18:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}


@frozen
class OverRest(Ways):
    client: AsyncClient
    market: Market
    """For the mailbox and the clock alone."""
    clock: MemoryClock

    async def arrive(self, email: str, name: str) -> Person:
        await self._ask("POST", "/v1/accounts", json={"email": email, "password": WORD, "name": name})
        letter = [one for one in await self.letters_to(email) if one.kind is LetterKind.CONFIRM_ADDRESS][-1]
        token = letter.facts["link"].partition("token=")[2]
        await self._ask("POST", "/v1/accounts/confirm", json={"token": token, "password": WORD})
        return await self._log_in(email)

    async def arrive_as_admin(self, email: str) -> Person:
        roles = frozenset({Role.ADMIN})
        await self.market.users.people.add(an_admin(), email=email, name="Admin", password=WORD, roles=roles)
        return await self._log_in(email)

    async def become_dealer(self, person: Person, name: str, admin: Person) -> str:
        applied = await self._ask("POST", "/v1/dealers", person, json={"name": name})
        dealer_id = str(applied.json()["id"])
        await self._ask("POST", f"/v1/dealers/{dealer_id}/verify", admin, etag=applied.headers["etag"])
        again = await self._ask("POST", "/v1/sessions/refresh", json={"refresh_token": person.refresh})
        person.key, person.refresh = again.json()["access_token"], again.json()["refresh_token"]
        return dealer_id

    async def bring_stock(self, dealer: Person, file: bytes) -> Mapping[str, int]:
        headers = {"Content-Type": "text/csv"}
        begun = await self._ask("POST", "/v1/imports", dealer, content=file, headers=headers)
        await self.market.settle()
        counts: Mapping[str, int] = (await self._ask("GET", begun.headers["location"], dealer)).json()["counts"]
        return counts

    async def take_bookings(self, dealer: Person) -> None:
        rules = {"time_zone": "Europe/Berlin", "hours": HOURS, "buffer_minutes": 0}
        shown = await self._ask("GET", "/v1/booking-rules", dealer)
        await self._ask("PUT", "/v1/booking-rules", dealer, etag=shown.headers["etag"], json=rules)

    async def find(self, words: str) -> Mapping[str, str]:
        found = await self._ask("GET", f"/v1/cars?words={words}")
        return {one["car"]["id"]: one["title"] for one in found.json()["cars"]}

    async def slots(self, car: str) -> Sequence[tuple[str, str]]:
        shown = await self._ask("GET", f"/v1/cars/{car}/calendar")
        return [(slot["start"], slot["end"]) for slot in shown.json()["slots"]]

    async def book(self, person: Person, car: str, slot: tuple[str, str]) -> str:
        wanted = {"kind": "test-drive", "start": slot[0], "end": slot[1]}
        quote = await self._ask("POST", f"/v1/cars/{car}/quotes", person, json=wanted)
        held = await self._ask("POST", "/v1/bookings", person, json={"quote": quote.json()["quote"]})
        await self._ask("POST", f"{held.headers['location']}/request", person, etag=held.headers["etag"])
        return str(held.json()["id"])

    async def act(self, person: Person, booking: str, action: str) -> str:
        said: dict[str, Any] = {"json": {}} if action == "cancel" else {}
        done = await self._ask("POST", f"/v1/bookings/{booking}/{action}", person, etag="*", **said)
        return str(done.json()["status"])

    async def review(self, person: Person, booking: str, stars: int, text: str) -> None:
        await self.market.settle()
        await self._ask("POST", "/v1/reviews", person, json={"booking_id": booking, "stars": stars, "text": text})

    async def let_all_reviews_pass(self, moderator: Person) -> None:
        waiting = await self._ask("GET", "/v1/reviews?waiting=true", moderator)
        for one in waiting.json()["reviews"]:
            await self._ask("POST", f"/v1/reviews/{one['id']}/approve", moderator, etag=f'"{one["version"]}"')
        await self.market.settle()

    async def reviews_of(self, dealer_id: str) -> tuple[float | None, Sequence[tuple[str, str | None]]]:
        shown = (await self._ask("GET", f"/v1/dealers/{dealer_id}/reviews")).json()
        said = [(one["text"], one["reply"] and one["reply"]["text"]) for one in shown["reviews"]]
        return shown["rating"]["average"], said

    async def reply(self, person: Person, text: str) -> None:
        newest = (await self._ask("GET", "/v1/reviews?as_seller=true&about_me=true", person)).json()["reviews"][0]
        await self._ask("POST", f"/v1/reviews/{newest['id']}/reply", person, etag="*", json={"text": text})

    async def sell(self, dealer: Person, car: str) -> None:
        await self._ask("POST", f"/v1/listings/{car}/sell", dealer, etag="*")
        await self.market.settle()

    async def reprice(self, dealer: Person, car: str, amount: int) -> None:
        price = {"amount": amount, "currency": "USD"}
        await self._ask("PUT", f"/v1/listings/{car}/price", dealer, etag="*", json=price)
        await self.market.settle()

    async def save_search(self, person: Person, query: str) -> None:
        wanted = {"name": "A dream", "query": query, "how_often": "at-once"}
        await self._ask("POST", "/v1/saved-searches", person, json=wanted)

    async def letters_to(self, email: str) -> Sequence[Letter]:
        sent = cast("MemoryMailer", self.market.stock.mailer).sent
        return [letter for letter in sent if letter.to == email]

    async def hours_pass(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))
        await self.market.settle()

    async def _log_in(self, email: str) -> Person:
        told = (await self._ask("POST", "/v1/sessions", json={"email": email, "password": WORD})).json()
        return Person(email, told["access_token"], told["refresh_token"])

    async def _ask(self, method: str, path: str, person: Person | None = None, **said: Any) -> Response:
        """The answer. Whose token has run out meanwhile refreshes it first, as programs do."""
        headers = dict(said.pop("headers", {}))
        etag = said.pop("etag", None)
        if etag is not None:
            headers["If-Match"] = etag
        answer = await self._once(method, path, person, headers, said)
        if answer.status_code == 401 and person is not None:
            refreshed = await self.client.post("/v1/sessions/refresh", json={"refresh_token": person.refresh})
            assert refreshed.status_code == 200, refreshed.text
            again = refreshed.json()
            person.key, person.refresh = again["access_token"], again["refresh_token"]
            answer = await self._once(method, path, person, headers, said)
        if answer.is_error:
            raise RefusedError(str(answer.json()["code"]))
        return answer

    async def _once(
        self, method: str, path: str, person: Person | None, headers: dict[str, str], said: dict[str, Any]
    ) -> Response:
        own = {} if person is None else {"Authorization": f"Bearer {person.key}"}
        return await self.client.request(method, path, headers={**headers, **own}, **said)
