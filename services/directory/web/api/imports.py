"""Roster imports over JSON: upload, read the findings and the plan, apply."""

from typing import Any
from uuid import UUID

import flask_smorest
from flask.views import MethodView

from services.directory.handlers import roster as handlers
from services.directory.handlers.people import MANAGING
from services.directory.oneroster.findings import Finding
from services.directory.planning.summary import Line
from services.directory.store.batches import Batch, find_batch, list_batches
from services.directory.web.answering import answering, writing
from services.directory.web.api import shapes
from services.directory.web.imports import MOST_BYTES, answers_of
from services.directory.wording import finding_words, note_words, remedy_words
from shared.web.access import Rule, holding
from shared.web.context import connection, district_id
from shared.web.language import gettext as _
from shared.web.once import once
from shared.web.problems import not_found
from shared.web.sizes import accepts

imports = flask_smorest.Blueprint(
    "imports_api", __name__, url_prefix="/api/v1/imports", description="OneRoster imports."
)
RULES: dict[str, Rule] = {
    f"imports_api.{name}": holding(*sorted(MANAGING))
    for name in ("index", "check", "One", "Apply", "Recheck", "Discard")
}


@imports.route("", methods=["GET"])
@imports.arguments(shapes.PagedQuery, location="query")
@imports.response(200, shapes.ImportsOut)
def index(query: dict[str, Any]) -> Any:
    """Imports, the newest first"""
    size = query["page_size"]
    rows, total = list_batches(connection(), district_id(), size, (query["page"] - 1) * size)
    return {"total": total, "imports": [_line(batch) for batch in rows]}


@imports.route("", methods=["POST"])
@accepts(MOST_BYTES)
@once
@imports.arguments(shapes.UploadIn, location="files")
@imports.response(201, shapes.ImportOut)
def check(files: dict[str, Any]) -> Any:
    """Check a roster (multipart, field `file`): the dry run, which changes nothing about anyone"""
    sent = files["file"]
    checked = handlers.check_roster(writing(), sent.stream, sent.filename or "roster.zip")
    return _whole(checked.batch_id)


@imports.route("/<uuid:import_id>")
class One(MethodView):
    @imports.response(200, shapes.ImportOut)
    def get(self, import_id: UUID) -> Any:
        """Everything found, and what would change"""
        return _whole(import_id)


@imports.route("/<uuid:import_id>/apply")
class Apply(MethodView):
    @once
    @imports.arguments(shapes.AnswersIn)
    @imports.response(200, shapes.ImportOut)
    def post(self, data: dict[str, Any], import_id: UUID) -> Any:
        """Import: all of it, or nothing"""
        with answering():
            handlers.apply_roster(writing(), import_id, answers_of(data))
        return _whole(import_id)


@imports.route("/<uuid:import_id>/recheck")
class Recheck(MethodView):
    @once
    @imports.response(200, shapes.ImportOut)
    def post(self, import_id: UUID) -> Any:
        """Hold a waiting import against the directory as it is now"""
        with answering():
            handlers.recheck_roster(writing(), import_id)
        return _whole(import_id)


@imports.route("/<uuid:import_id>/discard")
class Discard(MethodView):
    @once
    @imports.response(200, shapes.ImportOut)
    def post(self, import_id: UUID) -> Any:
        """Let a waiting import go"""
        with answering():
            handlers.discard_roster(writing(), import_id)
        return _whole(import_id)


def _whole(import_id: UUID) -> dict[str, Any]:
    batch = find_batch(connection(), district_id(), import_id)
    if batch is None:
        raise not_found(_("this import"))
    summary = batch.summary
    return {
        **_line(batch),
        "findings": [_finding(finding) for finding in batch.report.findings],
        "counts": summary.counts if summary else None,
        "dropped": summary.dropped if summary else {},
        "staff_before": summary.staff_before if summary else 0,
        "ending": summary.ending if summary else 0,
        "losing": summary.losing if summary else 0,
        "changes": [_change(line) for line in summary.lines] if summary else [],
    }


def _line(batch: Batch) -> dict[str, Any]:
    return {
        "import_id": batch.batch_id,
        "state": batch.state,
        "file_name": batch.upload.name,
        "checked_at": batch.checked_at,
        "settled_at": batch.settled_at,
        "errors": batch.report.errors,
        "finding_counts": batch.report.counts,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "message": finding_words(finding),
        "remedy": remedy_words(finding.code),
    }


def _change(line: Line) -> dict[str, Any]:
    notes = [note_words(note) for note in line.notes]
    return {"sort": line.sort, "action": line.action, "id": line.id, "name": line.name, "notes": notes}
