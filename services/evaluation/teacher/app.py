"""The teacher service: the core, for the people a district calls teachers."""

from functools import partial

from services.evaluation.core import bootstrap
from services.evaluation.core.domain.kind import Kind
from shared.people import roles

OFFICE = (roles.HR, roles.DISTRICT_ADMINISTRATOR)
KIND = Kind("teacher", (roles.TEACHER,), (roles.PRINCIPAL, roles.SITE_ADMINISTRATOR), OFFICE)
METADATA = bootstrap.METADATA
create_app = partial(bootstrap.create_app, kind=KIND, title="Teacher evaluations")
create_worker = partial(bootstrap.create_worker, kind=KIND)
