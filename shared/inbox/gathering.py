"""Applying the events of a run together, for appliers whose work costs hardly more for many events than for one.

`together(apply_many)` is an ordinary applier. While a consumer applies a run of messages its events are gathered, each
district's in their order, and handed over at the end of the run; anywhere else each is handed over at once.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Connection

from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event
from shared.db import set_district
from shared.inbox.appliers import Apply

ApplyMany = Callable[[Connection, UUID, Sequence[tuple[Event, Envelope]]], None]
"""(connection, bound to the district; district id; events with their envelopes, those of a key in its order)."""
_GATHERED = "accord.gathered_events"


def together(apply_many: ApplyMany) -> Apply:
    """An applier that hands its events to `apply_many`. Use one and the same for all events whose order matters."""

    def apply(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        gathered = connection.info.get(_GATHERED)
        if gathered is None:
            apply_many(connection, district_id, [(event, envelope)])
        else:
            gathered.setdefault((apply_many, district_id), []).append((event, envelope))

    return apply


@contextmanager
def gathering(connection: Connection) -> Iterator[None]:
    """Within the block events are gathered; at its end they are applied. An error of any of them is raised then."""
    info = connection.info  # can't be asked for any more once the connection is lost
    info[_GATHERED] = {}
    try:
        yield
        for (apply_many, district_id), events in info.pop(_GATHERED).items():
            set_district(connection, district_id)
            apply_many(connection, district_id, events)
    finally:
        info.pop(_GATHERED, None)
