"""
Where webhooks and deliveries are kept, and who carries letters.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from carmarket.core.actor import UserId
from carmarket.core.catalog.car import SellerId
from carmarket.core.change import Change
from carmarket.core.events import Event
from carmarket.core.webhooks.delivery import Delivery, DeliveryId, Reply
from carmarket.core.webhooks.webhook import Webhook, WebhookId
from carmarket.ports.offer import Port


@frozen(kw_only=True)
class WebhookFilter:
    """Which webhooks: of a seller, of administrators (`None`), or with `everybody` all."""

    seller: SellerId | None = None
    everybody: bool = False
    user_id: UserId | None = None
    """Of these, those that this person set up or last said anew."""


class WebhookRepository(Protocol):
    """Webhooks; saved like every aggregate, under the version they were read at."""

    @abstractmethod
    async def get(self, webhook_id: WebhookId) -> Webhook | None:
        """The webhook as last saved, or `None`."""

    @abstractmethod
    async def save(self, change: Change[Webhook]) -> None:
        """Raises: ConcurrencyConflictError if the stored version is not `change.base` (0: there is none)."""

    @abstractmethod
    async def remove(self, webhook_id: WebhookId) -> None:
        """Forget it and its deliveries; nothing to do if there is none."""

    @abstractmethod
    async def find(
        self, wanted: WebhookFilter, *, after: WebhookId | None = None, limit: int = 100
    ) -> Sequence[Webhook]:
        """Up to `limit` (1 to 1,000) of the wanted ones behind `after`, sorted by id."""

    @abstractmethod
    async def listening(self, sellers: Collection[SellerId]) -> Sequence[Webhook]:
        """The active ones of up to 1,000 sellers, and of administrators, sorted by id."""


class DeliveryRepository(Protocol):
    """Deliveries. A delivery to a webhook that is gone is nowhere."""

    @abstractmethod
    async def add(self, deliveries: Sequence[Delivery]) -> int:
        """Write up to 1,000 new ones; those that are there already, or whose webhook is gone, are passed over."""

    @abstractmethod
    async def get(self, delivery_id: DeliveryId) -> Delivery | None:
        """The delivery as last saved, or `None`."""

    @abstractmethod
    async def save(self, change: Change[Delivery]) -> None:
        """Raises: ConcurrencyConflictError if the stored version is not `change.base`."""

    @abstractmethod
    async def due(self, now: datetime, *, limit: int, each: int) -> Sequence[tuple[Webhook, Delivery]]:
        """
        Up to `limit` pending ones to active webhooks whose time has come, the longest due first.

        At most `each` to one webhook, so that one that does not answer holds up no other.
        """

    @abstractmethod
    async def find(
        self, webhook_id: WebhookId, *, before: Delivery | None = None, limit: int = 100
    ) -> Sequence[Delivery]:
        """Up to `limit` (1 to 1,000) of a webhook's, the newest first, older than `before`."""

    @abstractmethod
    async def prune(self, before: datetime) -> int:
        """Forget up to 10,000 that are not pending and were last changed before; how many went."""


@frozen(kw_only=True)
class Letter:
    """An event on its way."""

    delivery_id: DeliveryId
    url: str
    secret: str = field(repr=False)
    event: Event
    at: datetime
    """When it is sent; signed with it."""


class Courier(Protocol):
    """
    Carries letters by HTTP, and goes nowhere but to public addresses.

    - A name is resolved once; if any address that it resolves to is not public the letter is not sent, and it goes to
      no address but those that were looked at. Redirects are not followed.
    - Each letter has ten seconds, and no more of an answer is read than is told.
    - What goes wrong with a letter is its reply and no error, and holds up no other.
    """

    @abstractmethod
    async def demand_reachable(self, url: str) -> None:
        """Raises: InvalidError for what is no https: URL, or resolves to nothing or to what is not public."""

    @abstractmethod
    async def post(self, letters: Sequence[Letter]) -> Sequence[Reply]:
        """Carry all of them at once; their replies in the same order."""


WEBHOOKS = Port[WebhookRepository]("webhooks")
DELIVERIES = Port[DeliveryRepository]("deliveries")
COURIER = Port[Courier]("courier")
