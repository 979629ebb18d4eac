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
from services.reporting.reports.counts import same
from services.reporting.reports.schools import Wanted, page_of_schools


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
    """How many results there are at a school, or in the whole district; at no level. What was ended early is in the last
    number alone, whether it had been delivered or not."""

    school_id: UUID | None
    school: str | None
    opened: int
    delivered: int
    final: int
    ended_early: int


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


_ENDED_EARLY = """
    SELECT count(*)::int AS number, count(*) FILTER (WHERE EXISTS (
      SELECT 1 FROM report_result d WHERE d.district_id = e.district_id AND d.evaluation_id = e.evaluation_id))::int AS delivered
    FROM report_evaluation e
    WHERE e.district_id = :district AND e.cycle_id = :cycle AND e.agreement_hash = :agreement AND e.ended_early_at IS NOT NULL"""
"""SQL: how many evaluations were ended early, and how many of them had been delivered."""

_TOTALS = text(
    f"""
    SELECT NULL::uuid, NULL::text, o.opened - e.number, r.delivered - e.delivered, r.final, e.number FROM
      (SELECT coalesce(sum(opened), 0)::int AS opened FROM report_evaluation_count
       WHERE district_id = :district AND cycle_id = :cycle AND agreement_hash = :agreement) o,
      (SELECT coalesce(sum(delivered), 0)::int AS delivered, coalesce(sum(final), 0)::int AS final FROM report_result_count
       WHERE district_id = :district AND cycle_id = :cycle AND agreement_hash = :agreement) r,
      ({_ENDED_EARLY}) e
    """  # noqa: S608 - SQL of our own
)


def totals(connection: Connection, district_id: UUID, of: Series) -> Progress:
    """How many results of the whole district have been delivered and are final: the sum of its schools' counts."""
    values = {"district": district_id, "cycle": of.cycle_id, "agreement": of.agreement_hash}
    return Progress(*connection.execute(_TOTALS, values).one())


def progress(connection: Connection, district_id: UUID, of: Series, wanted: Wanted | None = None) -> Sequence[Progress]:
    """How many results of each school have been delivered and are final, by the school's name."""
    wanted = wanted or Wanted()
    here = "c.cycle_id = :cycle AND c.agreement_hash = :agreement"
    statement = text(
        f"""
        {page_of_schools("report_evaluation_count", "c.school_id, c.opened", here, wanted)}
        SELECT c.school_id, c.name, c.opened - e.number, coalesce(r.delivered, 0) - e.delivered, coalesce(r.final, 0), e.number
        FROM page c
        LEFT JOIN LATERAL (
          SELECT r.delivered, r.final FROM report_result_count r
          WHERE r.district_id = :district AND r.cycle_id = :cycle AND r.agreement_hash = :agreement
            AND {same("r.school_id", "c.school_id")} LIMIT 1) r ON true
        CROSS JOIN LATERAL ({_ENDED_EARLY} AND {same("e.school_id", "c.school_id")}) e
        ORDER BY c.name NULLS LAST, c.school_id NULLS LAST
        """  # noqa: S608 - SQL of our own
    )
    values = {"district": district_id, "cycle": of.cycle_id, "agreement": of.agreement_hash, **wanted.values}
    return [Progress(*row) for row in connection.execute(statement, values)]
