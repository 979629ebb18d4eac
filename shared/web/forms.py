"""Forms: shown with what is stored or drafted, read and checked once, shown again with everything that was typed.

A page:
    form = open_form(stored, version="7", draft=f"observation:{id}")       # to show it
    data = parse(NoticeSchema)                                              # to read it; raises FormInvalid
    except FormInvalid as invalid: return render_template(…, form=invalid.form(version="7")), 422
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any, ParamSpec

import marshmallow
from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from shared.clock import OUR_TIME, in_our_time
from shared.web.beside import beside_posted, by_field
from shared.web.checked_words import OF_SCHEMA, UNREADABLE, say_plainly
from shared.web.context import visit
from shared.web.drafts import Draft, Other, find_draft, find_draft_of
from shared.web.language import gettext as _
from shared.web.noted import NEEDS_VERSION, noted
from shared.web.plain_http import MOST_ERRORS, walk
from shared.web.problems import FieldError, Problem, version_missing
from shared.web.typed import (
    KEPT_BY_ADDRESS,
    OF_VERSION,
    SEEN,
    Value,
    clean,
    is_form,
    posted,
    posted_revision,
    posted_tab,
    seen_only,
    shows,
    touched,
)

P = ParamSpec("P")


class Schema(marshmallow.Schema):
    """The base of every form's and body's schema: unknown fields are refused, errors are in plain words.

    A blank field of a page counts as not given, so an optional field gets its `load_default`. A required text must hold
    something that can be seen.
    """

    error_messages = OF_SCHEMA

    @marshmallow.pre_load
    def blank_what_shows_nothing(self, data: Any, **_more: Any) -> Any:
        """Of a body, texts whose signs can't be seen become empty ones, and required ones are not given."""
        if type(data) is not dict:  # a query: its texts are looked for, not kept
            return data
        texts = {kind.data_key or name for name, kind in self.load_fields.items() if _is_wanted_text(kind)}
        given = {name: _seen_only(value) for name, value in data.items()}
        return {name: value for name, value in given.items() if name not in texts or not _is_blank(value)}

    def on_bind_field(self, field_name: str, field_obj: marshmallow.fields.Field[Any]) -> None:
        say_plainly(field_obj)
        if isinstance(field_obj, marshmallow.fields.Integer) and not field_obj.validators:
            field_obj.validators = [_STORABLE]
        if isinstance(field_obj, marshmallow.fields.Date | marshmallow.fields.DateTime):
            field_obj.validators = [*field_obj.validators, _in_our_time]


def _is_wanted_text(field_obj: marshmallow.fields.Field[Any]) -> bool:
    return isinstance(field_obj, marshmallow.fields.String) and field_obj.required


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not shows(value)


def _seen_only(value: Any) -> Any:
    """The same of every text in it."""
    if isinstance(value, str):
        return seen_only(value)
    if isinstance(value, list):
        return [_seen_only(each) for each in value]
    if isinstance(value, dict):
        return {name: _seen_only(each) for name, each in value.items()}
    return value


def _in_our_time(value: date) -> None:
    """A slip of the finger ("0026") is no day of anyone's work, and the calendar's edges can't be told in another zone."""
    if not in_our_time(value):
        raise marshmallow.ValidationError(
            str(_("Give a year between %(first)s and %(last)s.", first=OUR_TIME[0], last=OUR_TIME[1]))
        )


_STORABLE = marshmallow.validate.Range(-(2**31), 2**31 - 1, error=UNREADABLE)
"""What a column of whole numbers takes; for fields that name no range of their own."""


