"""Rows of one CSV file (RFC 4180, UTF-8, byte-order mark tolerated), streamed, each with its line in the file."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.directory.oneroster.archive import Archive, DamagedError, LineTooLongError, TooManyLinesError
from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_
from shared.letters import holds_unseen

LONGEST = 255
"""Characters of one value; the standard asks for at least that many."""
LONGEST_LIST = 8000
"""Characters of a value that lists identifiers."""
_LISTS = frozenset({"agentSourcedIds", "orgSourcedIds"})
_NAMES = frozenset({"givenName", "familyName", "preferredGivenName", "preferredFamilyName", "name", "title"})
MOST_BLANK = 10_000
"""Blank lines of one file; no exporter writes any."""


@dataclass(frozen=True)
class Record:
    """One row: values by column head, stripped of spaces around them."""

    line: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")


class _UndecodableError(Exception):
    """A line is not UTF-8."""


class CsvFile:
    """One file of the archive; `records` may be gone through once."""

    def __init__(self, archive: Archive, file: str, findings: Findings) -> None:
        self.file = f"{file}.csv"
        self._archive = archive
        self._source = file
        self._findings = findings
        self._line = 0
        self.rows = 0
        self.whole = True
        """Whether every row could be read so far."""

    def records(self, columns: Sequence[str], needed: frozenset[str]) -> Iterator[Record]:
        """Rows as records. A row or file that can't be read is left out, with a finding."""
        rows = self._rows()
        header = next(rows, None)
        if header is None:
            self.whole = False
            if not self._findings.counts["OR014"]:
                self._findings.add("OR010", N_("The file is empty; it has no column heads."), file=self.file, line=1)
            return
        places = check_header(header[1], columns, needed, self._findings, self.file)
        if places is None:
            self.whole = False
            return
        width = len(header[1])
        for line, row in rows:
            self.rows += 1
            if len(row) != width:
                self.whole = False
                template = N_("The row has %(count)s values, the heads are %(heads)s.")
                self._findings.add("OR016", template, file=self.file, line=line, count=len(row), heads=width)
                continue
            yield Record(line, {name: row[at].strip() for name, at in places.items() if row[at]})

    def count(self) -> int:
        """How many rows the file has, without keeping or checking any value."""
        rows = self._rows()
        next(rows, None)
        return sum(1 for _ in rows)

    def value_problems(self, record: Record, columns: frozenset[str]) -> bool:
        """Note values of `columns` that are too long or hold control characters; whether there were any."""
        before = self._findings.errors
        for column in columns:
            value = record[column]
            most = LONGEST_LIST if column in _LISTS else LONGEST
            if len(value) > most:
                template = N_("The value has %(count)s characters; at most %(most)s are taken.")
                self._findings.add(
                    "OR018", template, file=self.file, line=record.line, column=column, count=len(value), most=most
                )
            elif holds_unseen(value, joined=column in _NAMES):
                template = N_("The value holds a line break, a control character or another one that can't be seen.")
                self._findings.add("OR017", template, file=self.file, line=record.line, column=column)
        return self._findings.errors > before

    def _text(self) -> Iterator[str]:
        for raw in self._archive.lines(self._source):
            self._line += 1
            line = raw.removeprefix(b"\xef\xbb\xbf") if self._line == 1 else raw
            try:
                yield line.decode("utf-8")
            except UnicodeDecodeError:
                raise _UndecodableError from None

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        """What _lines_read reads, remembering whether it came to the end."""
        before = self._findings.errors
        for each in self._lines_read():
            yield each
            before = self._findings.errors  # what is found in a row's values does not stop the reading
        self.whole &= self._findings.errors == before

    def _lines_read(self) -> Iterator[tuple[int, list[str]]]:
        """(first line of the row, values); stops at what can't be read, with a finding. Blank lines are passed over."""
        reader = csv.reader(self._text(), strict=True)
        blank = 0
        while True:
            first = self._line + 1
            problem: tuple[str, str] | None = None
            try:
                row = next(reader, None)
            except _UndecodableError:
                problem = "OR014", N_("From this line on the file is not UTF-8.")
            except TooManyLinesError as error:
                template = N_("The file has more than %(most)s lines.")
                self._findings.add("OR004", template, file=self.file, line=error.most + 1, most=f"{error.most:,}")
                return
            except LineTooLongError:
                problem = "OR018", N_("The line is longer than any roster's.")
            except csv.Error as error:
                problem = _csv_problem(error)
            except DamagedError:
                self._findings.add("OR003", N_("The file is damaged inside the zip."), file=self.file)
                return
            if problem:
                self._findings.add(problem[0], problem[1], file=self.file, line=first)
                return
            if row is None:
                return
            if row:
                yield first, row
            elif (blank := blank + 1) > MOST_BLANK:
                template = N_("The file has more than %(most)s blank lines.")
                self._findings.add("OR004", template, file=self.file, line=first, most=f"{MOST_BLANK:,}")
                return


