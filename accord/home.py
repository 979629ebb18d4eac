"""The folder where an embedded installation lives (ACCORD_HOME, else `.accord`), and the settings it gives its processes.

<home>/postgres/   the databases          <home>/keys/   session keys and the secret
<home>/logs/       one file a process     <home>/run/    who runs now
<home>/kafka/      the broker's log, where BUS=kafka
"""

import os
from dataclasses import dataclass
from pathlib import Path

from accord.databases import BUS_DATABASE, WORKER
from accord.kafka_broker import KafkaBroker
from accord.keys import Keys, ensure_keys
from accord.postgres import PostgresServer


@dataclass(frozen=True)
class Home:
    folder: Path

    @property
    def server(self) -> PostgresServer:
        return PostgresServer(self.folder / "postgres")

    @property
    def keys(self) -> Keys:
        return ensure_keys(self.folder / "keys")

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def run(self) -> Path:
        return self.folder / "run"

    @property
    def kafka(self) -> Path:
        return self.folder / "kafka"

    def environment_now(self) -> dict[str, str]:
        """`environment` for a command beside a running installation: on the bus and the port that it is on."""
        name, port = self.noted("bus", "postgres"), int(self.noted("port", "8000"))
        if name == "postgres":
            return self.environment(port=port)
        return self.environment(
            port=port, bus="kafka", bus_url=KafkaBroker(self.kafka).bootstrap_servers if name == "kafka" else name
        )

    def noted(self, name: str, default: str) -> str:
        """What `accord up` noted for commands that run beside it."""
        note = self.folder / name
        return note.read_text(encoding="ascii").strip() if note.exists() else default

    def note(self, name: str, value: str) -> None:
        (self.folder / name).write_text(value, encoding="ascii")

    def environment(self, *, port: int = 8000, bus: str = "postgres", bus_url: str | None = None) -> dict[str, str]:
        """The variables shared.config reads, for a process of this installation; what the caller has set is kept."""
        server, keys = self.server, self.keys
        given = {
            "ACCORD_HOME": str(self.folder),
            "DATABASE_URL": server.url("accord_{service}", "accord_{role}"),
            "SECRET_KEY_FILE": str(keys.secret),
            "SESSION_SIGNING_KEY_PATH": str(keys.session_signing),
            "SESSION_VERIFY_KEY_PATH": str(keys.session_verify),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "BUS": bus,
            "BUS_DATABASE_URL": server.url(BUS_DATABASE, WORKER),
            "SMTP_URL": f"smtp://127.0.0.1:{self.noted('mail-port', '2525')}",
            "MAIL_CATCHER": "1",
        }
        if bus == "kafka" and bus_url:
            given["KAFKA_BOOTSTRAP_SERVERS"] = bus_url
        own = {name: os.environ[name] for name in _KEPT if os.environ.get(name)}
        if "SMTP_URL" in own:
            given["MAIL_CATCHER"] = "0"
        elif own.get("MAIL_CATCHER", "1") != "1":
            del given["SMTP_URL"]  # nobody of ours listens there, and somebody else may
        return {**_surroundings(), **given, **own}


_KEPT = (
    "PUBLIC_URL",
    "SMTP_URL",
    "MAIL_FROM",
    "MAIL_CATCHER",
    "MAIL_MAX_AGE_DAYS",
    "MAIL_GATHER_SECONDS",
    "POOL_SIZE",
    "WEB_WORKERS",
    "WEB_THREADS",
)


def _surroundings() -> dict[str, str]:
    """The caller's environment without settings of another installation."""
    ours = {"DATABASE_URL", "DATABASE_PASSWORD", "SECRET_KEY", "BUS", "BUS_DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS"}
    ours |= {f"{name}_FILE" for name in ours}
    return {name: value for name, value in os.environ.items() if name not in ours}


def here() -> Home:
    """The installation of this machine: ACCORD_HOME, else `.accord` in the present folder."""
    return Home(Path(os.environ.get("ACCORD_HOME") or ".accord").resolve())
