"""Publishing figures about ratings: once for each cycle and agreement, so that two days' pages have no difference to read.

A series (the results of one cycle under one agreement) is published when nine in ten of its evaluations have been
delivered and none has been opened for two months, so that those who begin first are not taken for the whole; or when for
half a year nothing has been opened or delivered at all. In either case with the minimum of results at least. What is
published are the results delivered up to that moment. Later ones, and later changes, are in no figure.

An evaluation that the district office ended early by then counts neither among the evaluations nor among the results, even
where its summative had been sent: nobody brought it to its end (no signature, no answer, no close), and one that was begun
by mistake says nothing about anyone. Ended later it stays in what has been published: a figure never changes.

What has been published is kept through a replay, with the minimum it was published with: the setting holds for what is
published later. The moment is read off the events' own times and the figures off the results, so that the same is published
in whatever order they came. A day passes between the moment and the publication, and the worker publishes only when it has
read all there is, so that no result is on its way any more.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine, and_, bindparam, exists, func, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from services.reporting.marks import Marks
from services.reporting.store import results_tables as t
from services.reporting.store.process_tables import evaluation
from services.reporting.suppression import Figures, Row, publish
from shared import logs
from shared.db import transaction
from shared.inbox.batch import share_inbox

SHARE = (9, 10)
"""Of the evaluations of a series, how many must have been delivered."""
SINCE_OPENING = timedelta(days=60)
QUIET = timedelta(days=180)
SETTLED = timedelta(days=1)
FINAL = ""
"""The subject of the table of final levels; every other table's subject is a component."""
NOT_APPLICABLE = -1
_NO_SCHOOL = "none"

log = logs.get(__name__)


class Series(NamedTuple):
    district_id: UUID
    cycle_id: UUID
    agreement_hash: str


def release_due(
    engine: Engine, marks: Marks, *, minimum: int, now: datetime, read_all: Callable[[Connection], bool]
) -> int:
    """Publish every series that is due; answers how many. `engine`: of the role worker. `read_all`: whether everything
    on the bus has been applied, asked in the transaction that publishes; no replay can start within it."""
    with transaction(engine, None) as connection:
        waiting = [Series(*row) for row in connection.execute(_UNPUBLISHED)]
    published = 0
    for series in waiting:
        with transaction(engine, series.district_id) as connection:
            share_inbox(connection)
            if not read_all(connection):
                break
            published += release(connection, marks, series, minimum=minimum, now=now)
    return published


def release(connection: Connection, marks: Marks, series: Series, *, minimum: int, now: datetime) -> bool:
    """Publish one series where it is due; answers whether it was."""
    cut = _cut(connection, series, minimum)
    scales = _scales(connection, series)
    if cut is None or cut + SETTLED > now or scales is None:
        return False
    final = _final_levels(connection, series, cut, scales[FINAL])
    tables = {FINAL: final, **_components(connection, series, cut, scales)}
    keys = {"district_id": series.district_id, "cycle_id": series.cycle_id, "agreement_hash": series.agreement_hash}
    included = sum(sum(levels) for levels in final.values())
    fresh = upsert(t.release).values(**keys, cut_at=cut, minimum=minimum, included=included, schools=len(final))
    if connection.execute(fresh.on_conflict_do_nothing().returning(t.release.c.cycle_id)).one_or_none() is None:
        return False  # another worker was first
    rows = []
    for subject, table in tables.items():
        by_lot = {school for school in table if marks.drawn(*keys.values(), subject, school)}
        figures = publish(table, minimum, by_lot)
        lowest = _lowest(table, scales[subject])
        rows += [{**keys, "subject": subject, **cell} for cell in _cells(figures, lowest)]
    if rows:
        connection.execute(insert(t.release_cell), rows)
    log.info("released", district=str(series.district_id), cycle=str(series.cycle_id), included=included)
    return True


_UNPUBLISHED = select(t.series.c.district_id, t.series.c.cycle_id, t.series.c.agreement_hash).where(
    ~select(t.release.c.cut_at)
    .where(
        t.release.c.district_id == t.series.c.district_id,
        t.release.c.cycle_id == t.series.c.cycle_id,
        t.release.c.agreement_hash == t.series.c.agreement_hash,
    )
    .exists()
)

_CUT = text(
    """
    WITH ended AS (
      SELECT e.ended_early_at AS at, (SELECT count(*) FROM report_result r WHERE r.district_id = e.district_id
        AND r.evaluation_id = e.evaluation_id AND r.sequence = 1) AS delivered
      FROM report_evaluation e WHERE e.district_id = :district AND e.cycle_id = :cycle AND e.agreement_hash = :agreement
        AND e.ended_early_at IS NOT NULL
    ), told AS (
      SELECT opened_at AS at, 1 AS opened, 0 AS delivered FROM report_evaluation
      WHERE district_id = :district AND cycle_id = :cycle AND agreement_hash = :agreement
      UNION ALL
      SELECT delivered_at, 0, 1 FROM report_result
      WHERE district_id = :district AND cycle_id = :cycle AND agreement_hash = :agreement AND sequence = 1
      UNION ALL
      SELECT at, -1, -delivered FROM ended
    ), moments AS (
      SELECT at, sum(opened) AS opened, sum(delivered) AS delivered, bool_or(opened > 0) AS opens FROM told GROUP BY at
    ), standing AS (
      SELECT at, sum(opened) OVER through AS opened, sum(delivered) OVER through AS delivered,
        greatest(at, max(at) FILTER (WHERE opens) OVER through + :since_opening) AS settled, at + :quiet AS quiet,
        lead(at) OVER through AS until
      FROM moments WINDOW through AS (ORDER BY at)
    )
    SELECT least(
      min(settled) FILTER (WHERE delivered * :of >= opened * :share AND (until IS NULL OR settled < until)),
      min(quiet) FILTER (WHERE until IS NULL OR quiet < until)) AS cut
    FROM standing WHERE delivered >= :minimum
    """
)
"""Between two moments (an opening, a delivery, an early end) everything stands as it is, from `at` to `until`."""


