"""What the office's templates say: choices of forms, addresses of a narrowed board, rules of an agreement in words."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.evaluation.core.domain.agreement import DueAfter, DueOn, Step, Track
from services.evaluation.core.store.agreement_store import RatifiedAgreement
from services.evaluation.core.store.candidates import Candidate
from services.evaluation.core.web.wording import DUTIES
from shared.web.language import gettext as _
from shared.web.language import ngettext
from shared.web.paging import this_page
from shared.web.wording import day

Option = tuple[str, str] | tuple[str, str, str]


def words_for_the_office() -> dict[str, Any]:
    """For the blueprint's context processor."""
    return {
        "agreement_options": agreement_options,
        "candidate_options": candidate_options,
        "due_rule": due_rule,
        "duties": DUTIES,
        "signers": signers,
        "sorted_by": sorted_by,
        "track_options": track_options,
    }


def agreement_options(choices: Iterable[RatifiedAgreement]) -> list[Option]:
    return [
        (
            one.content_hash,
            one.title,
            _("In force from %(day)s; content %(hash)s", day=day(one.in_force_from), hash=one.content_hash[:12]),
        )
        for one in choices
    ]


def track_options(tracks: Iterable[Track]) -> list[Option]:
    return [(track.id, track.title) for track in tracks]


def candidate_options(candidates: Iterable[Candidate]) -> list[Option]:
    return [(str(one.person_id), f"{one.name}, {one.school}" if one.school else one.name) for one in candidates]


def signers(signatures: Iterable[dict[str, str]]) -> str:
    """ "A. Rivera for the association on 12 June 2026; …"."""
    return "; ".join(
        _("%(name)s for %(party)s on %(on)s", name=one["name"], party=one["party"], on=one["on"]) for one in signatures
    )


def due_rule(step: Step, siblings: Sequence[Step]) -> str:
    """When a step is due, as the agreement says it."""
    said = _due_rule(step, siblings)
    if step.unsigned is None:
        return said
    who = str(DUTIES[step.unsigned])
    return str(_("%(due)s; from then on %(who)s may note that it was not signed", due=said, who=who))


def _due_rule(step: Step, siblings: Sequence[Step]) -> str:
    if isinstance(step.due, DueOn):
        return str(_("%(month)s/%(day)s of the cycle's year", month=step.due.month, day=step.due.day))
    if isinstance(step.due, DueAfter):
        after = step.due.step
        title = next((one.title for one in siblings if one.id == after), after)
        return str(ngettext("1 day after “%(title)s”", "%(num)s days after “%(title)s”", step.due.days, title=title))
    return str(_("no date in the agreement"))


def sorted_by(sort: str) -> str:
    """The board as it is narrowed now, in another order."""
    return this_page(sort=sort, page=None)
