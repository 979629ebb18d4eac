"""The head of a page leads only to where somebody finds something."""

from uuid import UUID

import pytest

from shared.people import roles
from shared.people.viewer import RoleAt, Viewer
from shared.web.navigation import PLACES

ID = UUID(int=1)
HOME, EVALUATIONS, REPORTS, DISTRICT = "notifications", "teacher", "reporting", "directory"


@pytest.mark.parametrize(
    ("held", "places"),
    [
        ((), [HOME, EVALUATIONS]),
        ((roles.TEACHER,), [HOME, EVALUATIONS]),
        ((roles.TEACHER, roles.UNION_REPRESENTATIVE), [HOME, EVALUATIONS, REPORTS]),
        ((roles.PRINCIPAL,), [HOME, EVALUATIONS, REPORTS]),
        ((roles.HR,), [HOME, EVALUATIONS, REPORTS, DISTRICT]),
        ((roles.SUPERINTENDENT,), [HOME, REPORTS]),
        ((roles.SYSTEM_ADMINISTRATOR,), [HOME, DISTRICT]),
        ((roles.SYSTEM_ADMINISTRATOR, roles.TEACHER), [HOME, EVALUATIONS, DISTRICT]),
        ((roles.BOARD_MEMBER,), [HOME]),
    ],
    ids=lambda value: "+".join(value) or "nobody's role" if isinstance(value, tuple) else None,
)
def test_places_by_role(held: tuple[str, ...], places: list[str]) -> None:
    viewer = Viewer(ID, ID, ID, "A", "B", "North", "UTC", tuple(RoleAt(role, None) for role in held))
    assert [place.service for place in PLACES if place.leads(viewer)] == places
