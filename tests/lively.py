"""
A market in which something of everything has happened, for tests of what becomes of it elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast
from uuid import UUID

from attrs import define, field, frozen

from carmarket import Details, Money, SearchQuery, Vehicle
from carmarket.adapters.memory import MemoryClock, MemoryMailer
from carmarket.core.actor import Actor
from carmarket.core.booking.booking import BookingId
from carmarket.core.booking.quote import BookingKind
from carmarket.core.catalog.car import CarId, SellerId
from carmarket.core.catalog.listing import Listing, ListingId
from carmarket.core.place import Place, Point
from carmarket.core.search.saved import HowOften
from carmarket.core.users.roles import Role
from carmarket.core.users.second_factor import code_at
from carmarket.core.webhooks.delivery import Reply
from carmarket.ports.webhooks import Courier, Letter
from carmarket.services.market import Market
from carmarket.testing.bookings import from_to
from carmarket.testing.builders import a_vin, an_admin, some_details
from tests.e2e.story.by_library import WORD, ByLibrary
from tests.e2e.story.ways import Person
from tests.entrypoints.http.pictures import a_picture

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STOCK = """Stock #,Make,Model,Year,Price,Odometer,Description
A1,Volkswagen,Golf,2019,15000 USD,41200 mi,Scheckheft gepflegt – wie neu 🚗
A2,BMW,X5,2021,39000 USD,20100 mi,عائلية
A3,Nissan,Leaf,2020,14000 USD,12800 mi,
A4,Ford,Focus,2018,free,60000 mi,
""".encode()


@define
class FakeCourier(Courier):
    """Takes what is sent to one address, and is refused at all others."""

    posted: list[Letter] = field(factory=list)

    async def demand_reachable(self, url: str) -> None:
        """All addresses are reachable."""

    async def post(self, letters: Sequence[Letter]) -> Sequence[Reply]:
        self.posted += letters
        return [Reply(204) if "well" in one.url else Reply(503, "Überlastet 🚧") for one in letters]


@frozen(kw_only=True)
class Lived:
    """What a test wants to know again of the market."""

    seeker: Person
    refresh: str
    """A token that leads on in a session of the seeker."""
    pictured: ListingId
    """A car with two pictures."""


async def liven(market: Market, clock: MemoryClock) -> Lived:
    """Let something of everything happen, until all of it is told."""
    ways = ByLibrary(market, clock)
    admin = await ways.arrive_as_admin("root@example.com")
    dealer, cars = await _dealer(ways, admin)
    await _other_dealers(ways, admin)
    seeker = await ways.arrive("zoë.ärger@example.com", "Zoë Ärger 🚗")
    await _look_on(ways, seeker)
    await _tell_integrators(market, dealer)
    await _picture(market, dealer, cars[0])
    await _all_kinds_of_listings(market, dealer)
    await market.settle()
    await _bookings(ways, dealer, seeker, cars)
    await _enquiries(market, dealer, seeker, cars)
    await _leave(ways)
    await ways.hours_pass(7 * 24)
    await _second_factor(ways)
    login = await market.users.sessions.log_in(email=seeker.email, password=WORD, device="Küchentablet")
    await ways.hours_pass(1)
    await market.users.accounts.forget_password("nobody@example.com")
    return Lived(seeker=seeker, refresh=login.refresh, pictured=ListingId(cars[0]))


def letters(market: Market) -> int:
    """How many letters this market has sent, as it knows."""
    return len(cast("MemoryMailer", market.stock.mailer).sent)


def actor_of(person: Person) -> Actor:
    assert isinstance(person.key, Actor)
    return person.key


async def _dealer(ways: ByLibrary, admin: Person) -> tuple[Person, list[CarId]]:
    dealer = await ways.arrive("dora@example.com", "Dora Deal")
    await ways.become_dealer(dealer, "Müller & Söhne", admin)
    await ways.bring_stock(dealer, STOCK)
    await ways.take_bookings(dealer)
    found = await ways.market.catalog.find(actor_of(dealer), limit=100)
    return dealer, [CarId(one.id) for one in found]


async def _other_dealers(ways: ByLibrary, admin: Person) -> None:
    """One that is suspended and has cars, one that waits, and one that asks somebody in."""
    suspended = await ways.arrive("sam@example.com", "Sam Slow")
    dealer_id = await ways.become_dealer(suspended, "Slow Cars", admin)
    await ways.bring_stock(suspended, STOCK.replace(b"A", b"S"))
    dealers = ways.market.users.dealers
    (slow,) = [one for one in await dealers.find(actor_of(admin)) if str(one.id) == dealer_id]
    await dealers.suspend(actor_of(admin), slow.id, reason="Späte Rechnungen")
    waiting = await ways.arrive("willy@example.com", "Willy Wait")
    await dealers.apply(actor_of(waiting), name="Wait & See")
    owner = await ways.arrive("olga@example.com", "Olga Own")
    await ways.become_dealer(owner, "Own Cars", admin)
    owned = actor_of(owner).dealer_id
    assert owned is not None
    await ways.market.users.staff.invite(actor_of(owner), owned, email="agent@example.com", role=Role.DEALER_AGENT)


async def _look_on(ways: ByLibrary, seeker: Person) -> None:
    """Searches of every pace; one that is told at once."""
    await ways.save_search(seeker, "make=Tesla")
    for words, how_often in (("golf under 15k", HowOften.DAILY), ("x5", HowOften.WEEKLY), ("leaf", HowOften.NEVER)):
        await ways.market.saved_searches.save(
            actor_of(seeker), name=f"Träume von {words}", query=SearchQuery(words=words), how_often=how_often
        )


async def _tell_integrators(market: Market, dealer: Person) -> None:
    for url in ("https://well.example/hook", "https://ill.example/hook"):
        await market.webhooks.create(actor_of(dealer), url=url)
    await market.webhooks.create(an_admin(), url="https://well.example/all", event_types=frozenset())


async def _picture(market: Market, dealer: Person, car_id: CarId) -> None:
    for shade in (1, 2):
        await market.photos.add(actor_of(dealer), ListingId(car_id), a_picture(shade))


async def _all_kinds_of_listings(market: Market, dealer: Person) -> None:
    """A draft, one that is paused, one that is sold, archived, and one that newly matches a search."""
    for number, steps in enumerate(
        ((), ("publish", "pause"), ("publish", "sell"), ("publish", "archive"), ("publish",)), start=1
    ):
        await _listing(market, dealer, number, steps)


async def _listing(market: Market, dealer: Person, number: int, steps: Sequence[str]) -> Listing:
    details: Details = some_details(
        vehicle=Vehicle(make="Tesla", model="Model 3", trim="Größe L", model_year=2020, features=("Schiebedach",)),
        vin=a_vin(number),
        place=Place(country="DE", city="Köln", point=Point(50.94, 6.96), time_zone="Europe/Berlin"),
        description="Zwei Halter.\nNichtraucher ✓",
    )
    listing = await market.catalog.draft(actor_of(dealer), details=details, price=Money(20_000_00 + number, "EUR"))
    for step in steps:
        listing = await getattr(market.catalog, step)(actor_of(dealer), listing.id)
    return listing


async def _bookings(ways: ByLibrary, dealer: Person, seeker: Person, cars: Sequence[CarId]) -> None:
    """Held, declined, cancelled, lapsed, completed with reviews, to come, and the seller's own time."""
    market, car = ways.market, str(cars[0])
    slots = await ways.slots(car)
    for number, action in enumerate(("decline", "cancel", "")):
        booking = await ways.book(seeker, car, slots[number])
        if action:
            await getattr(market.booking, action)(actor_of(dealer), BookingId(UUID(booking)), reason="Werkstatt")
    done = await ways.book(seeker, car, slots[4])
    await ways.act(dealer, done, "confirm")
    await market.busy.replace(actor_of(dealer), cars[1], [from_to(24 * 20, 24 * 21)])
    await ways.hours_pass(24 * 4)
    await ways.act(dealer, done, "complete")
    await ways.review(seeker, done, 5, "Sehr nett. 👍")
    await ways.review(dealer, done, 4, "Careful.")
    await ways.let_all_reviews_pass(await _moderator(ways))
    await ways.reply(dealer, "Danke!")
    (review,) = await market.reviews.of_seller(SellerId(actor_of(dealer).dealer_id or UUID(int=0)))
    await market.reviews.report(actor_of(dealer), review.id, reason="Übertrieben")
    missed = await ways.book(seeker, car, (await ways.slots(car))[-1])
    await ways.act(dealer, missed, "confirm")
    quote = await market.booking.quote(cars[2], BookingKind.RENTAL, from_to(24 * 30, 24 * 32))
    await market.booking.request(actor_of(seeker), (await market.booking.hold(actor_of(seeker), quote)).id)


