"""
What a crash leaves of the alerts of a search that is gone: nobody sees it, and it is swept out.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from carmarket.adapters.mongo import MongoAlertLog, MongoSavedSearches, schema
from carmarket.adapters.mongo.database import Database, connected
from carmarket.core.search.saved import SavedSearch
from carmarket.testing.builders import NOW
from carmarket.testing.saved_searches import SEEKER, a_saved_search, an_alert

LATER = NOW + timedelta(days=30)


@pytest.fixture
async def database(url):
    async with connected(url) as database:
        await schema.prepare(database)
        yield database


def stores(database: Database) -> tuple[MongoSavedSearches, MongoAlertLog]:
    searches, alerts = database[schema.SAVED_SEARCHES], database[schema.ALERTS]
    return MongoSavedSearches(searches, alerts), MongoAlertLog(alerts, searches)


async def crashed(database: Database, search: SavedSearch) -> None:
    """As a removal that was killed before it came to the alerts."""
    nowhere = database["nothing"]
    await MongoSavedSearches(database[schema.SAVED_SEARCHES], nowhere).remove(search.id, version=search.version)


async def test_alerts_of_a_search_that_is_gone_are_neither_shown_nor_sent(database):
    searches, alerts = stores(database)
    search = a_saved_search().state
    await searches.save(a_saved_search())
    alert = an_alert(search)
    await alerts.add([alert])

    await crashed(database, search)

    assert await database[schema.ALERTS].count_documents({}) == 1
    assert await alerts.find(SEEKER) == ()
    assert await alerts.of_letter(alert.letter) == ()
    assert dict(await alerts.counts([search.id], NOW)) == {}
    assert await alerts.due(LATER) == ()
    assert await database[schema.ALERTS].count_documents({}) == 0


async def test_a_search_that_is_made_again_under_its_id_has_none_of_the_old_alerts(database):
    searches, alerts = stores(database)
    search = a_saved_search().state
    await searches.save(a_saved_search())
    await alerts.add([an_alert(search, 1)])
    await crashed(database, search)

    await searches.save(a_saved_search())
    assert await alerts.find(SEEKER) == ()
    assert await alerts.add([an_alert(search, 1), an_alert(search, 2)]) == 2
    assert {one.id for one in await alerts.find(SEEKER)} == {an_alert(search, car).id for car in (1, 2)}


async def test_who_is_forgotten_leaves_nothing_that_a_crash_has_left(database):
    searches, alerts = stores(database)
    await searches.save(a_saved_search())
    await alerts.add([an_alert(a_saved_search().state)])
    await crashed(database, a_saved_search().state)

    assert await searches.forget(SEEKER) == 0

    assert await database[schema.ALERTS].count_documents({}) == 0
    assert await database[schema.SAVED_SEARCHES].count_documents({}) == 0
