"""Who is told what when something happens: one function an event, pure. The table of them is at the foot.

Nobody is told of a rating or of a text, nor of a link by which a password is set; the contract does not carry them. What a
message says in words is wording.py's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.contracts.directory import EmailChanged, LinkMade, PasswordSet
from shared.contracts.process import EvaluationClosed, EvaluationEndedEarly, EvaluatorAssigned, StepDone, StepOpened
from shared.contracts.registry import Event

Kind = Literal[
    "evaluator_named",
    "evaluator_changed",
    "evaluation_assigned",
    "evaluation_moved",
    "goals_agreed",
    "goals_returned",
    "observation_announced",
    "observation_moved",
    "observation_withdrawn",
    "feedback_sent",
    "summative_sent",
    "signature_asked",
    "response_filed",
    "response_waived",
    "signed",
    "signature_refused",
    "signature_lacking",
    "evaluation_closed",
    "evaluation_ended_early",
    "link_made",
    "link_made_by_operator",
    "password_set_by_link",
    "password_set_by_operators_link",
    "password_changed",
    "email_changed",
    "email_changed_by_operator",
]
DOCUMENTS: Sequence[Kind] = ("observation_announced", "observation_moved", "feedback_sent", "summative_sent")
"""What tells of something to read: its entry stays unread until the thing itself is opened."""


@dataclass(frozen=True)
class Subject:
    """The evaluation a message is about. `evaluator_id`: who evaluates now, after the event."""

    evaluation_id: UUID
    service: str
    cycle_title: str
    subject_id: UUID
    evaluator_id: UUID | None

    @property
    def path(self) -> str:
        """Where the evaluation's own page is, below its service's prefix."""
        return f"/evaluations/{self.evaluation_id}"


@dataclass(frozen=True, kw_only=True)
class NewMessage:
    """One entry for one person. `about_id`: whom the sentence names. `path`: where the link lands, below the prefix.
    `to_address`: where the letter goes, None: to the address they have then."""

    recipient_id: UUID
    kind: Kind
    about_id: UUID | None
    path: str
    step_id: str | None = None
    title: str | None = None
    held_from: datetime | None = None
    held_to: datetime | None = None
    due_on: date | None = None
    clause: str | None = None
    to_address: str | None = None


def _assigned(event: Event, about: Subject) -> list[NewMessage]:
    assert isinstance(event, EvaluatorAssigned)
    first = event.previous_id is None
    told = [
        NewMessage(
            recipient_id=about.subject_id,
            kind="evaluator_named" if first else "evaluator_changed",
            about_id=event.evaluator_id,
            path=about.path,
        ),
        NewMessage(
            recipient_id=event.evaluator_id, kind="evaluation_assigned", about_id=about.subject_id, path=about.path
        ),
    ]
    if event.previous_id is not None and event.previous_id != event.evaluator_id:
        # The previous evaluator may no longer open the evaluation, so the link lands on what is still theirs.
        told.append(
            NewMessage(
                recipient_id=event.previous_id, kind="evaluation_moved", about_id=about.subject_id, path="/people"
            )
        )
    return told


def _opened(event: Event, about: Subject) -> list[NewMessage]:
    assert isinstance(event, StepOpened)
    if event.kind != "signature" or event.duty_bearer_id is None:
        return []
    other = about.evaluator_id if event.duty_bearer_id == about.subject_id else about.subject_id
    return [
        NewMessage(
            recipient_id=event.duty_bearer_id,
            kind="signature_asked",
            about_id=other,
            path=event.path,
            step_id=event.step_id,
            title=event.title,
            due_on=event.due_on,
            clause=event.clause,
        )
    ]


_TOLD_TO_SUBJECT: Mapping[tuple[str, str], Kind] = {
    ("notice", "done"): "observation_announced",
    ("notice", "moved"): "observation_moved",
    ("notice", "withdrawn"): "observation_withdrawn",
    ("feedback", "done"): "feedback_sent",
    ("summative", "done"): "summative_sent",
    ("agreement", "done"): "goals_agreed",
    ("agreement", "returned"): "goals_returned",
    ("signature", "unsigned"): "signature_lacking",
}
_TOLD_TO_EVALUATOR: Mapping[tuple[str, str], Kind] = {
    ("response", "filed"): "response_filed",
    ("response", "waived"): "response_waived",
    ("signature", "signed"): "signed",
    ("signature", "refused"): "signature_refused",
}
"""(kind of step, outcome) -> what is told. Nobody is told of other steps that lapse or are withdrawn."""


def _done(event: Event, about: Subject) -> list[NewMessage]:
    assert isinstance(event, StepDone)
    key = (event.kind, event.outcome)
    if key in _TOLD_TO_SUBJECT:
        recipient, kind = about.subject_id, _TOLD_TO_SUBJECT[key]
    elif key in _TOLD_TO_EVALUATOR and about.evaluator_id is not None:
        recipient, kind = about.evaluator_id, _TOLD_TO_EVALUATOR[key]
    else:
        return []
    # What is to be changed is the form, and that is their turn; where no response comes there is none to read.
    own_page = event.path == "/" or kind in ("goals_returned", "response_waived")
    if recipient == event.by_id:  # nobody is told what they did themselves
        return []
    return [
        NewMessage(
            recipient_id=recipient,
            kind=kind,
            about_id=event.by_id,
            path=about.path if own_page else event.path,
            step_id=event.step_id,
            title=event.title,
            held_from=event.held_from,
            held_to=event.held_to,
            clause=event.clause,
        )
    ]


def _closed(event: Event, about: Subject) -> list[NewMessage]:
    assert isinstance(event, EvaluationClosed)
    told = [
        NewMessage(recipient_id=about.subject_id, kind="evaluation_closed", about_id=about.subject_id, path=about.path)
    ]
    if about.evaluator_id is not None:
        told.append(
            NewMessage(
                recipient_id=about.evaluator_id, kind="evaluation_closed", about_id=about.subject_id, path=about.path
            )
        )
    return told


def _ended_early(event: Event, about: Subject) -> list[NewMessage]:
    assert isinstance(event, EvaluationEndedEarly)
    people = [one for one in (about.subject_id, about.evaluator_id) if one is not None and one != event.by_id]
    return [
        NewMessage(recipient_id=one, kind="evaluation_ended_early", about_id=about.subject_id, path=about.path)
        for one in people
    ]


def _link_made(event: Event) -> NewMessage:
    assert isinstance(event, LinkMade)
    kind: Kind = "link_made_by_operator" if event.made_by is None else "link_made"
    return NewMessage(recipient_id=event.person_id, kind=kind, about_id=event.made_by, path=_OWN_PAGE)


def _password_set(event: Event) -> NewMessage:
    assert isinstance(event, PasswordSet)
    kind: Kind = "password_changed"
    if event.by_link:
        kind = "password_set_by_operators_link" if event.link_made_by is None else "password_set_by_link"
    return NewMessage(recipient_id=event.person_id, kind=kind, about_id=event.link_made_by, path=_OWN_PAGE)


def _email_changed(event: Event) -> NewMessage:
    assert isinstance(event, EmailChanged)
    return NewMessage(
        recipient_id=event.person_id,
        kind="email_changed_by_operator" if event.changed_by is None else "email_changed",
        about_id=event.changed_by,
        path=_OWN_PAGE,
        held_from=event.changed_at,
        to_address=event.old_email,
    )


_OWN_PAGE = "/me"
"""The directory's page about the reader. Also for what they did themselves: it may have been somebody else in their name."""
ACCOUNT_RULES: Mapping[type[Event], Callable[[Event], NewMessage]] = {
    LinkMade: _link_made,
    PasswordSet: _password_set,
    EmailChanged: _email_changed,
}
"""What the owner of an account, and nobody else, is told about it."""
Rule = Callable[[Event, Subject], list[NewMessage]]
RULES: Mapping[type[Event], Rule] = {
    EvaluatorAssigned: _assigned,
    StepOpened: _opened,
    StepDone: _done,
    EvaluationClosed: _closed,
    EvaluationEndedEarly: _ended_early,
}
KINDS_TOLD = frozenset({kind for kind, _ in (*_TOLD_TO_SUBJECT, *_TOLD_TO_EVALUATOR)}) | {"signature"}
"""Kinds of step that anybody is ever told of; the projection looks the evaluation up for these only."""
