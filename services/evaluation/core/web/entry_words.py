"""An entry of the record in words: what was done, what it says, and who may read what it says.

One function an event, the table of them at the foot; a test holds the table total over the domain's events.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from flask_babel.speaklater import LazyString

from services.evaluation.core.domain.agreement import FormItem
from services.evaluation.core.domain.policy import Action
from services.evaluation.core.domain.steps import locate, occasion_titled
from services.evaluation.core.store.queries import Entry
from services.evaluation.core.web.about import About, sentence_start
from services.evaluation.core.web.phases import OUTCOMES
from services.evaluation.core.web.rows import from_words
from services.evaluation.core.web.told import is_told_of
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.language import ngettext
from shared.web.wording import day, moment

Data = Mapping[str, Any]
_AGAIN: Mapping[str, LazyString] = {"returned": _l("Handed back"), "put_off": _l("Something else comes first")}
"""Outcomes after which a step is to be done again, or yet."""


@dataclass(frozen=True)
class Told:
    """What an entry says. `detail`: in a sentence; `texts`: (label, words) that stood in it. `own`: they are the viewer's,
    and shown to nobody else."""

    what: str
    detail: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    own: bool = False


@dataclass(frozen=True)
class Line:
    """An entry as the record shows it. `who`: a name, or the program. `own`: as of what it says."""

    id: int
    when: datetime
    who: str
    what: str
    detail: str
    texts: tuple[tuple[str, str], ...]
    type: str
    own: bool


def line(about: About, entry: Entry) -> Line | None:
    """The entry for the viewer; None where it is about what they have not been told of."""
    data: Data = msgspec.json.decode(entry.data)
    if not is_told_of(about.evaluation, about.agreement, data):
        return None
    told = WORDS[entry.type](about, {**data, "by_id": entry.by_id})
    who = entry.by_name or (_("Somebody the directory no longer names") if entry.by_id else _("The program"))
    return Line(entry.sequence, entry.at, who, told.what, told.detail, told.texts, entry.type, told.own)


def _step(about: About, key: str) -> str:
    located = locate(about.evaluation, about.agreement, key)
    return occasion_titled(located, about.agreement) if located is not None else key


def _occasion(about: About, data: Data) -> str:
    found = about.evaluation.occasion(UUID(data["occasion_id"]))
    assert found is not None, "entries about others are left out"
    return f"{about.agreement.procedure.occasions[found.type].title} {found.number}"


def _person(about: About, value: str | None) -> str:
    return about.name(UUID(value)) if value else ""


def _times(data: Data) -> str:
    begins, ends = data.get("scheduled_from") or data.get("held_from"), data.get("scheduled_to") or data.get("held_to")
    parts = [moment(datetime.fromisoformat(value)) for value in (begins, ends) if value]
    return _("%(begin)s to %(end)s", begin=parts[0], end=parts[1]) if len(parts) == 2 else "".join(parts)


def _components(names: list[str]) -> str:
    return f" [{', '.join(names)}]" if names else ""


def _opened(about: About, data: Data) -> Told:
    days = _("%(first)s to %(last)s", first=day(_date(data["first_day"])), last=day(_date(data["last_day"])))
    return Told(_("opened the evaluation"), f"{about.track}, {days}")


def _date(value: str) -> date:
    return date.fromisoformat(value)


def _assigned(about: About, data: Data) -> Told:
    return Told(_("named %(who)s as evaluator", who=_person(about, data["evaluator_id"])), data.get("reason", ""))


def _step_opened(about: About, data: Data) -> Told:
    due = _("Due %(day)s", day=day(_date(data["due_on"]))) if data.get("due_on") else ""
    early = from_words(_date(data["not_before"])) if data.get("not_before") else ""
    return Told(_("opened “%(step)s”", step=_step(about, data["step"])), ", ".join(one for one in (early, due) if one))


def _step_done(about: About, data: Data) -> Told:
    outcome = data["outcome"]
    says = str(OUTCOMES[outcome][1]) if outcome in OUTCOMES else str(_AGAIN[outcome])
    planned = _announced_otherwise(about, data)
    parts = ["" if outcome == "done" else says, _("late") if data.get("late") else "", _times(data), planned]
    detail = sentence_start(", ".join(part for part in parts if part))
    step = _step(about, data["step"])
    if outcome in ("withdrawn", "lapsed", "unsigned", *_AGAIN):
        return Told(_("left “%(step)s”", step=step), detail)
    return Told(_("finished “%(step)s”", step=step), detail)


def _announced_otherwise(about: About, data: Data) -> str:
    """The time that had been announced, where it was held at another one."""
    located = locate(about.evaluation, about.agreement, data["step"])
    if located is None or located.occasion is None or located.step.kind != "observation" or not data.get("held_from"):
        return ""
    planned = located.occasion.scheduled_from
    if planned is None or planned == datetime.fromisoformat(data["held_from"]):
        return ""
    return _("announced for %(when)s", when=moment(planned))


def _form_sent(about: About, data: Data) -> Told:
    form = about.agreement.procedure.forms[data["form"]]
    answers = data["answers"]
    lines = [f"{item.label}: {_answer(about, item, answers[item.id])}" for item in form.items if item.id in answers]
    return Told(_("sent “%(form)s”", form=form.title), "", ((_("Answers"), "\n".join(lines)),))


def _answer(about: About, item: FormItem, given: str) -> str:
    if item.kind != "level" or item.component is None:
        return given
    return about.agreement.instrument.scale_of(item.component).level(given).label


def _form_returned(about: About, data: Data) -> Told:
    title = about.agreement.procedure.forms[data["form"]].title
    return Told(_("handed “%(form)s” back for change", form=title), "", ((_("Reason"), data["reason"]),))


def _begun(about: About, data: Data) -> Told:
    texts = tuple(_filled(((_("Place"), data.get("place", "")), (_("Focus"), data.get("focus", "")))))
    return Told(_("began “%(what)s”", what=_occasion(about, data)), _times(data), texts)


def _moved(about: About, data: Data) -> Told:
    texts = tuple(_filled(((_("Place"), data.get("place", "")),)))
    what = _occasion(about, data)
    if data.get("same_time"):
        return Told(_("changed the place of “%(what)s”", what=what), _times(data), texts)
    return Told(_("changed the time of “%(what)s”", what=what), _times(data), texts)


def _withdrawn(about: About, data: Data) -> Told:
    return Told(_("withdrew “%(what)s”", what=_occasion(about, data)), "", ((_("Reason"), data["reason"]),))


def _finished(about: About, data: Data) -> Told:
    return Told(_("noted that “%(what)s” is finished", what=_occasion(about, data)))


def _conference(about: About, data: Data) -> Told:
    texts = tuple(_filled(((_("Note"), data["note"]),)))
    return Told(_("noted “%(step)s”", step=_step(about, data["step"])), "", texts)


def _observed(about: About, data: Data) -> Told:
    """How many lines, for everyone; the lines for who wrote them, and for others where they are the ones that were sent."""
    occasion = about.evaluation.occasion(UUID(data["occasion_id"]))
    lines = [f"{note['text']}{_components(note.get('components', []))}" for note in data["notes"]]
    sent = occasion is not None and [note.text for note in occasion.notes] == [note["text"] for note in data["notes"]]
    for_all = sent and occasion is not None and occasion.feedback is not None
    own = not for_all and about.may(Action.READ_OWN_WORK) and data["by_id"] == about.viewer_id
    label = _("Lines, which only you see") if own else _("Lines")
    texts = ((label, "\n".join(lines)),) if own or for_all else ()
    count = ngettext("1 line", "%(num)s lines", len(lines))
    return Told(_("wrote down what was seen: “%(what)s”", what=_occasion(about, data)), count, texts, own)


def _feedback(about: About, data: Data) -> Told:
    occasion = about.evaluation.occasion(UUID(data["occasion_id"]))
    if occasion is None or occasion.feedback is None:
        return Told(_("sent the feedback on “%(what)s”", what=_occasion(about, data)), _unopened())
    texts = tuple(_filled(((_("What was done well"), data["strengths"]), (_("What comes next"), data["next_steps"]))))
    return Told(_("sent the feedback on “%(what)s”", what=_occasion(about, data)), "", texts)


def _context(about: About, data: Data) -> Told:
    components = ", ".join(data.get("components", []))
    return Told(_("added context"), components, ((_("Context"), data["text"]),))


def _summative(about: About, data: Data) -> Told:
    """The result; the ratings stand on the summative's own page, with the words of each level."""
    if about.evaluation.summative is None:
        return Told(_("sent the summative evaluation"), _unopened())
    texts = tuple(_filled(((_("Comment"), data["comment"]),)))
    return Told(_("sent the summative evaluation"), _result(data), texts)


