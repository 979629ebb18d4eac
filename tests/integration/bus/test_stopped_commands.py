"""What those who look after the events see and do when a reader has stopped, or the bus has lost what it held: the
commands, on a service as it is."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from accord import services
from accord.cli import main
from accord.kafka_broker import KafkaBroker
from services.reporting.bootstrap import create_consumer
from shared.bus.open import open_bus
from shared.bus.port import Bus
from shared.clock import now
from shared.config import Settings
from shared.contracts.access import SessionEnded
from shared.contracts.envelope import Message, encode
from shared.contracts.topics import ACCESS, PROCESS, RESULTS
from shared.db import connect
from shared.ids import new_id
from shared.inbox.consumer import Consumer
from tests.support.bus import DISTRICT, lose_everything, running, wait_until

UNREADABLE = Message(PROCESS.name, "x", {"ce_id": "x", "ce_type": "process.step-done"}, b"\xff not json")


@dataclass(frozen=True)
class Reporting:
    settings: Settings
    broker: KafkaBroker | None
    engine: Engine
    bus: Bus
    consumer: Consumer

    def publish(self, *messages: Message) -> None:
        publisher = self.bus.publisher("test")
        assert all(outcome.acknowledged for outcome in publisher.publish(messages))
        publisher.close()

    def sign_out(self) -> UUID:
        session = uuid4()
        event = SessionEnded(session_id=session, person_id=uuid4(), ended_at=now(), expires_at=now())
        sent = encode(event, event_id=new_id(), source="directory", sequence=1, district_id=DISTRICT, time=now())
        self.publish(sent)
        return session

    def ended(self, session: UUID) -> bool:
        with self.engine.begin() as connection:
            connection.execute(text("SELECT set_config('app.district', :district, true)"), {"district": str(DISTRICT)})
            wanted = text("SELECT count(*) FROM people_ended_session WHERE session_id = :session")
            return connection.execute(wanted, {"session": session}).scalar_one() == 1

    def aside(self) -> int:
        with self.engine.connect() as connection:
            wanted = text("SELECT count(*) FROM inbox_parked WHERE settled_at IS NULL")
            return int(connection.execute(wanted).scalar_one())


@pytest.fixture(params=["postgres", pytest.param("kafka", marks=pytest.mark.kafka)])
def reporting(
    request: pytest.FixtureRequest, service_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reporting]:
    """The reporting service, its topics, and the environment in which the commands find it."""
    settings = service_settings("reporting")
    where = {"BUS": "postgres", "BUS_DATABASE_URL": settings.bus_url}
    broker: KafkaBroker | None = None
    if request.param == "kafka":
        broker = own = request.getfixturevalue("emptied_broker")
        where = {"BUS": "kafka", "KAFKA_BOOTSTRAP_SERVERS": own.bootstrap_servers}
        settings = service_settings("reporting", bus="kafka", bus_url=own.bootstrap_servers)
    where |= {
        "DATABASE_URL": settings.database_urls["web"].replace("accord_web", "accord_{role}"),
        "SECRET_KEY": settings.secret_key,
        "SESSION_VERIFY_KEY_PATH": str(settings.session_verify_key),
    }
    for name, value in where.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(services, "chosen", lambda: [services.BY_NAME["reporting"]])
    engine, bus = connect(settings, "worker"), open_bus(settings)
    bus.ensure_topics([ACCESS, PROCESS, RESULTS])
    yield Reporting(settings, broker, engine, bus, create_consumer(settings, engine, bus))
    bus.close()
    engine.dispose()


def _accord(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["events", *arguments])


def _numbers() -> list[str]:
    listed = _accord("parked", "--service", "reporting").stdout
    return [line.split()[0] for line in listed.splitlines() if " poison " in line]


def test_a_stopped_reader_is_seen_settled_and_goes_on(reporting: Reporting) -> None:
    reporting.publish(*[UNREADABLE] * 130)
    with running(reporting.consumer):
        wait_until(lambda: reporting.aside() == 100)
        wait_until(lambda: _accord("check").exit_code == 1)
        checked = _accord("check").stdout
        assert "30 to read" in checked and "100 set aside" in checked
        assert "its reader of accord.process" in checked and "is stopped: 100 messages could not be applied" in checked
        assert "accord events dismiss" in checked and "goes on by itself" in checked
        session = reporting.sign_out()
        wait_until(lambda: reporting.ended(session), seconds=2)
        assert len(_numbers()) == 100
        for none in ("0", "-1", "99999999999999999999999"):
            refused = _accord("dismiss", "--service", "reporting", "--", none)
            assert refused.exit_code == 2 and "is not in the range" in refused.stderr
        assert _accord("retry", "--service", "reporting").exit_code == 1
        assert _accord("dismiss", "--service", "reporting", *_numbers()).exit_code == 0
        wait_until(lambda: reporting.aside() == 30)
        wait_until(lambda: "stopped" not in _accord("check").stdout)
        assert "0 to read, 30 set aside" in _accord("check").stdout
        assert _accord("dismiss", "--service", "reporting", *_numbers()).exit_code == 0
    assert _accord("check").exit_code == 0


def test_a_database_that_goes_away_meanwhile_is_told_in_words(reporting: Reporting) -> None:
    """A look that stands in the middle of its statements when the server ends its session."""
    waits = text("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")

    def waiting() -> int | None:
        with reporting.engine.connect() as connection:
            return connection.execute(waits).scalar_one_or_none()

    with ThreadPoolExecutor(1) as pool, reporting.engine.connect() as other:
        other.execute(text("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"))
        looking = pool.submit(_accord, "check")
        wait_until(lambda: waiting() is not None)
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": waiting()})
        checked = looking.result(timeout=30)
    assert (checked.exit_code, type(checked.exception)) == (1, SystemExit)
    assert "The database does not answer (terminating connection due to administrator command" in checked.stderr
    assert "Traceback" not in checked.output


def test_a_replay_of_a_stopped_reader_says_what_to_do_and_completes_once_that_is_done(reporting: Reporting) -> None:
    session = reporting.sign_out()
    reporting.publish(*[UNREADABLE] * 130)
    with running(reporting.consumer):
        wait_until(lambda: reporting.aside() == 100 and reporting.ended(session))
    replayed = _accord("replay", "--service", "reporting", "--yes")
    assert replayed.exit_code == 1
    assert "Replay stands at 101 of 131 messages: 100 messages could not be applied" in replayed.stderr
    assert "goes on by itself" in replayed.stderr
    assert reporting.ended(session) and reporting.aside() == 100, "what can be read is there"
    assert _accord("dismiss", "--service", "reporting", *_numbers()).exit_code == 0
    replayed = _accord("replay", "--service", "reporting", "--yes")
    assert (replayed.exit_code, reporting.aside()) == (0, 30)
    assert reporting.ended(session)


def test_a_bus_without_its_log_is_seen_and_empties_nothing(reporting: Reporting) -> None:
    sessions = [reporting.sign_out() for _ in range(3)]
    with running(reporting.consumer):
        wait_until(lambda: all(map(reporting.ended, sessions)))
    assert _accord("check").exit_code == 0
    lose_everything(reporting.settings.bus_url, reporting.broker)
    reporting.bus.ensure_topics(reporting.consumer.topics)
    checked = _accord("check")
    assert checked.exit_code == 1
    assert "the bus has lost messages: accord.access holds 0 messages, and 3 have been in it" in checked.stdout
    assert "accord events republish, unless that is under way" in checked.stdout
    replayed = _accord("replay", "--service", "reporting", "--yes")
    assert (replayed.exit_code, "Nothing was emptied" in replayed.stderr) == (1, True)
    assert all(map(reporting.ended, sessions))
    assert _accord("republish").stdout == "reporting: 0 events to publish again\n", "it tells nothing itself"
