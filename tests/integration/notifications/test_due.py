"""What is due follows the steps: opened, done, moved with the evaluation, gone when it closes."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from services.notifications.store.due import Holder, Home, due_in_group, end_of_week, home_of
from services.notifications.store.tables import due_item
from shared.contracts.directory import RoleHeld
from shared.db import transaction
from shared.ids import derived_id
from tests.support.notifications import (
    HANA,
    NORTH,
    OTTO,
    PAULA,
    SAM,
    SOUTH,
    TESS,
    TOM,
    UMA,
    Person,
    Story,
    person_changed,
    planned,
)

TODAY = date(2026, 9, 2)  # a Wednesday


def home(story: Story, person: Person, *, office: bool = False, most: int = 20) -> Home:
    """What the home page of that person shows, read with the web's own role."""
    with transaction(story.web, person.district_id) as connection:
        return home_of(connection, Holder(person.district_id, person.id, office), today=TODAY, most=most)


def due(story: Story, person: Person, *, office: bool = False, most: int = 20) -> dict[str, list[str]]:
    """Group -> step ids, groups with nothing in them left out."""
    groups = home(story, person, office=office, most=most).groups
    return {group: [row.step_id for row in rows] for group, rows in groups.items() if rows}


def bearer(story: Story, step_id: str) -> UUID | None:
    found: UUID | None = next(row["bearer_id"] for row in story.rows(due_item) if row["step_id"] == step_id)
    return found


@pytest.mark.parametrize(
    ("today", "sunday"),
    [
        (date(2026, 9, 7), date(2026, 9, 13)),
        (date(2026, 9, 11), date(2026, 9, 13)),
        (date(2026, 9, 12), date(2026, 9, 20)),
        (date(2026, 9, 13), date(2026, 9, 20)),
    ],
)
def test_the_week_ends_on_sunday_and_the_weekend_looks_ahead(today: date, sunday: date) -> None:
    assert end_of_week(today) == sunday


def test_groups_and_their_edges(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA)
    for step_id, day in {
        "yesterday": date(2026, 9, 1),
        "today": TODAY,
        "sunday": date(2026, 9, 6),
        "monday": date(2026, 9, 7),
    }.items():
        story.step(TESS, step_id, "feedback", "evaluator", PAULA, due_on=day)
    story.step(TESS, "undated", "notice", "evaluator", PAULA)
    assert due(story, PAULA) == {"late": ["yesterday"], "week": ["today", "sunday"], "later": ["monday", "undated"]}
    for nobody in (SAM, TESS, UMA, HANA, OTTO):
        assert due(story, nobody) == {}


def test_nothing_is_due_for_an_evaluator_whose_role_has_ended(story: Story) -> None:
    """Still named on the evaluation; what is asked of the same person about their own stands."""
    story.open(TESS, (planned("mid_year", "conference", "evaluator", date(2026, 9, 20)),)).assign(TESS, PAULA)
    story.step(TESS, "feedback", "feedback", "evaluator", PAULA, due_on=date(2026, 9, 1))
    story.open(PAULA).step(PAULA, "goals", "form", "subject", PAULA, due_on=date(2026, 9, 1))
    asked = {"today": TODAY, "offset": 0, "most": 5}
    for roles, theirs in (
        ((RoleHeld(role="teacher"), RoleHeld(role="principal", ends=TODAY)), ["goals"]),
        ((RoleHeld(role="principal"),), ["feedback", "goals"]),
    ):
        story.tell(person_changed(PAULA, roles=roles))
        assert {group: sorted(steps) for group, steps in due(story, PAULA).items()} == {"late": theirs}
        with transaction(story.web, NORTH) as connection:
            _rows, total = due_in_group(connection, Holder(NORTH, PAULA.id), "late", **asked)
        assert total == len(theirs)
    story.done(TESS, "feedback", "feedback", PAULA, "done").done(PAULA, "goals", "form", PAULA, "done", duty="subject")
    assert (coming := home(story, PAULA).next) is not None and coming.step_id == "mid_year"
    story.tell(person_changed(PAULA, roles=(RoleHeld(role="teacher"),)))
    assert home(story, PAULA).next is None


def test_an_opportunity_stands_apart_and_goes_when_its_day_has_gone(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA)
    story.step(TESS, "respond", "response", "subject", TESS, required=False, due_on=TODAY)
    story.step(TESS, "missed", "response", "subject", TESS, required=False, due_on=date(2026, 9, 1))
    assert due(story, TESS) == {"may": ["respond"]}


def test_done_is_gone(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA).step(TESS, "feedback", "feedback", "evaluator", PAULA, due_on=TODAY)
    assert due(story, PAULA) == {"week": ["feedback"]}
    story.done(TESS, "feedback", "feedback", PAULA)
    assert due(story, PAULA) == {}