def _unopened() -> str:
    return _("You have not opened it yet. What it says stands here once you have.")


def _result(data: Data) -> str:
    steps = data.get("trace", {}).get("steps", [])
    return steps[-1]["label"] if steps else str(data["final_level"])


def _signed(about: About, data: Data) -> Told:
    return Told(_("signed"), "", tuple(_filled(((_("Note"), data.get("note", "")),))))


def _refused(about: About, data: Data) -> Told:
    return Told(_("refused to sign"), "", ((_("Note"), data["note"]),))


def _unsigned(about: About, data: Data) -> Told:
    return Told(_("noted that it was not signed"), "", ((_("Note"), data["note"]),))


def _response(about: About, data: Data) -> Told:
    return Told(_("filed a response"), "", ((_("Response"), data["text"]),))


def _read(about: About, data: Data) -> Told:
    return Told(_("opened “%(step)s” for the first time", step=_step(about, data["step"])))


def _closed(about: About, data: Data) -> Told:
    return Told(_("closed the evaluation"))


def _ended_early(about: About, data: Data) -> Told:
    return Told(_("ended the evaluation early"), "", ((_("Reason"), data["reason"]),))


def _filled(pairs: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    return (pair for pair in pairs if pair[1].strip())


WORDS: Mapping[str, Callable[[About, Data], Told]] = {
    "EvaluationOpened": _opened,
    "EvaluatorAssigned": _assigned,
    "StepOpened": _step_opened,
    "StepDone": _step_done,
    "FormSubmitted": _form_sent,
    "FormReturned": _form_returned,
    "OccasionBegun": _begun,
    "OccasionRescheduled": _moved,
    "OccasionWithdrawn": _withdrawn,
    "OccasionFinished": _finished,
    "ConferenceHeld": _conference,
    "ObservationRecorded": _observed,
    "FeedbackSent": _feedback,
    "ContextAdded": _context,
    "SummativeSent": _summative,
    "Signed": _signed,
    "SignatureRefused": _refused,
    "SignatureLacking": _unsigned,
    "ResponseFiled": _response,
    "DocumentOpened": _read,
    "EvaluationClosed": _closed,
    "EvaluationEndedEarly": _ended_early,
}
