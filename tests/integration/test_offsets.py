"""A moment comes with any offset that clocks show, and is in UTC from the door on: inbox and report store what the teacher
service took."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from services.evaluation.core.domain import commands as c
from services.notifications.projection import appliers as told_to_people
from services.notifications.store.tables import PEOPLE as PEOPLE_OF_INBOX
from services.notifications.telling import Teller
from services.reporting.marks import Marks
from services.reporting.projector.appliers import appliers as reported
from services.reporting.store.metadata import PEOPLE as PEOPLE_OF_REPORTS
from shared.contracts.envelope import Message, decode, read_envelope
from shared.contracts.registry import Event
from shared.contracts.topics import PROCESS
from shared.db import connect, transaction
from shared.inbox.appliers import Apply
from shared.people.apply import apply_people
from tests.integration.notifications.test_teacher_year import OUTBOX
from tests.support.annual_cycle import DISTRICT, RUTH, SECRET
from tests.support.postgres import SettingsFactory
from tests.support.teacher_world import World, people_events

Change = Callable[[bytes], bytes]


@dataclass
class Readers:
    """The inbox's and the reports' tables, filled with what the teacher service has told."""

    teacher: Engine
    inbox: Engine
    reports: Engine
    appliers: tuple[tuple[Engine, Mapping[type[Event], Apply]], ...]

    def read(self, change: Change = lambda value: value) -> None:
        """Apply everything told. `change`: made to each value on its way."""
        with self.teacher.connect() as connection:
            told = connection.execute(select(OUTBOX).where(OUTBOX.c.topic == PROCESS.name).order_by(OUTBOX.c.id)).all()
        for row in told:
            message = Message(row.topic, row.key, row.headers, change(bytes(row.value)))
            envelope, event = read_envelope(message), decode(message)
            for engine, appliers in self.appliers:
                with transaction(engine, envelope.district_id) as connection:
                    appliers[type(event)](connection, envelope.district_id, event, envelope)

    def announced(self) -> tuple[datetime, datetime]:
        """For when the inbox says the visit is, and the moment at which the reports say it was announced."""
        with transaction(self.inbox, DISTRICT) as connection:
            wanted = text("SELECT held_from FROM message WHERE kind = 'observation_announced'")
            held_from = connection.execute(wanted).scalar_one()
        with transaction(self.reports, DISTRICT) as connection:
            done = text("SELECT done_at FROM report_step WHERE step_id = 'announced/1/notice' AND state = 'done'")
            return held_from, connection.execute(done).scalar_one()


@pytest.fixture
def readers(world: World, service_settings: SettingsFactory) -> Iterator[Readers]:
    engines = [connect(settings, "worker") for settings in (world.settings, service_settings("notifications"))]
    engines.append(connect(service_settings("reporting"), "worker"))
    teacher, inbox, reports = engines
    for engine, people in ((inbox, PEOPLE_OF_INBOX), (reports, PEOPLE_OF_REPORTS)):
        with transaction(engine, DISTRICT) as connection:
            apply_people(connection, people, DISTRICT, people_events())
    teller = Teller(mail_domain="accord.example", clock=world.app.config["CLOCK"])
    yield Readers(*(teacher, inbox, reports), ((inbox, told_to_people(teller)), (reports, reported(Marks(SECRET)))))
    for engine in engines:
        engine.dispose()


def announce(world: World, offset: timedelta | str) -> tuple[Any, datetime]:
    """Announce the year's first visit over JSON, its times told at an offset; the answer, and when the visit is."""
    year = world.year()
    first = next(one for one in year if isinstance(one.command, c.BeginOccasion))
    assert isinstance(first.command, c.BeginOccasion)
    assert first.command.scheduled_from is not None and first.command.scheduled_to is not None
    world.set_clock(first.at)
    times = {"scheduled_from": first.command.scheduled_from, "scheduled_to": first.command.scheduled_to}
    body = {name: _told(moment, offset) for name, moment in times.items()}
    path = f"/api/v1/evaluations/{world.evaluation_id}/occasions"
    return world.bearer(RUTH).post(path, json={"type": "announced", **body}), first.command.scheduled_from


def _told(moment: datetime, offset: timedelta | str) -> str:
    if isinstance(offset, str):
        return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}{offset}"
    return moment.astimezone(timezone(offset)).isoformat()


@pytest.mark.parametrize("hours", [-12, -6, 0, 5.75, 14])
def test_inbox_and_report_agree_whatever_the_offset(world: World, readers: Readers, hours: float) -> None:
    world.play_until(c.BeginOccasion)
    answer, held_from = announce(world, timedelta(hours=hours))
    assert answer.status_code == 200, answer.json
    assert datetime.fromisoformat(answer.json["state"]["occasions"][0]["scheduled_from"]).utcoffset() == timedelta()
    readers.read()
    assert readers.announced() == (held_from, world.app.config["CLOCK"]())


@pytest.mark.parametrize("offset", ["+14:01", "+15:59", "+16:00", "-12:01", "-16:00", "+23:59", "-23:59", ""])
def test_an_offset_that_no_clock_shows_is_refused_and_says_what_to_send(world: World, offset: str) -> None:
    world.play_until(c.BeginOccasion)
    answer, _ = announce(world, offset)
    assert answer.status_code == 422
    told = {error["pointer"]: error["detail"] for error in answer.json["errors"]}
    assert set(told) == {"#/scheduled_from", "#/scheduled_to"}
    assert "between -12:00 and +14:00" in told["#/scheduled_from"]
    assert world.evaluation().occasions == ()


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-12-01T10:00:60Z", "infinity", "", 1e308]
)
def test_a_moment_beyond_the_calendar_is_refused(world: World, moment: object) -> None:
    world.play_until(c.BeginOccasion)
    path = f"/api/v1/evaluations/{world.evaluation_id}/occasions"
    body = {"type": "announced", "scheduled_from": moment, "scheduled_to": moment}
    assert world.bearer(RUTH).post(path, json=body).status_code == 422


def test_what_stands_in_the_bus_with_such_an_offset_is_read_too(world: World, readers: Readers) -> None:
    world.play_until(c.BeginOccasion)
    answer, held_from = announce(world, timedelta())
    assert answer.status_code == 200
    readers.read(_sixteen_hours_on)
    assert readers.announced() == (held_from, world.app.config["CLOCK"]())


def _sixteen_hours_on(value: bytes) -> bytes:
    """Each moment the same, told as clocks sixteen hours ahead would show it."""

    def told(match: re.Match[str]) -> str:
        return datetime.fromisoformat(match[0]).astimezone(timezone(timedelta(hours=16))).isoformat()

    return re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)", told, value.decode()).encode()
