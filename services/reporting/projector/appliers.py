"""What to do with each event: the one table, for the consumer."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from services.reporting.marks import Marks
from services.reporting.projector.process import PROCESS_EVENTS, project
from services.reporting.projector.results import agreement_ratified, project_results
from services.reporting.store.metadata import PEOPLE
from shared.contracts.agreements import AgreementRatified
from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event
from shared.contracts.results import ResultFinal, SummativeDelivered
from shared.inbox.appliers import Apply
from shared.inbox.gathering import together
from shared.people.apply import people_appliers

Events = Sequence[tuple[Event, Envelope]]


def appliers(marks: Marks) -> dict[type[Event], Apply]:
    """Every event of the four topics that reporting reads; but for agreements, many are applied together."""

    def process(connection: Connection, district_id: UUID, events: Events) -> None:
        project(connection, marks, district_id, events)

    return {
        **people_appliers(PEOPLE),
        **dict.fromkeys(PROCESS_EVENTS, together(process)),
        **dict.fromkeys((SummativeDelivered, ResultFinal), together(project_results)),
        AgreementRatified: agreement_ratified,
    }
