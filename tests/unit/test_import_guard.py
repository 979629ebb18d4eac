"""The import's guard counts also who would go on working, but without the role by which they are evaluated or evaluate."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from services.directory.planning.make import make_plan, unanswered
from services.directory.planning.summary import Note, summarise
from services.directory.wording import filled
from services.evaluation.teacher.app import KIND
from shared.people.roles import EVALUATOR_ROLES, SUBJECT_ROLES
from tests.support.rosters import role, roster, small, user, with_roles, with_word
from tests.unit.test_roster_planning import FIRST, after, by_hand, changed, person, plan, read, without

AIDES = with_roles(T1="aide", T2="aide")


def test_the_roles_are_those_of_the_evaluation_services() -> None:
    assert set(KIND.subject_roles) == SUBJECT_ROLES
    assert set(KIND.evaluator_roles) == EVALUATOR_ROLES


def test_teachers_who_become_aides_are_asked_about() -> None:
    made = plan(roster(AIDES), FIRST)
    assert (made.ending, made.losing, made.staff_before) == (0, 2, 3)
    assert made.report.counts == {"OR074": 1}
    assert made.report.findings[0].values == {"losing": 2, "staff": 3, "days": 30, "percent": 20}


def test_it_takes_the_number_only() -> None:
    staged = read(roster(AIDES), FIRST)
    made = make_plan(FIRST, staged)
    for losing, open_questions in ((None, ["OR074"]), (3, ["OR074"]), (2, [])):
        answers = {"ending": 2, "losing": losing}
        assert unanswered(made, staged, **answers, roles=False, same_people=False) == open_questions


@pytest.mark.parametrize(
    ("who", "word", "losing"),
    [
        ("T1", "aide", 1),
        ("T1", "counselor", 1),
        ("T1", "principal", 1),
        ("P1", "aide", 1),
        ("P1", "teacher", 1),
        ("P1", "districtAdministrator", 1),
        ("P1", "siteAdministrator", 0),
    ],
)
def test_what_is_lost_is_being_evaluated_or_evaluating(who: str, word: str, losing: int) -> None:
    assert plan(roster(with_roles(**{who: word})), FIRST).losing == losing


def test_a_record_that_gives_way_to_another_counts_the_same() -> None:
    tables = small()
    tables["roles"][1:3] = [role("T1", "aide", "S1"), role("T2", "aide", "S2")]
    made = plan(roster(tables), FIRST)
    assert (made.ending, made.losing) == (0, 2)


@pytest.mark.parametrize(("ends", "losing"), [("2026-11-24", 1), ("2026-12-23", 1), ("2026-12-24", 0)])
def test_it_counts_where_the_role_ends_within_a_month_or_begins_only_later(ends: str, losing: int) -> None:
    tables = small()
    tables["roles"].append(role("T1", "aide", "S1", roleType="secondary"))
    tables["roles"][1] |= {"endDate": ends}
    assert plan(roster(tables), FIRST).losing == losing
    tables["roles"][1] |= {"endDate": "", "beginDate": "2026-12-01"}
    made = plan(roster(tables), FIRST)
    assert (made.ending, made.losing) == (0, 1)


def test_who_keeps_the_role_elsewhere_or_by_hand_loses_nothing() -> None:
    tables = small()
    tables["roles"][1] |= {"role": "aide"}
    tables["roles"].append(role("T1", "teacher", "S2", roleType="secondary"))
    assert plan(roster(tables), FIRST).losing == 0
    ours = changed(FIRST, "T1", appointments=(*person(FIRST, "T1").appointments, by_hand("teacher")))
    assert plan(roster(with_roles(T1="aide")), ours).losing == 0
    already = after(plan(roster(with_roles(T1="aide")), FIRST), FIRST)
    renamed = with_roles(T1="aide") | {"users": [row | {"identifier": "7"} for row in small()["users"]]}
    assert plan(roster(renamed), already).losing == 0, "they had lost it before"


def test_who_loses_all_work_is_counted_there_and_not_twice() -> None:
    made = plan(roster(without("T2")), FIRST)
    assert (made.ending, made.losing) == (1, 0)


def test_the_share_is_of_both_together_and_each_is_asked_about_by_its_own_number() -> None:
    tables = without("T2")
    tables["roles"][1] |= {"role": "aide"}
    half = replace(FIRST, guard_percent=50)
    staged = read(roster(tables), half)
    made = make_plan(half, staged)
    assert (made.ending, made.losing) == (1, 1)
    assert made.report.counts == {"OR070": 1, "OR074": 1}
    asked = unanswered(made, staged, ending=None, losing=None, roles=False, same_people=False)
    assert asked == ["OR070", "OR074"]
    assert plan(roster(without("T2")), half).report.counts == {}
    assert plan(roster(with_roles(T1="aide")), half).report.counts == {}


def test_a_plan_that_asks_for_another_number_on_another_day_is_another_plan() -> None:
    tables = small()
    tables["roles"][1:3] = [row | {"endDate": "2027-01-15"} for row in tables["roles"][1:3]]
    tables["roles"] += [role(one, "aide", "S1", roleType="secondary") for one in ("T1", "T2")]
    staged = read(roster(tables), FIRST)
    before, then = make_plan(FIRST, staged), make_plan(replace(FIRST, today=date(2027, 1, 4)), staged)
    assert (before.losing, then.losing) == (0, 2)
    assert before.fingerprint() != then.fingerprint()


def test_newcomers_are_no_loss() -> None:
    tables = small()
    tables["users"].append(user("A1", "Abe", "Ames"))
    tables["roles"].append(role("A1", "aide", "S1"))
    assert plan(roster(tables), FIRST).losing == 0


def test_the_summary_says_it_by_itself_and_which_role_became_which() -> None:
    staged = read(roster(with_roles(T1="aide")), FIRST)
    schools = {one.school_id: one.name for one in FIRST.organisations if one.school_id}
    told = summarise(make_plan(FIRST, staged), staged, schools)
    assert (told.ending, told.losing) == (0, 1)
    (line,) = told.lines
    school = {"school": "Pier School"}
    assert line.notes == (
        Note("role_ended", {"role": "teacher"} | school),
        Note("role_added", {"role": "aide"} | school),
    )


def leaders(words: Mapping[str, str], staff: int = 40) -> dict[str, list[dict[str, str]]]:
    """Five principals and an assistant among so many teachers; `words`: what some of them are instead."""
    tables = small()
    usual = {f"L{at}": "principal" for at in range(5)} | {"L5": "siteAdministrator"}
    usual |= {f"N{at}": "teacher" for at in range(staff)}
    tables["users"] += [user(name, "Lee", name) for name in usual]
    tables["roles"] += [with_word(role(name, word, "S1"), words.get(name, word)) for name, word in usual.items()]
    return tables


MANY = after(plan(roster(leaders({}))))


def test_evaluators_are_a_share_of_those_who_evaluate() -> None:
    """Few among the staff: seven of forty-nine would be no question."""
    everyone = {f"L{at}": "aide" for at in range(6)}
    staged = read(roster(leaders(everyone)), MANY)
    made = make_plan(MANY, staged)
    assert (made.ending, made.losing, made.staff_before) == (0, 6, 49)
    assert made.report.counts == {"OR074": 1}
    (found,) = made.report.findings
    names = ", ".join(f"Lee L{at}" for at in range(6))
    assert filled(found.template, found.values) == (
        f"Of the 7 who evaluate today, 6 would no longer, at once or within 30 days: {names}. Where more than 20 in a "
        "hundred of them would not, it needs a yes."
    )
    for losing, open_questions in ((None, ["OR074"]), (7, ["OR074"]), (6, [])):
        asked = unanswered(made, staged, ending=None, losing=losing, roles=False, same_people=False)
        assert asked == open_questions
    assert plan(roster(leaders({"L0": "aide"})), MANY).report.counts == {}, "one of seven"


def test_evaluators_who_leave_are_asked_about_by_the_number_of_those_who_leave() -> None:
    tables = leaders({"L0": "teacher"})
    tables["users"] = [row for row in tables["users"] if row["sourcedId"] not in ("L1", "N1")]
    tables["roles"] = [row for row in tables["roles"] if row["userSourcedId"] not in ("L1", "N1")]
    staged = read(roster(tables), MANY)
    made = make_plan(MANY, staged)
    assert (made.ending, made.losing) == (2, 1)
    assert made.report.counts == {"OR070": 1, "OR074": 1}
    assert {found.values["names"] for found in made.report.findings} == {"Lee L0, Lee L1"}
    assert unanswered(made, staged, ending=2, losing=1, roles=False, same_people=False) == []


def test_of_many_evaluators_the_first_are_named() -> None:
    words = {f"N{at}": "principal" for at in range(20)}
    before = after(plan(roster(leaders(words, staff=200))))
    made = plan(roster(leaders({}, staff=200)), before)
    assert made.report.counts == {"OR074": 1}
    assert made.report.findings[0].values["names"].endswith("Lee N19 (+8)")
