"""From what is typed of an observation to its commands: times in the district's zone, lines, feedback."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

import marshmallow
from flask import request
from flask_babel.speaklater import LazyString

from services.evaluation.core.domain import steps
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.commands import LINE_LIMIT, Command, RecordObservation, SendFeedback
from services.evaluation.core.domain.evaluation import Evaluation, Note, Occasion, StepState
from services.evaluation.core.domain.sight import is_anothers
from services.evaluation.core.handlers import Loaded
from services.evaluation.core.web.about import About
from services.evaluation.core.web.acting import carry_out_on, seen
from services.evaluation.core.web.local_time import NoSuchTimeError, moment_of, typed_day, typed_time
from services.evaluation.core.web.schemas import ObservationSchema
from services.evaluation.core.web.script_lines import (
    Read,
    components_of,
    fields_of,
    is_line_field,
    lines_of,
    read_lines,
)
from shared.clock import local_date
from shared.web.beside import Beside
from shared.web.context import clock, viewer, zone
from shared.web.forms import FormInvalid, parse
from shared.web.language import gettext as _
from shared.web.language import lazy_gettext as _l
from shared.web.problems import Problem
from shared.web.typed import posted

NAMES: Mapping[str, str] = {
    "scheduled_from": "begins",
    "scheduled_to": "ends",
    "held_from": "begins",
    "held_to": "ends",
    "notes": "text-1",
}
"""Field of a refusal -> field of a form, where the day is not at fault (see field_names)."""
_KNOWN = frozenset(ObservationSchema._declared_fields)


@dataclass(frozen=True)
class Typed:
    """What was typed of an observation, read."""

    held_from: datetime
    held_to: datetime
    notes: tuple[Note, ...]
    strengths: str
    next_steps: str
    end_untyped: bool = False
    """Nobody gave the end: it is taken from the last line, or from when it was sent."""

    @property
    def minutes(self) -> int:
        return int((self.held_to - self.held_from) / timedelta(minutes=1))

    @property
    def elsewhen(self) -> list[datetime]:
        """The times of lines that were written before the lesson began or after it ended."""
        return [note.at for note in self.notes if note.at and not self.held_from <= note.at <= self.held_to]

    @property
    def loose(self) -> int:
        """Lines tagged to no component."""
        return sum(1 for note in self.notes if not note.components)


class Present(Protocol):
    """An evaluation with its agreement: as a page shows it, or taken up for commands."""

    @property
    def evaluation(self) -> Evaluation: ...

    @property
    def agreement(self) -> Agreement: ...


def observation_state(present: Present, occasion: Occasion) -> StepState | None:
    """The state of the occasion's step of kind observation, or None."""
    return steps.observation_state(present.evaluation, present.agreement, occasion)


def stored_fields(about: About, occasion: Occasion) -> dict[str, str]:
    """What is known already as the fields of the form: held times, else announced ones, else when it was begun."""
    state = None if is_anothers(about.evaluation, about.agreement, occasion) else observation_state(about, occasion)
    begins = occasion.scheduled_from or (state.opened_at if state is not None else None) or clock()
    ends = None
    if state is not None and state.held_from is not None:
        begins, ends = state.held_from, state.held_to
    return {
        "day": typed_day(begins, zone()),
        "begins": typed_time(begins, zone()),
        "ends": typed_time(ends, zone()) if ends is not None else "",
        **fields_of(occasion.notes, zone()),
    }


def typed(agreement: Agreement) -> Typed:
    """The posted form, read. Raises FormInvalid with every fault at its field."""
    faults: dict[str, Any] = {}
    data: dict[str, Any] = {}
    try:
        data = parse(ObservationSchema, unknown=marshmallow.EXCLUDE)
    except FormInvalid as invalid:
        faults |= invalid.by_field
    fields = posted()
    faults |= {
        name: [_("This form has no such field.")] for name in fields if not (name in _KNOWN or is_line_field(name))
    }
    day = data.get("day") or _day(request.form.get("day", ""))
    read = _read(agreement, fields, day)
    faults |= {name: [fault_words(code, given)] for name, (code, given) in read.faults.items()}
    if not faults:
        try:
            begins = local_moment(day, data["begins"], "begins")
            ends = local_moment(day, data["ends"], "ends", after=begins)
        except FormInvalid as invalid:
            faults |= invalid.by_field
    if faults:
        raise FormInvalid(faults, json=False)
    return Typed(begins, ends, read.notes, data["strengths"], data["next_steps"], bool(data["end_untyped"]))


