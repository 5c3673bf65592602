"""
Importing a dealer's file: what is added, changed, withdrawn, refused, and what a broken-off import leaves.

It is long, for all of an import is one promise: the same file has one effect, whatever happens.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from carmarket import Money, Settings, open_market
from carmarket.adapters.memory import MemoryClock
from carmarket.core.actor import Actor, UserId
from carmarket.core.catalog.imports import Counts, Import, ImportOptions, ImportStatus
from carmarket.core.catalog.lifecycle import ListingStatus
from carmarket.core.catalog.listing import Listing
from carmarket.core.catalog.photos import PhotoStatus
from carmarket.core.catalog.vehicle import DistanceUnit, Drivetrain, Odometer, Power, PowerUnit
from carmarket.core.errors import ForbiddenError, InvalidError, KeyReusedError, NotFoundError
from carmarket.core.users.roles import Role
from carmarket.entrypoints.cli.demo.pictures import draw
from carmarket.services.market import Market
from carmarket.testing.builders import NOW, a_dealer, a_vin, an_admin, some_details

KM, MI = DistanceUnit.KILOMETRES, DistanceUnit.MILES
KW, HP = PowerUnit.KILOWATTS, PowerUnit.MECHANICAL_HORSEPOWER
HEADER = "Stock #,Make,Model,Year,Price,VIN\n"
DEALER = a_dealer()


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(NOW)


@pytest.fixture(params=["memory", "sqlite"])
async def market(request: pytest.FixtureRequest, tmp_path: Path, clock: MemoryClock) -> AsyncIterator[Market]:
    url = "memory://" if request.param == "memory" else f"sqlite:///{tmp_path}/market.db"
    async with open_market(Settings(url=url, search="memory://"), clock=clock) as market:
        yield market


def rows(numbers: Iterable[int], *, price: int = 9_000) -> bytes:
    return (HEADER + "".join(f"S{n},Ford,Focus,2019,{price + n},\n" for n in numbers)).encode()


async def take(market: Market, data: bytes, actor: Actor = DEALER, **options: Any) -> Import:
    job = await market.imports.start(actor, file_name="cars.csv", data=data, options=ImportOptions(**options))
    return await finished(market, job)


async def finished(market: Market, job: Import) -> Import:
    async for _ in market.imports.run(job.id):
        await asyncio.sleep(0)
    return await market.imports.get(an_admin(), job.id)


async def stock(market: Market, *statuses: ListingStatus) -> dict[str | None, Listing]:
    found = await market.catalog.find(DEALER, statuses=frozenset(statuses), limit=1_000)
    return {one.details.stock_number: one for one in found}


async def failed_rows(market: Market, job: Import, actor: Actor = DEALER) -> list[dict[str, str]]:
    text = b"".join([piece async for piece in market.imports.failed_rows(actor, job.id)]).decode()
    return list(csv.DictReader(io.StringIO(text)))


async def test_new_cars_are_added_and_found(market):
    done = await take(market, rows(range(1_234)))
    await market.settle()

    assert done.status is ImportStatus.DONE
    assert done.counts == Counts(added=1_234)
    assert done.line == done.total_lines == 1_235
    assert len(await stock(market, ListingStatus.PUBLISHED)) == 1_000


async def test_the_same_file_twice_changes_nothing(market):
    await take(market, rows(range(20)))
    last = await market.stock.log.last()

    again = await take(market, rows(range(20)))

    assert again.counts == Counts(unchanged=20)
    assert await market.stock.log.last() == last


async def test_a_changed_row_changes_its_car_and_keeps_the_history(market):
    await take(market, rows(range(3)))

    again = await take(market, rows(range(3), price=8_000))

    assert again.counts == Counts(updated=3)
    assert [point.price.amount for point in (await stock(market))["S1"].price.history] == [900_100, 800_100]


async def test_a_dry_run_counts_and_changes_nothing(market):
    await take(market, rows(range(10)))
    last = await market.stock.log.last()

    done = await take(market, rows(range(2, 12), price=1), dry_run=True, full=True)

    assert done.counts == Counts(added=2, updated=8, withdrawn=2)
    assert await market.stock.log.last() == last


async def test_rows_that_fail_come_back_and_can_be_corrected_and_imported_again(market):
    data = HEADER + f"S1,Ford,Focus,2019,9000,{a_vin(1)}\nS2,Ford,,1066,free,\nS3,Ford,Ka,2019,1,{a_vin(1)}\n"

    done = await take(market, data.encode())
    failed = await failed_rows(market, done)

    assert done.counts == Counts(added=1, failed=2)
    assert [(row["carmarket line"], row["Stock #"]) for row in failed] == [("3", "S2"), ("4", "S3")]
    assert set(failed[0]["carmarket column"].split(" | ")) == {"Year", "Price", "Model"}
    assert "Line 2 has this VIN" in failed[1]["carmarket reason"]

    corrected = [{**failed[0], "Model": "Fiesta", "Year": "2016", "Price": "4000"}, {**failed[1], "VIN": a_vin(3)}]
    text = io.StringIO()
    writer = csv.DictWriter(text, failed[0])
    writer.writeheader()
    writer.writerows(corrected)
    again = await take(market, text.getvalue().encode())

    assert again.counts == Counts(added=2)
    assert len(await stock(market, ListingStatus.PUBLISHED)) == 3


async def test_a_full_file_withdraws_what_it_leaves_out(market):
    await take(market, rows(range(10)))

    done = await take(market, rows(range(2, 12)), full=True)

    assert done.counts == Counts(added=2, unchanged=8, withdrawn=2)
    assert set(await stock(market, ListingStatus.ARCHIVED)) == {"S0", "S1"}


async def test_a_full_file_that_leaves_out_too_much_withdraws_nothing(market):
    await take(market, rows(range(10)))

    refused = await take(market, rows(range(4, 10)), full=True)
    allowed = await take(market, rows(range(4, 10)), full=True, allow_removals=True)

    assert refused.status is ImportStatus.FAILED
    assert "4 of 10" in (refused.failure or "")
    assert refused.counts == Counts(unchanged=6)
    assert allowed.counts == Counts(unchanged=6, withdrawn=4)


async def test_new_cars_do_not_hide_how_much_of_the_old_stock_is_left_out(market):
    await take(market, rows(range(10)))

    refused = await take(market, rows(range(100, 200)), full=True)

    assert "10 of 10" in (refused.failure or "")


async def test_rows_that_failed_count_as_present(market):
    await take(market, rows(range(10)))

    data = rows(range(9)).decode() + "S9,Ford,Focus,2019,broken,\n"
    done = await take(market, data.encode(), full=True)

    assert done.counts == Counts(unchanged=9, failed=1)
    assert len(await stock(market, ListingStatus.PUBLISHED)) == 10


async def test_a_failed_row_that_does_not_say_which_car_it_is_holds_up_the_withdrawal(market):
    await take(market, rows(range(10)))

    data = rows(range(9)).decode() + ",Ford,Focus,2019,broken,\n"
    done = await take(market, data.encode(), full=True, allow_removals=True)

    assert done.status is ImportStatus.FAILED
    assert "neither stock number nor VIN" in (done.failure or "")
    assert len(await stock(market, ListingStatus.PUBLISHED)) == 10


async def test_a_full_file_touches_no_other_seller_and_no_draft(market):
    other = a_dealer(1)
    await take(market, rows(range(5)), other)
    mine = await take(market, rows(range(5)))
    assert mine.counts == Counts(added=5)
    await market.catalog.draft(DEALER, details=some_details(), price=Money(1, "USD"))

    done = await take(market, rows(range(1, 5)), full=True)

    assert done.counts.withdrawn == 1
    assert len(await market.catalog.find(other, statuses=frozenset({ListingStatus.PUBLISHED}))) == 5


async def test_a_car_that_comes_back_is_listed_anew_with_its_history(market):
    await take(market, rows(range(10)))
    await take(market, rows(range(1, 10)), full=True)

    again = await take(market, rows(range(10), price=9_500))
    twice = await take(market, rows(range(10), price=9_500))

    assert again.counts == Counts(added=1, updated=9)
    assert twice.counts == Counts(unchanged=10)
    back = (await stock(market, ListingStatus.PUBLISHED))["S0"]
    assert back.relisted_from is not None
    assert [point.price.amount for point in back.price.history] == [900_000, 950_000]


async def test_a_sold_car_stays_sold(market):
    await take(market, rows(range(2)))
    await market.catalog.sell(DEALER, (await stock(market))["S1"].id)

    done = await take(market, rows(range(2), price=1))

    assert done.counts == Counts(updated=1, unchanged=1)
    assert (await stock(market))["S1"].status is ListingStatus.SOLD


async def test_a_car_that_ran_out_is_renewed_by_its_file(market, clock):
    await take(market, rows([1]))
    clock.advance(timedelta(days=61))
    await market.settle()
    assert (await stock(market))["S1"].status is ListingStatus.EXPIRED

    done = await take(market, rows([1]))

    assert done.counts == Counts(updated=1)
    assert (await stock(market))["S1"].status is ListingStatus.PUBLISHED


async def test_cars_without_number_or_vin_are_told_apart_by_what_they_say(market):
    data = "Make,Model,Price\nFord,Ka,900\nFord,Ka,900\nFord,Ka,800\n"

    first = await take(market, data.encode())
    second = await take(market, data.encode())

    assert first.counts == Counts(added=3)
    assert second.counts == Counts(unchanged=3)


async def test_a_second_row_of_the_same_car_fails(market):
    done = await take(market, rows([1, 2, 1]))

    assert done.counts == Counts(added=2, failed=1)
    assert "earlier row" in (await failed_rows(market, done))[0]["carmarket reason"]


async def test_a_vin_that_is_live_elsewhere_fails_with_its_reason(market):
    await take(market, f"Make,Model,Price,VIN\nFord,Ka,1,{a_vin(1)}\n".encode(), a_dealer(1))

    done = await take(market, f"Make,Model,Price,VIN\nFord,Ka,1,{a_vin(1)}\nFord,Ka,1,{a_vin(2)}\n".encode())

    assert done.counts == Counts(added=1, failed=1)
    assert "Another live listing" in (await failed_rows(market, done))[0]["carmarket reason"]


async def test_a_dry_run_fails_what_the_real_run_would_for_a_vin(market):
    await take(market, f"Make,Model,Price,VIN\nFord,Ka,1,{a_vin(1)}\n".encode(), a_dealer(1))
    cars = "".join(f"Ford,Ka,{n},{a_vin(n)}\n" for n in (1, *range(2, 700), 2))
    data = f"Make,Model,Price,VIN\n{cars}".encode()

    dry = await take(market, data, dry_run=True)
    real = await take(market, data)

    assert dry.counts == real.counts == Counts(added=698, failed=2)
    assert await failed_rows(market, dry) == await failed_rows(market, real)
    reasons = [row["carmarket reason"] for row in await failed_rows(market, dry)]
    assert "Another live listing" in reasons[0]
    assert "An earlier line has this VIN" in reasons[1]


async def test_what_an_unverified_dealer_imports_waits_for_review(market):
    done = await take(market, rows([1]), a_dealer(is_trusted=False))

    assert done.counts == Counts(added=1)
    assert (await stock(market))["S1"].status is ListingStatus.PENDING


async def test_an_import_that_was_broken_off_goes_on_where_it_was(market):
    job = await market.imports.start(DEALER, file_name="cars.csv", data=rows(range(1_700)))
    broken_off = market.imports.run(job.id)
    await anext(broken_off)
    await anext(broken_off)
    await broken_off.aclose()
    assert (await market.imports.get(DEALER, job.id)).line == 1_001

    steps = [step async for step in market.imports.run(job.id)]
    assert all(step.line > 1_001 for step in steps)
    assert steps[-1].counts == Counts(added=1_700)


async def test_a_batch_that_was_saved_but_not_noted_is_done_again_without_harm(market):
    job = await market.imports.start(DEALER, file_name="cars.csv", data=rows(range(700)))

    class DiesBeforeNoting:
        def __getattr__(self, name):
            return getattr(market.stock.imports, name)

        async def save(self, change):
            raise SystemError

    with pytest.raises(SystemError):
        await anext(evolve(market.imports, imports=DiesBeforeNoting()).run(job.id))
    assert len(await stock(market)) == 500

    done = await finished(market, job)

    assert done.counts == Counts(added=700)
    assert await market.stock.log.last() == 700 * 3


async def test_two_processes_on_one_import_do_no_harm(market):
    job = await market.imports.start(DEALER, file_name="cars.csv", data=rows(range(1_700)))

    await asyncio.gather(finished(market, job), finished(market, job))

    done = await market.imports.get(DEALER, job.id)
    assert done.status is ImportStatus.DONE
    assert await market.stock.log.last() == 1_700 * 3


async def test_the_jobs_finish_what_nobody_attends_to(market, clock):
    waiting = await market.imports.start(DEALER, file_name="cars.csv", data=rows(range(5)))
    attended = await market.imports.start(DEALER, file_name="more.csv", data=rows(range(9)), is_attended=True)

    await market.settle()
    assert (await market.imports.get(DEALER, waiting.id)).status is ImportStatus.DONE
    assert (await market.imports.get(DEALER, attended.id)).status is ImportStatus.WAITING

    clock.advance(timedelta(minutes=1))
    await market.settle()
    assert (await market.imports.get(DEALER, attended.id)).counts == Counts(added=4, unchanged=5)


async def test_an_attended_import_goes_on_with_the_one_that_was_broken_off(market):
    first = await market.imports.start(
        DEALER, file_name="a.csv", data=rows([1]), is_attended=True, fingerprint="digest"
    )
    again = await market.imports.start(
        DEALER, file_name="a.csv", data=rows([1]), is_attended=True, fingerprint="digest"
    )

    assert again.id == first.id


async def test_a_key_has_one_effect(market):
    first = await market.imports.start(DEALER, file_name="a.csv", data=rows([1]), key="k", fingerprint="f")
    again = await market.imports.start(DEALER, file_name="a.csv", data=rows([1]), key="k", fingerprint="f")

    assert again.id == first.id
    with pytest.raises(KeyReusedError):
        await market.imports.start(DEALER, file_name="a.csv", data=rows([2]), key="k", fingerprint="other")


async def test_who_may_import_and_see_imports(market):
    customer = Actor(user_id=UserId(DEALER.user_id))
    with pytest.raises(ForbiddenError):
        await market.imports.start(customer, file_name="a.csv", data=rows([1]))
    with pytest.raises(ForbiddenError):
        await market.imports.start(DEALER, file_name="a.csv", data=rows([1]), seller=a_dealer(1).dealer_id)
    job = await market.imports.start(an_admin(), file_name="a.csv", data=rows([1]), seller=DEALER.dealer_id)

    assert (await market.imports.get(DEALER, job.id)).id == job.id
    with pytest.raises(NotFoundError):
        await market.imports.get(a_dealer(2), job.id)
    assert Role.DEALER_OWNER in DEALER.roles


async def test_a_file_that_is_no_table_of_cars_is_refused_at_once_and_leaves_nothing(market):
    for data in (b"", b"a,b\n1,2\n", b"\x00\x00\x00"):
        with pytest.raises(InvalidError):
            await market.imports.start(DEALER, file_name="cars.csv", data=data)

    assert [key async for key in market.stock.blobs.keys()] == []
    assert await market.stock.imports.unfinished() == ()


async def test_pictures_that_a_column_names_are_shown_once_they_are_developed(market):
    data = b"Stock #,Make,Model,Price,Photos\nS1,Ford,Ka,1,red.jpg;gone.jpg\nS2,Ford,Ka,2,red.jpg\n"
    picture = draw(None, None)
    job = await market.imports.start(DEALER, file_name="cars.csv", data=data, pictures={"red.jpg": picture}.get)
    await market.settle()

    assert (await market.imports.get(DEALER, job.id)).counts == Counts(added=2)
    photos = [one.photos.items for one in (await stock(market)).values()]
    assert [[photo.status for photo in items] for items in photos] == [[PhotoStatus.READY]] * 2
    assert photos[0][0].id == photos[1][0].id
    missing = (await market.imports.get(DEALER, job.id)).missing_photos
    assert (missing.count, missing.names) == (1, ("gone.jpg",))
    again = await market.imports.start(DEALER, file_name="cars.csv", data=data, pictures={"red.jpg": picture}.get)
    await market.settle()
    assert (await market.imports.get(DEALER, again.id)).counts == Counts(unchanged=2)


async def test_a_failed_row_of_a_car_that_was_listed_anew_counts_as_present(market):
    await take(market, rows(range(10)))
    await take(market, rows(range(9)), full=True)
    await take(market, rows(range(10)), full=True)

    broken = rows(range(9)).decode() + "S9,Ford,Focus,2019,broken,\n"
    done = await take(market, broken.encode(), full=True)

    assert done.counts == Counts(unchanged=9, failed=1)
    assert len(await stock(market, ListingStatus.PUBLISHED)) == 10


async def test_a_failed_row_whose_vin_another_listing_has_counts_as_present(market):
    cars = "".join(f",Ford,Focus,2019,9000,{a_vin(n)}\n" for n in range(5))
    await take(market, (HEADER + cars).encode())

    done = await take(market, (HEADER + f"S1{cars}").encode(), full=True)

    assert done.counts == Counts(unchanged=4, failed=1)
    assert len(await market.catalog.find(DEALER, statuses=frozenset({ListingStatus.PUBLISHED}))) == 5


async def test_the_same_request_at_the_same_moment_has_one_effect(market):
    jobs = await asyncio.gather(
        *(market.imports.start(DEALER, file_name="a.csv", data=rows([1]), key="k", fingerprint="f") for _ in range(20))
    )

    assert len({job.id for job in jobs}) == 1


async def test_rows_that_fail_again_come_back_with_their_new_reasons_alone(market):
    first = await take(market, (HEADER + "S1,Ford,Ka,2019,free,\nS2,Ford,Ka,2019,gratis,\n").encode())
    text = b"".join([piece async for piece in market.imports.failed_rows(DEALER, first.id)])

    second = await take(market, text.replace(b",free,", b",1,", 1))
    again = await failed_rows(market, second)

    assert second.counts == Counts(added=1, failed=1)
    assert [(row["Stock #"], row["carmarket line"], row["carmarket value"]) for row in again] == [("S2", "3", "gratis")]
    assert None not in again[0]


async def test_what_has_no_unit_is_taken_as_beside_the_currency_of_its_row(market):
    header = "Make,Model,Price,Currency,Odometer,Power,Drivetrain\n"
    data = f"{header}VW,Golf,1,EUR,45000,110,2WD\nVW,Polo,1,USD,45000,110,FWD\n"
    await take(market, data.encode())

    found = sorted((await stock_of_all(market)), key=lambda one: one.details.vehicle.model)

    said = [(one.details.odometer, one.details.vehicle.power, one.details.vehicle.drivetrain) for one in found]
    assert said == [
        (Odometer(45_000, KM), Power(110, KW), None),
        (Odometer(45_000, MI), Power(110, HP), Drivetrain.FRONT),
    ]


@pytest.mark.parametrize(
    ("heading", "price", "currency", "expected"),
    [
        ("Price", "$15000", "EUR", "USD"),
        ("Price", "15000 €", "USD", "EUR"),
        ("Price ($)", "15000", "EUR", "USD"),
        ("Preis in EUR", "15000", "$", "EUR"),
    ],
)
async def test_a_currency_that_contradicts_the_price_fails(market, heading, price, currency, expected):
    done = await take(market, f"Make,Model,{heading},Currency\nVW,Golf,{price},{currency}\n".encode())

    (row,) = await failed_rows(market, done)
    assert (row["carmarket column"], row["carmarket value"]) == ("Currency", currency)
    assert "another currency" in row["carmarket reason"]
    assert expected in row["carmarket reason"]


async def test_a_sign_of_many_dollars_leaves_the_currency_to_its_column(market):
    await take(market, b"Make,Model,Price ($),Currency\nVW,Golf,$15000,CAD\nVW,Polo,$15000,\n")

    assert {one.price.current for one in await stock_of_all(market)} == {
        Money(1_500_000, "CAD"),
        Money(1_500_000, "USD"),
    }


async def test_a_price_in_brackets_is_less_than_nothing(market):
    done = await take(market, b'Make,Model,Price\nVW,Golf,"(12,500)"\n')

    assert done.counts == Counts(failed=1)
    assert (await failed_rows(market, done))[0]["carmarket column"] == "Price"


async def stock_of_all(market: Market) -> list[Listing]:
    return list(await market.catalog.find(DEALER, limit=1_000))
