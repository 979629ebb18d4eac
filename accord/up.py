"""`accord up`: an embedded installation, from an empty folder to an address a browser can open, and down again."""

import fcntl
import os
import shutil
import socket
import stat
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from accord import databases, events, kafka_broker, services
from accord.home import Home
from accord.interrupts import Interrupts
from accord.postgres import PostgresServer
from accord.say import say, step
from accord.supervisor import Backing, Child, Supervisor, stop_leftovers
from shared import migrations
from shared.config import Bus, load_settings

_GIVES_WAY = "3"
"""The niceness of the worker, which shares this machine with people's requests (docs/decisions/the-worker-gives-way.md)."""


_MAIL_PORT = 2525


class UpError(Exception):
    """Accord can't be started here; the text says why and what to do."""


@dataclass(frozen=True)
class Listeners:
    """Sockets that listen from the beginning to the end, handed to the processes that answer there."""

    web: socket.socket
    letters: socket.socket | None
    """None where letters go to a mail server, or to a catcher that listens for itself."""


def run(home: Home, *, port: int, bus: Bus, demo: bool) -> None:
    """Start everything, say where it is, keep it running until SIGINT or SIGTERM, stop everything.

    `demo`: fill an empty installation with the demo district. Raises UpError, accord.postgres.PostgresError,
    accord.kafka_broker.KafkaError.
    """
    if bus == "kafka" and not os.environ.get("KAFKA_BOOTSTRAP_SERVERS") and (problem := kafka_broker.lacking()):
        raise UpError(problem)
    _make_folder(home.folder)
    supervisor = Supervisor(home.run)
    for service in services.chosen():  # told before anything is started
        load_settings(service.name, home.environment(port=port))
    with only_one(home):
        stop_leftovers(home.run)  # before listening: they may hold the port
        with _listening(port) as listener, _listening_for_letters() as letters:
            _run(home, supervisor, Listeners(listener, letters), port=port, bus=bus, demo=demo)


def _run(home: Home, supervisor: Supervisor, listeners: Listeners, *, port: int, bus: Bus, demo: bool) -> None:
    interrupts = Interrupts()
    interrupts.listen()
    from accord.demo.evaluations import DemoError
    from accord.demo.load import is_filled
    from accord.demo.start import start_demo

    def look() -> None:
        interrupts.raise_if_came()
        _refuse_ended(supervisor)

    try:
        if demo:
            with interrupts.held():
                _empty_what_was_cut_off(home)
        if listeners.letters is not None:
            home.note("mail-port", str(listeners.letters.getsockname()[1]))
        environment = _prepare(home, supervisor, interrupts, port=port, bus=bus)
        _start_processes(home, supervisor, environment, listeners)
        _wait_until_ready(supervisor, port)
        if demo:
            with interrupts.held():
                start_demo(home.folder, environment, look)
        elif not is_filled(load_settings("directory", environment)):
            say("No district is here yet. Make the first one: accord district create --help")
        say(f"\nAccord is at http://127.0.0.1:{port}/   (Ctrl-C stops it; logs are in {_short(home.logs)})")
        supervisor.listen_to_signals()
        supervisor.watch()
    except KeyboardInterrupt:
        pass
    except DemoError as error:
        raise UpError(str(error)) from None
    finally:
        supervisor.listen_to_signals()  # a second Ctrl-C does not interrupt the stopping
        say("")
        with step("Stopping"):
            listeners.web.close()
            supervisor.stop()
        say("Stopped. What was entered is kept.")


def _empty_what_was_cut_off(home: Home) -> None:
    """Make room for the demo district where an earlier start was ended while it filled it; what somebody wrote stays."""
    from accord.demo.load import is_touched
    from accord.demo.start import FILLING, was_cut_off

    if not was_cut_off(home.folder):
        return
    server = home.server
    if server.data.exists():
        with step("Looking at what an earlier start left behind"):
            server.start()
            try:
                touched = is_touched(load_settings("directory", home.environment()))
            finally:
                server.stop()
        if touched:
            (home.folder / FILLING).unlink()
            return
    say("The demo district was cut off while it was filled, and nobody has worked in it: it is filled afresh.")
    kafka_broker.KafkaBroker(home.kafka).stop()  # one that a killed run left behind
    rest = home.folder / "cut-off"
    for part in (home.kafka, home.folder / "mail", server.folder):
        shutil.rmtree(rest, ignore_errors=True)
        if part.exists():
            part.rename(rest)  # at once, so that nobody meets half a database; the last one decides
    shutil.rmtree(rest, ignore_errors=True)


def _prepare(home: Home, supervisor: Supervisor, interrupts: Interrupts, *, port: int, bus: Bus) -> dict[str, str]:
    bus_url = _start_kafka(home, supervisor) if bus == "kafka" else None
    server = home.server
    _start_database(server, supervisor)
    environment = home.environment(port=port, bus=bus, bus_url=bus_url)
    home.note("port", str(port))
    with step("Preparing the databases"), interrupts.held():
        databases.prepare(server.url())
        migrate(environment)
    with interrupts.held():
        _move_events(home, environment, os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "kafka") if bus == "kafka" else bus)
    return environment


def _start_database(server: PostgresServer, supervisor: Supervisor) -> None:
    first = not server.data.exists()
    # Before it is started: one that comes up and can't be used is stopped with the rest.
    supervisor.backings.append(Backing("database", lambda: server.pid() is not None, server.start, server.stop))
    with step("Making the database" if first else "Starting the database"):
        server.start()


