"""A real Apache Kafka broker on this machine, run from its jars: one process that is broker and controller (KRaft).

Maven fetches the jars once (46 of them, 43 MB) into a cache folder; a Java of 17 or newer runs them. What was published
is kept in the folder. For one machine: in a deployment Kafka is a cluster of its own, named by KAFKA_BOOTSTRAP_SERVERS.
"""

import base64
import fcntl
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import psutil

VERSION = "4.1.0"
_LOG4J = "2.24.3"
_JAVA = 17
_PORTS = 20_000, 32_000
"""The first, and the one after the last, of the ports a broker may get."""

_POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>accord</groupId><artifactId>broker</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>{_LOG4J}</version>
    </dependency>
  </dependencies>
</project>
"""

_QUIET = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
"""


class KafkaError(Exception):
    """The broker can't be started; the text says why and what to do."""


def lacking() -> str | None:
    """What this machine lacks to run a broker, as a sentence with its remedy; None where nothing is missing."""
    java = shutil.which("java")
    install = (
        "On Debian and Ubuntu: apt-get install maven (which brings Java). Or set KAFKA_BOOTSTRAP_SERVERS to a broker."
    )
    if java is None:
        return f"A Kafka broker needs Java {_JAVA} or newer, and there is no `java` here. {install}"
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    version = re.search(r'version "(\d+)', said.stderr)
    if version is None or int(version[1]) < _JAVA:
        return (
            f"A Kafka broker needs Java {_JAVA} or newer; {java} is {version[1] if version else 'unknown'}. {install}"
        )
    if not fetched() and shutil.which("mvn") is None:
        return f"Kafka's jars are fetched by Maven, and there is no `mvn` here. {install}"
    return None


