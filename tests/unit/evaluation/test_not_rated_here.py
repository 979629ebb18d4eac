"""A component that the track does not rate is not said to be none of the instrument's."""

from dataclasses import replace

import pytest

from services.evaluation.core.domain import commands as c
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.decisions import decide
from services.evaluation.core.domain.decisions.guards import Case
from services.evaluation.core.domain.refusals import Refused
from tests.unit.evaluation.test_annual_cycle import AGREEMENT, before


def without(component: str) -> Agreement:
    """The agreement, its comprehensive track rating one component less."""
    track = AGREEMENT.procedure.tracks["comprehensive"]
    steps = tuple(replace(step, rates=tuple(one for one in step.rates if one != component)) for step in track.steps)
    tracks = {**AGREEMENT.procedure.tracks, "comprehensive": replace(track, steps=steps)}
    return replace(AGREEMENT, procedure=replace(AGREEMENT.procedure, tracks=tracks))


@pytest.mark.parametrize(("component", "code"), [("C3", "not_rated_here"), ("C99", "no_such_component")])
def test_each_refusal_says_what_is_so(component: str, code: str) -> None:
    evaluation, moment = before(c.SendSummative)
    command = moment.command
    assert isinstance(command, c.SendSummative)
    rated = {name: level for name, level in command.ratings.items() if name != "C3"}
    sent = replace(command, ratings={**rated, component: "proficient"})
    with pytest.raises(Refused) as refused:
        decide(Case(evaluation, without("C3"), moment.at), sent)
    assert refused.value.code == code
    assert refused.value.fields == {f"ratings/{component}": code}
