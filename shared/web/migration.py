"""Statements for a service's first migration that wall off and grant the shell's tables and make its functions."""

from shared.db import district_policy, grants
from shared.web.sizes import DRAFT_BYTES, DRAFT_FIELDS
from shared.web.tables import WebTables

ONCE_BEGIN = """
CREATE OR REPLACE FUNCTION accord_once_begin(
  in_district uuid, in_person uuid, in_endpoint text, in_key text, in_hash bytea) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  -- Waits here while another request with the same key is under way; if that one is undone, this one goes first.
  INSERT INTO web_once (district_id, person_id, endpoint, key, request_hash)
  VALUES (in_district, in_person, in_endpoint, in_key, in_hash) ON CONFLICT DO NOTHING;
  IF FOUND THEN RETURN NULL; END IF;
  RETURN (
    SELECT json_build_object('same', o.request_hash = in_hash, 'status', o.status, 'location', o.location, 'body', o.body)
    FROM web_once o
    WHERE o.district_id = in_district AND o.person_id = in_person AND o.endpoint = in_endpoint AND o.key = in_key);
END $$
"""
"""NULL: go on, you are the first. Else the first answer as JSON; `same`: whether it answered the same request."""

ONCE_END = """
CREATE OR REPLACE FUNCTION accord_once_end(
  in_district uuid, in_person uuid, in_endpoint text, in_key text,
  in_status int, in_location text, in_body text, in_draft text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE web_once SET status = in_status, location = in_location, body = in_body
  WHERE district_id = in_district AND person_id = in_person AND endpoint = in_endpoint AND key = in_key;
  IF in_draft IS NOT NULL THEN
    DELETE FROM web_draft WHERE district_id = in_district AND person_id = in_person AND key = in_draft;
  END IF;
END $$
"""
"""Remember the answer, and let go of the draft that has become the thing itself."""

ROOM_FOR_THE_NEXT = "ALTER TABLE web_draft SET (fillfactor = 70)"
"""A draft's row is written anew every few seconds; with room in its page no index need be touched."""

LINE_FIELD = "^[a-z]+-([1-9][0-9]*)$"
"""The name of a field of a line, such as text-4, at-4 and for-4, and in it the line's number; fields.js reads it likewise."""

