"""Why observations were withdrawn: said wherever one stands, to whoever knows of it."""

from collections.abc import Mapping
from uuid import UUID

from services.evaluation.core.store.queries import Withdrawal, withdrawals_of
from services.evaluation.core.web.about import About
from shared.web.context import connection, district_id


def withdrawals(about: About) -> Mapping[UUID, Withdrawal]:
    """By occasion, of those the viewer knows of. One statement where there is any, none else."""
    known = {one.id for one in about.evaluation.occasions if one.status == "withdrawn"}
    if not known:
        return {}
    found = withdrawals_of(connection(), district_id(), about.evaluation.id)
    return {occasion_id: one for occasion_id, one in found.items() if occasion_id in known}
