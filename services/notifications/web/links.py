"""Short ways from the home page into the other services, by role."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel.speaklater import LazyString

from shared.people import roles
from shared.people.viewer import Viewer
from shared.web.language import lazy_gettext as _l
from shared.web.links import url_of


@dataclass(frozen=True)
class Way:
    label: LazyString
    service: str
    path: str
    roles: tuple[str, ...]


_OVERSIGHT = (roles.HR, roles.SUPERINTENDENT, roles.DISTRICT_ADMINISTRATOR)
_EVALUATORS = (roles.PRINCIPAL, roles.SITE_ADMINISTRATOR)
_KEEPERS = (roles.SYSTEM_ADMINISTRATOR, roles.DISTRICT_ADMINISTRATOR)

WAYS: Sequence[Way] = (
    Way(_l("Your own evaluations"), "teacher", "/mine", (roles.TEACHER, roles.COUNSELOR)),
    Way(_l("The people you evaluate"), "teacher", "/people", _EVALUATORS),
    Way(_l("Cycles of the district"), "teacher", "/cycles", (roles.HR, roles.DISTRICT_ADMINISTRATOR)),
    Way(_l("Completion: how far everyone is"), "reporting", "/completion", (*_OVERSIGHT, *_EVALUATORS)),
    Way(_l("Ratings"), "reporting", "/ratings", _OVERSIGHT),
    Way(_l("Levels by component of the rubric"), "reporting", "/rubric", (roles.SUPERINTENDENT,)),
    Way(_l("Audit of the procedure"), "reporting", "/audit", (roles.UNION_REPRESENTATIVE, roles.SUPERINTENDENT)),
    Way(_l("Import of the roster"), "directory", "/imports", _KEEPERS),
    Way(_l("People and their roles"), "directory", "/people", _KEEPERS),
    Way(_l("School calendars"), "directory", "/calendars", _KEEPERS),
    Way(_l("Settings of the district"), "directory", "/settings", _KEEPERS),
)

_BY_PLACE = {(way.service, way.path): way for way in WAYS}
_WITHOUT_TURNS: Sequence[tuple[tuple[str, ...], LazyString, Way]] = (
    (
        (roles.HR,),
        _l("A year of evaluations begins with a cycle; who evaluates whom is named on its board."),
        _BY_PLACE["teacher", "/cycles"],
    ),
    (
        (roles.SUPERINTENDENT,),
        _l(
            "No step of an evaluation is yours. How far everyone is stands under completion; ratings are published once "
            "a cycle is nearly through."
        ),
        _BY_PLACE["reporting", "/completion"],
    ),
    (
        _KEEPERS,
        _l(
            "No step of an evaluation is yours. Next: import the roster when staff change, and keep the calendar of the "
            "coming school year."
        ),
        _BY_PLACE["directory", "/imports"],
    ),
)


def ways_for(viewer: Viewer) -> list[tuple[str, str]]:
    """(label, address) of the places this person's roles make likely."""
    return [(str(way.label), url_of(way.service, way.path)) for way in WAYS if viewer.has(*way.roles)]


def without_turns(viewer: Viewer) -> tuple[str, str, str] | None:
    """For those of whom no agreement asks anything by a date: (what comes next, a way on, its address)."""
    if viewer.has(roles.TEACHER, roles.COUNSELOR, *_EVALUATORS):
        return None
    for held, said, way in _WITHOUT_TURNS:
        if viewer.has(*held):
            return str(said), str(way.label), url_of(way.service, way.path)
    return None
