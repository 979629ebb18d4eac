"""A row of a report counts steps that say the same: tracks that give a step another title or clause have a row each."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_TABLES = ("report_step", "report_step_type", "report_step_count", "report_step_due")
_TITLE = r"""
CASE WHEN step_id ~ '^[^/]+/\d+/.+$' THEN regexp_replace(title, ' ' || split_part(step_id, '/', 2) || '\: ', '\: ')
  ELSE title END
"""
_ROWS = f"""
UPDATE report_step SET step_key = step_key || '~' || left(encode(sha256(convert_to(
  {_TITLE} || chr(31) || phase || chr(31) || coalesce(clause, '') || chr(31) || duty, 'UTF8')), 'hex'), 8)
"""  # noqa: S608 - SQL of our own
_NAMES = f"""
INSERT INTO report_step_type (district_id, cycle_id, step_key, position, title, phase, clause, duty, kind)
SELECT DISTINCT ON (district_id, cycle_id, step_key) district_id, cycle_id, step_key, number, {_TITLE}, phase,
  coalesce(clause, ''), duty, kind
FROM report_step WHERE told ORDER BY district_id, cycle_id, step_key, number, kind
"""  # noqa: S608 - SQL of our own
_PLACES = """
report_step s CROSS JOIN LATERAL (VALUES ('district', NULL\\:\\:uuid, NULL\\:\\:uuid), ('school', s.school_id, NULL),
  ('evaluator', s.school_id, s.evaluator_id)) AS p (scope, at_school, with_evaluator)
"""
_COUNTS = f"""
INSERT INTO report_step_count (district_id, cycle_id, scope, school_id, evaluator_id, step_key,
  required, done, done_late, signed, refused, opened, filed)
SELECT district_id, cycle_id, scope, at_school, with_evaluator, step_key,
  count(*) FILTER (WHERE required AND state NOT IN ('lapsed', 'withdrawn')),
  count(*) FILTER (WHERE required AND state IN ('done', 'signed', 'refused', 'filed')),
  count(*) FILTER (WHERE required AND state IN ('done', 'signed', 'refused', 'filed') AND late),
  count(*) FILTER (WHERE state = 'signed'), count(*) FILTER (WHERE state = 'refused'), count(document_opened_at),
  count(*) FILTER (WHERE state = 'filed')
FROM {_PLACES} WHERE told GROUP BY 1, 2, 3, 4, 5, 6
"""  # noqa: S608 - SQL of our own
_WAITING = f"""
INSERT INTO report_step_due (district_id, cycle_id, scope, school_id, evaluator_id, step_key, due_on, waiting)
SELECT district_id, cycle_id, scope, at_school, with_evaluator, step_key, due_on, count(*)
FROM {_PLACES} WHERE told AND required AND state IN ('planned', 'open') AND due_on IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7
"""  # noqa: S608 - SQL of our own


def upgrade() -> None:
    statements = [
        *(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY" for table in _TABLES),  # the owner sees every district's
        _ROWS,
        "DELETE FROM report_step_type",
        "DELETE FROM report_step_count WHERE step_key <> ''",
        "DELETE FROM report_step_due WHERE step_key <> ''",
        _NAMES,
        _COUNTS,
        _WAITING,
        *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in _TABLES),
    ]
    for statement in statements:
        op.execute(sa.text(statement))
