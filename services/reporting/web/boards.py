"""The completion board and the audit of one place, gathered for pages and API alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.reporting.reports.completion import (
    EvaluatorRow,
    PersonRow,
    evaluators,
    people,
)
from services.reporting.reports.counts import Steps, step_counts
from services.reporting.reports.places import Cycle, Place
from services.reporting.reports.schools import SchoolRow, Wanted, own_schools, schools
from services.reporting.web.asked import PAGE, today
from shared.people.roles import PRINCIPAL
from shared.people.viewer import Viewer
from shared.web.context import connection, district_id


@dataclass(frozen=True)
class Board:
    """One place of a cycle. Of `schools`, `evaluators` and `people` just what stands below the place is filled.

    `more`: the id (of a school) or mark (of an evaluation) after which the list goes on; None where it ends here.
    """

    cycle: Cycle
    place: Place
    steps: Steps
    schools: Sequence[SchoolRow] = ()
    evaluators: Sequence[EvaluatorRow] = ()
    people: Sequence[PersonRow] = ()
    more: UUID | str | None = None
    named: str = ""
    """The words that the names of `schools` were asked to hold."""


SCHOOLS = 6
"""Schools beneath the district's own table; of more there is a next page, and a field to find one by name."""


def district_board(cycle: Cycle, after: UUID | None, named: str = "", size: int = SCHOOLS) -> Board:
    """Two queries."""
    place, day = Place(cycle.cycle_id), today()
    steps = step_counts(connection(), district_id(), place, day)
    rows = schools(connection(), district_id(), cycle.cycle_id, day, Wanted(size + 1, after, named))
    more = rows[size - 1].school_id if len(rows) > size else None
    return Board(cycle, place, steps, schools=rows[:size], more=more, named=named)


def school_board(cycle: Cycle, place: Place, *, by_name: bool) -> Board:
    """Two queries."""
    day = today()
    steps = step_counts(connection(), district_id(), place, day)
    rows = evaluators(connection(), district_id(), place, day, by_name=by_name)
    return Board(cycle, place, steps, evaluators=rows)


def evaluator_board(cycle: Cycle, place: Place, after: str | None, *, by_name: bool) -> Board:
    """Two queries."""
    day = today()
    steps = step_counts(connection(), district_id(), place, day)
    rows = people(connection(), district_id(), place, day, by_name=by_name, after=after, most=PAGE + 1)
    more = rows[PAGE - 1].mark if len(rows) > PAGE else None
    return Board(cycle, place, steps, people=rows[:PAGE], more=more)


@dataclass(frozen=True)
class OwnBoard:
    """What somebody sees who does not see the whole district: the schools they lead, and where they evaluate."""

    cycle: Cycle
    schools: Sequence[SchoolRow]
    evaluated: Sequence[SchoolRow]


def own_board(cycle: Cycle, viewer: Viewer) -> OwnBoard:
    """Two queries at most."""
    led = viewer.schools_as(PRINCIPAL)
    day = today()
    wanted = Wanted(only=sorted(led))
    rows = schools(connection(), district_id(), cycle.cycle_id, day, wanted) if led else []
    evaluated = own_schools(connection(), district_id(), cycle.cycle_id, viewer.person_id, day, led=led)
    return OwnBoard(cycle, rows, evaluated)
