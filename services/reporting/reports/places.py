"""Where a report looks: a cycle, and in it the district, a school, or a school under one evaluator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Cycle:
    """`evaluations`: how many were opened in it. `stage`: what the days tell of it, one of the three below."""

    cycle_id: UUID
    title: str
    service: str
    evaluations: int
    stage: int


UNDER_WAY = 2
"""Something that has to be done in it is due today or later."""
ENDING = 1
"""Nothing is, but evaluations are open in it that began within the year: what is still to come has no day of its own."""


@dataclass(frozen=True)
class Place:
    """`school_id` None: with scope "school" or "evaluator", those who belong to no school."""

    cycle_id: UUID
    scope: Literal["district", "school", "evaluator"] = "district"
    school_id: UUID | None = None
    evaluator_id: UUID | None = None
    present: bool = False
    """With scope "evaluator": of nothing but the evaluations that are this evaluator's now. For whoever sees the place as its
    evaluator and by no other role: what they did in evaluations that are another's by now stays in the history alone."""

    @property
    def values(self) -> Mapping[str, Any]:
        return {"cycle": self.cycle_id, "scope": self.scope, "school": self.school_id, "evaluator": self.evaluator_id}

    def at(self, alias: str) -> str:
        """SQL: rows of a table of counts, under this alias, that are this place's. NULL is compared so that an index serves."""
        school = f"{alias}.school_id = :school" if self.school_id else f"{alias}.school_id IS NULL"
        evaluator = f"{alias}.evaluator_id = :evaluator" if self.evaluator_id else f"{alias}.evaluator_id IS NULL"
        return (
            f"{alias}.district_id = :district AND {alias}.cycle_id = :cycle AND {alias}.scope = :scope "
            f"AND {school} AND {evaluator}"
        )


_CYCLES = text(
    f"""
    SELECT c.cycle_id, c.title, c.service, coalesce(n.evaluations, 0),
      CASE WHEN EXISTS (
          SELECT 1 FROM report_step_due d
          WHERE d.district_id = c.district_id AND d.cycle_id = c.cycle_id AND d.scope = 'district' AND d.school_id IS NULL
            AND d.evaluator_id IS NULL AND d.step_key = '' AND d.due_on >= :today AND d.waiting > 0) THEN {UNDER_WAY}
        WHEN n.evaluations > n.closed + n.ended_early AND c.first_opened_at > CAST(:today AS date) - INTERVAL '1 year'
          THEN {ENDING} ELSE 0 END
    FROM report_cycle c
    LEFT JOIN report_step_count n ON n.district_id = c.district_id AND n.cycle_id = c.cycle_id AND n.scope = 'district'
      AND n.school_id IS NULL AND n.evaluator_id IS NULL AND n.step_key = ''
    WHERE c.district_id = :district
    ORDER BY c.first_opened_at DESC, c.cycle_id LIMIT 50
    """  # noqa: S608 - SQL of our own
)


def cycles(connection: Connection, district_id: UUID, today: date) -> Sequence[Cycle]:
    """The district's cycles, newest first; of very many the newest fifty. One statement."""
    return [Cycle(*row) for row in connection.execute(_CYCLES, {"district": district_id, "today": today})]


def main_cycle(found: Sequence[Cycle]) -> Cycle | None:
    """The one that reports open on: of those under way the one with the most evaluations, for a small one beside it may be
    newer; else the newest. `found`: newest first."""
    for stage in (UNDER_WAY, ENDING):
        reached = [one for one in found if one.stage == stage]
        if reached:
            return max(reached, key=lambda one: one.evaluations)
    return next(iter(found), None)
