"""Who may see which report: by role at the door of a page, by relation within it."""

from dataclasses import replace
from uuid import UUID

from services.reporting.reports.places import Place
from shared.people.roles import (
    DISTRICT_ADMINISTRATOR,
    HR,
    PRINCIPAL,
    SITE_ADMINISTRATOR,
    SUPERINTENDENT,
    UNION_REPRESENTATIVE,
)
from shared.people.viewer import Viewer

OFFICE = (HR, SUPERINTENDENT, DISTRICT_ADMINISTRATOR)
"""See every school."""
BOARD = (*OFFICE, PRINCIPAL, SITE_ADMINISTRATOR)
"""The completion board: the office all of it, a principal the own school, and each the people they evaluate;
whom somebody evaluated formerly is no longer theirs."""
RATINGS = OFFICE
"""Published figures about ratings. Not principals: who knows one school's ratings could take them off the district's."""
AUDIT = (UNION_REPRESENTATIVE, *OFFICE)
"""The audit of the procedure. The office sees what the union sees."""


def sees_everything(viewer: Viewer) -> bool:
    """Whether the viewer sees the whole district's board."""
    return viewer.has(*OFFICE)


def as_seen(viewer: Viewer, place: Place) -> Place | None:
    """What of this place's completion the viewer may see, with names: all of it, as an evaluator what is theirs now, or None."""
    if sees_everything(viewer):
        return place
    if place.scope != "district" and place.school_id in viewer.schools_as(PRINCIPAL):
        return place
    theirs = place.scope == "evaluator" and place.evaluator_id == viewer.person_id
    return replace(place, present=True) if theirs else None


def may_open(viewer: Viewer, evaluator_id: UUID | None) -> bool:
    """Whether the viewer may open an evaluation that this person evaluates now. The service that keeps it decides; here it
    says whether a link to it would land. Who is no more than its superintendent or its principal sees the counts alone."""
    return viewer.has(HR, DISTRICT_ADMINISTRATOR) or evaluator_id == viewer.person_id
