"""What was delivered to the subject, and the moment they first open it.

Opening is told by a page view of the subject's own: a GET that shows the words to the signed-in person. It is the one GET
that writes, because a button "I have read it" would tell less. What a browser fetches ahead of a click (Sec-Purpose:
prefetch), asks for with HEAD, or loads for another page than a person's window is not a reading, and scanners of mail
carry no session. Opening again changes nothing.
"""

from collections.abc import Iterable

from flask import request

from services.evaluation.core.domain import sight
from services.evaluation.core.domain.commands import OpenDocument
from services.evaluation.core.domain.policy import Action
from services.evaluation.core.domain.sight import unopened
from services.evaluation.core.domain.steps import Located
from services.evaluation.core.web.about import About, about
from services.evaluation.core.web.acting import carry_out
from shared.web.context import writing


def is_unread(present: About, key: str) -> bool:
    """Whether this document was delivered and the subject has not opened it."""
    return any(located.key == key for located in unopened(present.evaluation, present.agreement))


def without_unopened(present: About) -> About:
    """For pages other than a document's own: what the subject has yet to open is read there, where it is noted."""
    if not present.is_subject:
        return present
    kept = sight.without_unopened(present.evaluation, present.agreement)
    return present.holding(occasions=kept.occasions, summative=kept.summative)


def a_person_reads() -> bool:
    """Whether this request shows a page to a person's eyes."""
    purpose = request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    shown_in = request.headers.get("Sec-Fetch-Dest", "document")
    return request.method == "GET" and "prefetch" not in purpose and shown_in == "document"


def opened(present: About, documents: Iterable[Located]) -> About:
    """The evaluation after the viewer, if they are its subject, has opened these documents. Where no person reads what
    is asked for, their texts are left out of it."""
    waiting = {located.key for located in unopened(present.evaluation, present.agreement)}
    new = waiting & {located.key for located in documents}
    if not (present.is_subject and new):
        return present
    if not a_person_reads():
        return without_unopened(present)
    with writing():
        for key in sorted(new):
            command = OpenDocument(evaluation_id=present.evaluation.id, actor_id=present.viewer_id, step=key)
            carry_out(command, Action.WRITE_AS_SUBJECT)
    return about(present.evaluation.id)
