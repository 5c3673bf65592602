"""
The end of a session, whatever else happens to it at that moment.
"""

from __future__ import annotations

from carmarket.core.users.session import Session
from carmarket.ports.clock import Clock
from carmarket.ports.users import SessionRepository
from carmarket.services.insisting import insist


async def end_session(sessions: SessionRepository, session: Session | None, clock: Clock) -> None:
    """End it; when it is refreshed at this very moment, what that has made of it."""
    await insist(sessions, session, lambda it: it.end(now=clock.now()))