@dataclass
class Form:
    """A form as it is to be shown. `draft` is the person's draft, already laid over `values`."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    version: str | None = None
    key: str | None = None
    """The name its draft is kept under; None: it does not save itself."""
    draft: Draft | None = None
    revision: int = 0
    """The revision of the draft that the person has before them."""
    beside: Mapping[str, Sequence[Other]] = field(default_factory=dict)
    """Field -> texts for it that were written elsewhere."""
    tab: str = ""
    """The name of the open page, where it had one before it is shown again."""
    seen: Sequence[str] = ()
    """The marks of texts from elsewhere that the page has shown before."""
    touched: Collection[str] | None = None
    """The fields that the page says were written in before it is shown again; None where it said nothing of it."""
    outdated: bool = False
    """Whether the draft was typed on an earlier version than the present one."""
    waiting: str | None = None
    """The key of a draft typed on an earlier version, which is not laid over this one."""
    _shown: set[str] = field(default_factory=set)

    def value(self, name: str) -> str:
        """The field's text as an input shows it."""
        found = self.values.get(name)
        if found is None:
            return ""
        return found if isinstance(found, str) else "\n".join(found) if isinstance(found, list) else str(found)

    def chosen(self, name: str) -> frozenset[str]:
        """The values of a field that takes several."""
        found = self.values.get(name)
        if found is None or found == "":
            return frozenset()
        return frozenset({str(found)} if isinstance(found, str) else {str(each) for each in found})

    def error(self, name: str) -> str | None:
        """What is wrong with the field, in one text."""
        return " ".join(str(each) for each in self.errors[name]) if self.errors.get(name) else None

    def others(self, name: str) -> Sequence[Other]:
        """Texts for this field that were written elsewhere and wait for the author's choice."""
        self._shown.add(name)
        return self.beside.get(name, ())

    def others_of_one(self, names: Iterable[str]) -> list[Mapping[str, Other]]:
        """The same for fields that are one thing, such as a line: what each open page wrote of them, field by field."""
        found: dict[str, dict[str, Other]] = {}
        for name in names:
            for other in self.others(name):
                found.setdefault(other.tab, {})[name] = other
        return list(found.values())

    def others_left(self) -> Mapping[str, Sequence[Other]]:
        """Those of fields that this page does not show: asked for last, so that none is left out."""
        return {name: others for name, others in self.beside.items() if name not in self._shown}


def open_form(values: Mapping[str, Any] | None = None, *, version: str | None = None, draft: str | None = None) -> Form:
    """A form to show: stored `values`, with the viewer's draft over them (one statement where `draft` names one).

    Also finds what was typed when a session ended in the middle of it (`?kept=` in the address), and builds on the version
    its author had seen then (`?seen=`).
    """
    kept = request.args.get("kept", "")
    if OF_VERSION in (draft or ""):
        return _of_version(values or {}, version, str(draft), kept)
    key = draft or (kept if kept.startswith(KEPT_BY_ADDRESS) else None)
    found = find_draft(key) if key else None
    return _laid_over(values or {}, _seen(version) if kept == key else version, key if found else draft, found)


def _of_version(values: Mapping[str, Any], version: str | None, draft: str, kept: str) -> Form:
    """A form of a record that several people change, whose drafts are named "what@version": nothing typed on one version is
    laid over the next. Who asks for it sees it on its own version; sent, it is answered with what was changed since.
    """
    what = draft.partition(OF_VERSION)[0] + OF_VERSION
    asked = kept if kept.startswith(what) else draft
    found = find_draft_of(what, asked)
    if found is None or found.key == draft:
        return _laid_over(values, _seen(version) if kept == draft else version, draft, found)
    if found.key == kept:
        return replace(_laid_over(values, kept.removeprefix(what), kept, found), outdated=True)
    return replace(_laid_over(values, version, draft, None), waiting=found.key)


def _seen(version: str | None) -> str | None:
    return (request.args.get("seen", "") or version) if version is not None else None


def _laid_over(values: Mapping[str, Any], version: str | None, key: str | None, draft: Draft | None) -> Form:
    if draft is None:
        return Form(values, version=version, key=key)
    shown = {**values, **draft.fields}
    form = Form(shown, version=version, key=key, draft=draft, revision=draft.revision, beside=draft.others)
    own = clean(request.args.get("own", "")) if request.args.get("kept") == draft.key else ""
    return _own_first(form, draft, own)


def _own_first(form: Form, draft: Draft, tab: str) -> Form:
    """A page that comes back under its name (`?own=`) shows what was typed on it, and beside that what was stored before.

    Such a page has not seen the stored texts as its own: its revision is from before them, so that nothing it sends takes
    their place, and the page that asks before sending says what it will not send.
    """
    mine = {name: other for name, others in draft.others.items() for other in others if tab and other.tab == tab}
    if not mine:
        return form
    beside: dict[str, Sequence[Other]] = dict(draft.others)
    for name in mine:
        stored = Other(draft.written[name][1], draft.fields[name], draft.saved_at)
        beside[name] = (stored, *(other for other in draft.others[name] if other.tab != tab))
    return replace(
        form,
        values={**form.values, **{name: other.value for name, other in mine.items()}},
        revision=min(draft.written[name][0] for name in mine) - 1,
        beside=beside,
        tab=tab,
    )


