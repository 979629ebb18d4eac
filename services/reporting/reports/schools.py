"""Schools by name, a page at a time: found along the index of names, so that a page costs the same of three or three hundred."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, text

from services.reporting.reports.counts import COLUMNS, PRESENT, Count, count_from, overdue, same


@dataclass(frozen=True)
class SchoolRow:
    """`school_id` None: people who belong to no school. `name` None: a school the directory has not told of."""

    school_id: UUID | None
    name: str | None
    count: Count


@dataclass(frozen=True)
class Wanted:
    """Which schools. `only`: these and no others. `named`: with these words in the name. `after`: the last one shown before."""

    most: int = 50
    after: UUID | None = None
    named: str = ""
    only: Sequence[UUID] | None = None

    @property
    def values(self) -> dict[str, object]:
        words = self.named.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        only = list(self.only) if self.only is not None else None
        return {"most": self.most, "after": self.after, "named": f"%{words}%", "only": only}


_LAST = "people_school a WHERE a.district_id = :district AND a.school_id = :after"
_AFTER_NAMED = (
    f"AND (p.name, p.school_id) > ((SELECT coalesce(max(a.name), chr(1114111)) FROM {_LAST}), CAST(:after AS uuid))"  # noqa: S608
)
_AFTER_NAMELESS = f"AND (c.school_id > :after OR c.school_id IS NULL OR EXISTS (SELECT 1 FROM {_LAST}))"  # noqa: S608


def page_of_schools(table: str, columns: str, conditions: str, wanted: Wanted) -> str:
    """SQL: rows of a table under the alias c, at most one a school, each with the `name`; those without a known school last.

    Who has no known school is looked for only where the named ones do not fill the page.
    """
    named, nameless = (_AFTER_NAMED, _AFTER_NAMELESS) if wanted.after else ("", "")
    only = "AND c.school_id = ANY (:only)" if wanted.only is not None else ""
    called = "AND p.name ILIKE :named" if wanted.named else ""
    return f"""
        WITH named AS (
          SELECT p.name, {columns} FROM people_school p
          CROSS JOIN LATERAL (
            SELECT * FROM {table} c
            WHERE c.district_id = p.district_id AND c.school_id = p.school_id AND {conditions} LIMIT 1) c
          WHERE p.district_id = :district {named} {only} {called}
          ORDER BY p.name, p.school_id LIMIT :most),
        nameless AS (
          SELECT NULL::text AS name, {columns} FROM {table} c
          WHERE c.district_id = :district AND {conditions} {nameless} {only} {"AND false" if wanted.named else ""}
            AND (SELECT count(*) FROM named) < :most
            AND NOT EXISTS (SELECT 1 FROM people_school p WHERE p.district_id = :district AND p.school_id = c.school_id)
          ORDER BY c.school_id LIMIT :most),
        page AS (
          SELECT * FROM named UNION ALL SELECT * FROM nameless ORDER BY name NULLS LAST, school_id NULLS LAST LIMIT :most)
        """  # noqa: S608 - SQL of our own


_AT_SCHOOL = (
    "d.district_id = :district AND d.cycle_id = :cycle AND d.scope = 'school' "
    f"AND {same('d.school_id', 'c.school_id')} AND d.evaluator_id IS NULL"
)
_UNDER_EVALUATOR = (
    "d.district_id = :district AND d.cycle_id = :cycle AND d.scope = 'evaluator' "
    f"AND {same('d.school_id', 'c.school_id')} AND d.evaluator_id = :evaluator"
)


def schools(
    connection: Connection, district_id: UUID, cycle_id: UUID, today: date, wanted: Wanted | None = None
) -> list[SchoolRow]:
    """Schools of a cycle by name, those without one last. One statement."""
    wanted = wanted or Wanted()
    here = "c.cycle_id = :cycle AND c.scope = 'school' AND c.step_key = '' AND c.evaluator_id IS NULL"
    statement = text(
        f"""
        {page_of_schools("report_step_count", f"c.school_id, {COLUMNS}", here, wanted)}
        SELECT c.*, o.overdue FROM page c CROSS JOIN LATERAL ({overdue(_AT_SCHOOL, "''")}) o
        ORDER BY c.name NULLS LAST, c.school_id NULLS LAST
        """  # noqa: S608 - SQL of our own
    )
    values = {"district": district_id, "cycle": cycle_id, "today": today, **wanted.values}
    return [SchoolRow(row.school_id, row.name, count_from(row)) for row in connection.execute(statement, values)]


def own_schools(
    connection: Connection,
    district_id: UUID,
    cycle_id: UUID,
    evaluator_id: UUID,
    today: date,
    *,
    led: Collection[UUID],
) -> list[SchoolRow]:
    """The schools at which somebody evaluates, with the counts of just that evaluator's people there. At most 100.

    `led`: those where they see more by another role; elsewhere only the evaluations that are theirs now count.
    """
    own = f"""
        SELECT c.district_id, c.school_id, {COLUMNS}, o.overdue FROM %s c CROSS JOIN LATERAL (%s) o
        WHERE c.district_id = :district AND c.cycle_id = :cycle AND c.scope = 'evaluator' AND c.step_key = ''
          AND c.evaluator_id = :evaluator AND c.evaluations + c.required > 0 AND %s
        """  # noqa: S608 - SQL of our own
    there = own % ("report_step_count", overdue(_UNDER_EVALUATOR, "''"), "c.school_id = ANY (:led)")
    elsewhere = own % (PRESENT, "SELECT c.overdue", "coalesce(c.school_id <> ALL (:led), true)")
    statement = text(
        f"""
        SELECT c.*, p.name FROM ({there} UNION ALL {elsewhere}) c
        LEFT JOIN people_school p ON p.district_id = c.district_id AND p.school_id = c.school_id
        ORDER BY p.name, c.school_id LIMIT 100
        """  # noqa: S608 - SQL of our own
    )
    values = {
        "district": district_id,
        "cycle": cycle_id,
        "evaluator": evaluator_id,
        "today": today,
        "led": list(led),
    }
    return [SchoolRow(row.school_id, row.name, count_from(row)) for row in connection.execute(statement, values)]
