"""Every page of an evaluation at desk and phone width, light and dark: looked over by axe, kept as pictures, never too wide."""

import dataclasses
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.evaluation.core.domain import commands as c
from tests.integration.evaluation.test_earlier_open import opened
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SECRET
from tests.support.browser import PHONE, audit, look_over, picture
from tests.support.teacher_world import World

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
WORDS = "Asks each group what they have found and waits for the answer;"


def plain(command: c.Command) -> c.Command:
    """The command with words people might have written."""

    def written(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(SECRET, WORDS)
        if isinstance(value, tuple):
            return tuple(written(one) for one in value)
        if isinstance(value, dict):
            return {name: written(one) for name, one in value.items()}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.replace(
                value, **{one.name: written(getattr(value, one.name)) for one in dataclasses.fields(value) if one.init}
            )
        return value

    found: c.Command = written(command)
    return found


STAGES: tuple[tuple[type[c.Command], int, tuple[tuple[str, UUID, str], ...]], ...] = (
    (c.SubmitForm, 1, (("self-assessment", MARIA, "/forms/self_assessment"), ("start", MARIA, ""))),
    (c.SubmitForm, 2, (("goals", MARIA, "/forms/goals"),)),
    (c.AgreeToForm, 1, (("agree", RUTH, "/agree/goals_agreed"), ("agree-as-read", MARIA, "/agree/goals_agreed"))),
    (c.BeginOccasion, 1, (("begin", RUTH, "/occasions/new"), ("announce", RUTH, "/occasions/new?type=announced"))),
    (
        c.RecordObservation,
        1,
        (
            ("evaluator-midway", RUTH, ""),
            ("observation", RUTH, "/occasions/{last}"),
            ("announced", MARIA, "/occasions/{last}"),
            ("reschedule", RUTH, "/occasions/{last}/reschedule"),
            ("withdraw", RUTH, "/occasions/{last}/withdraw"),
            ("conference", RUTH, "/conferences/mid_year"),
        ),
    ),
    (c.SendFeedback, 1, (("observation-saved", RUTH, "/occasions/{last}"),)),
    (c.OpenDocument, 1, (("subject-unread", MARIA, ""), ("feedback", MARIA, "/occasions/{last}"))),
    (c.AddContext, 1, (("context", MARIA, "/context"),)),
    (c.SendSummative, 1, (("rate", RUTH, "/summative"), ("not-yet-signed", MARIA, "/sign"))),
    (c.OpenDocument, 2, (("sign-unopened", MARIA, "/sign"),)),
    (
        c.Sign,
        1,
        (
            ("summative", MARIA, "/summative"),
            ("score", MARIA, "/score"),
            ("sign", MARIA, "/sign"),
            ("respond", MARIA, "/respond"),
        ),
    ),
    (c.Close, 1, (("close", RUTH, "/close"),)),
    (
        c.WaiveResponse,
        1,
        (
            ("subject-closed", MARIA, ""),
            ("office-closed", OMAR, ""),
            ("record", MARIA, "/record"),
            ("copy", MARIA, "/copy"),
        ),
    ),
)


def walk(world: World) -> Iterator[tuple[str, UUID, str]]:
    """The year, stopped before the nth command of each kind named above (and at its end): name, person, path."""
    moments = world.year()
    reached = 0
    for kind, nth, pages in STAGES:
        numbers = [number for number, one in enumerate(moments) if isinstance(one.command, kind)]
        until = numbers[nth - 1] if numbers else len(moments)
        for moment in moments[reached:until]:
            world.do(plain(moment.command), moment.at)
        reached = until
        world.set_clock(moments[max(until, 1) - 1].at + timedelta(minutes=1))
        occasions = world.evaluation().occasions
        yield from (
            (name, person, path.format(last=occasions[-1].id) if occasions else path) for name, person, path in pages
        )


def test_every_page_at_every_width_in_light_and_dark(world: World, open_as: Open) -> None:
    wrong: list[str] = []
    for name, person, path in walk(world):
        page = open_as(person)
        answer = page.goto(page.home + path)
        assert answer.status == 200, name
        wrong += look_over(page, f"evaluation-{name}")
        page.context.close()
    assert wrong == []


def test_lists_and_the_offices_pages_at_every_width(world: World, open_as: Open) -> None:
    world.play(8)
    cycle, wrong = f"/cycles/{world.cycle.id}", []
    empty = opened(world, "Opened by mistake")
    for name, person, path in (
        ("people", RUTH, "/people"),
        ("mine", MARIA, "/mine"),
        ("cycles", OMAR, "/cycles"),
        ("cycle-new", OMAR, "/cycles/new"),
        ("board", OMAR, cycle),
        ("begin", OMAR, f"{cycle}/add"),
        ("assign", OMAR, f"{cycle}/assign?evaluation_ids={world.evaluation_id}"),
        ("board-empty", OMAR, f"/cycles/{empty.id}"),
        ("take-back", OMAR, f"/cycles/{empty.id}/take-back"),
        ("agreements", MARIA, "/agreements"),
        ("agreement", MARIA, f"/agreements/{world.agreement.content_hash}"),
    ):
        page = open_as(person)
        answer = page.goto(page.home.split("/evaluations/")[0] + path)
        assert answer.status == 200, name
        wrong += look_over(page, f"office-{name}")
        page.context.close()
    assert wrong == []


def test_the_longest_clause_of_the_agreement_wraps_on_a_phone(world: World, open_as: Open) -> None:
    """Each is put in the chip that is shown, for which step is next in this evaluation is chance."""
    steps = [step for track in world.agreement.procedure.tracks.values() for step in track.steps]
    clauses = {step.clause for step in steps if step.clause is not None}
    world.play_until(c.Sign)
    page = open_as(MARIA, viewport=PHONE)
    page.goto(page.home)
    chip = page.locator(".next .clause")
    for clause in clauses:
        chip.evaluate("(chip, words) => { chip.textContent = words }", clause)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], clause


