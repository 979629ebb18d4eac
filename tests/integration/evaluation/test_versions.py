"""No form of an evaluation goes through without the version it was filled in on; what needs none says so itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.decisions import DECISIONS
from tests.support.annual_cycle import OMAR, ZONE, washington
from tests.support.forms import hidden
from tests.support.teacher_world import World

FREE = {c.BeginOccasion, c.AddContext, c.OpenDocument}
"""docs/decisions/collisions-by-part.md."""
WORDS = "words typed with care"
TIMES = {"day": "2026-10-05", "begins": "08:00", "ends": "08:45"}
LINES = {"begins": "08:00", "ends": "08:20", "text-1": WORDS, "for-1": "C1"}


@dataclass(frozen=True)
class Sent:
    """A form as it is sent. `before`: the command of the year before which it stands; `page`: where it is opened,
    `path` where it is sent; `{one}`: the first occasion; `writes`: whether this button sends it, or only tries it; `by`:
    who sends it, where that is not whoever gives the command."""

    before: type[c.Command]
    path: str
    typed: Mapping[str, str] = field(default_factory=dict)
    page: str = ""
    writes: bool = True
    by: UUID | None = None


def _goals(do: str) -> dict[str, str]:
    return {**{f"answer-{one}": WORDS for one in ("practice", "group", "class", "team")}, "do": do}


def _seen(do: str) -> dict[str, str]:
    return {**LINES, "strengths": "Clear aims", "do": do}


def _held(do: str) -> dict[str, str]:
    return {"begins": "06:00", "note": WORDS, "do": do}


RATED = {f"rating-{one}": "basic" for one in washington().instrument.component_ids}
ONE = "/occasions/{one}"
FORMS: Mapping[str, tuple[Sent, ...]] = {
    "track_forms.form": (
        Sent(c.SubmitForm, "/forms/goals", _goals("send")),
        Sent(c.SubmitForm, "/forms/goals", _goals("check"), writes=False),
    ),
    "track_forms.agree": (
        Sent(c.AgreeToForm, "/agree/goals_agreed", {"do": "agree"}),
        Sent(c.AgreeToForm, "/agree/goals_agreed", {"do": "agree", "reason": WORDS}, writes=False),
        Sent(c.AgreeToForm, "/agree/goals_agreed", {"do": "return", "reason": WORDS}),
    ),
    "occasions.observation": (
        Sent(c.SendFeedback, f"{ONE}/observation", _seen("save"), page=ONE),
        Sent(c.SendFeedback, f"{ONE}/observation", _seen("check"), page=ONE, writes=False),
    ),
    "occasions.feedback": (Sent(c.SendFeedback, f"{ONE}/feedback", _seen("send"), page=ONE),),
    "occasions.reschedule": (Sent(c.HoldConference, f"{ONE}/reschedule", {**TIMES, "place": WORDS}),),
    "occasions.withdraw": (Sent(c.HoldConference, f"{ONE}/withdraw", {"reason": WORDS}),),
    "occasions.conference": (
        Sent(c.HoldConference, "/conferences/announced/1/pre_conference", _held("send")),
        Sent(c.HoldConference, "/conferences/announced/1/pre_conference", _held("check"), writes=False),
    ),
    "ending.summative": (
        Sent(c.SendSummative, "/summative", {**RATED, "comment": WORDS, "do": "send"}),
        Sent(c.SendSummative, "/summative", {**RATED, "comment": WORDS, "do": "check"}, writes=False),
    ),
    "ending.sign": (
        Sent(c.Sign, "/sign", {"do": "sign", "note": WORDS}),
        Sent(c.Sign, "/sign", {"do": "refuse", "note": WORDS}),
    ),
    "ending.respond": (
        Sent(c.FileResponse, "/respond", {"do": "send", "text": WORDS}),
        Sent(c.FileResponse, "/respond", {"do": "none", "text": WORDS}, writes=False),
        Sent(c.FileResponse, "/respond", {"do": "waive"}),
    ),
    "ending.close": (Sent(c.Close, "/close", {"do": "close"}),),
    "ending.end_early": (Sent(c.Sign, "/end-early", {"reason": WORDS}, by=OMAR),),
}
ADDING = {
    "occasions.new": Sent(c.SendSummative, "/occasions/new?type=walkthrough"),
    "evaluation.context": Sent(c.AddContext, "/context", {"text": WORDS}),
}
"""Forms whose command needs no version."""


def staged(world: World, form: Sent) -> tuple[Any, str, dict[str, str]]:
    """Whoever sends it, signed in where the form stands; where it is sent; the fields it is sent with, all of them."""
    moment = next(one for one in world.year() if isinstance(one.command, form.before))
    world.play_until(form.before)
    world.set_clock(moment.at)
    occasions = world.evaluation().occasions
    base, ids = f"/evaluations/{world.evaluation_id}", {"one": occasions[0].id if occasions else ""}
    client = world.client(form.by or moment.command.actor_id)
    page = client.get(f"{base}{form.page or form.path}".format(**ids))
    held = (occasions[0].scheduled_from if form.before is c.SendFeedback else None) or moment.at
    day = {"day": held.astimezone(ZoneInfo(ZONE)).date().isoformat()} if "begins" in form.typed else {}
    return client, f"{base}{form.path}".format(**ids), {**hidden(page), **day, **form.typed}


@pytest.mark.parametrize("form", [one for forms in FORMS.values() for one in forms], ids=lambda one: str(one.path))
def test_a_form_without_its_version_is_shown_again_and_never_written(world: World, form: Sent) -> None:
    client, path, fields = staged(world, form)
    version = world.evaluation().version
    del fields["version"]
    refused = client.post(path, data=fields)
    assert refused.status_code == 428, refused.text
    assert "Look at this once more before it is sent" in refused.text
    assert "Compare it with the record" in refused.text, "the form's own page, not a page about the refusal"
    assert WORDS not in fields.values() or WORDS in refused.text
    assert world.evaluation().version == version
    again = {**fields, "version": hidden(refused)["version"]}
    assert again["version"] == str(version), "it builds on the present state when it is sent again"
    assert client.post(path, data=again).status_code == (303 if form.writes else 200)
    assert (world.evaluation().version > version) is form.writes


@pytest.mark.parametrize("form", ADDING.values(), ids=ADDING)
def test_what_overwrites_nothing_needs_no_version(world: World, form: Sent) -> None:
    client, path, fields = staged(world, form)
    fields.pop("version", None)
    assert client.post(path, data=fields).status_code == 303


def test_every_form_of_an_evaluation_was_tried(world: World) -> None:
    forms = {
        rule.endpoint
        for rule in world.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and "evaluation_id" in rule.arguments and not rule.rule.startswith("/api/")
    }
    assert forms == {*FORMS, *ADDING}


def test_only_what_overwrites_nothing_needs_no_version() -> None:
    assert {command for command in DECISIONS if not command.needs_version} == FREE
