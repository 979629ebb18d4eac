"""SQL functions of the home page: everything it shows in one answer, planned once a connection.

A page that waits for one statement instead of four is the difference between a third and two thirds of what the
machine can serve. Row-level security holds inside: the functions run as whoever calls them.
"""

from shared.people.leaving import evaluators_gone

GROUPS = """
CREATE FUNCTION accord_due_groups(in_today date, in_sunday date)
RETURNS TABLE (name text, duty boolean, missed boolean, first_day date, last_day date)
LANGUAGE sql IMMUTABLE AS $$
  VALUES ('late', true, true, '-infinity'::date, in_today - 1), ('week', true, false, '-infinity', in_sunday),
         ('later', true, false, in_sunday + 1, '9999-12-31'::date), ('may', false, false, in_today, '9999-12-31'::date)
$$
"""
"""The groups of the page and the days of each. `late`: its day has gone by. `week`: due by `in_sunday`. `later`: afterwards,
or undated. `may`: no duty, and still open. What was announced for a day is looked for on that day, if the agreement's own
date is not sooner; where that day has gone by it stays in this week: to miss it breaks no agreement (`missed`: what does)."""

_ROW = """json_build_array({group}, i.evaluation_id, i.step_id, i.title, i.kind, i.due_on, i.planned_on, i.not_before, i.clause,
      i.path, e.service, e.subject_id = in_person, p.given_name || ' ' || p.family_name)"""
"""store/due.py reads it: DueItem."""
_NAMES = """
    JOIN evaluation e ON e.district_id = i.district_id AND e.evaluation_id = i.evaluation_id
    LEFT JOIN people_person p ON p.district_id = i.district_id
      AND p.person_id = CASE WHEN e.subject_id = in_person THEN e.evaluator_id ELSE e.subject_id END"""
_DOABLE = "coalesce({0}.not_before, '-infinity') <= in_today"
"""What would be refused today is due for nobody."""
_GONE = evaluators_gone("in_district", "in_today")
_LAPSED = f"lapsed boolean := in_person IN ({_GONE});"
_THEIRS = "NOT (lapsed AND {0}.duty = 'evaluator')"
"""Who is named as an evaluator and holds no role for it any more may not act: nothing of it is due for them."""

DUE = f"""
CREATE FUNCTION accord_due(
  in_district uuid, in_person uuid, in_office boolean, in_groups text[], in_today date, in_sunday date,
  in_skip int, in_most int, OUT rows json, OUT duties bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
  {_LAPSED}
BEGIN
  SELECT coalesce(json_agg({_ROW.format(group="g.name")} ORDER BY i.due_by, i.evaluation_id, i.step_id), '[]'::json),
    count(*) FILTER (WHERE g.duty)
  INTO rows, duties
  FROM accord_due_groups(in_today, in_sunday) g CROSS JOIN LATERAL (
    SELECT * FROM (
      (SELECT d.* FROM due_item d
       WHERE d.district_id = in_district AND d.bearer_id = in_person AND d.state = 'open' AND d.required = g.duty
         AND d.due_by BETWEEN g.first_day AND g.last_day AND (coalesce(d.due_on, 'infinity') < in_today) = g.missed
         AND {_DOABLE.format("d")} AND {_THEIRS.format("d")}
       ORDER BY d.due_by, d.evaluation_id, d.step_id LIMIT in_skip + in_most)
      UNION ALL
      (SELECT d.* FROM due_item d
       WHERE in_office AND d.district_id = in_district AND d.duty = 'office' AND d.bearer_id IS NULL
         AND d.state = 'open' AND d.required = g.duty AND d.due_by BETWEEN g.first_day AND g.last_day
         AND (coalesce(d.due_on, 'infinity') < in_today) = g.missed AND {_DOABLE.format("d")}
       ORDER BY d.due_by, d.evaluation_id, d.step_id LIMIT in_skip + in_most)
    ) both_kinds
    ORDER BY due_by, evaluation_id, step_id OFFSET in_skip LIMIT in_most
  ) i {_NAMES}
  WHERE g.name = ANY(in_groups);
END $$
"""  # noqa: S608 - of our own text
"""What is due for a person (`in_office`: and for the district office): at most `in_most` rows of each group after its first
`in_skip`, in the order in which they are due, and how many of them are duties. One statement for all groups: each further
one would cost nearly as much as all."""