def _start_kafka(home: Home, supervisor: Supervisor) -> str:
    """The address of the broker named by KAFKA_BOOTSTRAP_SERVERS, else of one of our own, started from its jars."""
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        if not any(_is_open(address.strip()) for address in given.split(",")):
            raise UpError(
                f"No Kafka broker answers at {given}. Start it, or set KAFKA_BOOTSTRAP_SERVERS to one that runs (host:port, "
                "several with commas)."
            )
        return given
    if not kafka_broker.fetched():
        with step("Fetching Kafka, once"):
            kafka_broker.fetch_jars()
    broker = kafka_broker.KafkaBroker(home.kafka)
    broker.stop()  # one that a killed run left behind
    supervisor.backings.append(Backing("Kafka broker", lambda: broker.pid() is not None, broker.start, broker.stop))
    with step("Starting Kafka"):
        broker.start()
    return broker.bootstrap_servers


def migrate(environment: Mapping[str, str], names: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Bring the databases of the services (all where none is named) up to date; answers what was applied, by service.
    Raises UpError where one can't be."""
    applied = {}
    for service in services.chosen(names):
        owner = load_settings(service.name, environment).database_urls["owner"]
        try:
            applied[service.name] = migrations.upgrade(owner, service.versions)
        except migrations.MigrationError as error:
            raise UpError(f"{service.name}: {error}") from error
    return applied


def _start_processes(home: Home, supervisor: Supervisor, environment: dict[str, str], listeners: Listeners) -> None:
    accord = [sys.executable, "-m", "accord"]
    number = listeners.web.fileno()
    web = [*accord, "web", "--bind", f"fd://{number}"]
    # The listening sockets are ours: while a killed process starts again, requests and letters wait instead of being refused.
    counted = environment | {"PROMETHEUS_MULTIPROC_DIR": str(home.run / "web-metrics")}
    supervisor.start(Child("web server", web, counted, home.logs / "web.log", pass_fds=(number,)))
    giving_way = environment | {"WORKER_NICE": environment.get("WORKER_NICE") or _GIVES_WAY}
    handed: tuple[int, ...] = ()
    if listeners.letters is not None:
        handed = (listeners.letters.fileno(),)
        giving_way["MAIL_CATCHER_SOCKET"] = str(handed[0])
    supervisor.start(Child("worker", [*accord, "work"], giving_way, home.logs / "worker.log", pass_fds=handed))


def _wait_until_ready(supervisor: Supervisor, port: int, patience: float = 90.0) -> None:
    """Raises UpError where a process ends while starting, or a service is not ready in time."""
    from shared.config import DEFAULT_PREFIXES

    deadline = time.monotonic() + patience
    with step("Starting the services"):
        for service in services.chosen():
            address = f"http://127.0.0.1:{port}{DEFAULT_PREFIXES[service.name]}/readyz"
            while not _answers(address):
                _refuse_ended(supervisor)
                if time.monotonic() > deadline:
                    raise UpError(f"The service {service.name} is not ready after {patience:.0f} s; see {address}")
                time.sleep(0.1)


def _refuse_ended(supervisor: Supervisor) -> None:
    """UpError where a process has ended that is not looked after yet."""
    for child in supervisor.children:
        if child.process is not None and child.process.poll() is not None:
            raise UpError(f"The {child.name} ended while starting. Its last words:\n{_tail(child.log)}")


def _is_open(address: str, seconds: float = 5.0) -> bool:
    """Whether something listens at "host:port"."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=seconds):
            return True
    except (OSError, ValueError, OverflowError):
        return False


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        refuse_others_folder(folder)
        # A district's data and letters are nobody else's to read.
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~0o066)
    except OSError as error:
        raise UpError(
            f"{folder} can't be made ({error.strerror}). Set ACCORD_HOME to a folder you may write to."
        ) from None


def refuse_others_folder(folder: Path) -> None:
    """Raise UpError where the installation is another account's; for root too, whose files its owner could not touch."""
    if os.geteuid() != folder.stat().st_uid:
        raise UpError(
            f"{_short(folder)} belongs to another account. Run as that one, or set ACCORD_HOME to another folder."
        )


@contextmanager
def only_one(home: Home) -> Iterator[None]:
    """One supervisor an installation. The system frees the lock when its holder ends, however that comes about."""
    with (home.folder / "up.lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise UpError(
                f"Accord already runs on {_short(home.folder)} (process {file.read().strip()}). "
                "Stop it with Ctrl-C there, or set ACCORD_HOME to another folder and PORT to another number."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen(512)  # who starts in the same moment may have been let through to here
        except OSError as error:
            raise UpError(
                f"Port {port} of 127.0.0.1 can't be used ({error.strerror}). Choose another: make up PORT=8010"
            ) from None
        yield listener


@contextmanager
def _listening_for_letters() -> Iterator[socket.socket | None]:
    """Where the local mail catcher is to listen, ours from now on: at the usual port, else at any. None where SMTP_URL says
    where letters go, or MAIL_CATCHER that nobody catches them."""
    if os.environ.get("SMTP_URL") or (os.environ.get("MAIL_CATCHER") or "1") != "1":
        yield None
        return
    try:
        listener = socket.create_server(("127.0.0.1", _MAIL_PORT))
    except OSError:
        listener = socket.create_server(("127.0.0.1", 0))
    with listener:
        yield listener


def _move_events(home: Home, environment: Mapping[str, str], bus: str) -> None:
    """Where the events stood on another bus before, publish them all again on this one; consumers absorb what they know.

    `bus`: "postgres", "kafka" for a broker of our own, else the address of the broker.
    """
    before = home.noted("bus", bus)
    if before != bus:
        with step(f"Putting the events in line for {bus}; they stood on {before} before"):
            for service in services.chosen():
                events.republish_all(service, environment)
    home.note("bus", bus)


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:].strip()


def _short(path: Path) -> str:
    """The path as a person in this folder would write it."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
