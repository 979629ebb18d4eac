"""The teacher service: the core, for the people a district calls teachers."""

from functools import partial

from services.evaluation.core import bootstrap
from services.evaluation.core.domain.kind import Kind
from shared.people import roles

OFFICE = (roles.HR, roles.DISTRICT_ADMINISTRATOR)
KIND = Kind("teacher", (roles.TEACHER,), (roles.PRINCIPAL, roles.SITE_ADMINISTRATOR), OFFICE)
METADATA, PROJECTIONS = bootstrap.METADATA, bootstrap.PROJECTIONS
create_app = partial(bootstrap.create_app, kind=KIND, title="Teacher evaluations")
create_consumer, create_worker = bootstrap.create_consumer, bootstrap.create_worker
