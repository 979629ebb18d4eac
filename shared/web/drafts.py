"""Drafts at the district: what a person typed and has not sent, kept field by field, one row per person and form.

Another window, device or a late retry never overwrites: see DRAFT_SAVE in shared.web.migration.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import msgspec
from flask import Blueprint, Response, current_app, request, url_for
from sqlalchemy import text

from shared.direct import ask
from shared.web.context import clock, commit, connection, viewer, visit
from shared.web.csrf import csrf_token
from shared.web.draft_store import LONGEST_KEY, DraftStore, Refused, refusal
from shared.web.language import gettext as _
from shared.web.problems import FieldError, Link, Problem, not_found, sign_in_first
from shared.web.readable import refuse_unreadable_json
from shared.web.session import Session
from shared.web.sizes import DRAFT_BYTES, DRAFT_FIELDS, accepts
from shared.web.typed import Value, posted_tab
from shared.web.wording import clock_time

MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Other:
    """A text for a field that was written elsewhere while another one was stored; kept until the author chooses."""

    tab: str
    value: Value
    at: datetime


@dataclass(frozen=True)
class Draft:
    """A person's draft of one form. `others`: field -> texts that stand beside the stored one; `written`: field -> at which
    revision the stored one was, and by which open page."""

    key: str
    revision: int
    fields: Mapping[str, Value]
    others: Mapping[str, tuple[Other, ...]]
    saved_at: datetime
    written: Mapping[str, tuple[int, str]] = field(default_factory=dict)


class DraftSent(msgspec.Struct, forbid_unknown_fields=True):
    """What draft.js sends. `base`: the revision it last saw; `tab`: a name for this open page; `person`: whose page it is;
    `resolved`: fields whose other text the author has seen and decided about; `once`: the form's key."""

    base: Annotated[int, msgspec.Meta(ge=0, le=2_147_483_647)]
    fields: dict[str, str | list[str]]
    tab: str = ""
    person: str = ""
    resolved: list[str] = []
    once: str = ""


_sent = msgspec.json.Decoder(DraftSent)
_COLUMNS = "revision, fields, others, saved_at"
_WHOSE = "FROM web_draft WHERE district_id = :district AND person_id = :person"
_FIND = text(f"SELECT {_COLUMNS} {_WHOSE} AND key = :key")
_FIND_OF = text(
    f"SELECT key, {_COLUMNS} {_WHOSE} AND (key = :key OR starts_with(key, :what)) "
    "ORDER BY key = :key DESC, saved_at DESC LIMIT 1"
)
_ALL = text(f"SELECT key, {_COLUMNS} {_WHOSE} ORDER BY saved_at DESC, key OFFSET :offset LIMIT :most")
_COUNT = text(f"SELECT count(*) {_WHOSE}")
TAKEN = f"""
WITH gone AS (DELETE FROM web_draft WHERE district_id = %s AND person_id = %s AND key = %s RETURNING {_COLUMNS}),
taken AS (SELECT (SELECT row_to_json(gone)::text FROM gone) AS draft)
"""  # noqa: S608 - columns of our own
"""The head of a statement that deletes a draft; in it `taken` has one row: the draft for `read_taken`, or null."""
_TAKE = TAKEN + "SELECT draft FROM taken"  # noqa: S608 - a statement of our own


class _Row(msgspec.Struct):
    revision: int
    fields: dict[str, dict[str, Any]]
    others: dict[str, dict[str, dict[str, Any]]]
    saved_at: datetime


_row = msgspec.json.Decoder(_Row)


def find_draft(key: str) -> Draft | None:
    """The viewer's draft under `key`, if there is one. One statement."""
    row = connection().execute(_FIND, _mine(key)).one_or_none()
    return None if row is None else _draft(key, row)


def find_draft_of(what: str, key: str) -> Draft | None:
    """The viewer's draft under `key`, else the latest of those whose keys begin with `what`. One statement."""
    row = connection().execute(_FIND_OF, {**_mine(key), "what": what}).one_or_none()
    return None if row is None else _draft(row.key, row)


def my_drafts(*, offset: int, most: int) -> list[Draft]:
    """The viewer's drafts in this service, the latest first. One statement."""
    rows = connection().execute(_ALL, {**_mine(""), "offset": offset, "most": most}).all()
    return [_draft(row.key, row) for row in rows]


def count_drafts() -> int:
    """How many the viewer has in this service. One statement."""
    return int(connection().execute(_COUNT, _mine("")).scalar_one())


def _draft(key: str, row: Any) -> Draft:
    others = {
        name: tuple(Other(tab, other["v"], datetime.fromisoformat(other["at"])) for tab, other in kept.items())
        for name, kept in row.others.items()
    }
    fields = {name: field["v"] for name, field in row.fields.items()}
    written = {name: (field["r"], field["t"]) for name, field in row.fields.items()}
    return Draft(key, row.revision, fields, others, row.saved_at, written)


def take_draft(key: str) -> Draft | None:
    """Delete the viewer's draft, in the present transaction; answers what it was. `once` does it for a form's own draft."""
    taken = ask(connection(), _TAKE, (viewer().district_id, viewer().person_id, key))
    return read_taken(key, taken[0] if taken else None)


def read_taken(key: str, taken: str | None) -> Draft | None:
    """What a statement that begins with TAKEN answers."""
    return _draft(key, _row.decode(taken)) if taken is not None else None


