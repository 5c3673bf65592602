"""
Enquiries: a person asks the seller about a car, both write on, and the seller sees who still waits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID, uuid5

from attrs import frozen

from carmarket.core.actor import Actor
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.catalog.ownership import seller_of
from carmarket.core.change import Change
from carmarket.core.enquiries.enquirable import NotEnquirableError
from carmarket.core.enquiries.enquiry import Enquiry, EnquiryId, MessageId, enquiry_id
from carmarket.core.enquiries.lifecycle import EnquiryStatus
from carmarket.core.errors import ConcurrencyConflictError, ForbiddenError, LimitedError, NotFoundError
from carmarket.core.limits import Limit
from carmarket.core.side import Side, sides_of
from carmarket.core.users.ids import UserId
from carmarket.core.users.roles import Permission, allows, demand
from carmarket.core.versions import demand_newest
from carmarket.ports.bookmark import Bookmark
from carmarket.ports.clock import Clock, Ids
from carmarket.ports.enquiries import EnquirableCars, EnquiryFilter, EnquiryRepository
from carmarket.ports.limits import RateLimiter
from carmarket.services.limits import SECOND

KEYS = UUID("0d8c2f4e-3b1a-5c77-8e0f-7a5d1f2b6c90")
TRIES = 5
CARS = Limit(100, timedelta(days=1))
"""So many cars one person asks about: each is a letter to somebody."""
BATCH = 1_000


@frozen(kw_only=True)
class EnquiryService:
    """
    What is written is for the two sides alone; administrators can see it, moderators cannot.

    With an idempotency `key` a message is written once: its repeat gives the enquiry as it is now.

    Raises everywhere: NotFoundError for an enquiry that is not there or not for the actor to see; StaleError when
        `expected` is not the newest version; ConcurrencyConflictError when somebody else was faster.
    """

    enquiries: EnquiryRepository
    cars: EnquirableCars
    limiter: RateLimiter
    clock: Clock
    ids: Ids

    async def ask(self, actor: Actor, car_id: CarId, *, text: str, key: str | None = None) -> Enquiry:
        """
        Ask about a car. Who has asked about it before writes on in the same enquiry.

        Raises: NotEnquirableError for a car that is not before the public; ForbiddenError for one's own;
            KeyReusedError when the key came before with another message; InvalidError for a text that breaks the
            rules; LimitedError for who asks about very many cars in a day.
        """
        demand(actor.roles, Permission.ENQUIRE)
        message_id, wanted = self._message_id(actor, key), enquiry_id(car_id, actor.user_id)
        if await self.enquiries.get(wanted) is None:
            car = await self.cars.get(car_id)
            if car is None:
                raise NotEnquirableError("The car is not before the public.", field="car", value=str(car_id))
            if Side.SELLER in _sides(actor, None, car.seller):
                raise ForbiddenError("Nobody asks about their own car.", field="car", value=str(car_id))
            await self._demand_patience(actor)
            made = Enquiry.make(car, customer=actor.user_id, message_id=message_id, text=text, now=self.clock.now())
            with suppress(ConcurrencyConflictError):  # of two questions at once the second goes into the first's thread
                return await self._save(made)
        return await self._persist(wanted, lambda it: it.ask(text, message_id=message_id, now=self.clock.now()))

    async def write(self, actor: Actor, wanted: EnquiryId, *, text: str, key: str | None = None) -> Enquiry:
        """
        Write on, as the side that one is on; a closed enquiry is open again.

        Raises: KeyReusedError; InvalidError; ConflictError for a full thread, or one whose person is gone.
        """
        side = await self._side(actor, wanted)
        message_id, now = self._message_id(actor, key), self.clock.now()
        if side is Side.CUSTOMER:
            return await self._persist(wanted, lambda it: it.ask(text, message_id=message_id, now=now))
        return await self._persist(wanted, lambda it: it.answer(text, message_id=message_id, by=actor.user_id, now=now))

    async def get(self, actor: Actor, wanted: EnquiryId) -> Enquiry:
        """An enquiry of one's own, or about one's cars; administrators see all."""
        enquiry = await self._existing(wanted)
        if not (sides_in(actor, enquiry) or allows(actor.roles, Permission.ADMINISTER)):
            raise _no_such(wanted)
        return enquiry

    async def find(
        self,
        actor: Actor,
        *,
        of_my_cars: bool = False,
        assigned_to_me: bool = False,
        statuses: frozenset[EnquiryStatus] = frozenset(),
        after: Bookmark | None = None,
        limit: int = 20,
    ) -> Sequence[Enquiry]:
        """One's own enquiries, the newest first; or, on demand, those about the cars that one offers."""
        if of_my_cars or assigned_to_me:
            demand(actor.roles, Permission.ANSWER)
            assignee = actor.user_id if assigned_to_me else None
            wanted = EnquiryFilter(seller=seller_of(actor), assignee=assignee, statuses=statuses)
        else:
            wanted = EnquiryFilter(customer=actor.user_id, statuses=statuses)
        return await self.enquiries.find(wanted, after=after, limit=limit)

    async def of_seller(
        self, actor: Actor, seller: SellerId | None, *, after: Bookmark | None = None, limit: int = 20
    ) -> Sequence[Enquiry]:
        """For administrators: a seller's enquiries, or everybody's; the newest first."""
        demand(actor.roles, Permission.ADMINISTER)
        return await self.enquiries.find(EnquiryFilter(seller=seller), after=after, limit=limit)

    async def read(self, actor: Actor, wanted: EnquiryId) -> Enquiry:
        """Say that one has seen all that was written."""
        side = await self._side(actor, wanted)
        return await self._persist(wanted, lambda it: it.read(side, now=self.clock.now()))

    async def assign(
        self, actor: Actor, wanted: EnquiryId, assignee: UserId | None, *, expected: int | None = None
    ) -> Enquiry:
        """
        Say who answers it for the seller; `None` for nobody.

        It is a name on a list: to be named lets nobody see more than they do anyway.

        Raises: ForbiddenError for the person who asks.
        """
        enquiry = await self.get(actor, wanted)
        if Side.SELLER not in sides_in(actor, enquiry):
            raise ForbiddenError("The seller says who answers.", field="enquiry", value=str(wanted))
        demand_newest(enquiry, expected, what="enquiry")
        return await self._save(enquiry.assign(assignee, now=self.clock.now()))

    async def close(self, actor: Actor, wanted: EnquiryId, *, expected: int | None = None) -> Enquiry:
        """Put it away, as either side; who writes again opens it again."""
        await self._side(actor, wanted)
        enquiry = await self._existing(wanted)
        demand_newest(enquiry, expected, what="enquiry")
        return await self._save(enquiry.close(now=self.clock.now()))

    async def held(self, person: UserId) -> Sequence[Enquiry]:
        """All that a person has written and was written to them, as who asks and as who sells on their own."""
        found: dict[EnquiryId, Enquiry] = {}
        for wanted in (EnquiryFilter(customer=person), EnquiryFilter(seller=SellerId(person))):
            found |= {one.id: one for one in await self._all(wanted)}
        return tuple(found.values())

    async def forget(self, person: UserId) -> None:
        """Anonymise all that a person had to do with who erases themselves (see `Enquiry.forget`)."""
        for wanted in (
            EnquiryFilter(customer=person),
            EnquiryFilter(seller=SellerId(person)),
            EnquiryFilter(assignee=person),
        ):
            for enquiry in await self._all(wanted):
                await self._persist(enquiry.id, lambda it: it.forget(person, now=self.clock.now()))

    async def _all(self, wanted: EnquiryFilter) -> Sequence[Enquiry]:
        found: list[Enquiry] = []
        while batch := await self.enquiries.find(
            wanted, after=Bookmark(found[-1].created_at, found[-1].id) if found else None, limit=BATCH
        ):
            found += batch
        return found

    async def _side(self, actor: Actor, wanted: EnquiryId) -> Side:
        """Raises: ForbiddenError for who only looks on."""
        sides = sides_in(actor, await self.get(actor, wanted))
        if not sides:
            raise ForbiddenError("Only the two write to each other.", field="enquiry", value=str(wanted))
        # Nobody asks about their own car; who has gone over to the seller since speaks for the seller.
        return Side.SELLER if Side.SELLER in sides else Side.CUSTOMER

    async def _persist(self, wanted: EnquiryId, decide: Callable[[Enquiry], Change[Enquiry]]) -> Enquiry:
        """Save a decision that stands whatever else happens: decide again where others were faster."""
        for _ in range(TRIES - 1):
            with suppress(ConcurrencyConflictError):
                return await self._save(decide(await self._existing(wanted)))
        return await self._save(decide(await self._existing(wanted)))

    async def _demand_patience(self, actor: Actor) -> None:
        verdict = await self.limiter.hit(f"enquiries {actor.user_id}", CARS)
        if not verdict.is_allowed:
            raise LimitedError("You have asked about very many cars today.", retry_after=verdict.retry_after / SECOND)

    def _message_id(self, actor: Actor, key: str | None) -> MessageId:
        return MessageId(self.ids.new() if key is None else uuid5(KEYS, f"message:{actor.user_id}:{key}"))

    async def _existing(self, wanted: EnquiryId) -> Enquiry:
        enquiry = await self.enquiries.get(wanted)
        if enquiry is None:
            raise _no_such(wanted)
        return enquiry

    async def _save(self, change: Change[Enquiry]) -> Enquiry:
        await self.enquiries.save(change)
        return change.state


def sides_in(actor: Actor, enquiry: Enquiry) -> frozenset[Side]:
    """On which sides of the enquiry the actor stands."""
    return _sides(actor, enquiry.customer, enquiry.seller)


def _sides(actor: Actor, customer: UserId | None, seller: SellerId) -> frozenset[Side]:
    return sides_of(actor, customer=customer, seller=seller, speaking=Permission.ANSWER)


def _no_such(wanted: EnquiryId) -> NotFoundError:
    return NotFoundError("There is no such enquiry.", field="enquiry", value=str(wanted))