def _cut(connection: Connection, series: Series, minimum: int) -> datetime | None:
    """The moment whose results are published; None while there is none. It may lie in the future."""
    share, of = SHARE
    asked = {"share": share, "of": of, "minimum": minimum, "since_opening": SINCE_OPENING, "quiet": QUIET}
    found: datetime | None = connection.execute(_CUT, {**_keys(series), **asked}).scalar_one()
    return found


def _keys(series: Series) -> dict[str, object]:
    return {"district": series.district_id, "cycle": series.cycle_id, "agreement": series.agreement_hash}


Scale = Mapping[str | None, int]
"""Level id -> place, lowest 0; None, "not applicable", stands below it."""
Table = Mapping[str, Sequence[int]]


def _scales(connection: Connection, series: Series) -> Mapping[str, Scale] | None:
    """The scale of the final level and of each component; None until the agreement is known."""
    row = connection.execute(
        select(t.agreement.c.final_levels, t.agreement.c.components).where(
            t.agreement.c.district_id == series.district_id, t.agreement.c.content_hash == series.agreement_hash
        )
    ).one_or_none()
    if row is None:
        return None
    components = {one["component_id"]: _places(one["scale"]) for one in row.components}
    return {FINAL: _places(row.final_levels), **components}


def _places(levels: Sequence[Mapping[str, str]]) -> Scale:
    return {None: NOT_APPLICABLE, **{level["level_id"]: place for place, level in enumerate(levels)}}


_INCLUDED = (
    select(t.result.c.evaluation_id, t.result.c.sequence, t.result.c.school_id, t.result.c.final_level)
    .ext(distinct_on(t.result.c.evaluation_id))
    .where(
        t.result.c.district_id == bindparam("district"),
        t.result.c.cycle_id == bindparam("cycle"),
        t.result.c.agreement_hash == bindparam("agreement"),
        t.result.c.delivered_at <= bindparam("cut"),
        ~exists().where(
            evaluation.c.district_id == t.result.c.district_id,
            evaluation.c.evaluation_id == t.result.c.evaluation_id,
            evaluation.c.ended_early_at <= bindparam("cut"),
        ),
    )
    .order_by(t.result.c.evaluation_id, t.result.c.sequence.desc())
    .cte("included")
)
"""The results that are published: of each evaluation that was not ended early by the cut, the delivery then in force."""
_FINAL_LEVELS = select(
    _INCLUDED.c.school_id, _INCLUDED.c.final_level.label("level"), func.count().label("people")
).group_by(_INCLUDED.c.school_id, _INCLUDED.c.final_level)
_RATINGS = (
    select(t.rating.c.component_id, _INCLUDED.c.school_id, t.rating.c.level, func.count().label("people"))
    .join(
        t.rating,
        and_(
            t.rating.c.district_id == bindparam("district"),
            t.rating.c.evaluation_id == _INCLUDED.c.evaluation_id,
            t.rating.c.sequence == _INCLUDED.c.sequence,
        ),
    )
    .group_by(t.rating.c.component_id, _INCLUDED.c.school_id, t.rating.c.level)
)


def _final_levels(connection: Connection, series: Series, cut: datetime, scale: Scale) -> Table:
    rows = connection.execute(_FINAL_LEVELS, {**_keys(series), "cut": cut})
    return _table([(row.school_id, row.level, row.people) for row in rows], scale)


def _components(
    connection: Connection, series: Series, cut: datetime, scales: Mapping[str, Scale]
) -> Mapping[str, Table]:
    found: dict[str, list[tuple[UUID | None, str | None, int]]] = {}
    for row in connection.execute(_RATINGS, {**_keys(series), "cut": cut}):
        found.setdefault(row.component_id, []).append((row.school_id, row.level, row.people))
    return {component: _table(rows, scales[component]) for component, rows in sorted(found.items())}


def _table(rows: Sequence[tuple[UUID | None, str | None, int]], scale: Scale) -> Table:
    """School -> people by level. Where anybody's level is "not applicable" that stands below the lowest."""
    below = 1 if any(level is None for _, level, _ in rows) else 0
    table: dict[str, list[int]] = {}
    for school_id, level, people in rows:
        levels = table.setdefault(str(school_id or _NO_SCHOOL), [0] * (len(scale) - 1 + below))
        levels[scale[level] + below] += people
    return table


def _lowest(table: Table, scale: Scale) -> int:
    """The place of a table's first column."""
    width = len(next(iter(table.values()), ()))
    return NOT_APPLICABLE if width == len(scale) else 0


def _cells(figures: Figures, lowest: int) -> list[dict[str, object]]:
    parts: dict[str, Row] = {"district": figures.whole, "others": figures.others, **figures.groups}
    return [
        {"part": part, "first": span.first + lowest, "last": span.last + lowest, "people": people}
        for part, row in parts.items()
        for span, people in row
    ]
