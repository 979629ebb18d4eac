"""One folder for everything a test run starts, shared by its worker processes and removed with what it holds.

The folder's name carries the number of the process that owns the run, so that the next run can clear up after one
that was killed.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

VARIABLE = "ACCORD_TEST_FOLDER"
_MEMORY = Path("/dev/shm")
_ROOM = 3 << 30
"""Bytes of memory that must be free for the run's folder to be held there: a database is then made ten times as fast."""
_PREFIX = "accord-tests-"


def session_folder() -> Path:
    """The folder of the present run; worker processes of the run get the same one."""
    return Path(os.environ[VARIABLE])


@contextmanager
def locked(name: str) -> Iterator[None]:
    """One process of the run at a time."""
    with (session_folder() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def open_folder() -> Path:
    folder = _where() / f"{_PREFIX}{os.getpid()}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    os.environ[VARIABLE] = str(folder)
    return folder


def _where() -> Path:
    """In memory where that has room, else with all that is temporary. The servers in it are killed, never the machine."""
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK):
        free = min(shutil.disk_usage(_MEMORY).free, psutil.virtual_memory().available // 2)
        if free > _ROOM:
            return _MEMORY
    return Path(tempfile.gettempdir())


def close_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.environ.pop(VARIABLE, None)


def abandoned_folders() -> list[Path]:
    """Folders of runs whose process is gone."""
    found = []
    for folder in (*Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"), *_MEMORY.glob(f"{_PREFIX}*")):
        number = folder.name.removeprefix(_PREFIX)
        if number.isdigit() and not psutil.pid_exists(int(number)):
            found.append(folder)
    return found
