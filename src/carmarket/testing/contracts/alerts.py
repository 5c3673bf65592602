"""
The law of `AlertLog`, as tests; a search that goes takes its alerts with it.
"""

from __future__ import annotations

from uuid import UUID

from attrs import evolve

from carmarket.core.search.alerts import Alert
from carmarket.core.search.saved import HowOften, SavedSearchId
from carmarket.testing.builders import NOW
from carmarket.testing.contracts.saved_searches import HOUR, OTHER, Open, stores
from carmarket.testing.saved_searches import SEEKER, a_saved_search, an_alert


class AlertLogContract:
    """Give a fixture `open_saved_searches` that opens new, empty stores each time it is called."""

    async def test_an_alert_is_there_once(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            await it.searches.save(a_saved_search())
            first = an_alert(a_saved_search().state, now=NOW + HOUR)
            later = evolve(first, letter=UUID(int=5), due_at=NOW + 5 * HOUR)

            counts = [await it.alerts.add([first]), await it.alerts.add([later, later]), await it.alerts.add([])]

            assert counts == [1, 0, 0]
            assert list(await it.alerts.find(SEEKER)) == [first]

    async def test_an_alert_of_a_search_that_is_gone_is_not_written(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            search = a_saved_search().state
            await it.searches.save(a_saved_search())
            await it.alerts.add([an_alert(search)])
            await it.searches.remove(search.id, version=1)

            assert await it.alerts.add([an_alert(search, 2)]) == 0
            assert await it.alerts.find(SEEKER) == ()
            assert await it.alerts.due(NOW + 99 * HOUR) == ()

    async def test_alerts_come_the_newest_first_in_pages(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            alerts = []
            for number, owner in ((1, SEEKER), (2, SEEKER), (3, OTHER)):
                await it.searches.save(a_saved_search(number, owner=owner))
                search = a_saved_search(number, owner=owner).state
                alerts += [an_alert(search, car, at=NOW + (car // 2) * HOUR) for car in range(1, 6)]
            assert await it.alerts.add(alerts) == 15

            walked: list[Alert] = []
            while page := await it.alerts.find(SEEKER, after=walked[-1].position if walked else None, limit=3):
                walked += page
            of_one = await it.alerts.find(SEEKER, search_id=SavedSearchId(UUID(int=2)))

            mine = sorted((one for one in alerts if one.owner == SEEKER), key=lambda one: one.id)
            assert walked == sorted(mine, key=lambda one: one.at, reverse=True)
            assert [one.search_id.int for one in of_one] == [2] * 5
            assert await it.alerts.find(SEEKER, search_id=SavedSearchId(UUID(int=3))) == ()

    async def test_alerts_are_counted_since_a_moment(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            first, second, third = (a_saved_search(number) for number in (1, 2, 3))
            for change in (first, second, third):
                await it.searches.save(change)
            await it.alerts.add([an_alert(first.state, car, at=NOW + car * HOUR) for car in range(4)])
            await it.alerts.add([an_alert(second.state, 1, at=NOW)])

            counts = await it.alerts.counts([first.state.id, third.state.id], NOW + 2 * HOUR)

            assert dict(counts) == {first.state.id: 2}
            assert dict(await it.alerts.counts([], NOW)) == {}

    async def test_letters_are_due_until_they_are_told(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            at_once, daily = a_saved_search(1), a_saved_search(2, how_often=HowOften.DAILY)
            for change in (at_once, daily):
                await it.searches.save(change)
            alone = [an_alert(at_once.state, car, at=NOW + car * HOUR) for car in (2, 1)]
            together = [an_alert(daily.state, car) for car in (1, 2, 3)]
            await it.alerts.add([*alone, *together])
            tomorrow = NOW + 24 * HOUR

            assert await it.alerts.due(NOW) == ()
            assert list(await it.alerts.due(NOW + HOUR)) == [alone[1].letter]
            assert list(await it.alerts.due(tomorrow)) == [alone[1].letter, alone[0].letter, together[0].letter]
            assert list(await it.alerts.due(tomorrow, limit=1)) == [alone[1].letter]
            letter = together[0].letter
            assert list(await it.alerts.of_letter(letter)) == sorted(together, key=lambda one: one.id)

            await it.alerts.tell(letter, now=tomorrow)
            await it.alerts.tell(letter, now=tomorrow + HOUR)

            assert [one.told_at for one in await it.alerts.of_letter(letter)] == [tomorrow] * 3
            assert list(await it.alerts.due(tomorrow)) == [alone[1].letter, alone[0].letter]
            assert await it.alerts.of_letter(UUID(int=9)) == ()

    async def test_what_was_told_long_ago_is_forgotten(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            search = a_saved_search()
            await it.searches.save(search)
            old, recent, untold = (an_alert(search.state, car) for car in (1, 2, 3))
            await it.alerts.add([old, recent, untold])
            await it.alerts.tell(old.letter, now=NOW)
            await it.alerts.tell(recent.letter, now=NOW + HOUR)

            assert await it.alerts.prune(NOW + HOUR) == 1

            assert {one.id for one in await it.alerts.find(SEEKER)} == {recent.id, untold.id}

    async def test_letters_that_are_due_at_once_come_by_id_and_each_once(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            await it.searches.save(a_saved_search())
            search = a_saved_search().state
            alerts = [evolve(an_alert(search, n), letter=UUID(int=50 + n % 4), due_at=NOW) for n in range(1, 9)]
            await it.alerts.add(alerts)

            assert [one.int for one in await it.alerts.due(NOW)] == [50, 51, 52, 53]
            assert [one.int for one in await it.alerts.due(NOW, limit=3)] == [50, 51, 52]

    async def test_a_letter_has_a_bounded_number_of_alerts(self, open_saved_searches: Open) -> None:
        async with stores(open_saved_searches) as it:
            await it.searches.save(a_saved_search())
            search, letter = a_saved_search().state, UUID(int=5)
            alerts = [evolve(an_alert(search, n), letter=letter, due_at=NOW) for n in range(1, 1_011)]
            assert [await it.alerts.add(alerts[:1_000]), await it.alerts.add(alerts[1_000:])] == [1_000, 10]

            assert list(await it.alerts.of_letter(letter)) == sorted(alerts, key=lambda one: one.id)[:1_000]
            await it.alerts.tell(letter, now=NOW)
            assert await it.alerts.due(NOW) == ()
