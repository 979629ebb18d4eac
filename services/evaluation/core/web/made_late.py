"""What a page that asks "is it this?" says where sending would put something on the record as late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.steps import all_steps
from shared.web.language import gettext as _
from shared.web.wording import day


@dataclass(frozen=True)
class MadeLate:
    """A step that would be late, by its title. `due`: its last day, where the agreement names one."""

    title: str
    due: date | None

    @property
    def words(self) -> str:
        if self.due is None:
            return _("“%(title)s” will be recorded as late.", title=self.title)
        return _("“%(title)s” will be recorded as late: the last day was %(day)s.", title=self.title, day=day(self.due))


def made_late(before: Evaluation, tried: Evaluation, agreement: Agreement) -> Sequence[MadeLate]:
    """The steps that are late in `tried` and were not before, in the agreement's order. `tried`: the evaluation as it would
    be after the commands, so that nothing is called late here that the record does not call so."""
    late = [one for one in all_steps(tried, agreement) if _is_late(tried, one.key) and not _is_late(before, one.key)]
    return [MadeLate(one.step.title, tried.steps[one.key].due_on) for one in late]


def _is_late(evaluation: Evaluation, key: str) -> bool:
    state = evaluation.steps.get(key)
    return state is not None and state.late
