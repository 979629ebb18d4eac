"""Importing a roster: checked and kept first, applied when somebody has looked at it."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import select

from services.directory.oneroster.archive import LIMITS, Limits
from services.directory.oneroster.findings import Report
from services.directory.oneroster.reader import read_roster
from services.directory.oneroster.staged import StagedRoster
from services.directory.planning.make import known_to, make_plan, unanswered
from services.directory.planning.plan import Plan, Present
from services.directory.planning.reach import CODE, beyond_reach, hand_of, rows_of
from services.directory.planning.summary import Summary, summarise
from services.directory.refusals import NotFound, Refused
from services.directory.store import batches
from services.directory.store.batches import Upload
from services.directory.store.by_day import close_over
from services.directory.store.present import load_present
from services.directory.store.saving import Writing, lock_directory, save_plan
from services.directory.store.tables import PEOPLE
from shared.db import take_time
from shared.ids import new_id

_CHUNK = 1_000_000
_MINUTES = 5
"""That one statement with a whole roster may take."""


@dataclass(frozen=True)
class Checked:
    """What a dry run found. `summary`, `plan` and `staged` are None where something must be mended first."""

    batch_id: UUID
    report: Report
    summary: Summary | None
    plan: Plan | None = None
    staged: StagedRoster | None = None


@dataclass(frozen=True)
class Answers:
    """What a person confirms. `ending`: the number of staff that will end, in so many words; `losing`: that of those who will
    lose their part in evaluations."""

    ending: int | None = None
    losing: int | None = None
    roles: bool = False
    same_people: bool = False


def check_roster(writing: Writing, source: BinaryIO | Path, name: str, limits: Limits = LIMITS) -> Checked:
    """The dry run: read, hold against the directory, keep what was found. Changes nothing about anyone."""
    upload = _upload(source, name)
    take_time(writing.connection, minutes=_MINUTES)
    present = load_present(writing.connection, writing.district_id, writing.today)
    reading = read_roster(source, known_to(present), limits)
    report, summary, plan = reading.report, None, None
    if reading.roster is not None and not report.errors:  # with rows missing, a plan would mislead
        plan = make_plan(present, reading.roster)
        report = report.joined(plan.report).joined(_beyond(writing, present, plan, reading.roster))
        summary = summarise(plan, reading.roster, _school_names(writing))
    batch_id = new_id()
    batches.add_batch(
        writing,
        batch_id,
        upload,
        report=report,
        summary=summary,
        staged=reading.roster,
        fingerprint=plan.fingerprint() if plan is not None else None,
    )
    return Checked(batch_id, report, summary, plan, reading.roster if plan is not None else None)


def apply_roster(writing: Writing, batch_id: UUID, answers: Answers) -> Plan:
    """All of the import, or nothing. Refuses where a question is open, where the directory has changed meanwhile, or where it
    does what whoever applies it may not do."""
    take_time(writing.connection, minutes=_MINUTES)
    lock_directory(writing.connection, writing.district_id, whole=True)
    staged, fingerprint = _waiting(writing, batch_id)
    close_over(writing)  # from here on what is stored of usernames is what the plan takes for granted
    present = load_present(writing.connection, writing.district_id, writing.today)
    plan = make_plan(present, staged)
    if plan.report.errors or plan.fingerprint() != fingerprint:
        raise Refused("plan_changed", batch=str(batch_id))
    if (beyond := _beyond(writing, present, plan, staged)).counts:
        raise Refused("import_not_yours", batch=str(batch_id), rows=rows_of(beyond))
    refuse_unanswered(plan, staged, answers)
    save_plan(writing, plan)
    batches.settle(writing, batch_id, "applied")
    return plan


def refuse_unanswered(plan: Plan, staged: StagedRoster, answers: Answers) -> None:
    """Refused("not_confirmed"), with each field and the code of its question, where `answers` leave one open."""
    open_questions = unanswered(plan, staged, **asdict(answers))
    if open_questions:
        fields = {_FIELDS[code]: code for code in open_questions}
        codes = ", ".join(open_questions)
        raise Refused("not_confirmed", fields=fields, codes=codes, ending=plan.ending, losing=plan.losing)


def _beyond(writing: Writing, present: Present, plan: Plan, staged: StagedRoster) -> Report:
    """What of the plan whoever writes may not do."""
    return beyond_reach(plan, staged, hand_of(present, writing.by))


_FIELDS = {
    "OR070": "confirm_ending",
    "OR071": "confirm_roles",
    "OR073": "confirm_same_people",
    "OR074": "confirm_losing",
}


def recheck_roster(writing: Writing, batch_id: UUID) -> Checked:
    """Hold a waiting import against the directory as it is now."""
    take_time(writing.connection, minutes=_MINUTES)
    staged, _ = _waiting(writing, batch_id)
    present = load_present(writing.connection, writing.district_id, writing.today)
    plan = make_plan(present, staged)
    before = batches.find_batch(writing.connection, writing.district_id, batch_id)
    assert before is not None, "it was locked a moment ago"
    report = before.report.without(plan_codes()).joined(plan.report).joined(_beyond(writing, present, plan, staged))
    summary = summarise(plan, staged, _school_names(writing))
    batches.check_anew(writing, batch_id, report, summary, plan.fingerprint())
    return Checked(batch_id, report, summary, plan, staged)


def plan_codes() -> frozenset[str]:
    """Codes that are found when a roster is held against the directory, so anew each time."""
    return frozenset({"OR070", "OR073", "OR074", "OR076", "OR077", "OR078", "OR079", "OR081", "OR082", CODE})


def discard_roster(writing: Writing, batch_id: UUID) -> None:
    """Let a waiting import go."""
    _waiting(writing, batch_id)
    batches.settle(writing, batch_id, "discarded")


def _waiting(writing: Writing, batch_id: UUID) -> tuple[StagedRoster, str | None]:
    found = batches.staged_of(writing, batch_id)
    if found is None:
        raise NotFound("import")
    state, staged, fingerprint = found
    if state != "checked" or staged is None:
        raise Refused(f"import_{state}")
    return staged, fingerprint


def _school_names(writing: Writing) -> dict[UUID, str]:
    school = PEOPLE.school
    query = select(school.c.school_id, school.c.name).where(school.c.district_id == writing.district_id)
    return {row.school_id: row.name for row in writing.connection.execute(query)}


def _upload(source: BinaryIO | Path, name: str) -> Upload:
    """Name, size and hash of the file, read in pieces."""
    whole = hashlib.sha256()
    size = 0
    stream: BinaryIO = source.open("rb") if isinstance(source, Path) else source
    try:
        while piece := stream.read(_CHUNK):
            whole.update(piece)
            size += len(piece)
    finally:
        if isinstance(source, Path):
            stream.close()
        else:
            stream.seek(0)
    return Upload(name[:200], size, whole.hexdigest())