TOTAL = f"""
CREATE FUNCTION accord_due_total(
  in_district uuid, in_person uuid, in_office boolean, in_group text, in_today date, in_sunday date) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  {_LAPSED}
BEGIN
  RETURN (
    SELECT count(*) FROM due_item i JOIN accord_due_groups(in_today, in_sunday) g ON g.name = in_group
    WHERE i.district_id = in_district AND i.state = 'open' AND i.required = g.duty
      AND i.due_by BETWEEN g.first_day AND g.last_day AND (coalesce(i.due_on, 'infinity') < in_today) = g.missed
      AND {_DOABLE.format("i")} AND {_THEIRS.format("i")}
      AND (i.bearer_id = in_person OR (in_office AND i.duty = 'office' AND i.bearer_id IS NULL)));
END $$
"""  # noqa: S608 - of our own text
"""How many rows one group has."""

NEXT = f"""
CREATE FUNCTION accord_next(in_district uuid, in_person uuid, in_today date) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
  {_LAPSED}
BEGIN
  RETURN (
    SELECT {_ROW.format(group="'next'")} FROM (
      (SELECT d.*, d.due_by AS comes FROM due_item d
       WHERE d.district_id = in_district AND d.bearer_id = in_person AND d.state = 'planned' AND d.required
         AND d.due_by >= in_today AND d.due_by < '9999-12-31' AND {_THEIRS.format("d")}
       ORDER BY d.due_by, d.evaluation_id, d.step_id LIMIT 1)
      UNION ALL
      (SELECT d.*, d.not_before FROM due_item d
       WHERE d.district_id = in_district AND d.bearer_id = in_person AND d.state = 'open' AND d.required
         AND d.not_before > in_today AND {_THEIRS.format("d")}
       ORDER BY d.not_before, d.evaluation_id, d.step_id LIMIT 1)
    ) i {_NAMES}
    ORDER BY i.comes, i.evaluation_id, i.step_id LIMIT 1);
END $$
"""  # noqa: S608 - of our own text
"""The dated step that will be this person's turn next, though it is not yet, or that is and can't be done yet; NULL where
there is none."""

HOME = f"""
CREATE FUNCTION accord_home(
  in_district uuid, in_person uuid, in_office boolean, in_today date, in_sunday date, in_most int) RETURNS text
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  due record;
  gone uuid[];
BEGIN
  IF in_office THEN
    gone := ARRAY({_GONE});
  END IF;
  SELECT * INTO due FROM accord_due(
    in_district, in_person, in_office, '{{late,week,later,may}}', in_today, in_sunday, 0, in_most);
  RETURN json_build_object(
    'rows', due.rows,
    'next', CASE WHEN due.duties = 0 THEN accord_next(in_district, in_person, in_today) END,
    'unread', (
      SELECT count(*) FROM message m
      WHERE m.district_id = in_district AND m.recipient_id = in_person AND m.read_at IS NULL),
    'troubled', CASE WHEN in_office THEN (
      SELECT count(*) FROM delivery d WHERE d.district_id = in_district AND d.state IN ('failed', 'gave_up')) ELSE 0 END,
    'unassigned', CASE WHEN in_office THEN (
      SELECT coalesce(json_agg(r), '[]'::json) FROM (
        SELECT e.service, e.cycle_id, e.cycle_title, count(*) AS evaluations FROM evaluation e
        WHERE e.district_id = in_district AND e.closed_at IS NULL AND (e.evaluator_id IS NULL OR e.evaluator_id = ANY (gone))
        GROUP BY e.service, e.cycle_id, e.cycle_title ORDER BY e.cycle_title) r) ELSE '[]'::json END
  )::text;
END $$
"""  # noqa: S608 - of our own text
"""The whole home page as JSON: the four groups cut to `in_most` rows, what is next where nothing is due, unread entries,
and for the office the letters that did not arrive and how many evaluations of which cycle have no evaluator, or one who is
gone. Its statements are planned once a connection: to plan them anew for each person takes a sixth of the time, and comes
to the same."""

FUNCTIONS = (GROUPS, DUE, TOTAL, NEXT, HOME)
