"""What the templates of one evaluation may call, besides what every template has."""

from collections.abc import Mapping
from typing import Any

from flask_babel.speaklater import LazyString

from services.evaluation.core.domain.steps import occasion_titled
from services.evaluation.core.web.about import sentence_start
from services.evaluation.core.web.local_time import zone_words
from services.evaluation.core.web.phases import line_time, span
from services.evaluation.core.web.rows import due_words
from services.evaluation.core.web.wording import DUTIES
from shared.clock import local_date
from shared.web.context import clock, zone
from shared.web.language import language
from shared.web.language import lazy_gettext as _l

DO: Mapping[str, LazyString] = {
    "form": _l("Fill it in"),
    "agreement": _l("Read it and decide"),
    "notice": _l("Open it"),
    "conference": _l("Note that it was held"),
    "observation": _l("Write what you see"),
    "feedback": _l("Go on to the feedback"),
    "occasions": _l("Begin an observation"),
    "summative": _l("Rate and send"),
    "signature": _l("Read and sign"),
    "response": _l("Write a response"),
    "close": _l("Close it"),
}
"""Kind of a step -> what its button says to whoever has the turn."""


SCRIPT: Mapping[str, LazyString] = {
    "line": _l("Line {n}"),
    "time": _l("Time of line {n}"),
    "components": _l("Components of line {n}"),
    "tagged": _l("Line {n}: {component} tagged"),
    "untagged": _l("Line {n}: {component} taken off"),
    "unknown": _l("Line {n}: no component is called {sign}, so it stays in the words"),
    "removed": _l("Line {n} removed"),
    "joined": _l("Pasted as {n} lines"),
    "joinedLong": _l(
        "Pasted as {n} lines. Line {line} is longer than {most} characters: make two of it before you send it."
    ),
    "refused": _l(
        "Nothing was pasted: it has {n} lines, and {room} fit here, for a script has {most} at most. "
        "All of it is still on your clipboard. Paste a part of it, or put lines together first."
    ),
    "writtenSince": _l("Not undone: you have written in these lines since, and that would go with it."),
    "undone": _l("Undone"),
    "undo": _l("Undo"),
    "off": _l("Take {component} off line {n}"),
    "add": _l("Tag"),
    "addTo": _l("Tag line {n} with a component"),
    "choose": _l("Components"),
    "tag": _l("Tag the line you are in with {component}"),
    "endNow": _l("End now"),
    "full": _l("There is no room for more lines: {n} is the most. Put some together."),
    "owed": _l("Before it can be sent: {list}."),
    "owedEnd": _l("the time it ended"),
    "owedLater": _l("an end that comes after the beginning"),
    "owedLine": _l("at least one line"),
    "owedFeedback": _l("a word of feedback"),
    "owedNothing": _l("Nothing is owed any more: check it, then send it."),
}
"""What static/script.js says."""


def words_for_pages() -> dict[str, Any]:
    """For the blueprints' context processor."""
    return {
        "do_words": DO,
        "due_words": due_words,
        "duties": DUTIES,
        "sentence_start": sentence_start,
        "line_time": line_time,
        "script_words": SCRIPT,
        "span": span,
        "titled": occasion_titled,
        "zone": zone,
        "zone_name": zone_name,
    }


def zone_name() -> str:
    """ "Central Time": what the district's clocks are called beside a time whose day can be changed in the form."""
    return zone_words(zone(), local_date(clock(), zone()).year, language())
