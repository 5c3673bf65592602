"""
Enquiries over REST, for the tests of several modules.
"""

from __future__ import annotations

from typing import Any

from httpx import Response

from tests.entrypoints.http.service import Service


async def ask(service: Service, who: str = "customer", *, car: str | None = None, **said: Any) -> Response:
    """Ask about a car of the dealer's, before the public."""
    headers = said.pop("headers", {})
    body = {"car_id": car or (await service.publish()).json()["id"], "text": "Is it still there?", **said}
    return await service.ask("POST", "/v1/enquiries", who, json=body, headers=headers)
