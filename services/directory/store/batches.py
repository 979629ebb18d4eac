"""Imports: what was uploaded, what was found, what it would change, what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Row, Text, cast, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB

from services.directory.oneroster.findings import Report
from services.directory.oneroster.staged import StagedRoster
from services.directory.planning.summary import Summary
from services.directory.store.saving import Writing
from services.directory.store.tables import PEOPLE, import_batch

for _kept in (Report, StagedRoster, Summary):
    # Once, by one thread: msgspec 0.22 ends the process when two threads meet a type for the first time.
    msgspec.json.Decoder(_kept)


@dataclass(frozen=True)
class Upload:
    """The file as it came. `hash`: SHA-256, hexadecimal."""

    name: str
    size: int
    hash: str


@dataclass(frozen=True)
class Batch:
    """One import. `staged` is there while the batch waits; `summary` is None where something must be mended first."""

    batch_id: UUID
    state: str
    upload: Upload
    checked_at: datetime
    checked_by: str | None
    report: Report
    summary: Summary | None
    fingerprint: str | None
    settled_at: datetime | None
    settled_by: str | None


def add_batch(
    writing: Writing,
    batch_id: UUID,
    upload: Upload,
    *,
    report: Report,
    summary: Summary | None,
    staged: StagedRoster | None,
    fingerprint: str | None,
) -> None:
    """Keep a check. One with an error is refused at once and keeps no staff."""
    refused = staged is None or report.errors > 0
    values = {
        "district_id": writing.district_id,
        "batch_id": batch_id,
        "state": "refused" if refused else "checked",
        "file_name": upload.name,
        "file_size": upload.size,
        "file_hash": upload.hash,
        "checked_at": writing.at,
        "checked_by": writing.by,
        "report": msgspec.to_builtins(report),
        "summary": msgspec.to_builtins(summary),
        "staged": None if refused else msgspec.to_builtins(staged),
        "fingerprint": fingerprint,
    }
    writing.connection.execute(insert(import_batch), values)


def staged_of(writing: Writing, batch_id: UUID) -> tuple[str, StagedRoster | None, str | None] | None:
    """(state, staff as read, fingerprint of the plan that was shown), locked; None where there is no such import."""
    row = writing.connection.execute(
        select(import_batch.c.state, import_batch.c.staged, import_batch.c.fingerprint)
        .where(import_batch.c.district_id == writing.district_id, import_batch.c.batch_id == batch_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        return None
    staged = None if row.staged is None else msgspec.convert(row.staged, StagedRoster)
    return row.state, staged, row.fingerprint


def settle(writing: Writing, batch_id: UUID, state: str) -> None:
    """The import is applied or discarded; what was read of people is let go."""
    _update(writing, batch_id, state=state, staged=None, settled_at=writing.at, settled_by=writing.by)


def check_anew(writing: Writing, batch_id: UUID, report: Report, summary: Summary, fingerprint: str) -> None:
    """Replace what was shown by what is found now."""
    gone: dict[str, Any] = {"state": "refused", "staged": None} if report.errors else {}
    _update(
        writing,
        batch_id,
        **gone,
        report=msgspec.to_builtins(report),
        summary=msgspec.to_builtins(summary),
        fingerprint=fingerprint,
        checked_at=writing.at,
        checked_by=writing.by,
    )


def _update(writing: Writing, batch_id: UUID, **values: Any) -> None:
    mine = (import_batch.c.district_id == writing.district_id) & (import_batch.c.batch_id == batch_id)
    writing.connection.execute(update(import_batch).where(mine).values(**values))


def find_batch(connection: Connection, district_id: UUID, batch_id: UUID) -> Batch | None:
    """One import with everything that was found."""
    query = _batches(district_id, whole=True).where(import_batch.c.batch_id == batch_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _batch(row, whole=True)


def list_batches(connection: Connection, district_id: UUID, limit: int, offset: int) -> tuple[Sequence[Batch], int]:
    """(imports, newest first, without their findings and lines; how many there are in all)."""
    query = _batches(district_id, whole=False).order_by(import_batch.c.checked_at.desc())
    rows = connection.execute(query.limit(limit).offset(offset)).all()
    total = rows[0].total if rows else 0
    return [_batch(row, whole=False) for row in rows], total


def _batches(district_id: UUID, *, whole: bool) -> Any:
    checker, settler = PEOPLE.person.alias("checker"), PEOPLE.person.alias("settler")
    report = import_batch.c.report if whole else _without(import_batch.c.report, "findings").label("report")
    summary = import_batch.c.summary if whole else _without(import_batch.c.summary, "lines").label("summary")
    columns = [column for column in import_batch.columns if column.name not in ("report", "summary", "staged")]
    return (
        select(
            *columns,
            report,
            summary,
            (checker.c.given_name + " " + checker.c.family_name).label("checker"),
            (settler.c.given_name + " " + settler.c.family_name).label("settler"),
            func.count().over().label("total"),
        )
        .outerjoin(checker, (checker.c.district_id == district_id) & (checker.c.person_id == import_batch.c.checked_by))
        .outerjoin(settler, (settler.c.district_id == district_id) & (settler.c.person_id == import_batch.c.settled_by))
        .where(import_batch.c.district_id == district_id)
    )


def _without(column: Column[Any], name: str) -> ColumnElement[Any]:
    """A JSON object less one of its members, so that a list of imports does not carry all their findings."""
    return column.op("-", return_type=JSONB())(cast(name, Text))


def _batch(row: Row[Any], *, whole: bool) -> Batch:
    report = row.report if whole else row.report | {"findings": []}
    summary = row.summary if whole or row.summary is None else row.summary | {"lines": []}
    return Batch(
        batch_id=row.batch_id,
        state=row.state,
        upload=Upload(row.file_name, row.file_size, row.file_hash),
        checked_at=row.checked_at,
        checked_by=row.checker,
        report=msgspec.convert(report, Report),
        summary=None if summary is None else msgspec.convert(summary, Summary),
        fingerprint=row.fingerprint,
        settled_at=row.settled_at,
        settled_by=row.settler,
    )