def _mine(key: str) -> dict[str, object]:
    return {"district": viewer().district_id, "person": viewer().person_id, "key": key}


def save_fields(session: Session, key: str, fields: Mapping[str, Value], *, base: int) -> Refused | None:
    """Merge a posted form's fields into the draft of the session's person, at once; answers why not, or None.

    A form of too many fields is not even tried, nor one of none. What was sent or let go of meanwhile is begun afresh: the
    text must stay somewhere.
    """
    if len(fields) > DRAFT_FIELDS:
        return "large"
    if not fields:
        return None
    encoded = msgspec.json.encode(fields).decode()
    refused = refusal(_store().save(session, key, encoded, base=base, tab=posted_tab(), now=clock()))
    if refused == "gone":
        refused = refusal(_store().save(session, key, encoded, base=0, tab=posted_tab(), now=clock()))
    return refused


def _store() -> DraftStore:
    found: DraftStore = current_app.extensions["accord.drafts"]
    return found


def drafts_blueprint() -> Blueprint:
    """PUT, GET and DELETE /drafts/<key>, for draft.js. Each person reaches their own only."""
    blueprint = Blueprint("drafts", __name__, url_prefix="/drafts")
    blueprint.add_url_rule("/<path:key>", "put", _put, methods=["PUT"])
    blueprint.add_url_rule("/<path:key>", "show", _show, methods=["GET"])
    blueprint.add_url_rule("/<path:key>", "drop", _drop, methods=["DELETE"])
    return blueprint


@accepts(MOST_BYTES)
def _put(key: str) -> Response:
    """Save as one types: one statement, which also checks the session, in a transaction of its own."""
    session = visit().session
    assert session is not None, "the rule by_session() lets nobody else in"
    if len(key) > LONGEST_KEY:
        raise not_found(_("a form of that name"))
    sent = _read()
    if sent.person and sent.person != str(session.person_id):
        raise _someone_else()
    fields = msgspec.json.encode(sent.fields).decode()
    answer = _store().save(
        session,
        key,
        fields,
        now=clock(),
        base=sent.base,
        tab=sent.tab,
        resolved=sent.resolved,
        once=sent.once,
    )
    if why := refusal(answer):
        raise not_kept(why)
    response = Response(answer, mimetype="application/json")
    if session.wants_renewal(clock()):
        response.headers["X-Session-Renew"] = "1"
    return response


def _read() -> DraftSent:
    try:
        raw = request.get_data(cache=False)
        refuse_unreadable_json(raw)
        sent = _sent.decode(raw)
    except msgspec.ValidationError as error:
        raise Problem(
            422, "invalid", _("That is not a draft"), str(error), errors=[FieldError("#", str(error))]
        ) from error
    except msgspec.DecodeError as error:
        raise Problem(400, "bad_request", _("We could not read the request"), str(error)) from error
    if max(len(sent.fields), len(sent.resolved)) > DRAFT_FIELDS:
        raise not_kept("large")
    return sent


def not_kept(why: Refused) -> Problem:
    """Why the district keeps no draft of what was typed, and what its author can do."""
    if why == "session":
        return sign_in_first()
    if why == "gone":
        return Problem(
            409,
            "draft_gone",
            _("This draft was sent or let go elsewhere"),
            _("It is no longer kept at the district. What you type stays on this device."),
            _("Open the page again to see what was sent, or keep this text as a new draft."),
        )
    if why == "large":
        return Problem(
            409,
            "draft_too_large",
            _("This draft is as large as one may be"),
            _(
                "With this it would have more than %(fields)s fields or %(size)s million characters, counting each text "
                "that stands beside another. What was kept before stays as it was. What you type stays on this device.",
                fields=DRAFT_FIELDS,
                size=DRAFT_BYTES // 1_000_000,
            ),
            _("Where two texts stand beside each other, choose one. Or shorten it, or send the form."),
        )
    return Problem(
        409,
        "drafts_full",
        _("You have 500 drafts"),
        _("No more are kept at the district. What you type stays on this device."),
        _("Send or delete some of them."),
        links=[Link(_("What you typed and did not send"), url_for("unsent.show"))],
    )


def _someone_else() -> Problem:
    return Problem(
        409,
        "someone_else",
        _("Someone else has signed in in this browser"),
        _("This text belongs to the person who opened the page. It stays on this device."),
        _("Sign in as that person to keep it at the district."),
    )


def _show(key: str) -> Response:
    """The draft, and a fresh token for a page that was opened under an earlier session."""
    draft = find_draft(key)
    body: dict[str, Any] = {"revision": 0, "fields": {}, "saved_at": None, "conflicts": []}
    if draft is not None:
        body = {
            "revision": draft.revision,
            "fields": draft.fields,
            "saved_at": clock_time(draft.saved_at),
            "conflicts": _conflicts(draft),
        }
    body["person"] = str(viewer().person_id)
    response = Response(msgspec.json.encode(body), mimetype="application/json")
    response.headers["X-CSRF-Token"] = csrf_token()
    return response


def _conflicts(draft: Draft) -> list[dict[str, Any]]:
    """What stands beside the stored texts; those are in the answer already, once each."""
    return [
        {"field": name, "yours": other.value, "saved_at": clock_time(other.at)}
        for name, others in draft.others.items()
        for other in others
    ]


def _drop(key: str) -> Response:
    take_draft(key)
    commit()
    return Response(status=204)
