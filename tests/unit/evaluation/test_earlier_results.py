"""A track that carries an earlier result forward is begun only where a score can come out of it."""

import pytest

from services.evaluation.core.domain.score import may_come_out, score
from tests.support.agreements import LEVELS, washington


@pytest.mark.parametrize(
    ("earlier", "may"),
    [("unsatisfactory", False), ("basic", False), ("proficient", True), ("distinguished", True), (None, False)],
)
def test_the_focused_track_is_for_proficient_and_distinguished(earlier: str | None, may: bool) -> None:
    assert may_come_out(washington(), "focused", earlier) is may


@pytest.mark.parametrize("earlier", LEVELS)
@pytest.mark.parametrize("exemplary", ["yes", "no"])
def test_it_may_come_out_exactly_where_it_then_does(earlier: str, exemplary: str) -> None:
    trace = score(washington(), "focused", {"last_comprehensive": earlier, "exemplary": exemplary})
    assert may_come_out(washington(), "focused", earlier) is (trace.lacks == ())


@pytest.mark.parametrize("earlier", [*LEVELS, None])
def test_a_track_that_carries_nothing_forward_is_for_everyone(earlier: str | None) -> None:
    assert may_come_out(washington(), "comprehensive", earlier)
