"""Whose words a form carries, in a field that we signed: enough to keep what was typed where the cookie is gone.

It opens nothing: whoever sends it has their text kept as a draft of the person to whom we gave the form, who finds it
after signing in. The form's token (csrf.py), made for the same person, must go with it.
"""

import hmac
from datetime import UTC, datetime
from uuid import UUID

from flask import request

from shared.web.context import visit
from shared.web.links import settings
from shared.web.session import Session

FIELD = "typist"


def typist() -> str:
    """For the hidden field of a form shown to somebody who is signed in; empty for everyone else."""
    session = visit().session
    if session is None:
        return ""
    times = (int(session.issued_at.timestamp()), int(session.expires_at.timestamp()))
    said = ".".join(str(part) for part in (session.session_id, session.person_id, session.district_id, *times))
    return f"{said}.{_signature(said)}"


def typists_session() -> Session | None:
    """The session under which the posted form was shown, if we gave it so."""
    said, _, signature = request.form.get(FIELD, "")[:400].rpartition(".")
    if not said or not hmac.compare_digest(signature.encode(), _signature(said).encode()):
        return None
    session_id, person_id, district_id, issued, expires = said.split(".")
    return Session(
        UUID(session_id),
        UUID(person_id),
        UUID(district_id),
        datetime.fromtimestamp(int(issued), UTC),
        datetime.fromtimestamp(int(expires), UTC),
    )


def _signature(said: str) -> str:
    return hmac.digest(settings().secret_key.encode(), f"typist:{said}".encode(), "sha256").hex()
