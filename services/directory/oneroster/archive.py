"""The zip, opened without trusting it: what is too large, doubled, hidden in folders or locked is refused before reading.

Nothing is ever unpacked to disk or whole into memory. The declared sizes are what is checked: more than the declared size
is never handed out (zipfile stops there), and a size that lies shows by its check sum.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_

ZIP = "(zip)"
"""What stands for the file where the whole zip is meant."""


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes. A bulk roster of 200,000 pupils and their families is below 100 MB unpacked."""

    zip_size: int = 40_000_000
    files: int = 64
    file_size: int = 120_000_000
    total_size: int = 160_000_000
    ratio: int = 100
    """Unpacked to packed, looked at from `ratio_from` bytes on; CSV packs 5 to 25 times smaller."""
    ratio_from: int = 1_000_000
    line: int = 200_000
    lines: int = 2_000_000
    """Of one file: the enrolments of 200,000 pupils have 1.6 million."""


LIMITS = Limits()
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_PIECE = 256 * 1024


class LineTooLongError(Exception):
    """One line is longer than any roster's; `number` is the line, from 1."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class TooManyLinesError(Exception):
    """A file has more lines than any roster's; `most` are taken."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class DamagedError(Exception):
    """What comes out of the zip is not what its check sums say."""


class Archive:
    """An opened zip whose table of contents passed the checks."""

    def __init__(self, opened: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo], limits: Limits) -> None:
        self._zip = opened
        self._entries = names
        self._limits = limits

    @property
    def files(self) -> frozenset[str]:
        """Names of the CSV files without `.csv`."""
        return frozenset(self._entries)

    def lines(self, file: str) -> Iterator[bytes]:
        """Lines of `<file>.csv` with their ends; raises TooManyLinesError, LineTooLongError or DamagedError."""
        self._refuse_too_many(self._entries[file])
        with _damage(), self._zip.open(self._entries[file]) as stream:
            number = 0
            while line := stream.readline(self._limits.line + 1):
                number += 1
                if len(line) > self._limits.line:
                    raise LineTooLongError(number)
                yield line

    def _refuse_too_many(self, entry: zipfile.ZipInfo) -> None:
        """Counted in pieces before anything is read, because line by line costs a hundred times as much."""
        most = self._limits.lines
        if entry.file_size <= most:
            return
        found = 0
        with _damage(), self._zip.open(entry) as stream:
            while piece := stream.read(_PIECE):
                found += piece.count(b"\n")
                if found > most:
                    raise TooManyLinesError(most)

    def close(self) -> None:
        self._zip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise DamagedError(type(error).__name__) from None


def open_archive(source: Path | bytes | BinaryIO, findings: Findings, limits: Limits = LIMITS) -> Archive | None:
    """The archive, or None where `findings` now says why it is refused."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    size = _size(stream)
    if size > limits.zip_size:
        template = N_("The zip has %(size)s bytes; at most %(most)s are taken.")
        findings.add("OR004", template, file=ZIP, size=f"{size:,}", most=f"{limits.zip_size:,}")
        return None
    try:
        opened = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        findings.add("OR003", N_("The file is not a zip, or it is damaged."), file=ZIP)
        return None
    before = findings.errors
    names = _contents(opened, size, findings, limits)
    if findings.errors > before:
        opened.close()
        return None
    return Archive(opened, names, limits)


def _size(stream: Path | BinaryIO) -> int:
    if isinstance(stream, Path):
        return stream.stat().st_size
    stream.seek(0, io.SEEK_END)
    size = stream.tell()
    stream.seek(0)
    return size


def _contents(opened: zipfile.ZipFile, size: int, findings: Findings, limits: Limits) -> dict[str, zipfile.ZipInfo]:
    """The CSV files at the root, after every check that needs the table of contents only."""
    entries = opened.infolist()
    if len(entries) > limits.files:
        template = N_("The zip holds %(count)s files; at most %(most)s are taken.")
        findings.add("OR004", template, file=ZIP, count=len(entries), most=limits.files)
        return {}
    _sizes(entries, size, findings, limits)
    names: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        if (name := _root_name(entry, findings)) is None:
            continue
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _COMPRESSIONS:
            findings.add(
                "OR006",
                N_("%(name)s is encrypted or packed in an unknown way."),
                file=entry.filename,
                name=entry.filename,
            )
        if name in names:
            findings.add("OR005", N_("%(name)s is in the zip twice."), file=entry.filename, name=entry.filename)
        names[name] = entry
    if "manifest" not in names and not findings.counts["OR002"]:
        findings.add("OR001", N_("There is no manifest.csv at the root of the zip."), file="manifest.csv")
    return names


def _sizes(entries: list[zipfile.ZipInfo], size: int, findings: Findings, limits: Limits) -> None:
    total = sum(entry.file_size for entry in entries)
    if total > limits.total_size or sum(entry.compress_size for entry in entries) > size:
        template = N_("Unpacked, the zip would have %(size)s bytes; at most %(most)s are taken.")
        findings.add("OR004", template, file=ZIP, size=f"{total:,}", most=f"{limits.total_size:,}")
    for entry in entries:
        too_dense = entry.file_size > limits.ratio_from and entry.file_size > limits.ratio * max(entry.compress_size, 1)
        if entry.file_size > limits.file_size or too_dense:
            template = N_("Unpacked, %(name)s would have %(size)s bytes, from %(packed)s packed.")
            findings.add(
                "OR004",
                template,
                file=entry.filename,
                name=entry.filename,
                size=f"{entry.file_size:,}",
                packed=f"{entry.compress_size:,}",
            )


def _root_name(entry: zipfile.ZipInfo, findings: Findings) -> str | None:
    """The name without `.csv` of a CSV file at the root; None, with a finding, for anything else."""
    path = entry.filename
    parts = path.replace("\\", "/").split("/")
    if path.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or any(ord(sign) < 32 for sign in path):
        findings.add("OR005", N_("%(name)s is not a plain file name."), file=path, name=path)
        return None
    if parts[0] == "__MACOSX" or parts[-1] == ".DS_Store":
        return None
    if len(parts) > 1:
        if parts[-1].endswith(".csv"):
            findings.add("OR002", N_("%(name)s stands in a folder."), file=path, name=path)
        return None
    if not path.endswith(".csv"):
        findings.add("OR007", N_("%(name)s is not a CSV file and is left unread."), file=path, name=path)
        return None
    return path.removesuffix(".csv")
