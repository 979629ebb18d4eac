"""What must be known at once, whatever else waits: whose session holds no more."""

from datetime import datetime
from uuid import UUID

from shared.contracts.fields import Process
from shared.contracts.registry import Event, event
from shared.contracts.topics import ACCESS


@event(name="access.session-ended", version=1, topic=ACCESS, key="session_id")
class SessionEnded(Event, frozen=True, kw_only=True):
    """Signed out, or ended by somebody entitled to; so ends every session of a person who may not sign in any more."""

    session_id: Process[UUID]
    person_id: Process[UUID]
    ended_at: Process[datetime]
    expires_at: Process[datetime]
    """From then on the session's own signature has expired and the row may be forgotten."""
