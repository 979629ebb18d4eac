"""Stories told to the notifications service as the bus would tell them, and real mail servers that listen or don't.

def test_something(story):
    story.open(TESS).assign(TESS, PAULA).announce(TESS)
    story.messages()  # {(recipient, kind), …}

The cast: Paula and Sam are principals, Tess and Tom teachers, Uma represents the union, Hana is of HR. Otto and Olga (HR)
belong to another district and must see nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, MetaData, Table, select

from services.notifications.bootstrap import create_consumer
from services.notifications.projection import appliers
from services.notifications.store import tables
from services.notifications.telling import Teller
from shared.bus.open import open_bus
from shared.bus.port import Bus
from shared.clock import now
from shared.config import Settings
from shared.contracts import process
from shared.contracts.directory import DistrictChanged, PersonChanged, RoleHeld
from shared.contracts.envelope import decode, encode, read_envelope
from shared.contracts.registry import Event
from shared.contracts.topics import DIRECTORY, PROCESS
from shared.db import connect, transaction
from shared.ids import derived_id
from shared.inbox.gathering import gathering
from shared.outbox.record import record_events
from shared.outbox.relay import Relay
from shared.outbox.tables import outbox_tables

ZONE = "America/Chicago"
SAYERS_OUTBOX = outbox_tables(MetaData())
START = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    id: UUID
    district_id: UUID
    given: str
    family: str
    role: str

    @property
    def email(self) -> str:
        return f"{self.given.lower()}@district.example"

    @property
    def evaluation(self) -> UUID:
        return derived_id("evaluation", self.given)


NORTH, SOUTH = derived_id("district", "north"), derived_id("district", "south")


def _person(given: str, family: str, role: str, district: UUID = NORTH) -> Person:
    return Person(derived_id("person", given), district, given, family, role)


PAULA = _person("Paula", "Alvarez", "principal")
SAM = _person("Sam", "Okafor", "principal")
TESS = _person("Tess", "Kim", "teacher")
TOM = _person("Tom", "Nowak", "teacher")
UMA = _person("Uma", "Reyes", "union_representative")
HANA = _person("Hana", "Sato", "hr")
OTTO = _person("Otto", "Berg", "teacher", SOUTH)
OLGA = _person("Olga", "Lind", "hr", SOUTH)
CAST = (PAULA, SAM, TESS, TOM, UMA, HANA, OTTO, OLGA)


def person_changed(person: Person, **changes: Any) -> PersonChanged:
    values: dict[str, Any] = {
        "person_id": person.id,
        "given_name": person.given,
        "family_name": person.family,
        "email": person.email,
        "active": True,
        "roles": (RoleHeld(role=person.role),),
    }
    return PersonChanged(**{**values, **changes})


class Story:
    """What happened, in order. Each step applies one event as a consumer would, in a transaction of its own."""

    def __init__(self, settings: Settings, engine: Engine, clock: Any) -> None:
        self.settings = settings
        self.engine = engine
        self.web = connect(settings, "web")
        self.clock = clock
        self.told: list[tuple[UUID, Event, datetime]] = []
        self._appliers = appliers(Teller(mail_domain="accord.example", clock=clock))

    def tell(self, event: Event, *, district: UUID = NORTH, at: datetime | None = None) -> "Story":
        self.told.append((district, event, at or self.clock()))
        self._apply(len(self.told))
        return self

    def replay(self) -> "Story":
        """Everything once more, over emptied tables, as a consumer replays a topic."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(table.name for table in tables.REPLAYED)}")
        for number in range(1, len(self.told) + 1):
            self._apply(number)
        return self

    def in_one_run(self, *numbers: int) -> "Story":
        """What was told so manieth, once more and together, as a consumer applies a run of messages."""
        with transaction(self.engine, NORTH) as connection, gathering(connection):
            for number in numbers:
                self._apply_on(connection, number)
        return self

    def _apply(self, number: int) -> None:
        with transaction(self.engine, self.told[number - 1][0]) as connection:
            self._apply_on(connection, number)

    def _apply_on(self, connection: Connection, number: int) -> None:
        district, event, at = self.told[number - 1]
        message = encode(
            event,
            event_id=derived_id("event", str(number)),
            source="tests",
            sequence=number,
            district_id=district,
            time=at,
        )
        self._appliers[type(event)](connection, district, decode(message), read_envelope(message))

    def people(self, *people: Person) -> "Story":
        for district, name in ((NORTH, "North district"), (SOUTH, "South district")):
            self.tell(DistrictChanged(district_id=district, name=name, zone=ZONE), district=district)
        for person in people or CAST:
            self.tell(person_changed(person), district=person.district_id)
        return self

    def open(self, subject: Person, steps: tuple[process.StepPlanned, ...] = ()) -> "Story":
        return self.tell(
            process.EvaluationOpened(
                evaluation_id=subject.evaluation,
                service="teacher",
                cycle_id=derived_id("cycle"),
                cycle_title="2026–27",
                school_id=None,
                subject_id=subject.id,
                agreement_hash="a" * 64,
                track="Comprehensive",
                opened_at=self.clock(),
                steps=steps,
            ),
            district=subject.district_id,
        )

    def assign(self, subject: Person, evaluator: Person, previous: Person | None = None) -> "Story":
        return self.tell(
            process.EvaluatorAssigned(
                evaluation_id=subject.evaluation,
                evaluator_id=evaluator.id,
                previous_id=previous.id if previous else None,
                assigned_by=HANA.id,
                at=self.clock(),
            ),
            district=subject.district_id,
        )

    def step(self, subject: Person, step_id: str, kind: str, duty: str, bearer: Person | None, **more: Any) -> "Story":
        values: dict[str, Any] = {
            "title": step_id,
            "phase": "Observing",
            "required": True,
            "due_on": None,
            "clause": None,
            "path": f"/evaluations/{subject.evaluation}/{step_id}",
        }
        return self.tell(
            process.StepOpened(
                evaluation_id=subject.evaluation,
                step_id=step_id,
                occasion_id=None,
                kind=kind,
                duty=duty,
                duty_bearer_id=bearer.id if bearer else None,
                opened_at=self.clock(),
                **{**values, **more},
            ),
            district=subject.district_id,
        )

    def done(
        self, subject: Person, step_id: str, kind: str, by: Person | None, outcome: str = "done", **more: Any
    ) -> "Story":
        values: dict[str, Any] = {
            "title": step_id,
            "phase": "Observing",
            "duty": "evaluator",
            "due_on": None,
            "clause": None,
            "late": False,
            "path": f"/evaluations/{subject.evaluation}/{step_id}",
        }
        return self.tell(
            process.StepDone(
                evaluation_id=subject.evaluation,
                step_id=step_id,
                occasion_id=None,
                kind=kind,
                by_id=by.id if by else None,
                outcome=outcome,
                done_at=self.clock(),
                **{**values, **more},
            ),
            district=subject.district_id,
        )

    def close(self, subject: Person, by: Person) -> "Story":
        return self.tell(
            process.EvaluationClosed(evaluation_id=subject.evaluation, by_id=by.id, at=self.clock()),
            district=subject.district_id,
        )

    def end_early(self, subject: Person, by: Person) -> "Story":
        return self.tell(
            process.EvaluationEndedEarly(evaluation_id=subject.evaluation, by_id=by.id, at=self.clock()),
            district=subject.district_id,
        )

    def document_opened(self, subject: Person, step_id: str) -> "Story":
        return self.tell(
            process.DocumentOpened(
                evaluation_id=subject.evaluation, step_id=step_id, by_id=subject.id, at=self.clock()
            ),
            district=subject.district_id,
        )

    def rows(self, table: Table, district: UUID = NORTH) -> list[dict[str, Any]]:
        """What a page of that district could see of a table."""
        with transaction(self.web, district) as connection:
            found = connection.execute(select(table).order_by(*table.primary_key))
            return [dict(row._mapping) for row in found]

    def messages(self) -> set[tuple[str, str]]:
        """Who was told what: {(given name, kind), …}, over both districts."""
        names = {person.id: person.given for person in CAST}
        rows = [*self.rows(tables.message, NORTH), *self.rows(tables.message, SOUTH)]
        return {(names[row["recipient_id"]], row["kind"]) for row in rows}


