"""Settings of one service, read from the environment once, at start; all problems are told together.

Every variable may be given as NAME_FILE naming a file that holds the value (for secrets).
DATABASE_URL may hold the placeholders {service} and {role}, so that one value serves a whole machine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypedDict, cast
from urllib.parse import SplitResult, urlsplit

Bus = Literal["postgres", "kafka"]
DatabaseRole = Literal["owner", "web", "worker"]
SERVICES = ("directory", "teacher", "notifications", "reporting")


_SMALLEST_GROUP = 3
NO_MAIL_SERVER = "smtp://127.0.0.1:9"
"""Where no mail server is named letters wait: nothing answers at that port, and no other program's catcher is found."""


class ConfigError(Exception):
    """The settings can't be used; the text lists every problem, one a line, each with its remedy."""


@dataclass(frozen=True)
class Settings:
    """What one process of one service needs to know.

    `database_urls`: one address per database role (owner migrates; web and worker run, neither may bypass
    row-level security). `prefix`: the path under which the gateway serves each service, with no slash at the end.
    """

    service: str
    database_urls: Mapping[DatabaseRole, str]
    bus: Bus
    bus_url: str
    """kafka: bootstrap servers, comma-separated. postgres: address of the bus database."""
    secret_key: str = field(repr=False)
    session_verify_key: Path = field(repr=False)
    session_signing_key: Path | None = field(repr=False)
    """Only the directory holds this one."""
    home: Path = Path(".accord")
    public_url: str = "http://127.0.0.1:8000"
    prefixes: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_PREFIXES))
    smtp_url: str = NO_MAIL_SERVER
    mail_from: str = "Accord <no-reply@accord.example>"
    mail_max_age_days: int = 7
    """Nobody is mailed about what happened longer ago when it is heard of; it stands in the inbox only."""
    mail_gather_seconds: int = 60
    """So long a letter that tells of an assignment waits for others to the same person, which then are one letter."""
    mail_catcher: bool = False
    """True where mail goes to the local catcher, which HR can read in the browser."""
    mail_catcher_socket: int | None = None
    """The number of a listening socket that whoever started this process hands the catcher; None: it listens for itself."""
    https: bool = False
    pool_size: int = 8
    web_workers: int = 2
    """Processes that answer requests, and threads in each; of a whole web server, whichever services it serves."""
    web_threads: int = 8
    minimum_group: int = 10
    """Reports on ratings show no number that counts fewer people; what is published already keeps the number it had."""

    @property
    def prefix(self) -> str:
        return self.prefixes[self.service]


MAIL_PORTS: Mapping[str, int] = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
"""How letters may be handed in, and the port where SMTP_URL names none."""
DEFAULT_PREFIXES: Mapping[str, str] = {
    "directory": "/directory",
    "teacher": "/teacher",
    "notifications": "/home",
    "reporting": "/reports",
}


def _reader(environ: Mapping[str, str], problems: list[str]) -> Callable[..., str | None]:
    def read(name: str, default: str | None = None, *, required: bool = False) -> str | None:
        if file := environ.get(f"{name}_FILE"):
            try:
                return Path(file).read_text(encoding="utf-8").strip()
            except OSError as error:
                problems.append(f"{name}_FILE names {file}, which can't be read ({error.strerror}). Mend the path.")
                return None
        value = environ.get(name) or default  # empty is not set: make and compose hand on what nobody gave
        if required and not value:
            problems.append(f"{name} is not set. Set it, or {name}_FILE.")
        return value

    return read


def _number(read: Callable[..., str | None], problems: list[str], name: str, default: int, *, least: int = 0) -> int:
    value = read(name, str(default)) or ""
    if not value.isdecimal() or int(value) < least:
        problems.append(f"{name} is {value!r}. Set it to a whole number, {least} or more.")
        return default
    return int(value)


class _Numbers(TypedDict):
    minimum_group: int
    mail_max_age_days: int
    mail_gather_seconds: int
    mail_catcher_socket: int | None
    pool_size: int
    web_workers: int
    web_threads: int


def _numbers(read: Callable[..., str | None], problems: list[str]) -> _Numbers:
    return {
        "minimum_group": _number(read, problems, "MINIMUM_GROUP", 10, least=_SMALLEST_GROUP),
        "mail_max_age_days": _number(read, problems, "MAIL_MAX_AGE_DAYS", 7),
        "mail_gather_seconds": _number(read, problems, "MAIL_GATHER_SECONDS", 60),
        "mail_catcher_socket": _number(read, problems, "MAIL_CATCHER_SOCKET", 0) or None,
        "pool_size": _number(read, problems, "POOL_SIZE", 8, least=1),
        "web_workers": _number(read, problems, "WEB_WORKERS", 2, least=1),
        "web_threads": _number(read, problems, "WEB_THREADS", 8, least=1),
    }


def mail_address(url: str) -> SplitResult:
    """SMTP_URL in its parts; ConfigError where it is no address of a mail server."""
    try:
        parts = urlsplit(url)
        readable = parts.scheme in MAIL_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number
        readable = False
    if not readable:
        raise ConfigError(
            "SMTP_URL can't be read. Write smtp://host:port, smtp+starttls://user:password@host or smtps://host."
        )
    return parts


def load_settings(service: str, environ: Mapping[str, str]) -> Settings:
    """Settings of `service` from `environ`; raises ConfigError naming everything that is wrong."""
    problems: list[str] = []
    read = _reader(environ, problems)
    if service not in SERVICES:
        problems.append(f"There is no service {service!r}. Services: {', '.join(SERVICES)}.")
    bus = read("BUS", "postgres")
    if bus not in ("postgres", "kafka"):
        problems.append(f"BUS is {bus!r}. Set it to postgres or kafka.")
    bus_name = "KAFKA_BOOTSTRAP_SERVERS" if bus == "kafka" else "BUS_DATABASE_URL"
    bus_url = read(bus_name, required=True)
    template = read("DATABASE_URL", required=True) or ""
    password = read("DATABASE_PASSWORD", "") or ""
    secret = read("SECRET_KEY", required=True)
    if secret and len(secret) < 32:
        problems.append(
            "SECRET_KEY is shorter than 32 characters. Make one: python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    verify = read("SESSION_VERIFY_KEY_PATH", required=True)
    signing = read("SESSION_SIGNING_KEY_PATH")
    if service == "directory" and not signing:
        problems.append("SESSION_SIGNING_KEY_PATH is not set; the directory signs sessions with it.")
    numbers = _numbers(read, problems)
    smtp_url = read("SMTP_URL", NO_MAIL_SERVER) or ""
    try:
        mail_address(smtp_url)
    except ConfigError as unreadable:
        problems.append(str(unreadable))
    if problems:
        raise ConfigError("\n".join(problems))

    def url(role: str) -> str:
        return template.replace("{service}", service).replace("{role}", role).replace("{password}", password)

    return Settings(
        service=service,
        database_urls={role: url(role) for role in ("owner", "web", "worker")},
        bus=cast("Bus", bus),
        bus_url=str(bus_url),
        secret_key=str(secret),
        session_verify_key=Path(str(verify)),
        session_signing_key=Path(signing) if signing and service == "directory" else None,
        home=Path(environ.get("ACCORD_HOME", ".accord")),
        public_url=environ.get("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        smtp_url=smtp_url,
        mail_from=environ.get("MAIL_FROM", "Accord <no-reply@accord.example>"),
        mail_catcher=environ.get("MAIL_CATCHER", "") == "1",
        https=environ.get("PUBLIC_URL", "").startswith("https://"),
        **numbers,
    )
