"""The record of an evaluation, entry by entry; and "download my copy": all of it, in one file that needs nobody."""

from typing import Any
from uuid import UUID

import msgspec
from flask import Blueprint, make_response, redirect, render_template, request
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from services.evaluation.core.domain.policy import Action
from services.evaluation.core.domain.sight import DOCUMENTS
from services.evaluation.core.domain.steps import all_steps
from services.evaluation.core.store.queries import record_of
from services.evaluation.core.web.about import About, about
from services.evaluation.core.web.answers import answered
from services.evaluation.core.web.entry_words import Line, line
from services.evaluation.core.web.evidence import by_component, context_piece, contexts
from services.evaluation.core.web.judged import judged, worked_of
from services.evaluation.core.web.page_words import words_for_pages
from services.evaluation.core.web.phases import occasions, phases
from services.evaluation.core.web.reading import opened, without_unopened
from services.evaluation.core.web.told import entries_told
from shared.web.access import Rule, signed_in
from shared.web.context import clock, connection, district_id, viewer
from shared.web.language import gettext as _
from shared.web.paging import Page, asked_page

RULES: dict[str, Rule] = {f"record.{name}": signed_in() for name in ("record", "copy", "copy_html", "copy_json")}
SIZE = 100
_WHOLE = 100_000
"""Entries of a copy: more than any evaluation has."""


def make() -> Blueprint:
    blueprint = Blueprint(
        "record", __name__, template_folder="templates", url_prefix="/evaluations/<uuid:evaluation_id>"
    )
    blueprint.context_processor(words_for_pages)
    blueprint.add_url_rule("/record", "record", record)
    blueprint.add_url_rule("/copy", "copy", copy)
    blueprint.add_url_rule("/copy.html", "copy_html", copy_html)
    blueprint.add_url_rule("/copy.json", "copy_json", copy_json)
    return blueprint


def record(evaluation_id: UUID) -> Response | str:
    """Who did what when, newest last, a page at a time. `?entry=214` leads to the page and place of that entry."""
    present = about(evaluation_id, Action.READ_RECORD)
    told = entries_told(present.shown.evaluation, present.agreement, present.held)
    entry = request.args.get("entry", "")
    if entry.isdecimal() and int(entry) in told:
        page = told.index(int(entry)) // SIZE + 1
        return redirect(present.at("record.record", page=page, _anchor=f"n{entry}"), 303)
    number, _size = asked_page(size=SIZE)
    shown = Page(min(number, -(-len(told) // SIZE) or 1), SIZE, len(told))
    after = told[shown.offset - 1] if shown.offset else 0
    lines = _lines(without_unopened(present), after=after, most=told[shown.last - 1] - after)
    return render_template(
        "evaluation/record.html",
        about=present,
        page=shown,
        lines=lines,
        left_out=present.is_subject,
        sees=_readers(present, lines),
    )


def _readers(present: About, lines: list[Line]) -> str:
    """Who sees the record, and what of these lines not everybody does."""
    said = [present.readers()]
    if any(one.own for one in lines):
        said.append(_("Lines that were not sent, or that others took the place of, only you see."))
    if not present.is_subject:
        name = present.subject
        said.append(_("%(name)s sees nothing of an observation nobody announced until it has been held.", name=name))
    return ". ".join((said[0], " ".join(said[1:]))) if said[1:] else said[0]


def _lines(present: About, *, after: int = 0, most: int = _WHOLE) -> list[Line]:
    """The entries the viewer may see, of so many. Sequences are dense, so these are a range."""
    entries = record_of(connection(), district_id(), present.evaluation.id, after=after, most=most)
    return [shown for entry in entries if (shown := line(present, entry)) is not None]


def copy(evaluation_id: UUID) -> str:
    """What a copy holds, and the two files to take."""
    return render_template("evaluation/copy.html", about=about(evaluation_id))


def _whole(evaluation_id: UUID) -> tuple[About, dict[str, Any]]:
    """Everything the viewer may see. Taking it is opening what was delivered."""
    present = about(evaluation_id)
    documents = [one for one in all_steps(present.evaluation, present.agreement) if one.step.kind in DOCUMENTS]
    present = opened(present, documents)
    found = judged(present)
    return present, {
        "phases": phases(present),
        "occasions": list(occasions(present)),
        "evidence": by_component(present),
        "forms": answered(present),
        "judged": found,
        "worked": worked_of(present, found.sent) if found else None,
        "contexts": [context_piece(present, one) for one in contexts(present)],
        "lines": _lines(present),
    }


def copy_html(evaluation_id: UUID) -> FlaskResponse:
    """One file with its own styles: it opens and prints anywhere, and asks nothing of any server."""
    present, parts = _whole(evaluation_id)
    page = render_template("evaluation/copy_file.html", about=present, taken_at=clock(), **parts)
    return _file(present, page, "text/html", "html")


def copy_json(evaluation_id: UUID) -> FlaskResponse:
    """The same as data: the state as the viewer may see it, the calculation, and the record."""
    present, parts = _whole(evaluation_id)
    body = {
        "format": "accord-copy/1",
        "taken_at": clock(),
        "taken_by": viewer().person_id,
        "people": {str(one): name for one, name in present.shown.people.items()},
        "agreement": {
            "system": present.agreement.system,
            "title": present.agreement.title,
            "content_hash": present.agreement.content_hash,
        },
        "cycle": present.shown.cycle_title,
        "evaluation": present.evaluation,
        "record": [
            {"n": one.id, "at": one.when, "who": one.who, "type": one.type, "what": one.what, "detail": one.detail,
             "texts": [{"label": label, "text": text} for label, text in one.texts]}
            for one in parts["lines"]
        ],
    }  # fmt: skip
    data = msgspec.json.format(_encode(body), indent=2)
    return _file(present, data.decode(), "application/json", "json")


_encode = msgspec.json.Encoder(decimal_format="string").encode


def _file(present: About, content: str, mimetype: str, ending: str) -> FlaskResponse:
    response = make_response(content)
    response.mimetype = mimetype
    name = f"evaluation-{present.evaluation.id}.{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
