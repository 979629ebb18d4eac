"""Forms of the track (goals, self-assessment): filled by the one whose duty it is, agreed to or handed back."""

from collections.abc import Mapping

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain import events as e
from services.evaluation.core.domain.agreement import Agreement, Form
from services.evaluation.core.domain.decisions.guards import Case, Decision, done, require_text, require_turn
from services.evaluation.core.domain.refusals import Refused
from services.evaluation.core.domain.steps import Located, locate


def submit_form(case: Case, command: c.SubmitForm) -> Decision:
    """Every required item is answered, each with something its kind allows."""
    located = require_turn(case, command, command.step, "form")
    form = case.agreement.procedure.forms[str(located.step.form)]
    answers = _checked(case.agreement, form, command.answers)
    return [
        e.FormSubmitted(by_id=command.actor_id, at=case.at, form=form.id, answers=answers),
        done(case, command, located),
    ]


def _checked(agreement: Agreement, form: Form, answers: Mapping[str, str]) -> dict[str, str]:
    wrong: dict[str, str] = {}
    kept: dict[str, str] = {}
    for item in form.items:
        answer = answers.get(item.id, "").strip()
        if not answer:
            if item.required:
                wrong[item.id] = "answer_wanted"
            continue
        if item.kind == "level" and item.component is not None:
            levels = agreement.instrument.scale_of(item.component).levels
            if answer not in {level.id for level in levels}:
                wrong[item.id] = "no_such_level"
        kept[item.id] = answer
    unknown = sorted(set(answers) - {item.id for item in form.items})
    if unknown:
        raise Refused("unknown_item", item=unknown[0])
    if wrong:
        raise Refused("form_incomplete", fields=wrong)
    return kept


def form_before(case: Case, located: Located) -> Located:
    """The step whose form an agreement step agrees to: the first of kind form that it comes after."""
    for step_id in located.step.after:
        before = locate(case.evaluation, case.agreement, step_id)
        if before is not None and before.step.kind == "form":
            return before
    raise Refused("no_such_step")


def agree_to_form(case: Case, command: c.AgreeToForm) -> Decision:
    located = require_turn(case, command, command.step, "agreement")
    return [done(case, command, located)]


def return_form(case: Case, command: c.ReturnForm) -> Decision:
    """Handed back with a reason: the form's step opens again, and the agreement waits for it."""
    located = require_turn(case, command, command.step, "agreement")
    require_text("reason", command.reason)
    before = form_before(case, located)
    first = case.evaluation.steps[before.key]
    return [
        e.FormReturned(
            by_id=command.actor_id,
            at=case.at,
            form=str(before.step.form),
            step=before.key,
            reason=command.reason,
        ),
        done(case, command, located, "returned"),
        e.StepOpened(
            by_id=None,
            at=case.at,
            step=before.key,
            due_on=first.due_on if first.late else None,
            required=before.step.required,
        ),
    ]
