"""Where a report looks: a cycle, and in it the district, a school, or a school under one evaluator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Cycle:
    cycle_id: UUID
    title: str
    service: str


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
    """
    SELECT cycle_id, title, service FROM report_cycle WHERE district_id = :district
    ORDER BY first_opened_at DESC, cycle_id LIMIT 50
    """
)


def cycles(connection: Connection, district_id: UUID) -> Sequence[Cycle]:
    """The district's cycles, newest first; of very many the newest fifty."""
    return [Cycle(*row) for row in connection.execute(_CYCLES, {"district": district_id})]
