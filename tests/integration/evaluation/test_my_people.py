"""The list of those somebody evaluates: what is late now shows worst, the latest first, and cycles are told apart."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from services.evaluation.core.domain.decisions import decide
from services.evaluation.core.domain.decisions.guards import Case
from services.evaluation.core.domain.evaluation import Evaluation
from services.evaluation.core.domain.evolve import evolve
from services.evaluation.core.domain.policy import relations
from services.evaluation.core.domain.sight import seen_by
from services.evaluation.core.handlers import open_cycle, open_evaluations
from services.evaluation.core.store.lists import ListedEvaluation, Person, evaluated_by
from services.evaluation.core.store.queries import Shown
from services.evaluation.core.store.repository import Repository
from services.evaluation.core.store.summary import OpenStep, summarize
from services.evaluation.core.web.about import About
from services.evaluation.core.web.rows import by_next, due_words, next_step, step_words, strip
from services.evaluation.core.web.turns import turns
from shared.db import transaction
from shared.ids import derived_id
from tests.support.annual_cycle import DISTRICT, MARIA, RUTH, START, cycle, opening, washington
from tests.support.teacher_world import World
from tests.unit.evaluation.test_annual_cycle import begun, year

TODAY = date(2026, 11, 22)


def test_late_now_is_told_from_done_late_and_from_open() -> None:
    agreement, evaluation = washington(), begun()
    summary = summarize(evaluation, agreement)
    kinds = {mark.name: (mark.kind, mark.word) for mark in strip(summary, TODAY)}
    assert kinds["Self-assessment"] == ("late", "late")
    assert {mark.kind for mark in strip(summary, date(2026, 9, 1))} <= {"now", "waiting"}
    first = year()[0]
    at = START + timedelta(days=80)
    after = evolve(evaluation, decide(Case(evaluation, agreement, at), first.command))
    kinds = {mark.name: (mark.kind, mark.word) for mark in strip(summarize(after, agreement), TODAY)}
    assert kinds["Self-assessment"] == ("done-late", "done late")


def test_what_may_be_left_is_never_called_late() -> None:
    assert due_words(date(2026, 11, 1), TODAY, False) == "Its day was Sun 1 Nov 2026"
    assert due_words(date(2026, 11, 1), TODAY).startswith("Late since")
    assert due_words(date(2026, 11, 30), TODAY, False) == due_words(date(2026, 11, 30), TODAY)


def test_the_latest_stand_first_by_what_the_list_shows() -> None:
    summary = summarize(begun(), washington())

    def row(name: str, **due: date | None) -> ListedEvaluation:
        steps = tuple(
            OpenStep(duty, duty, "conference", duty, True, day, None, None, "/", True) for duty, day in due.items()
        )
        person = Person(derived_id("person", name), name, name)
        ruth = Person(RUTH, "Ruth", "Ruth")
        return ListedEvaluation(
            derived_id("evaluation", name),
            1,
            person,
            ruth,
            None,
            "2026-27",
            replace(summary, open=steps),
            None,
            None,
            None,
        )

    rows = [
        row("her own, in February", subject=date(2026, 9, 28), evaluator=date(2027, 2, 15)),
        row("nothing with a date", evaluator=None),
        row("late since October", evaluator=date(2026, 10, 5)),
        row("late since September", evaluator=date(2026, 9, 28)),
    ]
    shown = [one.subject.name for one in by_next(rows, RUTH)]
    assert shown == ["late since September", "late since October", "her own, in February", "nothing with a date"]


@pytest.mark.parametrize("viewer", [MARIA, RUTH])
def test_a_list_names_the_step_that_the_evaluation_s_page_names_first(world: World, viewer: UUID) -> None:
    agreement, evaluation = washington(), begun()
    people = {MARIA: "Maria", RUTH: "Ruth"}
    named, announced = [], 0
    with world.app.test_request_context():
        for moment in year():
            evaluation = evolve(evaluation, decide(Case(evaluation, agreement, moment.at), moment.command))
            today = moment.at.date()
            held = relations(evaluation, viewer, office=False, evaluates=True)
            seen = seen_by(held, evaluation, agreement)
            page = turns(About(Shown(evaluation, "", "", None, people, "", ""), seen, agreement, held, viewer, today))
            step = next_step(_row_of(evaluation), viewer)
            if not page or page[0].kind in ("occasions", "close"):  # which a list words otherwise
                continue
            assert step is not None
            assert (step.step, step_words(step, today)) == (page[0].key, page[0].words)
            named.append(step.step)
            announced += "announced for" in page[0].words
    assert len(set(named)) > 4
    assert announced


def _row_of(evaluation: Evaluation) -> ListedEvaluation:
    maria, ruth = Person(MARIA, "Maria", "Maria"), Person(RUTH, "Ruth", "Ruth")
    summary = summarize(evaluation, washington())
    return ListedEvaluation(evaluation.id, 1, maria, ruth, None, "2026-27", summary, None, None, None)


def test_two_cycles_of_one_person_are_told_apart(world: World) -> None:
    ruth = world.client(RUTH)
    assert 'class="of-cycle"' not in ruth.get("/people").text, "with one cycle there is nothing to tell apart"
    second = cycle(washington(), "Probezyklus")
    with transaction(world.engine, DISTRICT) as connection:
        store = Repository(connection, DISTRICT, "teacher")
        open_cycle(store, second, START.date())
        open_evaluations(store, second, [opening(second.id, evaluation_id=derived_id("evaluation", "again"))], START)
        assert len(evaluated_by(connection, DISTRICT, RUTH)) == 2
    page = ruth.get("/people").text
    assert page.count('class="of-cycle"') == 2
    assert ">Probezyklus</span>" in page and ">2026-27</span>" in page
    assert "One person. 2 evaluations." in page
