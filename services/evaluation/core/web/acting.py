"""From a request to a command and back: find the evaluation, check the relation, carry out, answer refusals in words."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from flask import current_app

from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.commands import Command
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.kind import Kind
from services.evaluation.core.domain.policy import Action, Relation, may, relations
from services.evaluation.core.domain.refusals import Change, Refused, StaleVersion
from services.evaluation.core.domain.steps import locate, occasion_titled
from services.evaluation.core.handlers import Loaded, NoSuchEvaluation, handle_taken, take
from services.evaluation.core.publishing import step_path
from services.evaluation.core.store.lists import ListedEvaluation, evaluated_by
from services.evaluation.core.store.queries import Shown, shown
from services.evaluation.core.store.repository import Repository
from services.evaluation.core.web.changes import change_words
from services.evaluation.core.web.told import version_told
from services.evaluation.core.web.wording import fault, missing_sentence, reason
from shared.people.names import people_named
from shared.web.context import clock, connection, district_id, viewer
from shared.web.forms import form_version
from shared.web.language import gettext as _
from shared.web.links import url_of
from shared.web.problems import (
    FieldError,
    Link,
    Problem,
    changed_meanwhile,
    not_found,
    refuse_access,
    unknown_version,
    version_missing,
    version_unreadable,
)
from shared.web.wording import moment

_MOST_NAMED = 6
"""Changes that a refusal tells of; the record has them all."""


def kind() -> Kind:
    """The kind of evaluation this service keeps."""
    found: Kind = current_app.config["KIND"]
    return found


def is_office() -> bool:
    """Whether the viewer acts for the district office here."""
    return viewer().has(*kind().office_roles)


def evaluates() -> bool:
    """Whether the viewer holds a role today by which people evaluate here."""
    return viewer().has(*kind().evaluator_roles)


def evaluated_by_me(*, sort: str = "name", closed: bool = False) -> list[ListedEvaluation]:
    """The evaluations that the viewer gives; none where the role for it has ended."""
    if not evaluates():
        return []
    return evaluated_by(connection(), district_id(), viewer().person_id, sort=sort, closed=closed)


def repository() -> Repository:
    """The store, in the request's transaction."""
    return Repository(connection(), district_id(), kind().name)


def held(evaluation: Evaluation) -> frozenset[Relation]:
    """What the viewer is to the evaluation."""
    return relations(evaluation, viewer().person_id, office=is_office(), evaluates=evaluates())


def require(action: Action, evaluation: Evaluation) -> frozenset[Relation]:
    """The viewer's relations, or a refusal. Who has none gets the same 404 as for an evaluation that does not exist."""
    found = held(evaluation)
    if not found & {Relation.SUBJECT, Relation.EVALUATOR, Relation.OFFICE}:
        raise _no_longer_theirs(found, evaluation)
    if not may(action, found):
        raise refuse_access(
            _("your part in this evaluation does not include it."),
            _("whoever's turn it is, as the evaluation's page says."),
        )
    return found


def _no_longer_theirs(found: frozenset[Relation], evaluation: Evaluation) -> Problem:
    """For who evaluated before: it is no longer theirs to see, and that it exists is no news to them. To anybody else it
    does not exist."""
    if Relation.FORMER_EVALUATOR in found:
        code, when = "given_to_another", moment(evaluation.assignments[-1].at)
        why = _("The district office gave the evaluation to somebody else, %(when)s.", when=when)
    elif Relation.LAPSED_EVALUATOR in found:
        code = "role_ended"
        why = _(
            "Your role by which you evaluated has ended, so the district office gives the evaluation to somebody else."
        )
    else:
        return not_found(_("this evaluation"))
    return Problem(
        404,
        code,
        _("You no longer evaluate this person"),
        why,
        _("What you wrote and did not send was handed on to nobody. If this is a mistake, ask the district office."),
        links=[Link(_("What you typed and did not send"), url_of(kind().name, "/unsent"))],
        back=False,
    )


def find(evaluation_id: UUID, action: Action = Action.READ) -> tuple[Shown, Agreement, frozenset[Relation]]:
    """The evaluation for a page, its agreement, and what the viewer is to it. One statement, after the viewer's own."""
    found, agreement = _with_agreement(evaluation_id)
    return found, agreement, require(action, found.evaluation)


def _with_agreement(evaluation_id: UUID) -> tuple[Shown, Agreement]:
    """Whoever asks; 404 where there is none."""
    found = shown(connection(), district_id(), evaluation_id)
    if found is None:
        raise not_found(_("this evaluation"))
    agreement = repository().agreement(found.agreement_hash)
    assert agreement is not None, "an evaluation's agreement is kept for good"
    return found, agreement


def seen() -> int | None:
    """The version the sender had on screen: the form's hidden field, or If-Match."""
    version = form_version()
    if version is None:
        return None
    try:
        return version_number(version)
    except ValueError:
        raise version_unreadable() from None


def version_number(written: str) -> int:
    """A version as a page or a header writes it. Raises ValueError for what is none."""
    if not written.isdecimal() or len(written) > 9:
        raise ValueError(written)
    return int(written)


