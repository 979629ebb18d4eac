"""Who named as an evaluator can't act as one any more: a roster no longer has them, or they hold no such role now.

The same rule as that by which evaluators are proposed, turned round. Somebody the directory has not told of is not gone.
"""

from shared.people.roles import EVALUATOR_ROLES

_ROLES = ", ".join(f"'{role}'" for role in sorted(EVALUATOR_ROLES))


def gone(person: str, today: str) -> str:
    """SQL: whether the row of people_person under this alias is gone. `today`: SQL for the district's day."""
    return f"""(NOT {person}.active OR NOT EXISTS (
      SELECT 1 FROM people_role held_role
      WHERE held_role.district_id = {person}.district_id AND held_role.person_id = {person}.person_id
        AND held_role.role IN ({_ROLES}) AND (held_role.begins IS NULL OR held_role.begins <= {today})
        AND (held_role.ends IS NULL OR held_role.ends > {today})))"""  # noqa: S608 - SQL of our own


def evaluators_gone(where: str, district: str, today: str) -> str:
    """SQL: the ids of the gone among the evaluators of table evaluation. `where`: which of its rows, as an index has them.

    The distinct evaluators are found by leaping along the index from one to the next; no evaluation is read beside that.
    """
    return f"""
      WITH RECURSIVE leap (id) AS (
        (SELECT evaluator_id FROM evaluation WHERE {where} AND evaluator_id IS NOT NULL ORDER BY evaluator_id LIMIT 1)
        UNION ALL
        SELECT further.id FROM leap CROSS JOIN LATERAL (
          SELECT evaluator_id AS id FROM evaluation WHERE {where} AND evaluator_id > leap.id
          ORDER BY evaluator_id LIMIT 1) further)
      SELECT leap.id FROM leap JOIN people_person one ON one.district_id = {district} AND one.person_id = leap.id
      WHERE {gone("one", today)}"""  # noqa: S608 - SQL of our own