def test_a_reassigned_evaluation_takes_its_due_items_along(story: Story) -> None:
    story.open(TESS, (planned("mid_year", "conference", "evaluator", date(2027, 1, 14)),)).assign(TESS, PAULA)
    story.step(TESS, "feedback", "feedback", "evaluator", PAULA, due_on=TODAY)
    story.step(TESS, "sign", "signature", "subject", TESS, due_on=TODAY)
    story.step(TESS, "close", "close", "office", None, due_on=TODAY)
    story.assign(TESS, SAM, previous=PAULA)
    assert due(story, PAULA) == {}
    assert due(story, SAM) == {"week": ["feedback"]}
    assert due(story, TESS) == {"week": ["sign"]}
    assert bearer(story, "mid_year") == SAM.id
    assert bearer(story, "close") is None


def test_a_reassignment_leaves_with_others_what_is_theirs(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA).step(TESS, "peer report", "feedback", "evaluator", TOM, due_on=TODAY)
    story.assign(TESS, SAM, previous=PAULA)
    assert due(story, TOM) == {"week": ["peer report"]}
    assert due(story, SAM) == {}


def test_a_step_opened_before_anybody_evaluates_goes_to_the_first_evaluator(story: Story) -> None:
    story.open(TESS).step(TESS, "notice", "notice", "evaluator", None, due_on=TODAY)
    assert due(story, HANA, office=True) == {}, "it is no turn of the office"
    story.assign(TESS, PAULA)
    assert due(story, PAULA) == {"week": ["notice"]}


def test_the_office_is_told_which_cycle_lacks_evaluators(story: Story) -> None:
    def lacking(person: Person, office: bool = True) -> list[tuple[str, int]]:
        return [(one.cycle_title, one.evaluations) for one in home(story, person, office=office).unassigned]

    story.open(TESS).open(SAM)
    assert lacking(HANA) == [("2026–27", 2)]
    assert lacking(HANA, office=False) == []
    assert lacking(OTTO) == [], "another district's office"
    story.assign(TESS, PAULA)
    assert lacking(HANA) == [("2026–27", 1)]
    story.assign(SAM, PAULA)
    assert lacking(HANA) == []


def test_the_office_is_told_of_evaluations_whose_evaluator_is_gone(story: Story) -> None:
    def lacking(office: bool = True) -> list[int]:
        return [one.evaluations for one in home(story, HANA, office=office).unassigned]

    story.open(TESS).open(SAM).assign(TESS, PAULA).assign(SAM, UMA)
    story.tell(person_changed(UMA, roles=(RoleHeld(role="principal"),)))
    assert lacking() == []
    story.tell(person_changed(PAULA, active=False))
    assert lacking() == [1]
    assert lacking(office=False) == []
    story.tell(person_changed(UMA, roles=(RoleHeld(role="principal", ends=TODAY), RoleHeld(role="teacher"))))
    assert lacking() == [2], "a role that has ended is none"
    story.close(TESS, PAULA)
    assert lacking() == [1], "what is closed waits for nobody"
    begins_later = RoleHeld(role="principal", begins=TODAY + timedelta(days=1))
    story.tell(person_changed(UMA, roles=(begins_later,)))
    assert lacking() == [1], "a role that has not begun is none yet"
    ends_later = RoleHeld(role="principal", ends=TODAY + timedelta(days=1))
    story.tell(person_changed(UMA, roles=(begins_later, ends_later)))
    assert lacking() == [], "one holds until the other begins"
    story.tell(person_changed(UMA, roles=(RoleHeld(role="site_administrator"),)))
    assert lacking() == []
    untold = replace(SAM, id=derived_id("person", "of whom the directory has not told"))
    story.open(HANA).assign(HANA, untold)
    assert lacking() == [], "somebody the directory has not told of is not gone"
    story.tell(person_changed(untold, active=False))
    assert lacking() == [1], "and when it tells, it is known"


def test_the_office_sees_its_own_turns(story: Story) -> None:
    story.open(TESS).step(TESS, "close", "close", "office", None, due_on=date(2026, 9, 1))
    assert due(story, HANA, office=True) == {"late": ["close"]}
    assert due(story, HANA) == {}
    assert due(story, OTTO, office=True) == {}, "another district's office"


def test_closing_takes_duties_away_and_leaves_opportunities(story: Story) -> None:
    story.open(TESS, (planned("mid_year", "conference", "evaluator", TODAY),)).assign(TESS, PAULA)
    story.step(TESS, "feedback", "feedback", "evaluator", PAULA)
    story.step(TESS, "respond", "response", "subject", TESS, required=False)
    story.close(TESS, PAULA)
    assert [row["step_id"] for row in story.rows(due_item)] == ["respond"]


