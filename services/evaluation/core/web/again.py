"""A form that could not be taken is shown again: every typed word kept, what is wrong at its field, who changed what."""

from collections.abc import Callable, Mapping

from flask import Response, make_response

from shared.web.context import rollback
from shared.web.forms import Form, FormInvalid, form_as_typed, form_version
from shared.web.problems import Problem

Page = Callable[[Form, Problem | None], str]
"""Builds the form's page; the second argument is the problem where somebody changed the same part meanwhile (412), or may
have, because the form did not say which version it was filled in on (428). May raise that problem itself, where the form
has no place on the page any more."""


def shown_again(problem: Problem, page: Page, names: Mapping[str, str] | None = None) -> Response:
    """The form's page once more, with the status of `problem`; any problem that is no fault of the form is raised.

    `names`: field of a refusal -> field of the form, where the two differ. After a 412 or 428 the form builds on the
    present version, so that sending it again is the author's decision to go on.
    """
    if problem.status not in (412, 422, 428) or (problem.status == 422 and not problem.errors):
        raise problem
    rollback()
    stale = problem.status != 422
    version = str(problem.extra["version"]) if stale else form_version()
    form = form_as_typed(_errors(problem, names or {}), version=version)
    return make_response(page(form, problem if stale else None), problem.status)


def _errors(problem: Problem, names: Mapping[str, str]) -> dict[str, list[str]]:
    if isinstance(problem, FormInvalid):
        return {names.get(name, name): messages for name, messages in problem.by_field.items()}
    errors: dict[str, list[str]] = {}
    for error in problem.errors:
        name, message = error.pointer.removeprefix("#/"), str(error.message)
        told = errors.setdefault(names.get(name, name), [])
        if message not in told:  # a beginning and an end that share a day share its fault
            told.append(message)
    return errors
