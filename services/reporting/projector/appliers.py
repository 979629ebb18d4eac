"""What to do with each event: the one table, for the consumer."""

from uuid import UUID

from sqlalchemy import Connection

from services.reporting.marks import Marks
from services.reporting.projector.process import PROCESS_EVENTS, project
from services.reporting.projector.results import agreement_ratified, delivered, final
from services.reporting.store.metadata import PEOPLE
from shared.contracts.agreements import AgreementRatified
from shared.contracts.envelope import Envelope
from shared.contracts.registry import Event
from shared.contracts.results import ResultFinal, SummativeDelivered
from shared.inbox.appliers import Apply
from shared.people.apply import people_appliers


def appliers(marks: Marks) -> dict[type[Event], Apply]:
    """Every event of the four topics that reporting reads."""

    def process(connection: Connection, district_id: UUID, event: Event, envelope: Envelope) -> None:
        project(connection, marks, district_id, [(event, envelope)])

    return {
        **people_appliers(PEOPLE),
        **dict.fromkeys(PROCESS_EVENTS, process),
        AgreementRatified: agreement_ratified,
        SummativeDelivered: delivered,
        ResultFinal: final,
    }
