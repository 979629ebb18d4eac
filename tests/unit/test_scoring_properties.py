"""What holds for every score: total, monotone, deaf to order, "not applicable" never a zero, and provable from JSON."""

import json
from collections.abc import Mapping
from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.evaluation.core.domain.instrument import Level, Scale
from services.evaluation.core.domain.score import recompute, score
from services.evaluation.core.domain.scoring.bands import Band, Bands
from services.evaluation.core.domain.scoring.kinds import Numbers
from services.evaluation.core.domain.scoring.operator import Grounds
from services.evaluation.core.domain.scoring.trace_json import trace_from_json, trace_to_json
from services.evaluation.core.domain.scoring.values import Lack, NotComputable, Number
from tests.support.agreements import CRITERIA, GROWTH, LEVELS, ratings, washington

points = st.integers(1, 4)
criteria = st.lists(points, min_size=8, max_size=8)
growth = st.lists(points, min_size=5, max_size=5)
everything = st.builds(ratings, criteria, growth)
words = st.sampled_from((*LEVELS, "not_applicable"))
answers = st.fixed_dictionaries({}, optional=dict.fromkeys((*CRITERIA, *GROWTH), words))
judgments = st.sampled_from(("yes", "no"))
focused = st.fixed_dictionaries({}, optional={"last_comprehensive": words, "exemplary": judgments})


def by_hand(criteria: list[int], growth: list[int]) -> str:
    """The published rule as one would write it for this system alone."""
    total, grown = sum(criteria), sum(growth)
    level = LEVELS[0 if total <= 14 else 1 if total <= 21 else 2 if total <= 28 else 3]
    low = 1 in growth or grown <= 12
    return "proficient" if level == "distinguished" and low else level


def final(found: Mapping[str, str]) -> str:
    level = score(washington(), "comprehensive", found).level
    assert level is not None
    return level


@given(criteria, growth)
def test_every_input_has_a_result_and_it_is_the_published_one(criteria: list[int], growth: list[int]) -> None:
    assert final(ratings(criteria, growth)) == by_hand(criteria, growth)


@given(criteria, growth, st.integers(0, 12))
def test_a_better_rating_never_lowers_the_result(criteria: list[int], growth: list[int], place: int) -> None:
    both = [*criteria, *growth]
    assume(both[place] < 4)
    better = [*both]
    better[place] += 1
    before, after = final(ratings(both[:8], both[8:])), final(ratings(better[:8], better[8:]))
    assert LEVELS.index(after) >= LEVELS.index(before)


@given(criteria, growth, st.randoms())
def test_the_order_of_ratings_is_of_no_account(criteria: list[int], growth: list[int], chance: object) -> None:
    mixed, grown = [*criteria], [*growth]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    chance.shuffle(grown)  # type: ignore[attr-defined]
    assert final(ratings(mixed, grown)) == final(ratings(criteria, growth))


@given(everything, st.permutations([*CRITERIA, *GROWTH]))
def test_the_order_of_answers_is_of_no_account(found: Mapping[str, str], order: list[str]) -> None:
    assert score(washington(), "comprehensive", {name: found[name] for name in order}) == score(
        washington(), "comprehensive", found
    )


@given(everything, st.sets(st.sampled_from((*CRITERIA, *GROWTH)), min_size=1), st.booleans())
def test_what_is_lacking_is_named_and_never_counted(found: Mapping[str, str], lacking: set[str], said: bool) -> None:
    kept = {name: level for name, level in found.items() if name not in lacking}
    if said:
        kept |= dict.fromkeys(lacking, "not_applicable")
    trace = score(washington(), "comprehensive", kept)
    why = "not_applicable" if said else "missing"
    assert isinstance(trace.result, NotComputable)
    assert set(trace.lacks) == {Lack(name, why) for name in lacking}
    for step in trace.steps:
        touched = lacking & set(CRITERIA if step.id.startswith("criteria") else GROWTH)
        if step.id != "final":
            assert isinstance(step.result, NotComputable) == bool(touched), step.id
        if isinstance(step.result, Number):
            assert step.result.number == sum(LEVELS.index(found[name]) + 1 for name in step.reads)


@settings(max_examples=60)
@given(answers)
def test_a_trace_proves_itself_from_its_json(found: dict[str, str]) -> None:
    trace = score(washington(), "comprehensive", found)
    back = trace_from_json(json.loads(json.dumps(trace_to_json(trace))))
    assert back == trace == recompute(back, washington())


@given(focused)
def test_the_focused_track_proves_itself_too(found: dict[str, str]) -> None:
    trace = score(washington(), "focused", found)
    back = trace_from_json(json.loads(json.dumps(trace_to_json(trace))))
    assert back == trace == recompute(back, washington())
    complete = len(found) == 2 and found["last_comprehensive"] in ("proficient", "distinguished")
    assert (trace.level is not None) == complete
    if complete:
        raised = found == {"last_comprehensive": "proficient", "exemplary": "yes"}
        assert trace.level == ("distinguished" if raised else found["last_comprehensive"])


STEPS = Scale("steps", "Steps", tuple(Level(f"l{number}", None, "", "") for number in range(5)))
bound = st.integers(-3, 15)


@settings(max_examples=400)
@given(st.lists(st.tuples(bound, bound), min_size=1, max_size=5), st.integers(-2, 4), st.integers(0, 8))
def test_bands_hold_exactly_where_every_number_falls_in_one(
    bounds: list[tuple[int, int]], low: int, width: int
) -> None:
    """The checks against trying every number there can be."""
    numbers = range(low, low + width + 1)
    made = tuple(Band(f"l{index}", Decimal(start), Decimal(end)) for index, (start, end) in enumerate(bounds))
    operator = Bands("sum", "steps", Decimal(1), made)
    kind = Numbers(Decimal(low), Decimal(low + width), Decimal(1))
    found = operator.check(Grounds({"sum": kind}, {"steps": STEPS}))
    hits = {
        number: [index for index, (start, end) in enumerate(bounds) if start <= number <= end] for number in numbers
    }
    each_once = all(len(hit) == 1 for hit in hits.values())
    in_order = [hit[0] for hit in hits.values() if hit] == sorted(hit[0] for hit in hits.values() if hit)
    all_reached = {index for hit in hits.values() for index in hit} == set(range(len(bounds)))
    assert (not found.findings) == (each_once and in_order and all_reached), found.findings


@given(st.lists(st.integers(1, 6), min_size=1, max_size=5))
def test_neighbouring_bands_always_hold(widths: list[int]) -> None:
    start, made = 0, []
    for index, width in enumerate(widths):
        made.append(Band(f"l{index}", Decimal(start), Decimal(start + width - 1)))
        start += width
    kind = Numbers(Decimal(0), Decimal(start - 1), Decimal(1))
    checked = Bands("sum", "steps", Decimal(1), tuple(made)).check(Grounds({"sum": kind}, {"steps": STEPS}))
    assert checked.findings == ()