class KafkaBroker:
    """One broker on one folder.

    Its ports are chosen when it is started for the first time, and again where somebody else has taken one of them before
    `start` of this object; from then on they stay, for whoever was told of them has nowhere else to look.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.log = self.folder / "broker.log"
        self._properties = self.folder / "server.properties"
        self._note = self.folder / "broker.json"
        self._child: subprocess.Popen[bytes] | None = None
        self._told = False
        """Whether this object has said where the broker is."""

    @property
    def bootstrap_servers(self) -> str:
        """Where clients connect, while it runs."""
        return f"127.0.0.1:{self._ports()['broker']}"

    def pid(self) -> int | None:
        """The broker's process, None where it does not run."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            process = psutil.Process(note["pid"])
            same = abs(process.create_time() - note["created"]) < 0.05 and not _is_gone(process)
        except (OSError, ValueError, KeyError, psutil.NoSuchProcess):
            return None
        return int(process.pid) if same else None

    def start(self, wait: float = 120.0) -> None:
        """Start and wait until it takes connections; nothing to do where it runs. Raises KafkaError."""
        if self.pid() is None:
            if problem := lacking():
                raise KafkaError(problem)
            fetch_jars()
            self.folder.mkdir(parents=True, exist_ok=True)
            self._configure()
            self._spawn()
        deadline = time.monotonic() + wait
        while not _open(int(self._ports()["broker"])):
            if self.pid() is None:
                raise KafkaError(f"The Kafka broker ended while starting. Its last words:\n{self._said()}")
            if time.monotonic() > deadline:
                raise KafkaError(f"The Kafka broker does not answer after {wait:.0f} s. Its log: {self.log}")
            time.sleep(0.05)

    def stop(self, wait: float = 20.0) -> None:
        pid = self.pid()
        if pid is not None:
            for number, patience in ((signal.SIGTERM, wait), (signal.SIGKILL, 5.0)):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
                deadline = time.monotonic() + patience
                while self.pid() is not None and time.monotonic() < deadline:
                    time.sleep(0.05)
        self._note.unlink(missing_ok=True)

    def _ports(self) -> dict[str, int]:
        ports: dict[str, int] = json.loads((self.folder / "ports.json").read_text(encoding="utf-8"))
        return ports

    def _configure(self) -> None:
        """Write the settings; format the folder the first time."""
        self._choose_ports(self.folder / "ports.json")
        self._properties.write_text(_properties(**self._ports()), encoding="ascii")
        (self.folder / "log4j2.properties").write_text(_QUIET, encoding="utf-8")
        if not (self.folder / "formatted").exists():
            shutil.rmtree(self.folder / "data", ignore_errors=True)
            cluster = base64.urlsafe_b64encode(uuid4().bytes).decode("ascii").rstrip("=")
            # One word: one id in 64 begins with a dash, which the tool takes for an option where it stands alone.
            tool = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(self._properties)]
            made = subprocess.run(  # noqa: S603
                self._java(*tool), capture_output=True, text=True, check=False, cwd=self.folder, env=_environment()
            )
            if made.returncode:
                raise KafkaError(
                    f"Kafka could not prepare {self.folder}: {(made.stderr or made.stdout).strip()[-1000:]}"
                )
            (self.folder / "formatted").touch()

    def _choose_ports(self, file: Path) -> None:
        """Keep the ports there are. Where somebody else listens there: others, or KafkaError if anyone was told of them."""
        taken = [port for port in self._ports().values() if _open(port)] if file.exists() else []
        if taken and self._told:
            raise KafkaError(
                f"Another program has taken port {taken[0]}, where the Kafka broker has to come back. End it."
            )
        if taken or not file.exists():
            chosen = dict(zip(("broker", "controller"), _free_ports(2), strict=True))
            file.write_text(json.dumps(chosen), encoding="utf-8")
        self._told = True

    def _java(self, *arguments: str) -> list[str]:
        quiet = "-Dlog4j2.configurationFile=log4j2.properties"
        return [str(shutil.which("java")), "-Xmx512m", quiet, "-cp", f"{_jars()}/*", *arguments]

    def _spawn(self) -> None:
        self._said_from = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches the supervisor first.
            self._child = subprocess.Popen(  # noqa: S603
                self._java("kafka.Kafka", str(self._properties)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=_environment(),
                start_new_session=True,
            )
        created = psutil.Process(self._child.pid).create_time()
        self._note.write_text(json.dumps({"pid": self._child.pid, "created": created}), encoding="utf-8")

    def _said(self) -> str:
        with self.log.open("rb") as log:
            log.seek(self._said_from)
            return log.read().decode("utf-8", "replace").strip()[-2000:]


def _environment() -> dict[str, str]:
    """Ours, in a locale by which Java reads every letter of a path."""
    return os.environ | {"LC_ALL": "C.UTF-8"}


def _properties(*, broker: int, controller: int) -> str:
    """The settings, of a broker that runs in its folder: in the folder's own path a comma or a letter would mean more."""
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{broker}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": "data",
        "auto.create.topics.enable": "false",
        "log.retention.ms": "-1",  # the events are the history: a service must be able to read them all again
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.num.partitions": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.num.partitions": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        # After kill -9 the broker waits for its own old session to end before it opens its port: 9 s by default.
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "250",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def fetched() -> bool:
    """Whether the jars are here."""
    return _jars().exists()


def fetch_jars() -> None:
    """Fetch the jars where they are missing; about ten seconds. Raises KafkaError."""
    jars = _jars()
    jars.parent.mkdir(parents=True, exist_ok=True)
    with (jars.parent / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if jars.exists():
            return
        waiting = jars.with_name(f"{jars.name}.new")
        shutil.rmtree(waiting, ignore_errors=True)
        waiting.mkdir()
        (waiting / "pom.xml").write_text(_POM, encoding="utf-8")
        command = ["mvn", "-q", "-B", "-f", str(waiting / "pom.xml"), "dependency:copy-dependencies"]
        made = subprocess.run(  # noqa: S603
            [*command, f"-DoutputDirectory={waiting}"], capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise KafkaError(f"Maven could not fetch Kafka's jars: {made.stdout.strip()[-1500:]}")
        waiting.rename(jars)


def _jars() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "accord" / f"kafka-{VERSION}-{_LOG4J}"


def _is_gone(process: psutil.Process) -> bool:
    """Whether it has ended with all its threads. Of one that is just being killed the first thread may be gone, and the others
    still hold its ports."""
    return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1


def _free_ports(count: int) -> list[int]:
    """Ports nobody listens at, below those that the system gives to who connects: a client that looks for the broker
    while it is away could else be given the broker's own port, and hold it."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(*_PORTS)  # noqa: S311 - no secret
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found += [port] if port not in found else []
    return found


def _open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