def _read(agreement: Agreement, fields: Mapping[str, object], day: date) -> Read:
    order = tuple(component.id for component in agreement.instrument.components())
    return read_lines(lines_of(fields), day=day, zone=zone(), components=components_of(order), order=order)


def _day(given: str) -> date:
    """The day typed, or today where it can't be read: the fault of the day is told at its own field."""
    try:
        return date.fromisoformat(given)
    except ValueError:
        return local_date(clock(), zone())


def local_moment(day: date, at: time, field: str, *, after: datetime | None = None) -> datetime:
    """The moment typed, or FormInvalid where the clocks skip it."""
    try:
        return moment_of(day, at, zone(), after=after)
    except NoSuchTimeError:
        words = _("The clocks went forward over %(time)s on that day. Give a time that was.", time=at.strftime("%H:%M"))
        raise FormInvalid({field: [words]}, json=False) from None


def field_names(problem: Problem) -> Mapping[str, str]:
    """Field of a refusal -> field of the form. A form has one day for all its times; whatever time was given, it is the day
    that lies outside the cycle, that is to come where something was held, or that is past where something is announced."""
    day, today = _day(request.form.get("day", "")), local_date(clock(), zone())
    wrong = {"outside_cycle": True, "in_the_future": day > today, "notice_too_late": day < today}
    if not wrong.get(problem.code, False):
        return NAMES
    return {name: "day" if field in ("begins", "ends") else field for name, field in NAMES.items()}


def fault_words(code: str, given: str) -> str:
    return {
        "line_too_long": _(
            "This line has %(given)s characters. Shorten it to %(most)s, or make two of it.",
            given=given,
            most=LINE_LIMIT,
        ),
        "time_unreadable": _(
            "“%(given)s” is no time of that day. Write hours and minutes, such as 10:05.", given=given
        ),
        "no_such_component": _("There is no component “%(given)s”. They stand beside the script.", given=given),
    }[code]


def record(loaded: Loaded, occasion: Occasion, said: Typed) -> Evaluation:
    """Carry out RecordObservation where it says anything new. Answers the evaluation after it."""
    commands = _recording(loaded, occasion, said)
    return carry_out_on(loaded, commands) if commands else loaded.evaluation


def record_and_send(loaded: Loaded, occasion: Occasion, said: Typed) -> Evaluation:
    """What was seen, and the feedback on it: both or neither. Answers the evaluation after it."""
    recording = _recording(loaded, occasion, said)
    sending = SendFeedback(
        evaluation_id=loaded.evaluation.id,
        actor_id=viewer().person_id,
        seen=seen(),
        occasion_id=occasion.id,
        strengths=said.strengths,
        next_steps=said.next_steps,
    )
    return carry_out_on(loaded, [*recording, sending])


def _recording(loaded: Loaded, occasion: Occasion, said: Typed) -> list[Command]:
    state = observation_state(loaded, occasion)
    stands = (state.held_from, state.held_to, state.by_id) if state is not None else None
    if occasion.notes == said.notes and stands == (said.held_from, said.held_to, viewer().person_id):
        return []
    return [
        RecordObservation(
            evaluation_id=loaded.evaluation.id,
            actor_id=viewer().person_id,
            seen=seen(),
            occasion_id=occasion.id,
            held_from=said.held_from,
            held_to=said.held_to,
            notes=said.notes,
        )
    ]


_PARTS: Mapping[str, LazyString] = {
    "text": _l("Line {n}: its words"),
    "at": _l("Line {n}: its time"),
    "for": _l("Line {n}: its components"),
}


def names_of_fields(beside: Iterable[Beside]) -> dict[str, str]:
    """What the fields are called where another text of one is named: a line's by what they are of it."""
    names = {
        "day": _("Day"),
        "begins": _("Began"),
        "ends": _("Ended"),
        "strengths": _("What was done well"),
        "next_steps": _("What comes next"),
    }
    for one in beside:
        if is_line_field(one.field):
            part, _dash, number = one.field.partition("-")
            names[one.field] = str(_PARTS[part]).replace("{n}", number)
    return names


def rubric(about: About) -> Sequence[tuple[Any, list[tuple[Any, list[tuple[str, str]]]]]]:
    """Standards with their components, each with its levels: (label, what it looks like), lowest first."""
    instrument = about.agreement.instrument
    return [
        (
            standard,
            [
                (
                    component,
                    [
                        (level.label, instrument.descriptor(component.id, level.id))
                        for level in instrument.scales[component.scale].levels
                    ],
                )
                for component in standard.components
            ],
        )
        for standard in instrument.standards
    ]
