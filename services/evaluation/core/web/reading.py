"""What was delivered to the subject, and the moment they first open it.

Opening is told by a page view of the subject's own: a GET that shows the words to the signed-in person. It is the one GET
that writes, because a button "I have read it" would tell less. What a browser fetches ahead of a click (Sec-Purpose:
prefetch), asks for with HEAD, or loads for another page than a person's window is not a reading, and scanners of mail
carry no session. Opening again changes nothing.
"""

from collections.abc import Iterable
from dataclasses import replace

from flask import request

from services.evaluation.core.domain.commands import OpenDocument
from services.evaluation.core.domain.policy import Action
from services.evaluation.core.domain.steps import Located, all_steps
from services.evaluation.core.web.about import About, about
from services.evaluation.core.web.acting import carry_out
from shared.web.context import writing

DOCUMENTS = ("notice", "feedback", "summative")
"""Kinds of steps that deliver something to read."""


def unread(present: About) -> list[Located]:
    """What has been delivered and the subject has not opened yet, in the agreement's order."""
    return [
        located
        for located in all_steps(present.evaluation, present.agreement)
        if located.step.kind in DOCUMENTS
        and (state := present.evaluation.steps.get(located.key)) is not None
        and state.status == "done"
        and state.read_at is None
    ]


def is_unread(present: About, key: str) -> bool:
    return any(located.key == key for located in unread(present))


def without_unopened(present: About) -> About:
    """For pages other than a document's own: what the subject has yet to open is read there, where it is noted."""
    if not present.is_subject:
        return present
    waiting = unread(present)
    kinds = {located.step.kind for located in waiting}
    unopened = {one.occasion.id for one in waiting if one.occasion is not None and one.step.kind == "feedback"}
    kept = tuple(
        replace(one, notes=(), feedback=None) if one.id in unopened else one for one in present.evaluation.occasions
    )
    summative = None if "summative" in kinds else present.evaluation.summative
    return present.holding(occasions=kept, summative=summative)


def a_person_reads() -> bool:
    """Whether this request shows a page to a person's eyes."""
    purpose = request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    shown_in = request.headers.get("Sec-Fetch-Dest", "document")
    return request.method == "GET" and "prefetch" not in purpose and shown_in == "document"


def opened(present: About, documents: Iterable[Located]) -> About:
    """The evaluation after the viewer, if they are its subject, has opened these documents."""
    new = {located.key for located in unread(present)} & {located.key for located in documents}
    if not (present.is_subject and new and a_person_reads()):
        return present
    with writing():
        for key in sorted(new):
            command = OpenDocument(evaluation_id=present.evaluation.id, actor_id=present.viewer_id, step=key)
            carry_out(command, Action.WRITE_AS_SUBJECT)
    return about(present.evaluation.id)
