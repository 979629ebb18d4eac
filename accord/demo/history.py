"""A school year behind and one under way, made by the commands that people give, never by writing rows.

Every evaluation of the year under way stops somewhere else, so that no page a newcomer opens is empty. What happens, and
when, follows from the people's names and from today's date alone: the same on every machine.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypedDict
from uuid import UUID
from zoneinfo import ZoneInfo

from accord.demo import texts
from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.evaluation import Evaluation, Note
from services.evaluation.core.domain.steps import rated_components
from shared.ids import derived_id


@dataclass(frozen=True)
class Told:
    """A command and the moment it is given."""

    at: datetime
    command: c.Command


@dataclass(frozen=True)
class Year:
    """The days of a cycle that have passed: history is laid between `first` and `last`."""

    first: date
    last: date
    zone: str

    def at(self, share: float, hour: int = 10, minute: int = 0) -> datetime:
        """A working hour on the school day at that share (0 to 1) of the days passed."""
        day = self.first + timedelta(days=round(share * (self.last - self.first).days))
        while day.weekday() > 4 and day > self.first:
            day -= timedelta(days=1)
        return datetime.combine(day, time(hour, minute), ZoneInfo(self.zone)).astimezone(ZoneInfo("UTC"))

    def lately(self) -> datetime:
        """The morning of the last school day that is three days past or more: recent, and never still to come."""
        return Year(self.first, self.last - timedelta(days=3), self.zone).at(1.0, 8)


STOPS = (
    "opened", "self_assessment", "goals", "returned", "goals_agreed", "notice", "pre_conference", "observed", "feedback",
    "post_conference", "walkthrough", "mid_year", "summative", "signed", "refused", "response", "closed", "closed",
    "ended_early", "reassigned",
)  # fmt: skip
"""Where evaluations of the year under way have come to, in turn."""


def leans_by_school(schools: Iterable[UUID | None]) -> Iterator[int]:
    """The place in the scale that each evaluation's ratings lie around, in the order of `schools`.

    In the three schools of the demo that makes groups large enough at three levels for a distribution to be published, and
    for the largest school to be shown alone.
    """
    seen: dict[UUID | None, int] = {}
    for school, place in ((school, seen.get(school, 0)) for school in schools):
        seen[school] = place + 1
        yield _LEANS[place % len(_LEANS)]


_LEANS = (3, 1, 2, 3, 2, 1, 3, 2, 2, 3, 1, 3, 2, 3, 1, 2, 3, 3, 3, 3)
"""Of twenty ten are at the highest level and four at the second lowest; of the first sixteen six and four."""


class _Who(TypedDict):
    evaluation_id: UUID
    actor_id: UUID


class Story:
    """One evaluation's year. `stop`: the last thing that has happened (one of STOPS); "closed" is the whole of it. `lean`:
    the place in the scale that the ratings lie around."""

    def __init__(self, evaluation: Evaluation, agreement: Agreement, year: Year, stop: str, lean: int) -> None:
        self._one = evaluation
        self._agreement = agreement
        self._year = year
        self._stop = stop
        self._lean = lean
        self._chance = random.Random(str(evaluation.id))  # noqa: S311 - a story, not a secret

    def told(self) -> Iterator[Told]:
        """The commands in order, up to the stop."""
        for name, part in self._parts():
            yield from part()
            if name == self._stop:
                return

    def _parts(self) -> Iterator[tuple[str, Callable[[], Iterator[Told]]]]:
        yield "opened", lambda: iter(())
        yield "self_assessment", lambda: self._form("self_assessment", 0.06)
        yield "goals", lambda: self._form("goals", 0.12)
        if self._stop == "returned":
            yield "returned", self._returned
        yield "goals_agreed", self._agreed
        yield "notice", self._notice
        yield "pre_conference", self._before_the_lesson
        yield "observed", self._observed
        yield "feedback", self._feedback
        yield "post_conference", lambda: self._conference("announced/1/post_conference", 0.42, texts.AFTER)
        if self._stop in ("ended_early", "reassigned"):  # the rest is the district office's to do
            yield self._stop, lambda: iter(())
        yield "walkthrough", self._walkthrough
        yield "mid_year", lambda: self._conference("mid_year", 0.66, texts.MID_YEAR)
        yield "summative", self._summative
        if self._stop == "refused":
            yield "refused", self._refused
        yield "signed", self._signed
        yield "response", self._response
        yield "closed", self._closed

    def _as_subject(self) -> _Who:
        return {"evaluation_id": self._one.id, "actor_id": self._one.subject_id}

    def _as_evaluator(self) -> _Who:
        assert self._one.evaluator_id is not None
        return {"evaluation_id": self._one.id, "actor_id": self._one.evaluator_id}

    def _form(self, name: str, share: float) -> Iterator[Told]:
        answers: dict[str, str] = {}
        for number, item in enumerate(self._agreement.procedure.forms[name].items):
            if item.kind == "level" and item.component is not None:
                levels = self._agreement.instrument.scale_of(item.component).levels
                answers[item.id] = self._chance.choice(levels[1:]).id
            else:
                answers[item.id] = texts.ANSWERS[number % len(texts.ANSWERS)]
        moment = self._year.at(share + self._chance.random() * 0.04, 16, 20)
        yield Told(moment, c.SubmitForm(**self._as_subject(), step=name, answers=answers))

    def _returned(self) -> Iterator[Told]:
        returned = c.ReturnForm(**self._as_evaluator(), step="goals_agreed", reason=texts.RETURNED)
        yield Told(self._year.at(0.2), returned)

    def _agreed(self) -> Iterator[Told]:
        yield Told(self._year.at(0.2), c.AgreeToForm(**self._as_evaluator(), step="goals_agreed"))

    def _occasion(self, kind: str) -> UUID:
        return derived_id("demo", str(self._one.id), kind)

    def _notice(self) -> Iterator[Told]:
        still_to_come = self._stop == "notice"
        begins = self._year.at(1.0, 9, 30) + timedelta(days=4) if still_to_come else self._year.at(0.34, 9, 30)
        told_at = min(self._year.at(0.26, 14, 5), begins - timedelta(hours=18))
        yield Told(
            told_at,
            c.BeginOccasion(
                **self._as_evaluator(),
                occasion_id=self._occasion("announced"),
                type="announced",
                scheduled_from=begins,
                scheduled_to=begins + timedelta(minutes=45),
                place=self._chance.choice(texts.PLACES),
                focus="",
            ),
        )
        if not still_to_come:
            yield Told(told_at + timedelta(hours=3), c.OpenDocument(**self._as_subject(), step="announced/1/notice"))

    def _before_the_lesson(self) -> Iterator[Told]:
        latest = self._year.at(0.34, 8)
        moment = min(self._year.at(0.30, 15, 10), latest)
        yield self._held("announced/1/pre_conference", moment, texts.BEFORE)

    def _conference(self, step: str, share: float, words: tuple[str, ...]) -> Iterator[Told]:
        yield self._held(step, self._year.at(share, 15, 10), words)

    def _held(self, step: str, moment: datetime, words: tuple[str, ...]) -> Told:
        held = moment - timedelta(minutes=30)
        note = self._chance.choice(words)
        return Told(moment, c.HoldConference(**self._as_evaluator(), step=step, held_from=held, note=note))

    def _seen(self, kind: str, begins: datetime, minutes: int, components: tuple[str, ...]) -> Told:
        notes = []
        for number, component in enumerate(components):
            at = begins + timedelta(minutes=2 + number * (minutes - 4) // max(1, len(components)))
            notes.append(Note(self._chance.choice(texts.SEEN[component]), at, (component,)))
        ends = begins + timedelta(minutes=minutes)
        return Told(
            ends + timedelta(minutes=10),
            c.RecordObservation(
                **self._as_evaluator(),
                occasion_id=self._occasion(kind),
                held_from=begins,
                held_to=ends,
                notes=tuple(notes),
            ),
        )

    def _observed(self) -> Iterator[Told]:
        components = tuple(texts.SEEN)
        yield self._seen("announced", self._year.at(0.34, 9, 30), 42, components[:8])

    def _feedback(self) -> Iterator[Told]:
        observed = self._year.at(0.34, 11, 0)
        late = self._chance.random() < 0.2
        sent = observed + timedelta(days=5 if late else 1)
        yield Told(
            sent,
            c.SendFeedback(
                **self._as_evaluator(),
                occasion_id=self._occasion("announced"),
                strengths=self._chance.choice(texts.STRENGTHS),
                next_steps=self._chance.choice(texts.NEXT_STEPS),
            ),
        )
        if self._stop == "feedback":
            return
        yield Told(sent + timedelta(hours=5), c.OpenDocument(**self._as_subject(), step="announced/1/feedback"))
        if self._chance.random() < 0.4:
            context = c.AddContext(
                **self._as_subject(),
                context_id=self._occasion("context"),
                text=self._chance.choice(texts.CONTEXT),
                components=("C2",),
                occasion_id=self._occasion("announced"),
            )
            yield Told(sent + timedelta(hours=6), context)

    def _walkthrough(self) -> Iterator[Told]:
        begins = self._year.at(0.55, 13, 15)
        occasion = self._occasion("walkthrough")
        yield Told(begins, c.BeginOccasion(**self._as_evaluator(), occasion_id=occasion, type="walkthrough"))
        yield self._seen("walkthrough", begins, 18, ("C5", "C2", "C7", "C8", *tuple(texts.SEEN)[8:]))
        feedback = c.SendFeedback(
            **self._as_evaluator(),
            occasion_id=occasion,
            strengths=self._chance.choice(texts.STRENGTHS),
            next_steps="",
        )
        yield Told(begins + timedelta(hours=2), feedback)
        yield Told(begins + timedelta(hours=7), c.OpenDocument(**self._as_subject(), step="walkthrough/1/feedback"))

    def _summative(self) -> Iterator[Told]:
        """The ratings stay so near to where they lean that the level of the whole is that one."""
        components = rated_components(self._one, self._agreement)
        changed = self._chance.sample(components, k=4)
        steps = {**dict.fromkeys(changed[: self._chance.randint(1, 3)], 1), changed[3]: -1}
        ratings: dict[str, str | None] = {}
        for component in components:
            levels = self._agreement.instrument.scale_of(component).levels
            ratings[component] = levels[min(len(levels) - 1, self._lean + steps.get(component, 0))].id
        comment = self._chance.choice(texts.JUDGMENT)
        yield Told(self._year.at(0.8, 16, 0), c.SendSummative(**self._as_evaluator(), ratings=ratings, comment=comment))

    def _read_summative(self) -> Told:
        return Told(self._year.at(0.83, 18, 40), c.OpenDocument(**self._as_subject(), step="summative"))

    def _signed(self) -> Iterator[Told]:
        yield self._read_summative()
        yield Told(self._year.at(0.86, 17, 0), c.Sign(**self._as_subject(), note=""))

    def _refused(self) -> Iterator[Told]:
        yield self._read_summative()
        yield Told(self._year.at(0.86, 17, 0), c.RefuseToSign(**self._as_subject(), note=texts.REFUSAL))

    def _response(self) -> Iterator[Told]:
        moment = self._year.at(0.89, 20, 0)
        if self._stop == "response" or self._chance.random() < 0.3:
            text = self._chance.choice(texts.RESPONSES)
            yield Told(moment, c.FileResponse(**self._as_subject(), text=text))
        else:
            yield Told(moment, c.WaiveResponse(**self._as_subject()))

    def _closed(self) -> Iterator[Told]:
        yield Told(self._year.at(0.95, 11, 30), c.Close(**self._as_evaluator()))
