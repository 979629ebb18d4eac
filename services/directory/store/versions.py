"""Versions of what is changed by hand: what somebody else changed since the sender looked is not written over."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Table, and_, select

from services.directory.refusals import StaleVersion
from services.directory.store.saving import Writing
from services.directory.store.tables import PEOPLE


def refuse_stale(writing: Writing, record: Table, key: Mapping[str, UUID], version: int | None) -> int | None:
    """Hold the row of `record` with that key in the writing's district until the transaction ends; answers its version,
    None where there is no such row. `version`: the one that was seen; another is a StaleVersion, None asks nothing."""
    changer = PEOPLE.person
    row = writing.connection.execute(
        select(record.c.version, record.c.changed_at, (changer.c.given_name + " " + changer.c.family_name).label("by"))
        .outerjoin(
            changer, and_(changer.c.district_id == record.c.district_id, changer.c.person_id == record.c.changed_by)
        )
        .where(record.c.district_id == writing.district_id, *(record.c[name] == value for name, value in key.items()))
        .with_for_update(of=record)
    ).one_or_none()
    if row is None:
        return None
    if version is not None and row.version != version:
        raise StaleVersion(row.version, row.by, row.changed_at)
    return int(row.version)