def whole_year(story: Story) -> Story:
    """Tess's year, with everything that anybody is told of in it."""
    held = datetime(2026, 11, 3, 20, 0, tzinfo=UTC)
    story.open(TESS).assign(TESS, PAULA)
    story.step(TESS, "notice", "notice", "evaluator", PAULA)
    story.done(TESS, "notice", "notice", PAULA, held_from=held, held_to=held + timedelta(minutes=45))
    story.done(TESS, "feedback", "feedback", PAULA)
    story.assign(TESS, SAM, previous=PAULA)
    story.done(TESS, "summative", "summative", SAM)
    story.step(TESS, "sign", "signature", "subject", TESS, due_on=date(2027, 6, 1), clause="WA-12")
    story.step(TESS, "respond", "response", "subject", TESS, required=False)
    story.done(TESS, "sign", "signature", TESS, "signed", duty="subject")
    story.done(TESS, "respond", "response", TESS, "filed", duty="subject")
    return story.close(TESS, SAM)


WHOLE_YEAR = {
    ("Tess", "evaluator_named"),
    ("Paula", "evaluation_assigned"),
    ("Tess", "observation_announced"),
    ("Tess", "feedback_sent"),
    ("Tess", "evaluator_changed"),
    ("Sam", "evaluation_assigned"),
    ("Paula", "evaluation_moved"),
    ("Tess", "summative_sent"),
    ("Tess", "signature_asked"),
    ("Sam", "signed"),
    ("Sam", "response_filed"),
    ("Tess", "evaluation_closed"),
    ("Sam", "evaluation_closed"),
}


