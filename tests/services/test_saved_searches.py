"""
Saved searches, from saving one to the letters about what it finds.

It is long, for it tells the story on both stores, with all that can go wrong on the way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from attrs import define, field

from carmarket import Money, Range, SearchQuery, Settings, open_market
from carmarket.adapters.memory import MemoryClock
from carmarket.core.actor import Actor
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import Listing
from carmarket.core.catalog.vehicle import Vehicle
from carmarket.core.errors import (
    ForbiddenError,
    InvalidError,
    KeyReusedError,
    NotFoundError,
    StaleError,
    UnavailableError,
)
from carmarket.core.letters import Letter, LetterKind
from carmarket.core.money import RateTable
from carmarket.core.search.alerts import MOST_AT_ONCE, MOST_SHOWN
from carmarket.core.search.query import Sort
from carmarket.core.search.saved import MOST_SAVED_SEARCHES, HowOften, SavedSearch, TooManySavedSearchesError
from carmarket.core.users.ids import UserId
from carmarket.ports.mail import Mailer
from carmarket.services.alerts import TellSeekers
from carmarket.services.market import Market
from carmarket.services.policies import WhenACarNewlyMatchesTellItsSeekers
from carmarket.services.post import Post
from carmarket.testing.builders import NOW, a_dealer, an_admin, some_details
from carmarket.testing.users import a_user

DEALER = a_dealer()
SEEKER, STRANGER = Actor(user_id=UserId(UUID(int=21))), Actor(user_id=UserId(UUID(int=22)))
CHEAP_GOLFS = SearchQuery(models=["golf"], price=Range(high=1_000_000))
AT_ONCE, DAILY, WEEKLY, NEVER = HowOften
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@define
class FakeMailer(Mailer):
    """Keeps letters; what `before` says happens before one is taken, and `after` when it is on its way."""

    sent: list[Letter] = field(factory=list)
    before: list[Exception] = field(factory=list)
    after: list[Exception] = field(factory=list)

    async def send(self, letter: Letter) -> None:
        if self.before:
            raise self.before.pop()
        self.sent.append(letter)
        if self.after:
            raise self.after.pop()


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "sqlite"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    async with open_market(Settings(url=url, search="memory://", mail="memory://"), clock=clock) as market:
        for number in (21, 22):
            known = a_user(number, name=f"Person {number}")
            await market.stock.users.save(known.then(lambda it: it.confirm_address(now=NOW)))
        yield market


@pytest.fixture
def mailer() -> FakeMailer:
    return FakeMailer()


@pytest.fixture
def tell(market: Market, mailer: FakeMailer, clock: MemoryClock) -> TellSeekers:
    post = Post(users=market.stock.users, mailer=mailer, site="https://cars.example")
    return TellSeekers(saved=market.saved_searches, post=post, clock=clock)


async def seek(
    market: Market, query: SearchQuery = CHEAP_GOLFS, how_often: HowOften = AT_ONCE, actor: Actor = SEEKER
) -> SavedSearch:
    return await market.saved_searches.save(
        actor, name="Cheap Golfs", query=query, how_often=how_often, asked="model=golf&price_max=10000"
    )


async def publish(market: Market, price: int = 900_000, *, make: str = "Volkswagen", model: str = "Golf") -> Listing:
    vehicle = Vehicle(make=make, model=model, model_year=2019)
    details = some_details(vehicle=vehicle)
    listing = await market.catalog.draft(DEALER, details=details, price=Money(price, "USD"))
    return await market.catalog.publish(DEALER, listing.id)


async def follow(market: Market) -> None:
    """The readers do their work; no letters are sent."""
    for job in market.jobs:
        if job.wait is not None:
            while await job.step():
                pass


async def found(market: Market, actor: Actor = SEEKER) -> list[tuple[UUID, int]]:
    """The cars and versions of all alerts, the oldest first."""
    alerts = await market.saved_searches.alerts(actor, limit=1_000)
    return sorted((one.car_id, one.version) for one in alerts)


async def test_a_car_that_is_published_is_told_at_once(market, mailer, tell):
    search = await seek(market)
    golf, dear = await publish(market), await publish(market, 1_100_000)
    await publish(market, make="Mazda", model="CX-5")
    await follow(market)

    assert await tell() == 1

    (letter,) = mailer.sent
    assert (letter.kind, letter.to, letter.name) == (LetterKind.ALERT, "person21@example.com", "Person 21")
    assert letter.facts == {
        "search": "Cheap Golfs",
        "car": "2019 Volkswagen Golf",
        "price": "9,000.00 USD",
        "link": f"https://cars.example/cars/{golf.id}",
    }
    assert letter.id == (await market.saved_searches.alerts(SEEKER))[0].id
    assert await found(market) == [(golf.id, 3)]
    assert await tell() == 0
    await market.catalog.reprice(DEALER, dear.id, price=Money(1_000_000, "USD"))
    await follow(market)
    assert await tell() == 1
    assert mailer.sent[1].facts["price"] == "10,000.00 USD"
    assert search.how_often is AT_ONCE


async def test_what_matches_already_is_told_once(market):
    await publish(market)
    await follow(market)
    await seek(market)
    golf = await publish(market)
    for price in (800_000, 1_100_000, 950_000):
        golf = await market.catalog.reprice(DEALER, golf.id, price=Money(price, "USD"))
    golf = await market.catalog.pause(DEALER, golf.id)
    golf = await market.catalog.publish(DEALER, golf.id)
    await market.catalog.sell(DEALER, golf.id)
    await follow(market)

    assert await found(market) == [(golf.id, 3), (golf.id, 6), (golf.id, 8)]


async def test_events_that_come_twice_tell_nothing_new(market, clock, tell, mailer):
    await seek(market)
    await publish(market)
    await follow(market)
    await tell()
    policy = WhenACarNewlyMatchesTellItsSeekers(
        searches=market.stock.saved_searches, alerts=market.stock.alerts, clock=clock, rates=RateTable()
    )
    events = [one.event for one in await market.stock.log.read(0, 100)]

    await policy([*events, *events])

    assert await tell() == 0
    assert len(mailer.sent) == len(await found(market)) == 1


async def test_what_happened_before_a_search_was_saved_is_not_told(market, clock):
    await publish(market)
    clock.advance(timedelta(milliseconds=1))
    await seek(market)

    await follow(market)

    assert await found(market) == []


async def test_new_rates_tell_nobody(market, clock):
    await seek(market)
    euros = await market.catalog.draft(DEALER, details=some_details(), price=Money(900_000, "EUR"))
    await market.catalog.publish(DEALER, euros.id)
    await market.catalog.reprice(DEALER, euros.id, price=Money(880_000, "EUR"))
    await follow(market)
    assert await found(market) == []
    (repriced,) = [one.event for one in await market.stock.log.read(0, 100) if one.event.version == 4]
    rates = RateTable(rates={"EUR": Decimal("1.1")})

    policy = WhenACarNewlyMatchesTellItsSeekers(
        searches=market.stock.saved_searches, alerts=market.stock.alerts, clock=clock, rates=rates
    )
    await policy([repriced])

    assert await found(market) == []


async def test_a_day_and_a_week_are_told_in_one_letter(market, clock, mailer, tell):
    await seek(market, how_often=DAILY)
    await seek(market, how_often=WEEKLY)
    golfs = []
    for hours in (0, 1):
        clock.advance(hours * HOUR)
        golfs.append(await publish(market, 900_000 + hours))
    await follow(market)
    assert await tell() == 0

    clock.advance(DAY)  # from Friday noon
    assert await tell() == 1
    (daily,) = mailer.sent
    clock.advance(DAY)
    golfs.append(await publish(market, 800_000))
    await follow(market)
    clock.advance(DAY)
    assert await tell() == 2

    assert daily.kind is LetterKind.DIGEST
    assert daily.facts == {
        "search": "Cheap Golfs",
        "count": "2",
        "cars": (
            f"2019 Volkswagen Golf, 9,000.01 USD | https://cars.example/cars/{golfs[1].id}\n"
            f"2019 Volkswagen Golf, 9,000.00 USD | https://cars.example/cars/{golfs[0].id}"
        ),
        "link": "https://cars.example/?model=golf&price_max=10000",
    }
    assert [letter.facts["count"] for letter in mailer.sent[1:]] in (["1", "3"], ["3", "1"])
    assert len({letter.id for letter in mailer.sent}) == 3
    assert await tell() == 0


async def test_a_digest_shows_each_car_once_as_it_was_last(market, clock, mailer, tell):
    await seek(market, how_often=DAILY)
    golf = await publish(market)
    for price in (1_100_000, 700_000):
        await market.catalog.reprice(DEALER, golf.id, price=Money(price, "USD"))
    for _ in range(MOST_SHOWN):
        await publish(market)
    await follow(market)
    clock.advance(DAY)

    await tell()

    (letter,) = mailer.sent
    assert letter.facts["count"] == str(MOST_SHOWN + 1)
    assert len(letter.facts["cars"].splitlines()) == MOST_SHOWN
    assert letter.facts["cars"].count(str(golf.id)) <= 1


async def test_a_sellers_words_never_pass_for_another_car(market, clock, mailer, tell):
    await seek(market, SearchQuery(makes=["volkswagen"]), how_often=DAILY)
    evil = "Golf\nFree car | https://evil.example/x\u2028Another | https://evil.example/y"
    golf = await publish(market, model=evil)
    await follow(market)
    clock.advance(DAY)

    await tell()

    (letter,) = mailer.sent
    assert [link for _, link in letter.cars] == [f"https://cars.example/cars/{golf.id}"]


async def test_a_flood_of_cars_becomes_some_letters_and_one_for_the_rest(market, clock, mailer, tell):
    await seek(market)
    for _ in range(MOST_AT_ONCE + 5):
        await publish(market)
    await follow(market)
    await tell()
    assert [letter.kind for letter in mailer.sent] == [LetterKind.ALERT] * MOST_AT_ONCE

    clock.advance(DAY)
    await tell()

    assert mailer.sent[-1].kind is LetterKind.DIGEST
    assert mailer.sent[-1].facts["count"] == "5"


async def test_an_alert_is_written_down_before_its_letter_is_sent(market, mailer, tell):
    await seek(market)
    await publish(market)
    await follow(market)
    mailer.before = [UnavailableError("The carrier is away.")]

    with pytest.raises(UnavailableError):
        await tell()

    assert len(await found(market)) == 1
    assert mailer.sent == []
    assert await tell() == 1
    assert len(mailer.sent) == 1


@pytest.mark.parametrize("how_often", [AT_ONCE, DAILY])
async def test_what_stops_between_the_letter_and_its_note_sends_the_same_letter_again(
    market, clock, mailer, tell, how_often
):
    await seek(market, how_often=how_often)
    await publish(market)
    await publish(market)
    await follow(market)
    clock.advance(DAY)
    mailer.after = [KeyError("killed")]
    with pytest.raises(KeyError):
        await tell()
    await publish(market)
    await follow(market)

    await tell()

    assert mailer.sent[0] in mailer.sent[1:]
    assert len({letter.id for letter in mailer.sent}) == (3 if how_often is AT_ONCE else 1)
    assert await market.stock.alerts.due(clock.now()) == ()


async def test_a_mutant_that_notes_before_it_sends_loses_a_letter(market, clock, mailer, tell):
    class NotesFirst(TellSeekers):
        async def _tell(self, letter: UUID) -> None:
            await self.saved.log.tell(letter, now=NOW)
            await super()._tell(letter)

    mutant = NotesFirst(saved=tell.saved, post=tell.post, clock=clock)
    await seek(market)
    await publish(market)
    await follow(market)
    mailer.before = [KeyError("killed")]
    with pytest.raises(KeyError):
        await mutant()

    await mutant()

    assert mailer.sent == []


async def test_a_carrier_that_fails_for_one_letter_holds_up_no_other(market, mailer, tell):
    await seek(market)
    await seek(market, actor=STRANGER)
    await publish(market)
    await follow(market)
    mailer.before = [UnavailableError("Come again later.")]

    assert await tell() == 1
    assert await tell() == 1

    assert {letter.to for letter in mailer.sent} == {"person21@example.com", "person22@example.com"}


async def test_an_address_that_no_letter_can_go_to_is_let_be(market, mailer, tell):
    await seek(market)
    await publish(market)
    await follow(market)
    mailer.before = [InvalidError("No letter can go there.")]

    assert await tell() == 1
    assert await tell() == 0
    assert mailer.sent == []


async def test_who_wants_no_letters_gets_none(market, mailer, tell, clock):
    silent, gone, ended = await seek(market, how_often=NEVER), await seek(market), await seek(market, how_often=DAILY)
    golf = await publish(market)
    await follow(market)
    await market.saved_searches.remove(SEEKER, gone.id)
    await market.saved_searches.revise(SEEKER, ended.id, name="No more", how_often=NEVER)
    clock.advance(2 * DAY)

    await tell()

    assert mailer.sent == []
    assert await found(market) == [(golf.id, 3)]
    assert await market.saved_searches.alerts(SEEKER, search_id=silent.id) == ()


async def test_one_click_ends_the_letters_without_logging_in(market, mailer, tell):
    search = await seek(market)
    await publish(market)
    await follow(market)
    await tell()
    link = urlsplit(mailer.sent[0].unsubscribe)
    (token,) = parse_qs(link.query)["token"]
    assert f"{link.scheme}://{link.netloc}{link.path}" == "https://cars.example/v1/saved-searches/unsubscribe"

    looked_up = await market.saved_searches.named_by(token)
    assert looked_up == search
    for _ in range(2):
        await market.saved_searches.unsubscribe(token)

    ended = await market.saved_searches.get(SEEKER, search.id)
    assert (ended.how_often, ended.version) == (NEVER, 2)
    await market.saved_searches.remove(SEEKER, search.id)
    await market.saved_searches.unsubscribe(token)
    other = await seek(market)
    for forged in ("", "abc", token[:-1], token.replace(search.id.hex, other.id.hex), f"{token}é"):
        with pytest.raises(InvalidError):
            await market.saved_searches.unsubscribe(forged)
    assert (await market.saved_searches.get(SEEKER, other.id)).is_active


async def test_words_are_kept_as_they_were_understood(market):
    search = await seek(market, SearchQuery(words="golf under 10k"))

    await publish(market)
    await publish(market, 1_100_000)
    await follow(market)

    assert search.query.words == ""
    assert search.query.price == Range(high=1_000_000)
    assert len(await found(market)) == 1


async def test_a_key_has_one_effect(market):
    async def save(fingerprint: str):
        return await market.saved_searches.save(
            SEEKER, name="Golfs", query=CHEAP_GOLFS, key="k", fingerprint=fingerprint
        )

    first, again = await save("f"), await save("f")

    assert first == again
    with pytest.raises(KeyReusedError):
        await save("other")
    assert len(await market.saved_searches.find(SEEKER)) == 1


@pytest.mark.parametrize("query", [SearchQuery(), SearchQuery(words=" "), SearchQuery(sort=Sort.PRICE)])
async def test_a_search_for_everything_is_not_saved(market, query):
    with pytest.raises(InvalidError) as refused:
        await seek(market, query)

    assert refused.value.field in {"query", "words"}


async def test_a_person_has_a_bounded_number_of_searches(market):
    for _ in range(MOST_SAVED_SEARCHES):
        await seek(market)

    with pytest.raises(TooManySavedSearchesError):
        await seek(market)


async def test_who_may_see_and_do_what(market):
    search = await seek(market)
    for strange in (STRANGER, DEALER):
        with pytest.raises(NotFoundError):
            await market.saved_searches.get(strange, search.id)
        with pytest.raises(NotFoundError):
            await market.saved_searches.remove(strange, search.id)
        with pytest.raises(NotFoundError):
            await market.saved_searches.revise(strange, search.id, name="Mine", how_often=NEVER)
        with pytest.raises(NotFoundError):
            await market.saved_searches.alerts(strange, search_id=search.id)
        with pytest.raises(ForbiddenError):
            await market.saved_searches.find(strange, owner=SEEKER.user_id)
    with pytest.raises(StaleError):
        await market.saved_searches.remove(SEEKER, search.id, expected=2)
    with pytest.raises(StaleError):
        await market.saved_searches.revise(SEEKER, search.id, name="x", how_often=NEVER, expected=2)

    assert await market.saved_searches.get(an_admin(), search.id) == search
    assert list(await market.saved_searches.find(an_admin(), owner=SEEKER.user_id)) == [search]
    assert await market.saved_searches.find(STRANGER) == ()


async def test_a_person_takes_their_searches_along_and_leaves_none(market):
    search = await seek(market)
    await publish(market)
    await follow(market)
    download = await market.users.privacy.download(SEEKER)

    await market.users.privacy.erase_user(an_admin(), SEEKER.user_id)
    await market.settle()

    assert list(download["saved-searches"]) == [search]
    assert len(download["alerts"]) == 1
    assert await market.saved_searches.find(SEEKER) == ()
    assert await found(market) == []


async def test_the_jobs_do_all_of_it(market):
    await seek(market)
    golf = await publish(market)

    await market.settle()

    assert golf.status is ListingStatus.PUBLISHED
    assert [letter.kind for letter in market.stock.mailer.sent] == [LetterKind.ALERT]
