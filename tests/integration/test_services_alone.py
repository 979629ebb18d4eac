"""Each service alone, by the commands and variables of docker-compose.yml: a web and a worker process of its own.

Other than there, the database is the embedded one and the bus is PostgreSQL, since this runs without containers.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from accord.databases import BUS_DATABASE
from accord.keys import ensure_secrets
from accord.postgres import PostgresServer
from accord.services import ALL
from shared.config import DEFAULT_PREFIXES
from tests.support.installation import ROOT, free_port

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


class Deployment:
    def __init__(self, server: PostgresServer, folder: Path) -> None:
        ensure_secrets(folder / "secrets")
        self._server = server
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []
        self.port = {name: free_port() for name in COMPOSE}

    def environment(self, name: str) -> dict[str, str]:
        given = {
            key: value.replace("/run/secrets", str(self._folder / "secrets"))
            for key, value in COMPOSE[name]["environment"].items()
        }
        ours = {
            "DATABASE_URL": self._server.url("accord_{service}", "accord_{role}"),
            "DATABASE_ADMIN_URL": self._server.url(),
            "BUS": "postgres",
            "BUS_DATABASE_URL": self._server.url(BUS_DATABASE, "accord_worker"),
            "METRICS_PORT": str(self.port[name]),
            "SMTP_URL": f"smtp://127.0.0.1:{self.port['gateway']}",
            "MAIL_CATCHER": "1",
            "ACCORD_HOME": str(self._folder / name),
            "WEB_WORKERS": "1",
            "PATH": os.environ["PATH"],
        }
        return {key: value for key, value in given.items() if key in ours or "{" not in value} | ours

    def run(self, name: str, *arguments: str) -> str:
        """A command to its end, with the variables of one process."""
        ran = subprocess.run(
            [sys.executable, "-m", "accord", *(arguments or COMPOSE[name]["command"])],
            cwd=ROOT, env=self.environment(name), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def start(self, name: str) -> None:
        command = [part.replace("0.0.0.0:8000", f"127.0.0.1:{self.port[name]}") for part in COMPOSE[name]["command"]]
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "accord", *command], cwd=ROOT, env=self.environment(name), stdout=log, stderr=log
            )
        self._running.append(process)

    def healthy(self, name: str) -> bool:
        """What its health check asks."""
        address = COMPOSE[name]["healthcheck"]["test"][-1].replace(":8000/", f":{self.port[name]}/")
        address = address.replace(":9100/", f":{self.port[name]}/")
        command = [sys.executable, "-m", "accord", "healthy", address]
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0

    def said(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def stop(self) -> list[int]:
        for process in self._running:
            process.terminate()
        return [process.wait(40) for process in self._running]


@pytest.fixture
def deployment(own_postgres: PostgresServer, tmp_path: Path) -> Iterator[Deployment]:
    made = Deployment(own_postgres, tmp_path)
    yield made
    made.stop()


def _eventually(what: Callable[[], bool], seconds: float = 90) -> bool:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def test_processes_of_their_own_do_the_work_together(deployment: Deployment, own_postgres: PostgresServer) -> None:
    assert "Made the database accord_directory." in deployment.run("migrate")
    assert "directory: up to date" in deployment.run("migrate")
    names = [f"{service.name}-{role}" for service in ALL for role in ("web", "worker")]
    for name in names:
        deployment.start(name)
    for name in names:
        assert _eventually(lambda name=name: deployment.healthy(name)), deployment.said(name)
    made = deployment.run(
        "directory-web", "district", "create", "--name", "Pier", "--zone", "America/Chicago",
        "--given-name", "Ada", "--family-name", "Brook", "--username", "ada",
    )  # fmt: skip
    assert f"{DEFAULT_PREFIXES['directory']}/" in made  # the link by which she sets a password

    def known_everywhere() -> bool:
        for service in ALL:
            with psycopg.connect(own_postgres.url(f"accord_{service.name}")) as connection:
                if connection.execute("SELECT count(*) FROM people_person").fetchone() != (1,):
                    return False
        return True

    assert _eventually(known_everywhere, 20)
    assert set(deployment.stop()) == {0}