def form_as_typed(
    errors: Mapping[str, Sequence[str]] | None = None, *, version: str | None = None, draft: str | None = None
) -> Form:
    """The posted form to show again: every typed value kept, and beside it what its author wrote elsewhere."""
    return Form(
        posted(),
        errors or {},
        version or form_version(),
        draft or request.form.get("draft") or None,
        revision=posted_revision(),
        beside=by_field(beside_posted()) if visit().viewer is not None else {},
        tab=posted_tab(),
        seen=request.form.getlist(SEEN),
        touched=touched(),
    )


class FormInvalid(Problem):
    """What was typed does not pass; carries the errors by field. Uncaught it is a 422 problem."""

    def __init__(self, messages: Mapping[str, Any], *, json: bool) -> None:
        self.by_field: dict[str, list[str]] = {}
        pointers: list[FieldError] = []

        def note(pointer: str, message: str) -> None:
            if len(pointers) == MOST_ERRORS:
                return
            self.by_field.setdefault(pointer[2:].replace("/", "."), []).append(message)
            pointers.append(FieldError(pointer if json else pointer[2:], message))

        walk(messages, "#", note)
        super().__init__(
            422,
            "invalid",
            _("Some of it needs mending"),
            _("What was sent does not have the shape it must have."),
            _("Mend the fields that are named, and send it again."),
            errors=pointers,
        )

    def form(self, *, version: str | None = None, draft: str | None = None) -> Form:
        """The form to show again: every typed value kept, each error at its field."""
        return form_as_typed(self.by_field, version=version, draft=draft)


def invalid(**errors: str) -> FormInvalid:
    """Errors a view finds itself: raise invalid(notice_date=_("The notice must be given two school days before."))."""
    return FormInvalid({name: [message] for name, message in errors.items()}, json=not is_form())


def parse(schema: type[marshmallow.Schema], **load: Any) -> dict[str, Any]:
    """The request's form or JSON body, checked by `schema`. Raises FormInvalid (422), or 400 and 415 for what is neither."""
    if is_form():
        excluding = load.get("unknown") == marshmallow.EXCLUDE
        given: Mapping[str, Any] = _for_schema(schema, posted(secrets=True), excluding=excluding)
    elif request.is_json:
        given = request.get_json()
        if not isinstance(given, dict):
            raise BadRequest
    else:
        raise UnsupportedMediaType
    try:
        data: dict[str, Any] = _instance(schema).load(given, **load)
    except marshmallow.ValidationError as error:
        messages: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
        raise FormInvalid(messages, json=not is_form()) from error
    return data


@lru_cache(maxsize=512)
def _instance(schema: type[marshmallow.Schema]) -> marshmallow.Schema:
    """One instance of each schema class: making one costs more than using it, and loading leaves nothing in it."""
    return schema()


_SEVERAL = (marshmallow.fields.List, marshmallow.fields.Tuple)


def _for_schema(
    schema: type[marshmallow.Schema], fields: Mapping[str, Value], *, excluding: bool = False
) -> dict[str, Any]:
    """Blank fields left out; a field of several values always a list, one of one value its text. `excluding`: fields
    the schema does not name are left out too."""
    kinds = _instance(schema).load_fields
    names = {kind.data_key or name: kind for name, kind in kinds.items()}
    given: dict[str, Any] = {}
    for name, value in fields.items():
        if excluding and name not in names:
            continue
        several = isinstance(names.get(name), _SEVERAL)
        values = [each for each in (value if isinstance(value, list) else [value]) if shows(each)]
        if several:
            given[name] = values
        elif values:
            given[name] = values[-1]
    return given


def form_version() -> str | None:
    """The version the change was made on: the If-Match header (API, without its quotes) or the hidden field (page)."""
    if header := request.headers.get("If-Match"):
        return header.removeprefix("W/").strip('" ')
    return (request.form.get("version") or None) if is_form() else None


def on_version(view: Callable[P, Any]) -> Callable[P, Any]:
    """Mark of an API's view that calls required_version(): its document tells of the header. Stands inside flask-smorest's
    own decorators, which hand on what is noted so (shared.web.openapi reads it there)."""
    return noted(view, NEEDS_VERSION)


def required_version() -> str:
    """form_version(), or a 428 problem where none was sent."""
    found = form_version()
    if found is None:
        raise version_missing()
    return found
