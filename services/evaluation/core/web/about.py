"""What a page about one evaluation is built from: the evaluation as the viewer may see it, and who is who in it."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from babel.lists import format_list
from flask import url_for

from services.evaluation.core.domain.agreement import Agreement, Component
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.policy import Action, Relation, may
from services.evaluation.core.domain.sight import seen_by
from services.evaluation.core.domain.steps import Located, track_of
from services.evaluation.core.publishing import step_path
from services.evaluation.core.store.queries import Shown
from services.evaluation.core.web.acting import find, kind
from services.evaluation.core.web.told import version_told
from shared.clock import local_date
from shared.web.context import clock, viewer, zone
from shared.web.language import gettext as _
from shared.web.language import language
from shared.web.links import url_of
from shared.web.wording import moment


@dataclass(frozen=True)
class About:
    """One evaluation for one viewer. `evaluation` holds nothing that the viewer may not see; its version is the last entry
    of the record that they may."""

    shown: Shown
    evaluation: Evaluation
    agreement: Agreement
    held: frozenset[Relation]
    viewer_id: UUID
    today: date

    @property
    def whole(self) -> Hashable:
        """All that a page's words can depend on, besides the reader's language and the district's zone: the key of what
        is kept of it (shared.web.kept). The agreement is named by the hash of its content."""
        shown = self.shown
        names = tuple(sorted((person.int, name) for person, name in shown.people.items()))
        told = (shown.state, shown.agreement_hash, shown.cycle_title, shown.school, names)
        return told, self.viewer_id, self.held, self.today

    @property
    def version(self) -> str:
        return str(self.evaluation.version)

    @property
    def track(self) -> str:
        return track_of(self.evaluation, self.agreement).title

    @property
    def is_subject(self) -> bool:
        return Relation.SUBJECT in self.held

    @property
    def is_evaluator(self) -> bool:
        return Relation.EVALUATOR in self.held

    @property
    def subject(self) -> str:
        return self.name(self.evaluation.subject_id)

    @property
    def evaluator(self) -> str:
        return self.name(self.evaluation.evaluator_id)

    def may(self, action: Action) -> bool:
        return may(action, self.held)

    def name(self, person_id: UUID | None) -> str:
        """As the directory has it; in words where it has none."""
        if person_id is None:
            return _("nobody yet")
        return self.shown.name(person_id) or _("somebody the directory no longer names")

    def who(self, duty: str) -> str:
        """Whose duty, by name; "you" for the viewer."""
        if self.has_duty(duty):
            return _("you")
        if duty == "office":
            return _("the district office")
        if duty == "evaluator" and self.evaluation.evaluator_id is None:
            return _("the evaluator, whom the district office has yet to assign")
        return self.subject if duty == "subject" else self.evaluator

    def has_duty(self, duty: str) -> bool:
        """Whether it is for the viewer to do what that duty bearer must."""
        return Relation(duty) in self.held

    def readers(self, since: datetime | None = None) -> str:
        """Who sees what has been delivered: "You, Maria Ortiz and the district office, since Tue 12 May 2026, 14:02"."""
        people = [self.evaluation.subject_id]
        if self.evaluation.evaluator_id is not None:
            people.append(self.evaluation.evaluator_id)
        others = [self.name(one) for one in people if one != self.viewer_id]
        you = [_("you")] if self.viewer_id in people else []
        names = sentence_start(listed([*you, *others, _("the district office")]))
        return _("%(names)s, since %(when)s", names=names, when=moment(since)) if since else names

    def readers_then(self, duty: str) -> str:
        """Who sees what the viewer is writing: nobody until it is sent, then the others."""
        return _("Only you, until you send it. Then %(names)s as well.", names=self.others(duty))

    def others(self, duty: str) -> str:
        """Who reads what whoever has that duty sends: "Maria Ortiz and the district office"."""
        people = {"subject": self.evaluation.subject_id, "evaluator": self.evaluation.evaluator_id}
        others = [self.name(one) for role, one in people.items() if role != duty and one is not None]
        return listed([*others, _("the district office")])

    def holding(self, **changes: Any) -> "About":
        """The same with parts of the evaluation replaced, such as texts that this page must not show."""
        return replace(self, evaluation=replace(self.evaluation, **changes))

    def component(self, component_id: str) -> Component:
        return self.agreement.instrument.component(component_id)

    def at(self, endpoint: str, **values: Any) -> str:
        """The address of one of this evaluation's pages."""
        return url_for(endpoint, evaluation_id=self.evaluation.id, **values)

    @property
    def href(self) -> str:
        return self.at("evaluation.show")

    def step_href(self, located: Located) -> str:
        """Where a step is done or read."""
        return url_of(kind().name, step_path(self.evaluation, located))


def about(evaluation_id: UUID, action: Action = Action.READ) -> About:
    """The evaluation for a page of the viewer. Raises 404, or 403 where the viewer may see it but not do this."""
    found, agreement, held = find(evaluation_id, action)
    seen = seen_by(held, found.evaluation, agreement)
    return About(
        shown=found,
        evaluation=replace(seen, version=version_told(found.evaluation, agreement, held)),
        agreement=agreement,
        held=held,
        viewer_id=viewer().person_id,
        today=local_date(clock(), zone()),
    )


def listed(names: Sequence[str]) -> str:
    """ "Maria Ortiz, Ruth Alvarez and the district office"."""
    return format_list(list(names), style="standard", locale=language()) if names else ""


def sentence_start(text: str) -> str:
    """With a capital letter, and the rest as it is."""
    return text[:1].upper() + text[1:]
