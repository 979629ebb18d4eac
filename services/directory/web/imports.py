"""Importing a roster in the browser: upload, look at what would happen, answer what is asked, import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from marshmallow import fields

from services.directory.handlers import roster as handlers
from services.directory.handlers.people import MANAGING
from services.directory.oneroster.archive import LIMITS
from services.directory.oneroster.findings import Finding
from services.directory.oneroster.kinds import KINDS
from services.directory.store.batches import Batch, find_batch, list_batches
from services.directory.web.answering import answering, writing
from services.directory.wording import (
    ACTION,
    DROPPED,
    SEVERITY,
    SORT,
    STATE,
    finding_words,
    note_words,
    remedy_words,
    title_words,
)
from shared.people.roles import SYSTEM_ADMINISTRATOR
from shared.web.access import Rule, holding
from shared.web.context import connection, district_id, viewer
from shared.web.forms import Form, FormInvalid, Schema, open_form, parse
from shared.web.language import gettext as _
from shared.web.once import once
from shared.web.paging import Page, asked_page
from shared.web.problems import not_found
from shared.web.sizes import accepts

RULES: dict[str, Rule] = {
    f"imports.{name}": holding(*sorted(MANAGING)) for name in ("index", "check", "show", "apply", "recheck", "discard")
}
MOST_BYTES = LIMITS.zip_size + 100_000
SHOWN_OF_EACH = 100
"""Findings of one code on the page; the others are in the API's answer."""
LINES = 100
_ORDER = ("error", "question", "warning")


class AnswersForm(Schema):
    confirm_ending = fields.Integer(load_default=None, allow_none=True)
    confirm_losing = fields.Integer(load_default=None, allow_none=True)
    confirm_roles = fields.Boolean(load_default=False)
    confirm_same_people = fields.Boolean(load_default=False)


@dataclass(frozen=True)
class Group:
    """Findings of one code together. `count` may be more than are kept."""

    code: str
    severity: str
    title: str
    remedy: str
    count: int
    findings: Sequence[Finding]


def make() -> Blueprint:
    blueprint = Blueprint("imports", __name__, template_folder="templates", url_prefix="/imports")
    blueprint.add_url_rule("", "index", index)
    blueprint.add_url_rule("", "check", accepts(MOST_BYTES)(once(check)), methods=["POST"])
    blueprint.add_url_rule("/<uuid:batch_id>", "show", show)
    for name, view in (("apply", apply), ("recheck", recheck), ("discard", discard)):
        blueprint.add_url_rule(f"/<uuid:batch_id>/{name}", name, once(view), methods=["POST"])
    return blueprint


def index() -> str:
    return _index_page(open_form())


def check() -> Any:
    """The dry run. Nothing about anyone changes."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _index_page(Form(errors={"file": [_("Choose the zip with the roster.")]})), 422
    checked = handlers.check_roster(writing(), sent.stream, sent.filename)  # type: ignore[arg-type]
    return redirect(url_for("imports.show", batch_id=checked.batch_id), 303)


def show(batch_id: UUID) -> str:
    return _show_page(_find(batch_id), Form())


def apply(batch_id: UUID) -> Any:
    """Import: all of it, or nothing."""
    try:
        data = parse(AnswersForm)
        answers = answers_of(data)
        with answering():
            handlers.apply_roster(writing(), batch_id, answers)
    except FormInvalid as wrong:
        return _show_page(_find(batch_id), wrong.form()), 422
    return redirect(url_for("imports.show", batch_id=batch_id), 303)


def answers_of(data: Mapping[str, Any]) -> handlers.Answers:
    """What the page or the API was told. `data`: confirm_<field of Answers>."""
    return handlers.Answers(**{name.removeprefix("confirm_"): value for name, value in data.items()})


def recheck(batch_id: UUID) -> Any:
    with answering():
        handlers.recheck_roster(writing(), batch_id)
    return redirect(url_for("imports.show", batch_id=batch_id), 303)


def discard(batch_id: UUID) -> Any:
    with answering():
        handlers.discard_roster(writing(), batch_id)
    return redirect(url_for("imports.index"), 303)


def groups(batch: Batch) -> list[Group]:
    """The findings by code, what must be mended first."""
    by_code: dict[tuple[str, str], list[Finding]] = {}
    for finding in batch.report.findings:
        by_code.setdefault((finding.severity, finding.code), []).append(finding)
    found = []
    for (severity, code), findings in by_code.items():
        alone = sum(each == code for _severity, each in by_code) == 1
        count = batch.report.counts[code] if alone else len(findings)
        found.append(Group(code, severity, title_words(code), remedy_words(code), count, findings[:SHOWN_OF_EACH]))
    kept = {code for _severity, code in by_code}
    found += [
        Group(code, KINDS[code].severity, title_words(code), remedy_words(code), count, ())
        for code, count in batch.report.counts.items()
        if code not in kept
    ]
    return sorted(found, key=lambda group: (_ORDER.index(group.severity), group.code))


def _find(batch_id: UUID) -> Batch:
    batch = find_batch(connection(), district_id(), batch_id)
    if batch is None:
        raise not_found(_("this import"))
    return batch


def _index_page(form: Form) -> str:
    number, size = asked_page(size=20)
    rows, total = list_batches(connection(), district_id(), size, (number - 1) * size)
    return render_template(
        "directory/imports.html",
        rows=rows,
        page=Page(number, size, total),
        form=form,
        states=STATE,
        most_megabytes=LIMITS.zip_size // 1_000_000,
    )


def _show_page(batch: Batch, form: Form) -> str:
    return render_template(
        "directory/import.html",
        batch=batch,
        groups=groups(batch),
        form=form,
        may_import="OR075" not in batch.report.counts or viewer().has(SYSTEM_ADMINISTRATOR),
        finding_words=finding_words,
        note_words=note_words,
        severities=SEVERITY,
        sorts=SORT,
        actions=ACTION,
        states=STATE,
        dropped=DROPPED,
        most_lines=LINES,
    )