def carry_out(command: Command, action: Action) -> Evaluation:
    """Carry out a command of the viewer, inside the view's `once`. Refusals become problems: 404, 403, 409, 412, 422, 428."""
    return carry_out_on(take_up(command.evaluation_id, action), [command])


def take_up(evaluation_id: UUID, action: Action) -> Loaded:
    """The evaluation locked for commands of the viewer that `carry_out_on` carries out in the same transaction."""
    with _refusals_in_words(evaluation_id):
        return take(repository(), evaluation_id, allow=lambda evaluation: _allow(action, evaluation))


def carry_out_on(loaded: Loaded, commands: Sequence[Command]) -> Evaluation:
    """Carry out several commands of the viewer on one evaluation: all of them or none. Refusals as for `carry_out`.

    Every command of a person passes here, by page or API, so that no form's address can forget to ask for the version.
    """
    evaluation = loaded.evaluation
    present = version_told(evaluation, loaded.agreement, held(evaluation))
    if any(command.needs_version and command.seen is None for command in commands):
        raise version_missing(str(present))
    if any(command.seen is not None and command.seen > present for command in commands):
        raise unknown_version(str(present))  # also of an entry that is kept from them: it would tell that it is there
    with _refusals_in_words(evaluation.id, present):
        return handle_taken(repository(), loaded, commands, clock())


@contextmanager
def _refusals_in_words(evaluation_id: UUID, present: int = 0) -> Iterator[None]:
    """`present`: the version as the viewer sees it."""
    try:
        yield
    except NoSuchEvaluation:
        raise not_found(_("this evaluation")) from None
    except StaleVersion as stale:
        raise _changed(stale, evaluation_id, present) from None
    except Refused as refusal:
        raise refused_problem(refusal, evaluation_id) from None


def _allow(action: Action, evaluation: Evaluation) -> None:
    require(action, evaluation)


def refused_problem(refusal: Refused, evaluation_id: UUID | None = None) -> Problem:
    """A domain refusal as a problem: 422 where fields are at fault, 409 where it is not the time for it."""
    errors = [FieldError(name, fault(code)) for name, code in refusal.fields.items()]
    missing = [{"step": one.step, "title": one.title, "duty": one.duty} for one in refusal.missing]
    return Problem(
        422 if errors else 409,
        refusal.code,
        _("Some of it needs mending") if errors else _("This can't be done now"),
        reason(refusal),
        missing_sentence(refusal.missing, refusal.code),
        errors=errors,
        links=_ways_on(refusal, evaluation_id),
        extra={"missing": missing} if missing else {},
    )


def _ways_on(refusal: Refused, evaluation_id: UUID | None) -> list[Link]:
    """A link to each missing step's own page, and to the evaluation."""
    if evaluation_id is None:
        return []
    links: list[Link] = []
    if refusal.missing:
        found, agreement = _with_agreement(evaluation_id)
        for one in refusal.missing:
            located = locate(found.evaluation, agreement, one.step)
            if located is not None:
                links.append(Link(one.title, url_of(kind().name, step_path(found.evaluation, located))))
    return [*links, Link(_("The evaluation"), url_of(kind().name, f"/evaluations/{evaluation_id}"))]


def _changed(stale: StaleVersion, evaluation_id: UUID, present: int) -> Problem:
    """412 that names who changed what, and when."""
    found, agreement = _with_agreement(evaluation_id)
    ids = [UUID(change.by_id) for change in stale.changes if change.by_id]
    names = people_named(connection(), district_id(), ids)
    sentences = []
    changes = []
    for change in _telling(stale.changes)[-_MOST_NAMED:]:
        who = names.get(UUID(change.by_id), _("Somebody")) if change.by_id else _("The program")
        when = moment(datetime.fromisoformat(change.at))
        what = change_words(change)
        if name := _part_name(found.evaluation, agreement, change.part):
            what = _("%(what)s (%(name)s)", what=what, name=name)
        sentences.append(_("%(who)s: %(what)s, %(when)s.", who=who, what=what, when=when))
        changes.append(
            {"by": who, "event": change.event, "outcome": change.outcome, "part": change.part, "at": change.at}
        )
    links = [Link(_("The evaluation"), url_of(kind().name, f"/evaluations/{evaluation_id}"))]
    return changed_meanwhile(" ".join(sentences), version=str(present), changes=changes, links=links)


def _telling(changes: Sequence[Change]) -> list[Change]:
    """Without the steps that an act has brought about, where the act itself is among the changes."""
    acts = {(one.by_id, one.at) for one in changes if not one.event.startswith("Step")}
    at = {moment for _by, moment in acts}
    return [
        one
        for one in changes
        if not one.event.startswith("Step")
        or ((one.by_id, one.at) not in acts and not (one.by_id is None and one.at in at))
    ]


def _part_name(evaluation: Evaluation, agreement: Agreement, part: str) -> str:
    """What a part of the evaluation is called: of a step or a form its title; empty where its kind says enough."""
    kind_of_part, _colon, name = part.partition(":")
    if kind_of_part == "form" and name in agreement.procedure.forms:
        return agreement.procedure.forms[name].title
    located = locate(evaluation, agreement, name) if kind_of_part == "step" else None
    return occasion_titled(located, agreement) if located is not None else ""