async def _moderator(ways: ByLibrary) -> Person:
    await ways.market.users.people.add(
        an_admin(), email="mo@example.com", name="Mo", password=WORD, roles=frozenset({Role.MODERATOR})
    )
    login = await ways.market.users.sessions.log_in(email="mo@example.com", password=WORD)
    return Person("mo@example.com", login.actor, login.refresh)


async def _enquiries(market: Market, dealer: Person, seeker: Person, cars: Sequence[CarId]) -> None:
    for number, car in enumerate(cars[:3]):
        asked = await market.enquiries.ask(actor_of(seeker), car, text=f"Fährt er noch?\n{number} 🚗")
        if number:
            await market.enquiries.write(actor_of(dealer), asked.id, text="Ja, natürlich.")
        if number == 2:
            await market.enquiries.close(actor_of(dealer), asked.id)
    await market.users.accounts.like(actor_of(seeker), cars[0])


async def _leave(ways: ByLibrary) -> None:
    """Somebody erases themselves; their sessions end."""
    leaving = await ways.arrive("lea@example.com", "Lea Leave")
    await ways.market.users.privacy.erase(actor_of(leaving), password=WORD)


async def _second_factor(ways: ByLibrary) -> None:
    guarded = await ways.arrive("gus@example.com", "Gus Guard")
    factors = ways.market.users.second_factors
    made = await factors.prepare(actor_of(guarded), password=WORD)
    code = code_at(made.secret, int(ways.clock.now().timestamp()) // 30)
    await factors.confirm(actor_of(guarded), code=code)
