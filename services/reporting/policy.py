"""Who may see which report: by role at the door of a page, by relation within it."""

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
"""The completion board: the office all of it, a principal the own school, and each the people they evaluate."""
RATINGS = OFFICE
"""Published figures about ratings. Not principals: who knows one school's ratings could take them off the district's."""
AUDIT = (UNION_REPRESENTATIVE, *OFFICE)
"""The audit of the procedure. The office sees what the union sees."""


def sees_everything(viewer: Viewer) -> bool:
    """Whether the viewer sees the whole district's board."""
    return viewer.has(*OFFICE)


def may_see(viewer: Viewer, place: Place) -> bool:
    """Whether the viewer may see the completion of this place, with names."""
    if sees_everything(viewer):
        return True
    if place.scope != "district" and place.school_id in viewer.schools_as(PRINCIPAL):
        return True
    return place.scope == "evaluator" and place.evaluator_id == viewer.person_id
