"""
Webhooks: integrators say where they are told of events; letters go out until they are taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid5

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.catalog.car import SellerId
from carmarket.core.catalog.ownership import seller_of
from carmarket.core.errors import ConcurrencyConflictError, ConflictError, NotFoundError
from carmarket.core.events import Event
from carmarket.core.users.roles import Permission, allows, demand
from carmarket.core.versions import demand_newest, repeated
from carmarket.core.webhooks.delivery import Delivery, DeliveryId
from carmarket.core.webhooks.signature import secret_text
from carmarket.core.webhooks.webhook import MOST_WEBHOOKS, Webhook, WebhookId, seller_told_in
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.security import Secrets
from carmarket.ports.webhooks import Courier, DeliveryRepository, Letter, WebhookFilter, WebhookRepository

KEYS = UUID("0c8e2b0a-3b57-5d0e-9f0e-6a4f8d1c7e35")
AT_ONCE = 32
EACH = 8
KEPT = timedelta(days=30)


@frozen(kw_only=True)
class WebhookService:
    """
    Dealers are told of their own cars and bookings, administrators of all.

    Raises everywhere: ForbiddenError; NotFoundError for a webhook that is not there or not the actor's.
    """

    webhooks: WebhookRepository
    deliveries: DeliveryRepository
    courier: Courier
    secrets: Secrets
    clock: Clock
    ids: Ids

    async def create(
        self,
        actor: Actor,
        *,
        url: str,
        event_types: frozenset[str] = frozenset(),
        key: str | None = None,
        fingerprint: str | None = None,
    ) -> Webhook:
        """
        Have an address told from now on; `secret_of` gives what its letters are signed with.

        With an idempotency `key` the same request has one effect: its repeat gives the webhook as it is now.

        Raises: InvalidError for an address that is not public, or events that there are not; ConflictError for more
            than 20; KeyReusedError when the key came before with another `fingerprint`.
        """
        demand(actor.roles, Permission.INTEGRATE)
        webhook_id = WebhookId(self.ids.new() if key is None else uuid5(KEYS, f"webhook:{actor.user_id}:{key}"))
        known = None if key is None else await self.webhooks.get(webhook_id)
        if known is not None:
            return repeated(known, fingerprint)
        seller = _told_of(actor)
        if len(await self.webhooks.find(WebhookFilter(seller=seller), limit=MOST_WEBHOOKS)) >= MOST_WEBHOOKS:
            raise ConflictError(
                "There are as many webhooks as there can be.", field="webhooks", value=MOST_WEBHOOKS,
                expected="to delete one first",
            )  # fmt: skip
        change = Webhook.register(
            webhook_id=webhook_id,
            seller=seller,
            user_id=actor.user_id,
            url=url,
            event_types=event_types,
            now=self.clock.now(),
            fingerprint=fingerprint,
        )
        await self.courier.demand_reachable(url)
        try:
            await self.webhooks.save(change)
        except ConcurrencyConflictError:  # the same request at the same moment was faster
            return repeated(await self.get(actor, webhook_id), fingerprint)
        return change.state

    def secret_of(self, webhook: Webhook) -> str:
        """
        What its letters are signed with; shown to its owner once, when it is made.

        It follows from the market's own secret, so that it lies in no database.
        """
        return secret_text(self.secrets.secret(f"webhook {webhook.id} {webhook.created_at.isoformat()}"))

    async def get(self, actor: Actor, webhook_id: WebhookId) -> Webhook:
        """One's own webhook; administrators see all."""
        demand(actor.roles, Permission.INTEGRATE)
        webhook = await self.webhooks.get(webhook_id)
        is_admin = allows(actor.roles, Permission.ADMINISTER)
        if webhook is None or not (is_admin or webhook.seller == seller_of(actor)):
            raise NotFoundError("There is no such webhook.", field="webhook", value=str(webhook_id))
        return webhook

    async def find(
        self, actor: Actor, *, everybody: bool = False, after: WebhookId | None = None, limit: int = 20
    ) -> Sequence[Webhook]:
        """One's own webhooks by id; for administrators, on demand, everybody's."""
        demand(actor.roles, Permission.ADMINISTER if everybody else Permission.INTEGRATE)
        wanted = WebhookFilter(seller=_told_of(actor), everybody=everybody)
        return await self.webhooks.find(wanted, after=after, limit=limit)

    async def revise(
        self,
        actor: Actor,
        webhook_id: WebhookId,
        *,
        url: str,
        event_types: frozenset[str] = frozenset(),
        is_active: bool = True,
        expected: int | None = None,
    ) -> Webhook:
        """
        Say all of it anew; the secret stays.

        Raises: InvalidError as `create`; StaleError when `expected` is not the newest version;
            ConcurrencyConflictError when somebody else was faster.
        """
        webhook = await self.get(actor, webhook_id)
        demand_newest(webhook, expected, what="webhook")
        change = webhook.revise(
            url=url, event_types=event_types, is_active=is_active, user_id=actor.user_id, now=self.clock.now()
        )
        if url != webhook.url:
            await self.courier.demand_reachable(url)
        await self.webhooks.save(change)
        return change.state

    async def remove(self, actor: Actor, webhook_id: WebhookId) -> None:
        """Tell it nothing any more; what was on its way is forgotten."""
        webhook = await self.get(actor, webhook_id)
        await self.webhooks.remove(webhook.id)

    async def sent(
        self, actor: Actor, webhook_id: WebhookId, *, before: DeliveryId | None = None, limit: int = 20
    ) -> Sequence[Delivery]:
        """What it was told and is to be told, the newest first; behind `before`, if that is one of them."""
        webhook = await self.get(actor, webhook_id)
        place = await self._delivery(webhook, before) if before is not None else None
        return await self.deliveries.find(webhook.id, before=place, limit=limit)

    async def resend(self, actor: Actor, webhook_id: WebhookId, delivery_id: DeliveryId) -> Delivery:
        """
        Send it again at once, whatever became of it.

        Raises: ConcurrencyConflictError when it was tried at this very moment.
        """
        webhook = await self.get(actor, webhook_id)
        change = (await self._delivery(webhook, delivery_id)).resend(now=self.clock.now())
        await self.deliveries.save(change)
        return change.state

    async def tell(self, events: Sequence[Event]) -> None:
        """Put the events on their way to whoever wants them and may see them. Safe to repeat: by the ids."""
        sellers = {seller for seller in map(seller_told_in, events) if seller is not None}
        now = self.clock.now()
        for webhook in await self.webhooks.listening(sellers) if sellers else ():
            wanted = [Delivery.of(event, webhook, now=now) for event in events if webhook.wants(event)]
            await self.deliveries.add(wanted)

    async def post(self) -> int:
        """Carry the next letters; how many there were. One that dies with the process is carried again."""
        now = self.clock.now()
        due = await self.deliveries.due(now, limit=AT_ONCE, each=EACH)
        letters = [
            Letter(
                delivery_id=delivery.id,
                url=webhook.url,
                secret=self.secret_of(webhook),
                event=delivery.event,
                at=now,
            )
            for webhook, delivery in due
        ]
        replies = await self.courier.post(letters) if letters else ()
        for (_, delivery), reply in zip(due, replies, strict=True):
            with suppress(ConcurrencyConflictError):  # somebody sends it again, or the webhook is gone
                await self.deliveries.save(delivery.answered(reply, now=self.clock.now()))
        return len(due)

    async def prune(self) -> int:
        """Forget what came to its end a month ago."""
        return await self.deliveries.prune(self.clock.now() - KEPT)

    async def _delivery(self, webhook: Webhook, delivery_id: DeliveryId) -> Delivery:
        delivery = await self.deliveries.get(delivery_id)
        if delivery is None or delivery.webhook_id != webhook.id:
            raise NotFoundError("There is no such delivery.", field="delivery", value=str(delivery_id))
        return delivery


def _told_of(actor: Actor) -> SellerId | None:
    """Whose events the actor's webhooks are told: all for administrators."""
    return None if allows(actor.roles, Permission.ADMINISTER) else seller_of(actor)
