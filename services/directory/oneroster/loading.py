"""Rows of one file with the question settled whether the file is whole (bulk) or holds changes only (delta).

Where manifest and rows disagree, the rows win; a single row that fits neither is a finding.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from services.directory.oneroster.archive import Archive
from services.directory.oneroster.csv_files import CsvFile, Record
from services.directory.oneroster.findings import Findings
from services.directory.oneroster.headers import COLUMNS, NEEDED, Version
from services.directory.oneroster.kinds import N_
from services.directory.oneroster.staged import Mode
from services.directory.oneroster.values import Values

Keep = Callable[[Record], bool]
_IDENTIFIER = frozenset({"sourcedId"})
_KEPT_COLUMNS = frozenset({"password", "userIds", "sms", "phone", "grades"})


@dataclass(frozen=True)
class Loaded:
    """`records`: rows in force. `gone`: sourcedIds of rows a delta calls tobedeleted; `gone_at`: their lines.
    `whole`: every row could be read. `refused`: sourcedIds of rows with a wrong value."""

    mode: Mode = "absent"
    records: tuple[Record, ...] = ()
    gone: tuple[str, ...] = ()
    gone_at: tuple[int, ...] = ()
    whole: bool = True
    refused: frozenset[str] = frozenset()

    @property
    def named(self) -> frozenset[str]:
        """Identifiers of its rows, whether or not they were right."""
        return self.refused | {record["sourcedId"] for record in self.records}


@dataclass
class _Tally:
    """How many rows carry both status and change date, neither, or one of them."""

    seen: Counter[str] = field(default_factory=Counter)

    def note(self, record: Record) -> None:
        both = bool(record["status"]), bool(record["dateLastModified"])
        self.seen["delta" if all(both) else "mixed" if any(both) else "bulk"] += 1

    def mode(self, stated: Mode) -> Mode:
        """What the rows are, where they agree among themselves; else what the manifest says."""
        if set(self.seen) == {"delta"}:
            return "delta"
        return "bulk" if set(self.seen) == {"bulk"} else stated


def load(
    archive: Archive, file: str, version: Version, findings: Findings, *, stated: Mode, keep: Keep = lambda _: True
) -> Loaded:
    """Read `file`, keeping the rows `keep` says yes to; the others count for bulk or delta only."""
    if stated == "absent" or file not in archive.files:
        return Loaded()
    before = findings.errors
    source = CsvFile(archive, file, findings)
    values = Values(source.file, findings)
    tally = _Tally()
    kept: list[Record] = []
    refused: set[str] = set()
    nameless = False
    columns = COLUMNS[version][file]
    checked = frozenset(columns) - _KEPT_COLUMNS - _IDENTIFIER
    for record in source.records(columns, NEEDED[version][file]):
        tally.note(record)
        if source.value_problems(record, _IDENTIFIER):
            nameless = True
            continue  # what others refer to must be readable, whoever it names
        if not keep(record):
            continue
        if not source.value_problems(record, checked) and values.guid(record, "sourcedId"):
            kept.append(record)
        else:
            refused.add(record["sourcedId"])
    if not source.rows and findings.errors == before:
        findings.add("OR020", N_("The file has column heads and no rows."), file=source.file)
    mode = tally.mode(stated)
    if mode != stated:
        template = N_("The manifest calls the file %(stated)s; its rows are %(mode)s.")
        findings.add("OR061", template, file=source.file, stated=stated, mode=mode)
    loaded = _by_status(_first_of_each(kept, values), mode, values)
    return replace(loaded, whole=source.whole and not nameless, refused=frozenset(refused))


def _first_of_each(records: list[Record], values: Values) -> list[Record]:
    """Records without those whose sourcedId came before."""
    first: dict[str, int] = {}
    for record in records:
        if (line := first.setdefault(record["sourcedId"], record.line)) != record.line:
            template = N_("%(id)s already stands in line %(first)s.")
            values.findings.add(
                "OR051",
                template,
                file=values.file,
                line=record.line,
                column="sourcedId",
                id=record["sourcedId"],
                first=line,
            )
    return [record for record in records if first[record["sourcedId"]] == record.line]


def _by_status(records: list[Record], mode: Mode, values: Values) -> Loaded:
    gone: list[Record] = []
    present: list[Record] = []
    for record in records:
        if mode == "bulk":
            if record["status"] or record["dateLastModified"]:
                values.findings.add(
                    "OR030",
                    N_("status and dateLastModified must be blank in a bulk file."),
                    file=values.file,
                    line=record.line,
                    column="status" if record["status"] else "dateLastModified",
                )
            present.append(record)
        elif _delta_status(record, values) == "tobedeleted":
            gone.append(record)
        else:
            present.append(record)
    names, lines = (record["sourcedId"] for record in gone), (record.line for record in gone)
    return Loaded(mode, tuple(present), tuple(names), tuple(lines))


def _delta_status(record: Record, values: Values) -> str | None:
    for column in ("status", "dateLastModified"):
        if not record[column]:
            template = N_("%(name)s is blank in a delta file.")
            values.findings.add("OR031", template, file=values.file, line=record.line, column=column, name=column)
    if record["dateLastModified"]:
        values.moment(record, "dateLastModified")
    status = record["status"]
    if status and status not in ("active", "tobedeleted"):
        template = N_("%(value)s is neither active nor tobedeleted.")
        values.findings.add("OR032", template, file=values.file, line=record.line, column="status", value=status)
    return status
