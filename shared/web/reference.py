"""Pages that explain the shell itself: every component in every state, and what each problem code means."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template
from flask_babel.speaklater import LazyString

from shared.web.access import Rule, anyone
from shared.web.context import viewer_or_nobody
from shared.web.drafts import Draft, Other
from shared.web.forms import Form
from shared.web.language import lazy_gettext as _l
from shared.web.paging import Page
from shared.web.problems import not_found
from shared.web.typed import Value

PROBLEMS: Mapping[str, LazyString] = {
    "bad_request": _l(
        "The request could not be read: it is not valid HTTP, JSON or form data. Mend it and send it again."
    ),
    "sign_in_first": _l("The request carries no session, or one that has ended. Sign in and send it again."),
    "not_heard_yet": _l("You are signed in, and the service has not heard of it yet. Ask again in a few seconds."),
    "no_permission": _l("You are signed in, but this is not yours to see or do. The answer says why, and who can."),
    "form_out_of_date": _l(
        "The form was opened by somebody else, or the request carries no token of the present sign-in. Nothing was changed. "
        "On a page, sign in as the person who opened it and open it again; the answer shows what was typed."
    ),
    "not_found": _l("There is nothing at this address, or nothing that you may know of."),
    "method_not_allowed": _l("The address exists, but not for this method. The Allow header lists those it takes."),
    "draft_gone": _l("The draft was sent, or let go, in another window. The text stays on the device it was typed on."),
    "drafts_full": _l("500 drafts are kept for a person. Send or delete some."),
    "draft_too_large": _l(
        "One draft has a most of fields and of text. Choose between texts that stand beside each other."
    ),
    "someone_else": _l("Another person has signed in in this browser since the page was opened."),
    "changed_meanwhile": _l(
        "Someone changed it after you opened it. Read it again, compare, and send what still holds with the new version."
    ),
    "too_slow": _l("The request stopped arriving, and was let go. Nothing was changed. Send it again."),
    "too_large": _l("The request is larger than this address takes."),
    "unknown_version": _l(
        "The change names a version that has never been. Read it again, and send the one you are given."
    ),
    "unsupported_media_type": _l("The body's content type is not one this address takes."),
    "invalid": _l("Some fields do not have the shape they must have. Each is named, with what is wrong."),
    "key_used_for_another_request": _l("An Idempotency-Key stands for one request. Send a new key with a new request."),
    "key_too_long": _l("An Idempotency-Key has at most 200 characters. Nothing was done; send a shorter one."),
    "version_unreadable": _l("If-Match, or a form's hidden field, holds something that is no version."),
    "version_missing": _l("A change must name the version it was made on, in the If-Match header."),
    "too_many_requests": _l("Too many tries in a short time. The Retry-After header says how many seconds to wait."),
    "our_fault": _l("Something went wrong on our side, and has been written to the log under the request's number."),
    "took_too_long": _l(
        "The database gave up after the longest a statement may take. Nothing was changed. Wait, or ask for less at a time."
    ),
    "unavailable": _l("The database does not answer just now. Send the same request again, with the same key."),
}


_OF_A_RULE = _l(
    "A rule of the procedure, or of the district's records, stands against it. The answer's own title, detail and remedy say "
    "which, and what to do; its errors name the fields."
)
"""For the codes that a service's own rules have: they are told where they arise."""
_CODE = re.compile("[a-z][a-z_]{2,60}")


def reference_blueprint() -> Blueprint:
    """/components, /problems/ and /problems/<code>; one service shows them."""
    blueprint = Blueprint("reference", __name__)
    blueprint.add_url_rule("/components", "components", _components)
    blueprint.add_url_rule("/problems/", "problems", _problems)
    blueprint.add_url_rule("/problems/<code>", "problem", _problem)
    return blueprint


def reference_rules() -> Mapping[str, Rule]:
    """The rules for these pages: anyone."""
    return {"reference.components": anyone(), "reference.problems": anyone(), "reference.problem": anyone()}


def _problems() -> str:
    viewer_or_nobody()
    return render_template("reference/problems.html", problems=PROBLEMS)


def _problem(code: str) -> str:
    viewer_or_nobody()
    if not _CODE.fullmatch(code):
        raise not_found("this problem")
    return render_template("reference/problems.html", problems={code: PROBLEMS.get(code, _OF_A_RULE)})


def _components() -> str:
    viewer_or_nobody()
    return render_template("reference/components.html", page_width="wide", **examples())


def examples() -> dict[str, Any]:
    """What the components page shows them with."""
    at = datetime(2026, 5, 12, 19, 2, tzinfo=UTC)
    values: dict[str, Value] = {
        "title": "Third-period reading, room 204",
        "note": "Students worked in pairs on the second chapter. Ms Ortiz asked three questions that called for evidence.",
        "day": "2026-05-12",
        "time": "09:40",
        "track": "comprehensive",
        "rating": "3",
        "share": ["teacher"],
    }
    draft = Draft(
        "example", 3, values, {"note": (Other("tab", "Written on the phone: two pairs were off task.", at),)}, at
    )
    wrong = {
        "day": ["The notice must be given two school days before. Choose Thu 14 May 2026 or later."],
        "rating": ["Choose a level, or mark the component as not applicable."],
    }
    return {
        "blank": Form(),
        "filled": Form(values),
        "wrong": Form({**values, "rating": ""}, wrong),
        "drafted": Form(values, draft=draft, beside=draft.others),
        "at": at,
        "pages": Page(4, 25, 1240),
        "levels": _LEVELS,
        "bands": _BANDS,
        "score": Decimal(21),
    }


_LEVELS = [
    {
        "value": "1",
        "name": "Unsatisfactory",
        "words": "Questions do not invite thought; most ask for one right answer.",
    },
    {
        "value": "2",
        "name": "Basic",
        "words": "Some questions invite thought; few students take part in the discussion.",
    },
    {"value": "3", "name": "Proficient", "words": "Most questions invite thought; students build on what others say."},
    {"value": "4", "name": "Distinguished", "words": "Students put questions of their own and draw one another in."},
]
_BANDS = [
    {"name": "Unsatisfactory", "low": 8, "high": 14},
    {"name": "Basic", "low": 15, "high": 21},
    {"name": "Proficient", "low": 22, "high": 28},
    {"name": "Distinguished", "low": 29, "high": 32},
]