def _csv_problem(error: csv.Error) -> tuple[str, str]:
    text = str(error)
    if "new-line character" in text:
        return "OR017", N_("A carriage return stands inside a row.")
    if "field larger" in text:
        return "OR018", N_("A value is longer than any roster's; a closing quotation mark may be missing.")
    return "OR015", N_("Quotation marks do not match up.")


def check_header(
    header: Sequence[str], columns: Sequence[str], needed: frozenset[str], findings: Findings, file: str
) -> dict[str, int] | None:
    """Where each column of the standard stands, or None where the file can't be read by these heads."""
    before = findings.errors
    if len(header) == 1 and any(sign in header[0] for sign in ";\t|"):
        findings.add("OR015", N_("The values are not separated by commas."), file=file, line=1)
        return None
    exact = {name: name for name in columns}
    by_case = {name.casefold(): name for name in columns}
    places: dict[str, int] = {}
    unknown: list[str] = []
    for at, cell in enumerate(header):
        head = cell.strip()
        name = exact.get(head) or by_case.get(head.casefold())
        if holds_unseen(head):
            template = N_("The head of column %(number)s holds a character that can't be seen.")
            findings.add("OR017", template, file=file, line=1, column=head, number=at + 1)
        elif not head:
            findings.add("OR012", N_("Column %(number)s has no head."), file=file, line=1, number=at + 1)
        elif name is None:
            if not head.startswith("metadata."):
                unknown.append(head)
        elif name in places:
            findings.add(
                "OR013", N_("The column %(name)s stands there twice."), file=file, line=1, column=name, name=name
            )
        else:
            places[name] = at
            if head != name:
                findings.add(
                    "OR011",
                    N_("The head is %(found)s; the standard writes %(name)s."),
                    file=file,
                    line=1,
                    column=name,
                    found=head,
                    name=name,
                )
    _missing_and_order(places, columns, needed=needed, unknown=unknown, findings=findings, file=file)
    return None if findings.errors > before else places


def _missing_and_order(
    places: Mapping[str, int],
    columns: Sequence[str],
    *,
    needed: frozenset[str],
    unknown: Sequence[str],
    findings: Findings,
    file: str,
) -> None:
    for name in columns:
        if name in places:
            continue
        if name in needed:
            findings.add("OR010", N_("The column %(name)s is missing."), file=file, line=1, column=name, name=name)
        else:
            template = N_("The column %(name)s is missing; it is not needed here.")
            findings.add("OR010", template, file=file, line=1, column=name, severity="warning", name=name)
    for head in unknown:
        template = N_("The column %(name)s is not in the standard and is left unread.")
        findings.add("OR010", template, file=file, line=1, column=head, severity="warning", name=head)
    found = sorted(places, key=lambda name: places[name])
    expected = [name for name in columns if name in places]
    if found != expected:
        first = next(name for name, right in zip(found, expected, strict=True) if name != right)
        template = N_("The columns are not in the standard's order, from %(name)s on; they are read by their heads.")
        findings.add("OR010", template, file=file, line=1, column=first, severity="warning", name=first)