def test_next_is_the_first_dated_step_to_come(story: Story) -> None:
    steps = (
        planned("undated", "conference", "evaluator", None),
        planned("summative", "summative", "evaluator", date(2027, 5, 1)),
        planned("mid_year", "conference", "evaluator", date(2027, 1, 14)),
        planned("goals", "form", "subject", date(2026, 9, 30)),
    )
    story.open(TESS, steps).assign(TESS, PAULA)
    found, own = home(story, PAULA).next, home(story, TESS).next
    assert found is not None and (found.step_id, found.person, found.own) == ("mid_year", "Tess Kim", False)
    assert own is not None and (own.step_id, own.person, own.own) == ("goals", "Paula Alvarez", True)
    story.step(TESS, "mid_year", "conference", "evaluator", PAULA, due_on=date(2027, 1, 14))
    assert home(story, PAULA).next is None, "something is due, so nothing is said of what is to come"
    story.done(TESS, "mid_year", "conference", PAULA)
    after = home(story, PAULA).next
    assert after is not None and after.step_id == "summative"


def test_what_would_be_refused_today_is_due_for_nobody_and_comes_next(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA)
    story.step(TESS, "close", "close", "evaluator", PAULA, not_before=date(2026, 9, 3))
    assert due(story, PAULA) == {}
    coming = home(story, PAULA).next
    assert coming is not None and (coming.step_id, coming.not_before) == ("close", date(2026, 9, 3))
    assert home(story, TESS).next is None
    story.step(TESS, "close", "close", "evaluator", PAULA, not_before=TODAY)
    assert due(story, PAULA) == {"later": ["close"]}, "its day has come, and no event with it"
    story.step(TESS, "close", "close", "evaluator", PAULA, not_before=date(2026, 9, 3))
    assert due(story, PAULA) == {}
    story.done(TESS, "respond", "response", TESS, "filed", duty="subject")
    story.step(TESS, "close", "close", "evaluator", PAULA)
    assert due(story, PAULA) == {"later": ["close"]}, "what it waited for has come sooner"
    rows = story.rows(due_item)
    assert story.replay().rows(due_item) == rows


def test_what_comes_next_is_whichever_of_both_kinds_is_sooner(story: Story) -> None:
    story.open(TESS, (planned("mid_year", "conference", "evaluator", date(2026, 9, 20)),)).assign(TESS, PAULA)
    for day, first in ((date(2026, 9, 21), "mid_year"), (date(2026, 9, 19), "close")):
        story.step(TESS, "close", "close", "evaluator", PAULA, not_before=day)
        found = home(story, PAULA).next
        assert found is not None and found.step_id == first


def test_the_office_is_not_offered_it_either(story: Story) -> None:
    story.open(TESS).step(TESS, "close", "close", "office", None, not_before=date(2026, 9, 3))
    assert due(story, HANA, office=True) == {}
    with transaction(story.web, NORTH) as connection:
        asked = {"today": TODAY, "offset": 0, "most": 5}
        assert due_in_group(connection, Holder(NORTH, HANA.id, office=True), "later", **asked) == ((), 0)


def test_a_closing_that_is_put_off_is_nobodys_turn(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA).step(TESS, "close", "close", "evaluator", PAULA)
    story.done(TESS, "close", "close", None, "put_off")
    assert due(story, PAULA) == {}
    story.assign(TESS, SAM, previous=PAULA).step(TESS, "close", "close", "evaluator", SAM)
    assert due(story, SAM) == {"later": ["close"]}


def test_a_group_in_pages_adds_up(story: Story) -> None:
    story.open(TESS).assign(TESS, PAULA)
    for number in range(7):
        story.step(TESS, f"step {number}", "feedback", "evaluator", PAULA, due_on=date(2026, 8, 1 + number))
    assert len(due(story, PAULA, most=3)["late"]) == 3
    seen: list[str] = []
    with transaction(story.engine, NORTH) as connection:
        for offset in (0, 3, 6):
            rows, total = due_in_group(connection, Holder(NORTH, PAULA.id), "late", today=TODAY, offset=offset, most=3)
            assert total == 7
            seen += [row.step_id for row in rows]
    assert seen == [f"step {number}" for number in range(7)]


def test_two_districts_never_meet(story: Story) -> None:
    story.open(OTTO).open(TOM)
    story.step(TOM, "close", "close", "office", None)
    with transaction(story.web, SOUTH) as connection:
        rows, total = due_in_group(
            connection, Holder(NORTH, HANA.id, office=True), "later", today=TODAY, offset=0, most=5
        )
    assert (rows, total) == ((), 0), "even a query for the wrong district finds nothing behind row-level security"
