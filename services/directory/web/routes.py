"""Everything the directory answers: blueprints, and who may use each endpoint. One list; the policy holds it total."""

from collections.abc import Sequence

import flask_smorest
from flask import Blueprint

from services.directory.web import calendars, district, imports, me, people, schools, sign_in
from services.directory.web.api import imports as imports_api
from services.directory.web.api import me as me_api
from services.directory.web.api import people as people_api
from services.directory.web.api import places as places_api
from shared.web.access import Policy

_PAGES = (sign_in, me, district, people, schools, calendars, imports)
_APIS = (me_api, people_api, places_api, imports_api)
POLICY = Policy({endpoint: rule for part in (*_PAGES, *_APIS) for endpoint, rule in part.RULES.items()})


def pages() -> Sequence[Blueprint]:
    return tuple(part.make() for part in _PAGES)


def api_blueprints() -> Sequence[flask_smorest.Blueprint]:
    return (
        me_api.sessions,
        me_api.me,
        people_api.people,
        places_api.schools,
        places_api.calendars,
        places_api.district,
        imports_api.imports,
    )
