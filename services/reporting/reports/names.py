"""Names, for the reports that may tell them: of a place, and of whom its evaluations are about. One statement for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from services.reporting.reports.places import Place


class Named(NamedTuple):
    """Whom an evaluation is about, the service that keeps it, and who evaluates now."""

    name: str
    service: str
    evaluator_id: UUID | None


@dataclass(frozen=True)
class Names:
    """`school`, `evaluator`: of the place, None where it has none or the directory has not told of it."""

    school: str | None
    evaluator: str | None
    people: Mapping[UUID, Named]
    """By evaluation."""


_NAMES = text(
    """
    SELECT 'school' AS what, school_id AS id, name, '' AS service,
      NULL::uuid AS evaluator_id FROM people_school
    WHERE district_id = :district AND school_id = :school
    UNION ALL
    SELECT 'evaluator', person_id, given_name || ' ' || family_name, '', NULL FROM people_person
    WHERE district_id = :district AND person_id = :evaluator
    UNION ALL
    SELECT 'subject', e.evaluation_id, p.given_name || ' ' || p.family_name, e.service, e.evaluator_id
    FROM report_evaluation e
    JOIN people_person p ON p.district_id = e.district_id AND p.person_id = e.subject_id
    WHERE e.district_id = :district AND e.evaluation_id = ANY (:evaluations)
    """
)


def names(connection: Connection, district_id: UUID, place: Place, evaluations: Sequence[UUID] = ()) -> Names:
    values = {"district": district_id, "evaluations": list(evaluations), **place.values}
    found = connection.execute(_NAMES, values).all()
    of_place = {row.what: row.name for row in found if row.what != "subject"}
    people = {row.id: Named(row.name, row.service, row.evaluator_id) for row in found if row.what == "subject"}
    return Names(of_place.get("school"), of_place.get("evaluator"), people)
