"""Open evaluations that wait for an evaluator: nobody is named, or who is named works here no longer."""

from datetime import date

from shared.people.leaving import evaluators_gone, gone


def _day(today: date) -> str:
    return f"DATE '{today.isoformat()}'"


def evaluator_gone(evaluator: str, today: date) -> str:
    """SQL: whether the evaluator under this alias of people_person is no longer one."""
    return gone(evaluator, _day(today))


def left_behind(district: str, cycle: str, today: date) -> str:
    """SQL: the open evaluations of a cycle whose evaluator is gone, by id. Both places are SQL of ours."""
    return f"""
      SELECT left_behind.evaluation_id FROM evaluation left_behind
      WHERE left_behind.district_id = {district} AND left_behind.cycle_id = {cycle} AND left_behind.closed_at IS NULL
        AND left_behind.ended_early_at IS NULL
        AND left_behind.evaluator_id IN ({evaluators_gone(district, _day(today))})"""  # noqa: S608 - SQL of our own


def waiting(today: date) -> str:
    """SQL: all open evaluations of :in_cycle that wait for an evaluator, by id; none is read that does not."""
    return f"""evaluation.evaluation_id IN (
      SELECT nobodys.evaluation_id FROM evaluation nobodys
      WHERE nobodys.district_id = :in_district AND nobodys.cycle_id = :in_cycle AND nobodys.closed_at IS NULL
        AND nobodys.ended_early_at IS NULL AND nobodys.evaluator_id IS NULL
      UNION ALL {left_behind(":in_district", ":in_cycle", today)})"""  # noqa: S608 - SQL of our own