def test_the_score_follows_the_ratings_and_prints_on_one_page(world: World, open_as: Open) -> None:
    world.play_until(c.SendSummative)
    moments = world.year()
    number = next(place for place, one in enumerate(moments) if isinstance(one.command, c.SendSummative))
    world.set_clock(moments[number].at)
    page = open_as(RUTH)
    page.goto(f"{page.home}/summative")
    assert "nothing is rated yet" in page.locator("#worked-line").inner_text()
    for component in world.agreement.instrument.components():
        group = page.get_by_role("group", name=f"{component.id} {component.title}", exact=True)
        group.get_by_text("Distinguished", exact=True).click()
    page.locator("#worked-line strong", has_text="Distinguished").wait_for()
    assert "= 32." in page.locator("#worked").inner_text()
    picture(page, "evaluation-rated-desk-light")
    page.get_by_role("button", name="Check, then send").click()
    page.get_by_role("heading", name="Send this to").wait_for()
    assert audit(page) == []
    picture(page, "evaluation-rate-check-desk-light")
    page.get_by_role("button", name="Send to María José Núñez-Ó Briain").click()
    page.get_by_text("Sent to María José Núñez-Ó Briain").wait_for()
    page.goto(f"{page.home}/score")
    for paper in ("A4", "Letter"):
        assert _pages(page.pdf(format=paper)) == 1, paper


def _pages(pdf: bytes) -> int:
    import re

    return len(re.findall(rb"/Type\s*/Page[^s]", pdf))


def test_the_heaviest_page_is_light_to_load(world: World, open_as: Open) -> None:
    world.play_until(c.RecordObservation)
    moments = world.year()
    number = next(place for place, one in enumerate(moments) if isinstance(one.command, c.RecordObservation))
    world.set_clock(moments[number].at)
    page = open_as(RUTH)
    page.goto(f"{page.home}/occasions/{world.evaluation().occasions[0].id}", wait_until="networkidle")
    bytes_loaded = page.evaluate(
        """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter((one) => !one.name.includes('/drafts/')).reduce((sum, one) => sum + one.transferSize, 0)"""
    )
    addresses = page.evaluate("performance.getEntriesByType('resource').map((one) => new URL(one.name).origin)")
    print(f"the observation's first load: {bytes_loaded} bytes")
    assert bytes_loaded < 100_000
    assert set(addresses) == {page.home.split("/teacher", 1)[0]}, "no third party is asked"


def test_nothing_stays_folded_on_paper(world: World, open_as: Open) -> None:
    world.play_until(c.FileResponse)
    page = open_as(RUTH)
    page.goto(page.home)
    said = (f"{SECRET} good", "Step by step", "Send the observation report")
    folded = [page.get_by_text(words, exact=True).first for words in said]
    assert [one.evaluate("one => one.checkVisibility()") for one in folded] == [False] * 3
    page.emulate_media(media="print")
    assert [one.evaluate("one => one.checkVisibility()") for one in folded] == [True] * 3
    picture(page, "evaluation-on-paper")
