"""A whole year of the real teacher service, as it tells it: what is due for whom at each point, who is told what, and
that every link lands on the thing for the person it was given to."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import MetaData, select

from services.evaluation.core.domain import commands as c
from services.notifications.projection import appliers
from services.notifications.store import tables
from services.notifications.store.due import Holder, Home, home_of
from services.notifications.telling import Teller
from shared.clock import local_date
from shared.contracts.envelope import Message, decode, read_envelope
from shared.contracts.topics import PROCESS
from shared.db import connect, transaction
from shared.ids import new_id
from shared.outbox.tables import outbox_tables
from shared.people.apply import apply_people
from tests.support.annual_cycle import DISTRICT, MARIA, OMAR, RUTH, SVEN, ZONE
from tests.support.postgres import SettingsFactory
from tests.support.teacher_world import NAMES, OTHER, OTTO, TOM, UNA, World, people_events

OUTBOX = outbox_tables(MetaData()).outbox


class Ear:
    """The notifications service's tables, filled with what the teacher service has told so far."""

    def __init__(self, world: World, service_settings: SettingsFactory) -> None:
        self.world = world
        self.teacher = connect(world.settings, "worker")
        settings = service_settings("notifications")
        self.worker, self.web = connect(settings, "worker"), connect(settings, "web")
        self.heard = 0
        with transaction(self.worker, DISTRICT) as connection:
            apply_people(connection, tables.PEOPLE, DISTRICT, people_events())

    def listen(self) -> None:
        """Apply what has not been heard yet, in the order in which it was told."""
        with self.teacher.connect() as connection:
            told = connection.execute(
                select(OUTBOX).where(OUTBOX.c.id > self.heard, OUTBOX.c.topic == PROCESS.name).order_by(OUTBOX.c.id)
            ).all()
        for row in told:
            message = Message(row.topic, row.key, row.headers, row.value)
            envelope, event = read_envelope(message), decode(message)
            table = appliers(Teller(mail_domain="accord.example", clock=lambda at=envelope.time: at))
            with transaction(self.worker, envelope.district_id) as connection:
                table[type(event)](connection, envelope.district_id, event, envelope)
            self.heard = row.id

    def home(self, person_id: UUID, moment: object) -> Home:
        today = local_date(moment, ZONE)  # type: ignore[arg-type]
        with transaction(self.web, DISTRICT) as connection:
            return home_of(connection, Holder(DISTRICT, person_id, office=person_id == OMAR), today=today, most=50)

    def messages(self) -> list[tuple[str, str]]:
        """(given name, kind) in the order in which it happened."""
        with transaction(self.web, DISTRICT) as connection:
            rows = connection.execute(
                select(tables.message).order_by(tables.message.c.created_at, tables.message.c.kind)
            )
            return [(NAMES[row.recipient_id][0], row.kind) for row in rows]

    def close(self) -> None:
        for engine in (self.teacher, self.worker, self.web):
            engine.dispose()


@pytest.fixture
def ear(world: World, service_settings: SettingsFactory) -> Iterator[Ear]:
    made = Ear(world, service_settings)
    yield made
    made.close()


def test_everyone_is_told_what_concerns_them_once(world: World, ear: Ear) -> None:
    world.play()
    ear.listen()
    assert ear.messages() == [
        ("Ruth", "evaluation_assigned"),
        ("María José", "evaluator_named"),
        ("María José", "goals_agreed"),
        ("María José", "observation_announced"),
        ("María José", "feedback_sent"),
        ("María José", "feedback_sent"),
        ("María José", "signature_asked"),
        ("María José", "summative_sent"),
        ("Ruth", "signed"),
        ("Ruth", "response_filed"),
        ("Ruth", "evaluation_closed"),
        ("María José", "evaluation_closed"),
    ]


def test_who_was_told_of_a_visit_is_told_when_it_moves_or_is_withdrawn(world: World, ear: Ear) -> None:
    year = world.year()
    first = next(number for number, one in enumerate(year) if isinstance(one.command, c.HoldConference))
    world.play(first)
    occasion, at = world.evaluation().occasions[0], year[first].at
    assert occasion.scheduled_from is not None and occasion.scheduled_to is not None
    ruth = {"evaluation_id": world.evaluation_id, "actor_id": RUTH, "occasion_id": occasion.id}
    times = {
        "scheduled_from": occasion.scheduled_from + timedelta(days=1),
        "scheduled_to": occasion.scheduled_to + timedelta(days=1),
    }
    world.do(c.Reschedule(**ruth, **times), at)  # type: ignore[arg-type]
    ear.listen()
    assert ear.messages()[-1] == ("María José", "observation_moved")
    with transaction(ear.web, DISTRICT) as connection:
        told = connection.execute(select(tables.message).where(tables.message.c.kind == "observation_moved")).one()
    assert (told.held_from, told.held_to) == tuple(times.values())
    world.do(c.WithdrawOccasion(**ruth, reason="Fire drill"), at)  # type: ignore[arg-type]
    ear.listen()
    assert ear.messages()[-1] == ("María José", "observation_withdrawn")
    begun = c.BeginOccasion(evaluation_id=world.evaluation_id, actor_id=RUTH, occasion_id=new_id(), type="walkthrough")
    world.do(begun, at)
    world.do(c.WithdrawOccasion(**{**ruth, "occasion_id": begun.occasion_id}, reason="Ill"), at)  # type: ignore[arg-type]
    count = len(ear.messages())
    ear.listen()
    assert len(ear.messages()) == count, "nobody is told that an unannounced visit did not come"


