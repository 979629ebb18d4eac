"""Make the environment in .venv from a lock: run by the Makefile with any Python, before anything is installed.

Standard library only. A stamp holds the digest of the lock, so that a second run takes no time.

    python3 accord/environment.py run   requirements.txt       what runs
    python3 accord/environment.py test  requirements-dev.txt   what runs and what checks
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = {"run": "requirements.txt", "test": "requirements-dev.txt"}
NEEDS = (3, 11)


def main() -> None:
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if sys.version_info < NEEDS:
        _stop("Accord needs Python 3.11 or newer; {} is {}.{}.".format(sys.executable, *sys.version_info[:2]))
    lock = ROOT / LOCKS[kind]
    if _stands(kind):
        return
    with _alone():
        if _stands(kind):  # by now, thanks to another
            return
        if not _works():
            _make_venv()
        _install(lock)
        (VENV / f"accord-{kind}").write_text(_digest(lock), encoding="ascii")


@contextmanager
def _alone() -> Iterator[None]:
    """One at a time in this folder: a second waits, and says so. Ends with the process, however that ends."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Waiting: the environment is being made by another run")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _stands(kind: str) -> bool:
    """True where the environment was made from the present lock, in this folder; that for tests serves to run too."""
    stamps = [(VENV / f"accord-{name}", ROOT / lock) for name, lock in LOCKS.items() if name in (kind, "test")]
    return _works() and any(
        stamp.exists() and stamp.read_text(encoding="ascii") == _digest(lock) for stamp, lock in stamps
    )


def _digest(lock: Path) -> str:
    """Changes with the lock, with what the project says of itself, and when the folder is moved."""
    parts = [lock.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), os.fsencode(ROOT)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _works() -> bool:
    python = VENV / "bin" / "python"
    if not python.exists():
        return False
    return subprocess.run([str(python), "-c", "import pip"], capture_output=True, check=False).returncode == 0  # noqa: S603


def _make_venv() -> None:
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        version = "{}.{}".format(*sys.version_info[:2])
        _stop(
            f"{sys.executable} can't make environments: its venv module is missing. On Debian and Ubuntu it is a package "
            f"of its own: apt-get install python{version}-venv. Then run the same command again."
        )
    _say(f"Making the environment in {VENV.name} with Python {sys.version.split(' ', 1)[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        _stop(f"The environment could not be made in {VENV}: {error}")


def _install(lock: Path) -> None:
    names = re.findall(r"^[a-z0-9][\w.-]*(?===)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    started = time.monotonic()
    _say(f"Installing {len(names)} packages from {lock.name}; once, about a minute")
    _pip("install", "--require-hashes", "-r", str(lock), of=len(names))
    _pip("install", "--no-deps", "--no-build-isolation", "--no-index", "-e", str(ROOT))
    _say(f"Installed in {time.monotonic() - started:.0f} s")


def _pip(*arguments: str, of: int = 0) -> None:
    """Run pip, counting on the terminal; its own words are shown only where it fails."""
    command = [str(VENV / "bin" / "python"), "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"]
    environment = {name: value for name, value in os.environ.items() if name != "PIP_REQUIRE_VIRTUALENV"}
    said, seen, told = [], 0, time.monotonic()
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=environment
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            said.append(line)
            seen += line.startswith("Collecting ")
            if line.startswith("Installing collected"):
                _say(f"  unpacking {of}" if of else "  and Accord itself")
                of = 0
            elif of and time.monotonic() - told > 2:
                told = time.monotonic()
                _say(f"  {min(seen, of)} of {of}")
    if pip.returncode:
        sys.stderr.writelines(said[-25:])
        _stop(
            "The packages could not be installed; pip's last words stand above. Is there a network, or a proxy to set?"
        )


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _stop(text: str) -> None:
    sys.exit(text)


if __name__ == "__main__":
    main()
