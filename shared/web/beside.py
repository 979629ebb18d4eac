"""Texts that stand beside what a form sends: its author wrote them elsewhere, and they go when its draft is let go of.

Nothing is sent before the page that sends it has shown them. A page says so by their marks, in the hidden field SEEN.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import request
from werkzeug.datastructures import ImmutableMultiDict

from shared.web.drafts import Draft, Other, find_draft
from shared.web.language import gettext as _
from shared.web.problems import Problem
from shared.web.typed import BUTTON, RESERVED, SEEN, Value, clean, posted, posted_revision, posted_tab, touched


@dataclass(frozen=True)
class Beside:
    """One such text. `mark`: by which a page says that it has shown this very text in this field."""

    field: str
    other: Other
    mark: str


def mark(field: str, value: Value) -> str:
    """Changes with the text, so that what was written on meanwhile has not been seen."""
    return hashlib.sha256(msgspec.json.encode((field, value))).hexdigest()[:32]


def beside(draft: Draft | None) -> list[Beside]:
    """What the draft holds, and the posted form neither says nor was written on."""
    if draft is None:
        return []
    typed = posted()
    found: dict[str, Beside] = {}
    for field, other in _elsewhere(draft):
        if field != BUTTON and any(other.value) and not _same(other.value, typed.get(field)):
            one = Beside(field, other, mark(field, other.value))
            found.setdefault(one.mark, one)
    return list(found.values())


def _same(one: Value, other: Value | None) -> bool:
    """A page tells a list of one choice; posted, it is that one text."""
    return one in (other, [other]) or [one] == other


def _is_newer(draft: Draft, field: str) -> bool:
    """Whether the field was stored since the page looked, by another than the page itself."""
    since, writer = draft.written[field]
    return since > posted_revision() and not (posted_tab() and writer == posted_tab())


def _elsewhere(draft: Draft) -> Iterator[tuple[str, Other]]:
    """What stands beside, and what was stored since the page looked; not what the page has kept itself."""
    for field, value in draft.fields.items():
        if _is_newer(draft, field):
            yield field, Other(draft.written[field][1], value, draft.saved_at)
    tab = posted_tab()
    for field, others in draft.others.items():
        yield from ((field, other) for other in others if not (tab and other.tab == tab))


def give_way() -> None:
    """Before a page that shows what was posted: fields its page did not touch say what their author has kept for them since.

    A page that can't say what it touched is taken as it is. A view that sends does not call this: nothing is sent that was
    not shown. One statement where the form has a draft.
    """
    here, key = touched(), clean(request.form.get("draft", ""))
    draft = find_draft(key) if key and here is not None else None
    if draft is None or here is None:
        return
    newer = {
        name: value
        for name, value in draft.fields.items()
        if name not in here and name != BUTTON and name not in RESERVED and _is_newer(draft, name)
    }
    if newer:
        kept = [(name, each) for name, values in request.form.lists() if name not in newer for each in values]
        now = [(name, each) for name, value in newer.items() for each in ([value] if isinstance(value, str) else value)]
        request.form = ImmutableMultiDict([*kept, *now])


def beside_posted() -> list[Beside]:
    """The texts beside the form that was posted, from its author's draft. One statement where it has one."""
    key = clean(request.form.get("draft", ""))
    return beside(find_draft(key)) if key else []


def by_field(found: list[Beside]) -> Mapping[str, tuple[Other, ...]]:
    """The same as a form shows them."""
    fields: dict[str, tuple[Other, ...]] = {}
    for one in found:
        fields[one.field] = (*fields.get(one.field, ()), one.other)
    return fields


def refuse_unseen(draft: Draft | None) -> None:
    """Where `draft` goes with what was sent: a problem if it holds a text that the page has not shown."""
    seen = frozenset(request.form.getlist(SEEN))
    if draft is None or all(one.mark in seen for one in beside(draft)):
        return
    extra: dict[str, Any] = {"draft": draft.key}
    raise Problem(
        409,
        "other_text",
        _("You wrote another text for this elsewhere"),
        _("Nothing was sent, and nothing is lost: both texts are kept in your draft."),
        _("Go back to the page. Where two texts stand beside each other, choose one. Then send it again."),
        extra=extra,
    )
