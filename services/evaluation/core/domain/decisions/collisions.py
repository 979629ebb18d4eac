"""Which parts of an evaluation a command builds on: who changes one of them makes an earlier sight of it stale."""

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.decisions.forms import form_before
from services.evaluation.core.domain.decisions.guards import Case
from services.evaluation.core.domain.steps import locate


def parts(case: Case, command: c.Command) -> tuple[str, ...] | None:
    """The part that it changes, and the one that it answers to: nobody agrees to a form or signs a summative evaluation
    that they have not had before them, or rates without the context that was added meanwhile. Empty where nobody else's
    work can collide with it; None where everybody's does."""
    if isinstance(command, c.EndEarly):
        return None
    if command.part is None:
        return ()
    if isinstance(command, c.AgreeToForm | c.ReturnForm):
        located = locate(case.evaluation, case.agreement, command.step)
        if located is not None and located.step.kind == "agreement":
            return (command.part, f"form:{form_before(case, located).step.form}")
    if isinstance(command, c.Sign | c.RefuseToSign):
        return (command.part, "summative")
    if isinstance(command, c.SendSummative):
        return (command.part, "context")
    return (command.part,)
