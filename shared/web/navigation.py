"""What stands at the head of every page: the places a person may go, by their roles. One list for all services, so that
moving between them feels like one house."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from flask_babel.speaklater import LazyString

from shared.people import roles
from shared.people.viewer import Viewer
from shared.web.language import lazy_gettext as _l
from shared.web.links import url_of

_OFFICE = (roles.HR, roles.SUPERINTENDENT, roles.DISTRICT_ADMINISTRATOR)
_WITHOUT_EVALUATION = (roles.SUPERINTENDENT, roles.SYSTEM_ADMINISTRATOR, roles.BOARD_MEMBER)
_REPORTS = (*_OFFICE, roles.PRINCIPAL, roles.SITE_ADMINISTRATOR, roles.UNION_REPRESENTATIVE)


@dataclass(frozen=True)
class Place:
    service: str
    path: str
    label: LazyString
    roles: tuple[str, ...] = ()
    """Empty: for everyone."""
    not_for: tuple[str, ...] = ()
    """Who holds these roles and no other finds nothing there."""

    def leads(self, viewer: Viewer) -> bool:
        held = {one.role for one in viewer.roles}
        return (not self.roles or viewer.has(*self.roles)) and not (held and held <= set(self.not_for))


PLACES: Sequence[Place] = (
    Place("notifications", "/", _l("Home")),
    Place("teacher", "/", _l("Evaluations"), not_for=_WITHOUT_EVALUATION),
    Place("reporting", "/", _l("Reports"), _REPORTS),
    Place("directory", "/", _l("District"), (roles.HR, roles.DISTRICT_ADMINISTRATOR, roles.SYSTEM_ADMINISTRATOR)),
)


@dataclass(frozen=True)
class Shown:
    label: str
    href: str
    here: bool


def places_for(viewer: Viewer | None) -> list[Shown]:
    """The places this viewer sees, the present service marked."""
    if viewer is None:
        return []
    return [
        Shown(str(place.label), url_of(place.service, place.path), request.script_root == url_of(place.service, ""))
        for place in PLACES
        if place.leads(viewer)
    ]
