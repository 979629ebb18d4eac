"""Keeps the processes of an embedded installation running: starts them, starts them again when they end, stops them.

Each process that runs leaves a note of its number and start time in the run folder, so that a later run can clear up
after one that was killed.
"""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from accord.say import say

_KEPT_LOG = 20_000_000  # bytes
_LONGEST_PAUSE = 15.0
_BETWEEN_TRIES = 1.0
_STEADY = 30.0  # seconds after which a process counts as having started well


@dataclass
class Child:
    """A process of ours. `name` as a person would say it: "web server"."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    due: float = 0.0

    def start(self, run: Path) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _KEPT_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal reaches the supervisor, which stops the rest in order.
            self.process = subprocess.Popen(  # noqa: S603
                self.command,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=self.pass_fds,
                start_new_session=True,
            )
        self.started = time.monotonic()
        _note(run, self.name, self.process.pid)

    def stop(self, wait: float = 30.0) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(wait)
        except subprocess.TimeoutExpired:
            say(f"The {self.name} did not end within {wait:.0f} s; it is killed.")
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(5)
        self.process = None


@dataclass
class Backing:
    """A server we watch without being its parent for sure: the database, the broker. `start` finds it or starts it."""

    name: str
    running: Callable[[], bool]
    start: Callable[[], object]
    stop: Callable[[], object]
    starting: threading.Thread | None = None

    def start_again(self) -> None:
        """On a thread of its own: while a broker takes its seconds to come back, what else ends is started again too."""
        self.starting = threading.Thread(target=self._try_to_start, name=self.name, daemon=True)
        self.starting.start()

    def _try_to_start(self) -> None:
        try:
            self.start()
        except Exception as error:  # whatever it is, such as being killed while starting: the next try may go well
            say(f"The {self.name} did not start: {error}")
            time.sleep(_BETWEEN_TRIES)


@dataclass
class Supervisor:
    run: Path
    backings: list[Backing] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    ending: bool = False

    def listen_to_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)

    def _end(self, _number: int, _frame: object) -> None:
        self.ending = True

    def start(self, child: Child) -> None:
        child.start(self.run)
        self.children.append(child)

    def watch(self) -> None:
        """Until a signal ends it: whatever has ended is started again, later each time it fails by itself at once."""
        while not self.ending:
            for backing in self.backings:
                is_starting = backing.starting is not None and backing.starting.is_alive()
                if not is_starting and not backing.running():
                    say(f"The {backing.name} has ended. Starting it again.")
                    backing.start_again()
            for child in self.children:
                self._look_after(child)
            time.sleep(0.2)

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is not None and (code := child.process.poll()) is not None:
            child.process = None
            steady = (
                now - child.started > _STEADY or code == -signal.SIGKILL
            )  # killed from outside: no fault of its own
            child.pause = 0.0 if steady else min(child.pause * 2 + 0.5, _LONGEST_PAUSE)
            child.due = now + child.pause
            again = f" in {child.pause:.0f} s" if child.pause >= 1 else ""
            say(f"The {child.name} has ended ({_how(code)}). Starting it again{again}. Its log: {child.log}")
        if child.process is None and now >= child.due and not self.ending:
            child.start(self.run)

    def stop(self) -> None:
        """Stop what was started, last first: the database goes when nobody needs it any more."""
        for child in reversed(self.children):
            if child.process is not None:
                with suppress(ProcessLookupError):
                    child.process.terminate()
        for child in reversed(self.children):
            child.stop()
            _forget(self.run, child.name)
        for backing in reversed(self.backings):
            if backing.starting is not None:
                backing.starting.join(10)
            backing.stop()


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _note(run: Path, name: str, pid: int) -> None:
    run.mkdir(parents=True, exist_ok=True)
    with suppress(psutil.NoSuchProcess):
        note = {"name": name, "pid": pid, "created": psutil.Process(pid).create_time()}
        (run / f"{name.replace(' ', '-')}.json").write_text(json.dumps(note), encoding="utf-8")


def _forget(run: Path, name: str) -> None:
    (run / f"{name.replace(' ', '-')}.json").unlink(missing_ok=True)


def running(run: Path) -> dict[str, psutil.Process]:
    """Processes noted in the run folder that are alive, by name; a number given to another process since is not ours."""
    found = {}
    for file in sorted(run.glob("*.json")):
        try:
            note = json.loads(file.read_text(encoding="utf-8"))
            process = psutil.Process(note["pid"])
            if abs(process.create_time() - note["created"]) < 0.05 and process.status() != psutil.STATUS_ZOMBIE:
                found[str(note["name"])] = process
        except (ValueError, KeyError, psutil.NoSuchProcess):
            continue
    return found


def stop_leftovers(run: Path) -> None:
    """End what a killed run left behind. Only called by the one holder of the installation's lock."""
    left = running(run)
    for name, process in left.items():
        say(f"Stopping the {name} that an earlier run left behind (process {process.pid}).")
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _gone, stubborn = psutil.wait_procs(left.values(), timeout=25)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(stubborn, timeout=5)
    for file in run.glob("*.json"):
        file.unlink(missing_ok=True)
