"""Forms as they were sent: each question with its answer, a level with its own words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.evaluation.core.domain.agreement import Form, FormItem
from services.evaluation.core.domain.evaluation import Submission
from services.evaluation.core.domain.steps import Located, all_steps, locate
from services.evaluation.core.web.about import About


@dataclass(frozen=True)
class Answer:
    """`text`: as it was written, or the level's name; `words`: the level's own words; empty where nothing was answered."""

    label: str
    text: str
    words: str
    is_level: bool


@dataclass(frozen=True)
class Answered:
    """A form that was sent."""

    located: Located
    form: Form
    submission: Submission
    answers: tuple[Answer, ...]
    href: str


def answered(about: About) -> list[Answered]:
    """The forms of the track that were sent, in the agreement's order."""
    return [
        sent
        for located in all_steps(about.evaluation, about.agreement)
        if located.step.kind == "form" and (sent := answered_step(about, located)) is not None
    ]


def answered_step(about: About, located: Located) -> Answered | None:
    """The form of one step, where it was sent."""
    form = about.agreement.procedure.forms[str(located.step.form)]
    submission = about.evaluation.forms.get(form.id)
    if submission is None:
        return None
    answers = answered_with(about, form, submission.answers)
    return Answered(located, form, submission, answers, about.step_href(located))


def answered_with(about: About, form: Form, given: Mapping[str, str]) -> tuple[Answer, ...]:
    """Each question of a form with what is answered, as a page shows it."""
    return tuple(_answers(about, form, given))


def form_before(about: About, located: Located) -> Located | None:
    """The step whose form an agreement step agrees to."""
    for step_id in located.step.after:
        before = locate(about.evaluation, about.agreement, step_id)
        if before is not None and before.step.kind == "form":
            return before
    return None


def _answers(about: About, form: Form, answers: Mapping[str, str]) -> Iterator[Answer]:
    for item in form.items:
        given = answers.get(item.id, "")
        if item.kind == "level" and given:
            yield _level(about, item, given)
        else:
            yield Answer(item.label, given, "", item.kind == "level")


def _level(about: About, item: FormItem, given: str) -> Answer:
    assert item.component is not None, "a level is answered on a component's scale"
    level = about.agreement.instrument.scale_of(item.component).level(given)
    return Answer(item.label, level.label, about.agreement.instrument.descriptor(item.component, given), True)
