"""
The end of a session, whatever else happens to it at that moment.
"""

from __future__ import annotations

from carmarket.core.errors import ConcurrencyConflictError
from carmarket.core.users.session import Session
from carmarket.ports.clock import Clock
from carmarket.ports.users import SessionRepository


async def end_session(sessions: SessionRepository, session: Session | None, clock: Clock) -> None:
    """End it; when it is refreshed at this very moment, what that has made of it."""
    while session is not None:
        try:
            return await sessions.save(session.end(now=clock.now()))
        except ConcurrencyConflictError:
            session = await sessions.get(session.id)
    return None
