"""What the pages of one evaluation hold, what they cost, and that text stays text."""

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.events import Event
from services.evaluation.core.domain.evolve import APPLY
from services.evaluation.core.web.entry_words import WORDS
from tests.support.annual_cycle import MARIA, OMAR, RUTH, SECRET, Moment
from tests.support.statements import counted
from tests.support.teacher_world import World

PAGES = (
    "", "/forms/goals", "/forms/self_assessment", "/agree/goals_agreed", "/occasions/new", "/occasions/new?type=announced",
    "/occasions/{one}", "/occasions/{two}", "/occasions/{two}/observation", "/occasions/{two}/reschedule",
    "/occasions/{two}/withdraw", "/conferences/mid_year", "/summative", "/score", "/score.json", "/sign", "/respond",
    "/close", "/context", "/record", "/copy", "/copy.html", "/copy.json",
)  # fmt: skip
HTML = '<script>alert("x")</script><img src=x onerror=alert(1)>&amp; "quoted" \'single\''


def addresses(world: World) -> list[str]:
    occasions = world.evaluation().occasions
    ids = {"one": occasions[0].id, "two": occasions[-1].id}
    return [f"/evaluations/{world.evaluation_id}{path.format(**ids)}" for path in PAGES]


def stages(world: World) -> Iterator[str]:
    """The year played step by step; after each step its name."""
    moments = world.year()
    first = next(number for number, moment in enumerate(moments) if isinstance(moment.command, c.BeginOccasion)) + 1
    world.play(first)
    world.set_clock(moments[first - 1].at)
    for moment in moments[first:]:
        yield type(moment.command).__name__
        world.do(moment.command, moment.at)
        world.set_clock(moment.at + timedelta(minutes=1))
    yield "closed"


def test_no_page_of_any_stage_fails_or_asks_more_than_five_times(world: World) -> None:
    """The first reading of a document is not counted: it notes that it was opened, and so writes."""
    wrong = []
    most = 0
    for stage in stages(world):
        for person in (RUTH, OMAR, MARIA):
            client = world.client(person)
            for address in addresses(world):
                with counted(world.app) as statements:
                    status = client.get(address).status_code
                reading = any("INSERT INTO record" in statement for statement in statements)
                if status >= 500 or (len(statements) > 5 and not reading):
                    wrong.append((stage, person, address, status, len(statements)))
                most = max(most, 0 if reading else len(statements))
    assert wrong == []
    assert most > 2, "the statements were counted"


def rewritten(moment: Moment) -> Moment:
    """The same command with HTML in every text somebody wrote."""

    def spoil(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(SECRET, HTML)
        if isinstance(value, tuple):
            return tuple(spoil(one) for one in value)
        if isinstance(value, dict):
            return {name: spoil(one) for name, one in value.items()}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.replace(
                value, **{one.name: spoil(getattr(value, one.name)) for one in dataclasses.fields(value) if one.init}
            )
        return value

    return Moment(spoil(moment.command), moment.at)


def test_html_that_people_write_is_shown_as_they_wrote_it(world: World) -> None:
    for moment in [rewritten(one) for one in world.year()]:
        world.do(moment.command, moment.at)
        world.set_clock(moment.at)
    found = 0
    for person in (MARIA, RUTH, OMAR):
        client = world.client(person)
        for address in addresses(world):
            page = client.get(address)
            if page.mimetype == "text/html" and page.status_code == 200:
                assert "<script>alert" not in page.text, address
                assert "<img src=x" not in page.text, address
                found += page.text.count("&lt;script&gt;alert")
    assert found > 100


def test_text_with_lines_is_shown_with_its_lines(world: World) -> None:
    moments = world.year()
    world.play(1)
    answers = dict.fromkeys(("practice", "group", "class", "team"), "First line\n  indented\n\nlast line")
    goals = c.SubmitForm(evaluation_id=world.evaluation_id, actor_id=MARIA, step="goals", answers=answers)
    world.do(goals, moments[1].at)
    world.set_clock(moments[1].at)
    page = world.client(RUTH).get(f"/evaluations/{world.evaluation_id}/forms/goals").text
    assert '<p class="said">First line\n  indented\n\nlast line</p>' in page


def test_the_one_sentence_on_top_says_whose_turn_by_when_and_under_which_clause(world: World) -> None:
    moments = world.year()
    second = next(number for number, one in enumerate(moments) if isinstance(one.command, c.SendFeedback))
    world.play(second)
    world.set_clock(moments[second].at)
    base = f"/evaluations/{world.evaluation_id}"
    ruth = world.client(RUTH).get(base).text
    top = ruth.split('<section class="next', 1)[1].split("</section>", 1)[0]
    assert "Your turn: Announced observation 1: Send the observation report" in top
    assert "WA-08 (WAC 392-191-040)" in top
    assert f"/occasions/{world.evaluation().occasions[0].id}" in top
    maria = world.client(MARIA).get(base).text
    top = maria.split('<section class="next', 1)[1].split("</section>", 1)[0]
    assert "Waiting for Ruth Alvarez: Announced observation 1: Send the observation report" in top
    world.set_clock(moments[second].at + timedelta(days=30))
    assert "Late since" in world.client(RUTH).get(base).text


def test_the_record_has_words_for_every_event() -> None:
    assert set(WORDS) == {kind.__name__ for kind in APPLY}
    assert all(issubclass(kind, Event) for kind in APPLY)


@pytest.mark.parametrize("person", [MARIA, RUTH, OMAR])
def test_every_entry_of_the_record_has_its_own_address(world: World, person: object) -> None:
    world.play()
    world.set_clock(world.year()[-1].at)
    client = world.client(person)  # type: ignore[arg-type]
    base = f"/evaluations/{world.evaluation_id}/record"
    version = world.evaluation().version
    page = client.get(base).text
    assert [f'id="n{number}"' in page for number in range(1, version + 1)] == [True] * version
    found = client.get(f"{base}?entry={version}")
    assert found.status_code == 303
    assert found.location.endswith(f"/record?page=1#n{version}")
    assert client.get(f"{base}?entry=99999").status_code == 200
    assert client.get(f"{base}?page=999999").status_code == 200


def test_a_long_record_comes_in_pages(world: World) -> None:
    at = world.year()[0].at
    world.set_clock(at)
    for number in range(110):
        added = c.AddContext(
            evaluation_id=world.evaluation_id, actor_id=MARIA, context_id=UUID(int=number + 1), text=f"context {number}"
        )
        world.do(added, at)
    client = world.client(MARIA)
    base = f"/evaluations/{world.evaluation_id}/record"
    first, second = client.get(base).text, client.get(f"{base}?page=2").text
    assert first.count('<li id="n') == 100
    assert second.count('<li id="n') == world.evaluation().version - 100
    assert 'rel="next"' in first
    assert client.get(f"{base}?entry=105").location.endswith("?page=2#n105")
