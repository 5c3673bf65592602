"""
A delivery: one event on its way to one webhook, tried again and again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID, uuid5

from attrs import evolve, frozen

from carmarket.core.change import Change
from carmarket.core.events import Event
from carmarket.core.lifecycle import step
from carmarket.core.webhooks.webhook import Webhook, WebhookId

DeliveryId = NewType("DeliveryId", UUID)
WAITS = tuple(timedelta(seconds=one) for one in (10, 60, 300, 1_200, 3_600, 10_800, 21_600))
"""Between one try and the next; so there are eight tries in half a day."""
TRIES = len(WAITS) + 1
LONGEST_SAID = 500


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Nobody tries any more, unless it is sent again by hand."""


class DeliveryAction(StrEnum):
    DELIVER = "deliver"
    RETRY = "retry"
    FAIL = "fail"
    RESEND = "resend"


TRANSITIONS: Mapping[tuple[DeliveryStatus, DeliveryAction], DeliveryStatus] = {
    (DeliveryStatus.PENDING, DeliveryAction.DELIVER): DeliveryStatus.DELIVERED,
    (DeliveryStatus.PENDING, DeliveryAction.RETRY): DeliveryStatus.PENDING,
    (DeliveryStatus.PENDING, DeliveryAction.FAIL): DeliveryStatus.FAILED,
    (DeliveryStatus.PENDING, DeliveryAction.RESEND): DeliveryStatus.PENDING,
    (DeliveryStatus.DELIVERED, DeliveryAction.RESEND): DeliveryStatus.PENDING,
    (DeliveryStatus.FAILED, DeliveryAction.RESEND): DeliveryStatus.PENDING,
}


@frozen
class Reply:
    """What came back, or why nothing did."""

    status: int | None
    """Of HTTP; `None`: there was no answer."""
    said: str = ""
    """The first letters of it."""

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@frozen(kw_only=True)
class Delivery:
    """
    An aggregate, for a person may send again what a job is about to give up.

    It holds the event itself, for the log forgets it before people have given up.
    """

    id: DeliveryId
    version: int
    webhook_id: WebhookId
    event: Event
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    """Since it was made or last sent again."""
    next_at: datetime | None
    """When it is tried next; `None` unless it is pending."""
    reply: Reply | None = None
    """Of the last try."""
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, event: Event, webhook: Webhook, *, now: datetime) -> Delivery:
        """The one delivery of this event to this webhook, however often it is made."""
        return cls(
            id=DeliveryId(uuid5(webhook.id, str(event.id))),
            version=1,
            webhook_id=webhook.id,
            event=event,
            next_at=now,
            created_at=now,
            updated_at=now,
        )

    def answered(self, reply: Reply, *, now: datetime) -> Change[Delivery]:
        """It was tried, and this is what came of it."""
        attempts = self.attempts + 1
        if reply.is_taken:
            action, next_at = DeliveryAction.DELIVER, None
        elif attempts < TRIES:
            action, next_at = DeliveryAction.RETRY, now + WAITS[attempts - 1]
        else:
            action, next_at = DeliveryAction.FAIL, None
        reply = evolve(reply, said=reply.said[:LONGEST_SAID])
        return self._step(action, now, attempts=attempts, next_at=next_at, reply=reply)

    def resend(self, *, now: datetime) -> Change[Delivery]:
        """Try it at once, with as many tries as a new one."""
        return self._step(DeliveryAction.RESEND, now, attempts=0, next_at=now, reply=self.reply)

    def _step(
        self, action: DeliveryAction, now: datetime, *, attempts: int, next_at: datetime | None, reply: Reply | None
    ) -> Change[Delivery]:
        state = evolve(
            self,
            version=self.version + 1,
            status=step(TRANSITIONS, self.status, action, what="delivery"),
            attempts=attempts,
            next_at=next_at,
            reply=reply,
            updated_at=now,
        )
        return Change(base=self.version, state=state, events=())
