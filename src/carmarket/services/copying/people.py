"""
Moving people: their accounts, dealers and sessions, what they look for, and what was noted of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from carmarket.core.search.alerts import Alert
from carmarket.core.search.saved import SavedSearch
from carmarket.core.users.audit import AuditEntry
from carmarket.core.users.dealer import Dealer
from carmarket.core.users.ids import UserId
from carmarket.core.users.links import ResetRequest
from carmarket.core.users.session import Session
from carmarket.core.users.user import User
from carmarket.ports.users import UserFilter
from carmarket.services.copying.subjects import LARGEST_BATCH, Kept, Subject, bring, paged
from carmarket.services.stock import Stock

EVERYBODY = UserFilter(is_erased=None)


def _users(stock: Stock) -> AsyncIterator[Sequence[User]]:
    return paged(lambda last: stock.users.find(EVERYBODY, after=last, limit=LARGEST_BATCH), lambda one: one.id)


def _dealers(stock: Stock) -> AsyncIterator[Sequence[Dealer]]:
    return paged(lambda last: stock.dealers.find(after=last, limit=LARGEST_BATCH), lambda one: one.id)


def _sessions(stock: Stock) -> AsyncIterator[Sequence[Session]]:
    return paged(lambda last: stock.sessions.find(after=last, limit=LARGEST_BATCH), lambda one: one.id)


def _requests(stock: Stock) -> AsyncIterator[Sequence[ResetRequest]]:
    return paged(lambda last: stock.reset_requests.waiting(LARGEST_BATCH, after=last), lambda one: one)


def _audit(stock: Stock) -> AsyncIterator[Sequence[AuditEntry]]:
    """The newest first, as the log gives them."""
    return paged(lambda last: stock.audit.find(before=last, limit=LARGEST_BATCH), lambda one: one.id)


async def _owners(stock: Stock) -> AsyncIterator[UserId]:
    async def find(last: UserId | None) -> Sequence[UserId]:
        return await stock.saved_searches.owners(after=last, limit=LARGEST_BATCH)

    async for page in paged(find, lambda one: one):
        for owner in page:
            yield owner


async def _searches(stock: Stock) -> AsyncIterator[Sequence[SavedSearch]]:
    """Person by person."""
    async for owner in _owners(stock):
        yield await stock.saved_searches.of_owner(owner)


async def _alerts(stock: Stock) -> AsyncIterator[Sequence[Alert]]:
    """Person by person, the newest first; an alert belongs to somebody who has searches."""
    async for owner in _owners(stock):
        async for page in _alerts_of(stock, owner):
            yield page


def _alerts_of(stock: Stock, owner: UserId) -> AsyncIterator[Sequence[Alert]]:
    return paged(lambda last: stock.alerts.find(owner, after=last, limit=LARGEST_BATCH), lambda one: one.position)


async def _ask(stock: Stock, requests: Sequence[ResetRequest]) -> None:
    for one in requests:
        await stock.reset_requests.ask(one.email, one.at)


async def _note(stock: Stock, entries: Sequence[AuditEntry]) -> None:
    for entry in entries:
        await stock.audit.note(entry)


PEOPLE: tuple[Subject, ...] = (
    Kept(name="people", pages=_users, write=lambda stock, page: bring(stock.users.save, page)),
    Kept(name="dealers", pages=_dealers, write=lambda stock, page: bring(stock.dealers.save, page)),
    Kept(name="sessions", pages=_sessions, write=lambda stock, page: bring(stock.sessions.save, page)),
    Kept(name="reset requests", pages=_requests, write=_ask),
    Kept(name="audit log", pages=_audit, write=_note),
    Kept(name="saved searches", pages=_searches, write=lambda stock, page: bring(stock.saved_searches.save, page)),
    Kept(name="alerts", pages=_alerts, write=lambda stock, page: stock.alerts.add(page)),
)
