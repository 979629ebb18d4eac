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


WAYS: Sequence[Way] = (
    Way(_l("Your own evaluations"), "teacher", "/mine", (roles.TEACHER, roles.COUNSELOR)),
    Way(_l("The people you evaluate"), "teacher", "/people", (roles.PRINCIPAL, roles.SITE_ADMINISTRATOR)),
    Way(_l("Cycles of the district"), "teacher", "/cycles", (roles.HR, roles.DISTRICT_ADMINISTRATOR)),
    Way(
        _l("Reports: how far everyone is"),
        "reporting",
        "/",
        (roles.HR, roles.PRINCIPAL, roles.SUPERINTENDENT, roles.DISTRICT_ADMINISTRATOR),
    ),
    Way(_l("Audit of the procedure"), "reporting", "/audit", (roles.UNION_REPRESENTATIVE,)),
)


def ways_for(viewer: Viewer) -> list[tuple[str, str]]:
    """(label, address) of the places this person's roles make likely."""
    return [(str(way.label), url_of(way.service, way.path)) for way in WAYS if viewer.has(*way.roles)]
