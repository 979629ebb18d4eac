"""Who named as an evaluator can't act as one any more: a roster no longer has them, or they hold no such role now.

The same rule as that by which evaluators are proposed, turned round. Somebody the directory has not told of is not gone.

So that nobody need look at every evaluator of a district, each has a day from which they act with no end foreseen: who has
reached it is not gone (docs/decisions/who-may-be-gone.md).
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

from shared.db import district_policy, grants
from shared.people.roles import EVALUATOR_ROLES

_ROLES = ", ".join(f"'{role}'" for role in sorted(EVALUATOR_ROLES))
_ALWAYS, _NEVER = "DATE '0001-01-01'", "DATE '9999-12-31'"
_ACTS_FROM = f"""
CREATE FUNCTION accord_acts_from(in_district uuid, in_person uuid) RETURNS date LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN NOT p.active THEN {_NEVER} ELSE coalesce((
    SELECT min(coalesce(r.begins, {_ALWAYS})) FROM people_role r
    WHERE r.district_id = in_district AND r.person_id = in_person AND r.role IN ({_ROLES}) AND r.ends IS NULL), {_NEVER}) END
  FROM people_person p WHERE p.district_id = in_district AND p.person_id = in_person
$$
"""  # noqa: S608 - SQL of our own
_NAMED = f"""
CREATE FUNCTION accord_evaluator_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO people_evaluator (district_id, person_id, acts_from)
  VALUES (NEW.district_id, NEW.evaluator_id, coalesce(accord_acts_from(NEW.district_id, NEW.evaluator_id), {_ALWAYS}))
  ON CONFLICT (district_id, person_id) DO NOTHING;
  RETURN NULL;
END $$
"""  # noqa: S608 - SQL of our own
_ANEW = text(
    "UPDATE people_evaluator SET acts_from = coalesce(accord_acts_from(district_id, person_id), acts_from) "
    "WHERE district_id = :district AND person_id = ANY(:people)"
)


def evaluator_statements() -> list[str]:
    """SQL for a migration of a service that has a table `evaluation` with evaluator_id: makes and fills the table
    people_evaluator (its shape: shared.people.tables)."""
    return [
        "CREATE TABLE people_evaluator (district_id uuid, person_id uuid, acts_from date NOT NULL, "
        "PRIMARY KEY (district_id, person_id))",
        "CREATE INDEX people_evaluator_by_day ON people_evaluator (district_id, acts_from)",
        *district_policy("people_evaluator", worker_sees_all=True),
        *grants("people_evaluator", web="SELECT, INSERT"),
        _ACTS_FROM,
        _NAMED,
        "CREATE TRIGGER evaluation_evaluator_named AFTER INSERT ON evaluation "
        "FOR EACH ROW WHEN (NEW.evaluator_id IS NOT NULL) EXECUTE FUNCTION accord_evaluator_named()",
        "CREATE TRIGGER evaluation_evaluator_changed AFTER UPDATE ON evaluation "
        "FOR EACH ROW WHEN (NEW.evaluator_id IS DISTINCT FROM OLD.evaluator_id AND NEW.evaluator_id IS NOT NULL) "
        "EXECUTE FUNCTION accord_evaluator_named()",
        "INSERT INTO people_evaluator (district_id, person_id, acts_from) "  # noqa: S608 - SQL of our own
        f"SELECT district_id, evaluator_id, coalesce(accord_acts_from(district_id, evaluator_id), {_ALWAYS}) "
        "FROM (SELECT DISTINCT district_id, evaluator_id FROM evaluation WHERE evaluator_id IS NOT NULL) named",
    ]


def people_told(connection: Connection, district_id: UUID, people: Sequence[UUID]) -> None:
    """After the directory has told of these people: the day from which each of them acts, if they evaluate anyone."""
    connection.execute(_ANEW, {"district": district_id, "people": list(people)})


def gone(person: str, today: str) -> str:
    """SQL: whether the row of people_person under this alias is gone. `today`: SQL for the district's day."""
    return f"""(NOT {person}.active OR NOT EXISTS (
      SELECT 1 FROM people_role held_role
      WHERE held_role.district_id = {person}.district_id AND held_role.person_id = {person}.person_id
        AND held_role.role IN ({_ROLES}) AND (held_role.begins IS NULL OR held_role.begins <= {today})
        AND (held_role.ends IS NULL OR held_role.ends > {today})))"""  # noqa: S608 - SQL of our own


def evaluators_gone(district: str, today: str) -> str:
    """SQL: the ids of the gone among everyone who is or was an evaluator. Reads those only who may be."""
    return f"""
      SELECT named.person_id FROM people_evaluator named
      JOIN people_person one ON one.district_id = named.district_id AND one.person_id = named.person_id
      WHERE named.district_id = {district} AND named.acts_from > {today} AND {gone("one", today)}"""  # noqa: S608 - SQL of our own
