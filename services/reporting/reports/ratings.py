"""How final levels and component levels are spread: what has been published of them, and how far the results have come.

Levels are read from what was published alone (releases); results themselves are read only to count how many there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from services.reporting.releases import FINAL


@dataclass(frozen=True)
class Series:
    """The results of one cycle under one agreement, and what has been published of them."""

    cycle_id: UUID
    agreement_hash: str
    cycle: str
    agreement: str
    final_levels: tuple[str, ...]
    """Labels, lowest first."""
    components: tuple["Component", ...]
    cut_at: datetime | None
    """Results delivered up to then are published; None: nothing is yet."""
    minimum: int | None
    included: int | None
    schools: int | None

    @property
    def key(self) -> str:
        """Its name in an address."""
        return f"{self.cycle_id}.{self.agreement_hash}"


@dataclass(frozen=True)
class Component:
    component_id: str
    title: str
    levels: tuple[str, ...]


class Class(NamedTuple):
    """Levels counted together, by place in the scale; first and last inclusive; -1 is "not applicable"."""

    first: int
    last: int
    people: int
    percent: int


@dataclass(frozen=True)
class PublishedRow:
    """What is published of one table. `part`: "district", "others", or a school's id ("none": no school)."""

    part: str
    school: str | None
    classes: tuple[Class, ...]

    @property
    def people(self) -> int:
        return sum(each.people for each in self.classes)


@dataclass(frozen=True)
class Progress:
    """How many results there are at a school; at no level."""

    school_id: UUID | None
    school: str | None
    opened: int
    delivered: int
    final: int


_SERIES = text(
    """
    SELECT s.cycle_id, s.agreement_hash, coalesce(c.title, '') AS cycle, a.title AS agreement, a.final_levels, a.components,
      r.cut_at, r.minimum, r.included, r.schools
    FROM report_series s
    JOIN report_agreement a ON a.district_id = s.district_id AND a.content_hash = s.agreement_hash
    LEFT JOIN report_cycle c ON c.district_id = s.district_id AND c.cycle_id = s.cycle_id
    LEFT JOIN report_release r
      ON r.district_id = s.district_id AND r.cycle_id = s.cycle_id AND r.agreement_hash = s.agreement_hash
    WHERE s.district_id = :district
    ORDER BY s.first_delivered_at DESC, s.cycle_id, s.agreement_hash LIMIT 50
    """
)


def series(connection: Connection, district_id: UUID) -> Sequence[Series]:
    """What there are results of, newest first; of very many the newest fifty."""
    return [_series(row) for row in connection.execute(_SERIES, {"district": district_id})]


def _series(row: Any) -> Series:
    values = dict(row._mapping)
    values["final_levels"] = _labels(row.final_levels)
    values["components"] = tuple(
        Component(one["component_id"], one["title"], _labels(one["scale"])) for one in row.components
    )
    return Series(**values)


def _labels(levels: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(level["label"] for level in levels)


_CELLS = text(
    """
    SELECT c.subject, c.part, p.name AS school, c.first, c.last, c.people
    FROM report_release_cell c
    LEFT JOIN people_school p ON p.district_id = c.district_id AND p.school_id::text = c.part
    WHERE c.district_id = :district AND c.cycle_id = :cycle AND c.agreement_hash = :agreement
      AND (CAST(:subject AS text) IS NULL OR c.subject = :subject) AND (CAST(:part AS text) IS NULL OR c.part = :part)
    ORDER BY c.subject, array_position(ARRAY['district', 'others'], c.part), p.name, c.part, c.first
    """
)


def final_levels(connection: Connection, district_id: UUID, of: Series) -> Sequence[PublishedRow]:
    """The final levels: the district, the schools shown alone by name, the others as one."""
    return _rows(connection, district_id, of, subject=FINAL).get(FINAL, [])


def component_levels(connection: Connection, district_id: UUID, of: Series, part: str) -> Mapping[str, PublishedRow]:
    """Component -> how its levels are spread in the district, at a school shown alone, or at the others as one."""
    found = _rows(connection, district_id, of, part=part)
    return {subject: rows[0] for subject, rows in found.items() if subject != FINAL}


def everything(connection: Connection, district_id: UUID, of: Series) -> Mapping[str, Sequence[PublishedRow]]:
    """Subject -> rows: all that is published of a series."""
    return _rows(connection, district_id, of)


def _rows(
    connection: Connection, district_id: UUID, of: Series, *, subject: str | None = None, part: str | None = None
) -> dict[str, list[PublishedRow]]:
    values = {"district": district_id, "cycle": of.cycle_id, "agreement": of.agreement_hash}
    cells: dict[tuple[str, str, str | None], list[tuple[int, int, int]]] = {}
    for row in connection.execute(_CELLS, {**values, "subject": subject, "part": part}):
        cells.setdefault((row.subject, row.part, row.school), []).append((row.first, row.last, row.people))
    rows: dict[str, list[PublishedRow]] = {}
    for (about, place, school), classes in cells.items():
        total = sum(people for _, _, people in classes)
        shown = tuple(Class(first, last, people, _percent(people, total)) for first, last, people in classes)
        rows.setdefault(about, []).append(PublishedRow(place, school, shown))
    for found in rows.values():
        found.sort(key=lambda row: {"district": 0, "others": 2}.get(row.part, 1))
    return rows


def _percent(part: int, whole: int) -> int:
    return (200 * part + whole) // (2 * whole)


_SCHOOLS = text(
    """
    SELECT DISTINCT c.part, p.name FROM report_release_cell c
    JOIN people_school p ON p.district_id = c.district_id AND p.school_id::text = c.part
    WHERE c.district_id = :district AND c.cycle_id = :cycle AND c.agreement_hash = :agreement AND c.subject <> ''
    ORDER BY p.name, c.part
    """
)


def schools_shown(connection: Connection, district_id: UUID, of: Series) -> Sequence[tuple[str, str]]:
    """(part, name) of the schools shown alone for any component."""
    values = {"district": district_id, "cycle": of.cycle_id, "agreement": of.agreement_hash}
    return [(row.part, row.name) for row in connection.execute(_SCHOOLS, values)]


_PROGRESS = text(
    """
    SELECT o.school_id, p.name AS school, o.opened, coalesce(r.delivered, 0), coalesce(r.final, 0)
    FROM report_evaluation_count o
    LEFT JOIN report_result_count r ON r.district_id = o.district_id AND r.cycle_id = o.cycle_id
      AND r.agreement_hash = o.agreement_hash AND r.school_id IS NOT DISTINCT FROM o.school_id
    LEFT JOIN people_school p ON p.district_id = o.district_id AND p.school_id = o.school_id
    WHERE o.district_id = :district AND o.cycle_id = :cycle AND o.agreement_hash = :agreement
    ORDER BY p.name, o.school_id
    """
)


def progress(connection: Connection, district_id: UUID, of: Series) -> Sequence[Progress]:
    """How many results of each school have been delivered and are final."""
    values = {"district": district_id, "cycle": of.cycle_id, "agreement": of.agreement_hash}
    return [Progress(*row) for row in connection.execute(_PROGRESS, values)]