def test_whose_goals_are_handed_back_is_told_and_led_to_them(world: World, ear: Ear) -> None:
    year = world.year()
    agreed = next(number for number, one in enumerate(year) if isinstance(one.command, c.AgreeToForm))
    world.play(agreed)
    handed_back = c.ReturnForm(
        evaluation_id=world.evaluation_id, actor_id=RUTH, step="goals_agreed", reason="One goal is enough"
    )
    world.do(handed_back, year[agreed].at)
    ear.listen()
    assert ear.messages()[-1] == ("María José", "goals_returned")
    with transaction(ear.web, DISTRICT) as connection:
        told = connection.execute(select(tables.message).where(tables.message.c.kind == "goals_returned")).one()
    page = world.client(MARIA).get(told.path).text
    assert "Your turn: " in page and "One goal is enough" in page


def test_every_link_lands_for_the_person_it_was_given_to(world: World, ear: Ear) -> None:
    moments = world.year()
    seen: set[UUID] = set()
    for moment in moments:
        world.do(moment.command, moment.at)
        world.set_clock(moment.at)
        ear.listen()
        with transaction(ear.web, DISTRICT) as connection:
            rows = connection.execute(select(tables.message)).all()
            items = connection.execute(select(tables.due_item).where(tables.due_item.c.state == "open")).all()
        links = {(row.recipient_id, row.path) for row in rows if row.id not in seen}
        links |= {(item.bearer_id, item.path) for item in items if item.bearer_id is not None}
        seen |= {row.id for row in rows}
        for person_id, path in links:
            page = world.client(person_id).get(path)
            told = f"{path} for {NAMES[person_id][0]} after {type(moment.command).__name__}"
            assert page.status_code in (200, 303) and "/sign-in" not in (page.location or ""), told
    assert len(seen) == 12


def test_what_is_due_follows_the_year(world: World, ear: Ear) -> None:
    ear.listen()
    start = world.year()[0].at
    assert next(item.kind for group in ear.home(MARIA, start).groups.values() for item in group) == "form"
    for moment in world.year():
        world.do(moment.command, moment.at)
        ear.listen()
        for nobody in (TOM, UNA, OTTO, SVEN):
            assert not any(ear.home(nobody, moment.at).groups.values())
        if isinstance(moment.command, c.SendSummative):
            kinds = {item.kind for group in ear.home(MARIA, moment.at).groups.values() for item in group}
            assert "signature" in kinds
    after = ear.home(MARIA, moment.at)
    assert not any(after.groups[name] for name in ("late", "week", "later")), "nothing more is due once it is closed"
    assert not any(ear.home(RUTH, moment.at).groups.values())
    assert ear.home(RUTH, moment.at).next is None


def test_a_reassigned_evaluation_goes_to_the_new_evaluator(world: World, ear: Ear) -> None:
    world.play_until(c.SendSummative)
    moment = world.year()[-1].at
    ear.listen()
    before = {item.step_id for group in ear.home(RUTH, moment).groups.values() for item in group}
    assert "summative" in before
    world.do(
        c.AssignEvaluator(
            evaluation_id=world.evaluation_id, actor_id=OMAR, office=True, evaluator_id=SVEN, reason="Ruth moved away"
        ),
        moment,
    )
    ear.listen()
    assert {item.step_id for group in ear.home(SVEN, moment).groups.values() for item in group} == before
    assert not any(ear.home(RUTH, moment).groups.values())
    told = ear.messages()[-3:]
    assert set(told) == {
        ("Ruth", "evaluation_moved"),
        ("Sven", "evaluation_assigned"),
        ("María José", "evaluator_changed"),
    }
    assert "Ruth moved away" not in str(ear.messages())


def test_another_district_hears_nothing(world: World, ear: Ear) -> None:
    world.play()
    ear.listen()
    with transaction(ear.web, OTHER) as connection:
        for table in (tables.evaluation, tables.due_item, tables.message, tables.delivery):
            assert connection.execute(select(table)).all() == []