DRAFT_SAVE = (
    """
CREATE OR REPLACE FUNCTION accord_draft_save(
  in_district uuid, in_person uuid, in_session uuid, in_key text, in_base int, in_fields jsonb,
  in_tab text, in_resolved text[], in_once text, in_now timestamptz) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  at_home text;
  draft web_draft%ROWTYPE;
  own jsonb;
  apart jsonb;
  taken jsonb;
  beside jsonb;
  clashes json;
  grows boolean;
  moved text[] := '{}';
  next int;
BEGIN
  PERFORM set_config('app.district', in_district::text, true);
  SELECT d.zone INTO at_home
  FROM people_person p JOIN people_district d ON d.district_id = p.district_id
  WHERE p.district_id = in_district AND p.person_id = in_person AND p.active AND d.active
    AND NOT EXISTS (
      SELECT FROM people_ended_session s WHERE s.district_id = in_district AND s.session_id = in_session);
  IF NOT FOUND THEN RETURN '{"refused": "session"}'; END IF;

  SELECT * INTO draft FROM web_draft w
  WHERE w.district_id = in_district AND w.person_id = in_person AND w.key = in_key FOR UPDATE;
  IF NOT FOUND THEN
    IF in_base > 0 OR (in_once <> '' AND EXISTS (
      SELECT FROM web_once o
      WHERE o.district_id = in_district AND o.person_id = in_person AND starts_with(o.key, in_once || '.'))) THEN
      RETURN '{"refused": "gone"}';
    END IF;
    IF (SELECT count(*) FROM web_draft w WHERE w.district_id = in_district AND w.person_id = in_person) >= 500 THEN
      RETURN '{"refused": "full"}';
    END IF;
    INSERT INTO web_draft (district_id, person_id, key, revision, fields, saved_at)
    VALUES (in_district, in_person, in_key, 0, '{}', in_now) ON CONFLICT DO NOTHING;
    SELECT * INTO draft FROM web_draft w
    WHERE w.district_id = in_district AND w.person_id = in_person AND w.key = in_key FOR UPDATE;
  END IF;

  next := draft.revision + 1;
  -- Unpacked here, once: the row holds them compressed, and each look into that would unpack all of it again.
  own := draft.fields || '{}';
  apart := draft.others || '{}';
  IF in_base >= draft.revision THEN
    apart := apart - in_resolved;
  ELSE
    -- The lines of which anything was written elsewhere since: the writer may have had another line before them.
    SELECT coalesce(array_agg(DISTINCT substring(e.key FROM 'line_field')), '{}') INTO moved
    FROM jsonb_each(own) e
    WHERE e.key ~ 'line_field' AND (e.value ->> 'r')::int > in_base
      AND NOT (in_tab <> '' AND e.value ->> 't' = in_tab) AND e.value -> 'v' IS DISTINCT FROM in_fields -> e.key;
  END IF;
  SELECT
    jsonb_object_agg(s.key, jsonb_build_object('v', s.value, 'r', next, 't', in_tab)) FILTER (WHERE s.takes_its_place),
    -- Written elsewhere since this writer last looked: the stored text stays, this one is kept beside it.
    jsonb_object_agg(s.key, coalesce(apart -> s.key, '{}')
      || jsonb_build_object(in_tab, jsonb_build_object('v', s.value, 'at', in_now))) FILTER (WHERE NOT s.takes_its_place),
    json_agg(json_build_object('field', s.key, 'yours', s.value, 'theirs', coalesce(s.stored -> 'v', '""')))
      FILTER (WHERE NOT s.takes_its_place),
    bool_or(s.stored IS NULL)
  INTO taken, beside, clashes, grows
  FROM (
    SELECT f.key, f.value, f.stored,
      coalesce(f.stored -> 'v', '""') = f.value
        OR ((f.stored IS NULL OR (f.stored ->> 'r')::int <= in_base OR (in_tab <> '' AND f.stored ->> 't' = in_tab))
          AND (f.line = ANY (moved)) IS NOT TRUE) AS takes_its_place
    FROM (
      SELECT e.key, e.value, own -> e.key AS stored, substring(e.key FROM 'line_field') AS line
      FROM jsonb_each(in_fields) e OFFSET 0) f) s;
  own := own || coalesce(taken, '{}');
  apart := apart || coalesce(beside, '{}');
  IF pg_column_size(own) + pg_column_size(apart) > most_bytes
     OR (grows AND (SELECT count(*) FROM jsonb_object_keys(own)) > most_fields) THEN
    RETURN '{"refused": "large"}';
  END IF;
  UPDATE web_draft w SET revision = next, fields = own, others = apart, saved_at = in_now
  WHERE w.district_id = in_district AND w.person_id = in_person AND w.key = in_key;
  RETURN json_build_object('revision', next, 'saved_at', to_char(in_now AT TIME ZONE at_home, 'HH24:MI'),
    'conflicts', coalesce(clashes, '[]'));
END $$
""".replace("most_bytes", str(DRAFT_BYTES))
    .replace("most_fields", str(DRAFT_FIELDS))
    .replace("line_field", LINE_FIELD)
)
"""Merge the fields a writer sends into a person's draft, field by field, and answer as JSON text.

A field is overwritten only by a writer who has seen it (its revision is not above `in_base`), or by the one who wrote it
(`in_tab`, one name per open page). Any other text is kept beside the stored one. The fields of one line (LINE_FIELD) are
overwritten together or not at all: where lines come and go, a number stands for another line on another page.

`refused`: session (ended, or the person is not active), gone (the draft, or the form with the key `in_once`, was sent or let
go), full (500 drafts), large (with these fields the draft would hold more than DRAFT_FIELDS or DRAFT_BYTES, what stands
beside it included; it stays as it was). The fields are merged as a set: one by one, each would copy all the others."""


def web_statements(tables: WebTables) -> list[str]:
    """Policies, grants and functions; run after the tables exist (and after shared.people's statements)."""
    statements: list[str] = []
    for table in tables.all():
        statements += district_policy(table.name, worker_sees_all=True)
        statements += grants(table.name)
    return [*statements, ROOM_FOR_THE_NEXT, ONCE_BEGIN, ONCE_END, DRAFT_SAVE]
