"""What the viewer typed and did not send, all of it in one place: also where its page is no longer theirs to open.

A service that knows what its drafts are about says so in DRAFTS_ABOUT; without that, they are shown by their texts alone.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from shared.web.access import Rule, signed_in
from shared.web.context import commit, rollback
from shared.web.drafts import Draft, count_drafts, my_drafts, take_draft
from shared.web.language import gettext as _
from shared.web.paging import Page, asked_page
from shared.web.problems import Link, changed_meanwhile
from shared.web.typed import BUTTON, clean

RULES: Mapping[str, Rule] = {"unsent.show": signed_in(), "unsent.drop": signed_in()}
DRAFTS_ABOUT = "DRAFTS_ABOUT"
"""In the app's config: keys of the viewer's drafts -> what they are about."""
SIZE = 20
_CHOSEN = re.compile(r"([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(, )?)+|\d{4}-\d\d-\d\dT\S+")
"""What a form holds of what was chosen or when it was opened: ids and moments, which nobody typed."""


@dataclass(frozen=True)
class DraftAbout:
    """`title`: of the form and whom it is about; `href`: the form, None where it is not the viewer's (any more), and then
    `why` says so. `labels`: field -> what it is called, in the order of the form; what is not among them comes last.
    `choices`: field -> what each value is called, of a field that is chosen from. `untyped`: fields that the page fills in
    by itself."""

    title: str
    href: str | None
    why: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    untyped: re.Pattern[str] | None = None
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


TellAbout = Callable[[Sequence[str]], Mapping[str, DraftAbout]]


@dataclass(frozen=True)
class Unsent:
    draft: Draft
    about: DraftAbout
    texts: Sequence[tuple[str, str]]
    """What each is called, empty where nobody can tell, and the text."""


def unsent_blueprint() -> Blueprint:
    blueprint = Blueprint("unsent", __name__, url_prefix="/unsent")
    blueprint.add_url_rule("", "show", show)
    blueprint.add_url_rule("", "drop", drop, methods=["POST"])
    return blueprint


def show() -> str:
    """The viewer's drafts, the latest first."""
    total = count_drafts()
    number, _size = asked_page(size=SIZE)
    page = Page(min(number, -(-total // SIZE) or 1), SIZE, total)
    drafts = my_drafts(offset=page.offset, most=SIZE)
    tell: TellAbout | None = current_app.config.get(DRAFTS_ABOUT)
    about = tell([draft.key for draft in drafts]) if tell else {}
    unknown = DraftAbout(_("A form"), None)
    found = [
        Unsent(draft, about.get(draft.key, unknown), _texts(draft, about.get(draft.key, unknown))) for draft in drafts
    ]
    return render_template("unsent.html", unsent=found, page=page)


def _texts(draft: Draft, about: DraftAbout) -> list[tuple[str, str]]:
    """Everything that was typed into it, each text with those that stand beside it, in the order of the form."""
    places = {name: place for place, name in enumerate(about.labels)}
    found = []
    for name in sorted(
        draft.fields.keys() | draft.others.keys(), key=lambda name: (places.get(name, len(places)), _natural(name))
    ):
        if name == BUTTON or (about.untyped is not None and about.untyped.fullmatch(name)):
            continue
        stored = [draft.fields[name]] if name in draft.fields else []
        for value in [*stored, *(other.value for other in draft.others.get(name, ()))]:
            text = (value if isinstance(value, str) else ", ".join(value)).strip("\n")
            if text.strip() and not _CHOSEN.fullmatch(text.strip()):
                found.append((about.labels.get(name, ""), about.choices.get(name, {}).get(text, text)))
    return found


def _natural(name: str) -> list[tuple[int, str]]:
    """Line 9 before line 10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"([0-9]{1,9})", name)]


def drop() -> Response:
    """Delete one of them, unless something was written into it since the page was opened."""
    gone = take_draft(clean(request.form.get("key", "")))
    if gone is not None and str(gone.revision) != request.form.get("revision"):
        rollback()
        link = Link(_("What you typed and did not send"), url_for("unsent.show"))
        raise changed_meanwhile(_("You have written more into it since you opened this page."), links=[link])
    commit()
    return redirect(url_for("unsent.show"), 303)
