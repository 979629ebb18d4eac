"""SQL functions of the home page: everything it shows in one answer, planned once a connection.

A page that waits for one statement instead of four is the difference between a third and two thirds of what the
machine can serve. Row-level security holds inside: the functions run as whoever calls them.
"""

DUE = """
CREATE FUNCTION accord_due(
  in_district uuid, in_person uuid, in_office boolean, in_group text, in_today date, in_sunday date,
  in_skip int, in_most int, in_total boolean) RETURNS json
LANGUAGE plpgsql STABLE AS $$
DECLARE
  is_duty boolean := in_group <> 'may';
  from_day date := CASE in_group WHEN 'late' THEN '-infinity' WHEN 'later' THEN in_sunday + 1 ELSE in_today END;
  to_day date := CASE in_group WHEN 'late' THEN in_today - 1 WHEN 'week' THEN in_sunday ELSE '9999-12-31' END;
  found json;
  counted bigint;
BEGIN
  SELECT json_agg(r) INTO found FROM (
    SELECT d.evaluation_id, d.step_id, d.title, d.kind, d.due_on, d.clause, d.path, e.service,
           e.subject_id = in_person AS own, p.given_name || ' ' || p.family_name AS person
    FROM (
      SELECT * FROM (
        (SELECT i.* FROM due_item i
         WHERE i.district_id = in_district AND i.bearer_id = in_person AND i.state = 'open' AND i.required = is_duty
           AND i.due_by BETWEEN from_day AND to_day
         ORDER BY i.due_by, i.evaluation_id, i.step_id LIMIT in_skip + in_most)
        UNION ALL
        (SELECT i.* FROM due_item i
         WHERE in_office AND i.district_id = in_district AND i.duty = 'office' AND i.bearer_id IS NULL
           AND i.state = 'open' AND i.required = is_duty AND i.due_by BETWEEN from_day AND to_day
         ORDER BY i.due_by, i.evaluation_id, i.step_id LIMIT in_skip + in_most)
      ) both_kinds
      ORDER BY due_by, evaluation_id, step_id OFFSET in_skip LIMIT in_most
    ) d
    JOIN evaluation e ON e.district_id = d.district_id AND e.evaluation_id = d.evaluation_id
    LEFT JOIN people_person p ON p.district_id = d.district_id
      AND p.person_id = CASE WHEN e.subject_id = in_person THEN e.evaluator_id ELSE e.subject_id END
    ORDER BY d.due_by, d.evaluation_id, d.step_id
  ) r;
  IF in_total THEN
    SELECT count(*) INTO counted FROM due_item i
    WHERE i.district_id = in_district AND i.state = 'open' AND i.required = is_duty AND i.due_by BETWEEN from_day AND to_day
      AND (i.bearer_id = in_person OR (in_office AND i.duty = 'office' AND i.bearer_id IS NULL));
  END IF;
  RETURN json_build_object('rows', coalesce(found, '[]'::json), 'total', counted);
END $$
"""
"""One group of what is due for a person (`in_office`: and for the district office), in the order in which it is due.

`late`: its day has gone by. `week`: due by `in_sunday`. `later`: afterwards, or undated. `may`: no duty, and still open."""

NEXT = """
CREATE FUNCTION accord_next(in_district uuid, in_person uuid, in_today date) RETURNS json
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (
    SELECT row_to_json(r) FROM (
      SELECT i.evaluation_id, i.step_id, i.title, i.kind, i.due_on, i.clause, i.path, e.service,
             e.subject_id = in_person AS own, p.given_name || ' ' || p.family_name AS person
      FROM due_item i
      JOIN evaluation e ON e.district_id = i.district_id AND e.evaluation_id = i.evaluation_id
      LEFT JOIN people_person p ON p.district_id = i.district_id
        AND p.person_id = CASE WHEN e.subject_id = in_person THEN e.evaluator_id ELSE e.subject_id END
      WHERE i.district_id = in_district AND i.bearer_id = in_person AND i.state = 'planned' AND i.required
        AND i.due_by >= in_today AND i.due_by < '9999-12-31'
      ORDER BY i.due_by, i.evaluation_id, i.step_id LIMIT 1) r);
END $$
"""
"""The dated step that will be this person's turn next, though it is not yet; NULL where none is planned."""

HOME = """
CREATE FUNCTION accord_home(
  in_district uuid, in_person uuid, in_office boolean, in_today date, in_sunday date, in_most int) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  late json := accord_due(in_district, in_person, in_office, 'late', in_today, in_sunday, 0, in_most, false) -> 'rows';
  week json := accord_due(in_district, in_person, in_office, 'week', in_today, in_sunday, 0, in_most, false) -> 'rows';
  later json := accord_due(in_district, in_person, in_office, 'later', in_today, in_sunday, 0, in_most, false) -> 'rows';
BEGIN
  RETURN json_build_object(
    'late', late, 'week', week, 'later', later,
    'may', accord_due(in_district, in_person, in_office, 'may', in_today, in_sunday, 0, in_most, false) -> 'rows',
    'next', CASE WHEN json_array_length(late) + json_array_length(week) + json_array_length(later) = 0
      THEN accord_next(in_district, in_person, in_today) END,
    'unread', (
      SELECT count(*) FROM message m
      WHERE m.district_id = in_district AND m.recipient_id = in_person AND m.read_at IS NULL),
    'troubled', CASE WHEN in_office THEN (
      SELECT count(*) FROM delivery d WHERE d.district_id = in_district AND d.state IN ('failed', 'gave_up')) ELSE 0 END,
    'unassigned', CASE WHEN in_office THEN (
      SELECT coalesce(json_agg(r), '[]'::json) FROM (
        SELECT e.service, e.cycle_id, e.cycle_title, count(*) AS evaluations FROM evaluation e
        WHERE e.district_id = in_district AND e.evaluator_id IS NULL AND e.closed_at IS NULL
        GROUP BY e.service, e.cycle_id, e.cycle_title ORDER BY e.cycle_title) r) ELSE '[]'::json END
  )::text;
END $$
"""
"""The whole home page as JSON: the four groups cut to `in_most` rows, what is next where nothing is due, unread entries,
and for the office the letters that did not arrive and how many evaluations of which cycle have no evaluator."""

FUNCTIONS = (DUE, NEXT, HOME)
