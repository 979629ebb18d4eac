"""An installation as `accord up` makes and runs it, in a folder that is thrown away."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil

from accord.home import Home
from accord.supervisor import running

ROOT = Path(__file__).resolve().parents[1]
_OTHERS = ("DATABASE_URL", "DATABASE_PASSWORD", "SECRET_KEY", "BUS_DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "SMTP_URL")
"""Settings of some other installation; nothing of it may be touched."""


class StartError(Exception):
    """`accord up` did not come up; the text is what it said."""


class Installation:
    """One `accord up`. `started_in`: seconds from the command to the address it prints."""

    def __init__(self, folder: Path, bus: str = "postgres") -> None:
        self.home = Home(folder.resolve() / "home")
        self.port = free_port()
        self._said = folder / f"said-{time.monotonic_ns()}.txt"
        self._bus = bus
        self._process: subprocess.Popen[bytes] | None = None
        self.started_in = 0.0

    def start(self, patience: float = 200.0) -> None:
        folder = self._said.parent
        folder.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in _OTHERS}
        kept |= {"ACCORD_HOME": str(self.home.folder), "BUS": self._bus, "PORT": str(self.port)}
        command = [sys.executable, "-m", "accord", "up"]
        started = time.monotonic()
        with self._said.open("wb") as out:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=kept, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
            )
        while f"http://127.0.0.1:{self.port}/" not in self.said():
            if self._process.poll() is not None or time.monotonic() - started > patience:
                raise StartError(self.said())
            time.sleep(0.02)
        self.started_in = time.monotonic() - started

    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def stop(self) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(90)
            except subprocess.TimeoutExpired:
                self._process.kill()
            self._process = None

    def environment(self) -> Mapping[str, str]:
        """The variables that shared.config reads, while it runs."""
        return self.home.environment_now()

    def admin_url(self) -> str:
        return self.home.server.url()

    def web_workers(self) -> list[psutil.Process]:
        """The processes that answer requests: gunicorn's children."""
        return running(self.home.run)["web server"].children()

    def copy_to(self, folder: Path, bus: str) -> "Installation":
        """The same data under another folder; this one must be stopped."""
        other = Installation(folder, bus)
        shutil.copytree(self.home.folder, other.home.folder, copy_function=shutil.copy2)
        if os.geteuid() == 0:
            _same_owners(self.home.folder, other.home.folder)
        return other


@contextmanager
def up(installation: Installation) -> Iterator[Installation]:
    """Started for the block, stopped after it, also where starting failed half-way."""
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


def _same_owners(here: Path, there: Path) -> None:
    """As root the database's files belong to an account of their own."""
    for path in [here, *here.rglob("*")]:
        was = path.lstat()
        os.chown(there / path.relative_to(here), was.st_uid, was.st_gid, follow_symlinks=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