class SetClock:
    """A clock that tells what it was set to."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


def planned(step_id: str, kind: str, duty: str, due_on: date | None) -> process.StepPlanned:
    return process.StepPlanned(step_id=step_id, title=step_id, phase="Observing", kind=kind, duty=duty, due_on=due_on)


class BusStory(Story):
    """The same, but told through an outbox, the relay and the bus; what consumes is the service's own consumer."""

    def __init__(self, settings: Settings, sayer: Settings, bus: Bus, clock: Any) -> None:
        super().__init__(settings, connect(settings, "worker"), clock)
        self.bus = bus
        self.sayer = connect(sayer, "worker")
        self.relay = Relay(self.sayer, SAYERS_OUTBOX, bus, "teacher", topics=[DIRECTORY, PROCESS])
        self.consumer = create_consumer(settings, self.engine, bus)

    def tell(self, event: Event, *, district: UUID = NORTH, at: datetime | None = None) -> "BusStory":
        with transaction(self.sayer, district) as connection:
            record_events(
                connection, SAYERS_OUTBOX, [event], source="teacher", district_id=district, at=at or self.clock()
            )
        return self

    def close_all(self) -> None:
        self.bus.close()
        for engine in (self.engine, self.web, self.sayer):
            engine.dispose()


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=pytest.mark.kafka)])
def bus_story(request: pytest.FixtureRequest, service_settings: Any) -> Iterator[BusStory]:
    """The cast in a teacher service's outbox, once on each bus; run its relay and consumer to hear of it."""
    where: dict[str, str] = {}
    if request.param == "kafka":
        broker = request.getfixturevalue("emptied_broker")
        where = {"bus": "kafka", "bus_url": broker.bootstrap_servers}
    settings = service_settings("notifications", mail_gather_seconds=1, **where)
    told = BusStory(settings, service_settings("teacher"), open_bus(settings), SetClock(now().replace(microsecond=0)))
    told.people()
    yield told
    told.close_all()


@pytest.fixture
def story(service_settings: Any) -> Iterator[Story]:
    """The service's database with the cast in it, and nothing told yet; its clock stands at START."""
    settings = service_settings("notifications")
    told = Story(settings, connect(settings, "worker"), SetClock())
    yield told.people()
    told.engine.dispose()
    told.web.dispose()


def text_of(page: Any) -> str:
    """The words of a page, tags and doubled blanks taken out."""
    assert page.status_code == 200, page.get_data(as_text=True)[:2000]
    words = re.sub(r"<(style|script).*?</\1>", " ", page.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", words).split()).replace(" .", ".")
