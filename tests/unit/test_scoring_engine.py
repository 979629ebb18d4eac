"""Working out a score: what is lacking, what is given, what is refused, and the trace as JSON that proves itself."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.evaluation.core.domain.score import OtherAgreementError, recompute, score, score_values
from services.evaluation.core.domain.scoring.bands import Band, Bands
from services.evaluation.core.domain.scoring.check import check_operators, check_scoring, kinds_of
from services.evaluation.core.domain.scoring.compute import ScoreInputError, compute
from services.evaluation.core.domain.scoring.gate import Gate
from services.evaluation.core.domain.scoring.integer_sum import IntegerSum
from services.evaluation.core.domain.scoring.kinds import Levels, Numbers
from services.evaluation.core.domain.scoring.trace_json import TraceFormatError, trace_from_json, trace_to_json
from services.evaluation.core.domain.scoring.tree import Node, ScoreInput, Scoring
from services.evaluation.core.domain.scoring.values import (
    InputValue,
    Judgment,
    Lack,
    NotApplicable,
    NotComputable,
    Number,
    Rated,
    Value,
)
from services.evaluation.core.domain.sources import Assumption, Citation
from tests.support.agreements import CRITERIA, GROWTH, ratings, washington

ALL_THREE = ratings([3] * 8, [3] * 5)


def test_a_whole_score_in_words() -> None:
    trace = score(washington(), "comprehensive", ratings([4, 4, 4, 4, 4, 3, 3, 3], [4, 4, 4, 4, 1]))
    assert list(trace.words()) == [
        "Sum of the eight criteria: The points add up: 4 + 4 + 4 + 4 + 4 + 3 + 3 + 3 = 29.",
        "Criteria level: Sum of the eight criteria is 29, in the band from 29 to 32: Distinguished.",
        "Sum of the five components of student growth: The points add up: 4 + 4 + 4 + 4 + 1 = 17.",
        "Student growth by its sum: Sum of the five components of student growth is 17, in the band from 13 to 17: Average.",
        "Student growth impact: At Unsatisfactory: Growth goals of a team. One is enough, so the result is Low.",
        "Summative rating: The cap applies (Criteria level = Distinguished, Student growth impact = Low): "
        "Distinguished is held at Proficient.",
    ]
    assert (trace.level, trace.label, trace.lacks) == ("proficient", "Proficient", ())


def test_every_step_says_where_its_rule_comes_from() -> None:
    for track, answers in (("comprehensive", ALL_THREE), ("focused", {})):
        for step in score(washington(), track, answers).steps:
            assert step.basis
            for basis in step.basis:
                assert isinstance(basis, Citation)
                assert basis.source.url.startswith("https://")
                assert basis.as_of


def test_the_trace_names_the_agreement_it_was_computed_under() -> None:
    origin = score(washington(), "comprehensive", ALL_THREE).origin
    assert (origin.system, origin.track) == ("wa_tpep_teacher", "comprehensive")
    assert origin.content_hash == washington().content_hash


class TestWhatIsLacking:
    def test_an_input_nobody_gave(self) -> None:
        answers = {name: level for name, level in ALL_THREE.items() if name not in ("C2", "SG6.1")}
        trace = score(washington(), "comprehensive", answers)
        assert trace.level is None
        assert trace.label == ""
        assert trace.lacks == (Lack("C2", "missing"), Lack("SG6.1", "missing"))
        assert str(trace.steps[-1].sentence) == (
            "Not computable without: Effective teaching practice, Growth goals for a whole class."
        )

    def test_an_input_that_does_not_apply_is_no_zero(self) -> None:
        trace = score(washington(), "comprehensive", {**ALL_THREE, "SG8.1": "not_applicable"})
        assert trace.result == NotComputable((Lack("SG8.1", "not_applicable"),))
        assert trace.step("criteria_level").result == Rated("performance", "proficient")
        assert str(trace.step("sg_sum").sentence) == (
            "Not computable without: Growth goals of a team. Not applicable is not a zero."
        )

    def test_one_that_does_not_apply_among_others_that_are_missing(self) -> None:
        said = str(score(washington(), "comprehensive", {"C1": "not_applicable"}).step("criteria_sum").sentence)
        assert said.endswith("Not applicable is not a zero.")

    def test_nothing_at_all(self) -> None:
        trace = score(washington(), "comprehensive", {})
        assert {lack.input for lack in trace.lacks} == {*CRITERIA, *GROWTH}
        assert all(isinstance(step.result, NotComputable) for step in trace.steps)

    def test_each_is_named_once(self) -> None:
        lacks = score(washington(), "comprehensive", {**ALL_THREE, "SG3.1": "not_applicable"}).lacks
        assert lacks == (Lack("SG3.1", "not_applicable"),)

    def test_no_earlier_result_and_no_judgment(self) -> None:
        assert score(washington(), "focused", {}).lacks == (
            Lack("last_comprehensive", "missing"),
            Lack("exemplary", "missing"),
        )

    def test_an_earlier_result_that_is_not_accepted(self) -> None:
        trace = score(washington(), "focused", {"last_comprehensive": "basic", "exemplary": "yes"})
        assert trace.lacks == (Lack("last_comprehensive", "not_accepted"),)

    def test_a_lack_is_known_by_its_title(self) -> None:
        trace = score(washington(), "focused", {})
        assert [trace.title_of(lack.input) for lack in trace.lacks] == [
            "Rating of the last comprehensive evaluation",
            "Exemplary practice on the focus criterion",
        ]
        assert trace.title_of("final") == "Summative rating"
        with pytest.raises(KeyError):
            trace.title_of("C1")
        with pytest.raises(KeyError):
            trace.step("criteria_sum")


class TestWhatHasNoPlace:
    @pytest.mark.parametrize(
        ("track", "answers", "name"),
        [
            ("comprehensive", {"C9": "basic"}, "C9"),
            ("comprehensive", {"criteria_sum": "basic"}, "criteria_sum"),
            ("comprehensive", {"C1": "excellent"}, "C1"),
            ("comprehensive", {"C1": ""}, "C1"),
            ("comprehensive", {"C1": "low"}, "C1"),
            ("focused", {"exemplary": "proficient"}, "exemplary"),
            ("focused", {"exemplary": "not_applicable"}, "exemplary"),
            ("focused", {"last_comprehensive": "yes"}, "last_comprehensive"),
            ("focused", {"C1": "basic"}, "C1"),
        ],
    )
    def test_answers(self, track: str, answers: dict[str, str], name: str) -> None:
        with pytest.raises(ScoreInputError) as refused:
            score(washington(), track, answers)
        assert refused.value.name == name

    @pytest.mark.parametrize(
        ("inputs", "given", "name"),
        [
            ({"C1": Rated("impact", "low")}, {}, "C1"),
            ({"C1": Judgment(True)}, {}, "C1"),
            ({}, {"criteria_sum": Number(Decimal(33))}, "criteria_sum"),
            ({}, {"criteria_sum": Number(Decimal(7))}, "criteria_sum"),
            ({}, {"criteria_sum": Number(Decimal("20.5"))}, "criteria_sum"),
            ({}, {"criteria_sum": Rated("performance", "basic")}, "criteria_sum"),
            ({}, {"final": Rated("performance", "basic")}, "final"),
            ({}, {"C1": Rated("performance", "basic")}, "C1"),
            ({}, {"total": Number(Decimal(1))}, "total"),
        ],
    )
    def test_values(self, inputs: dict[str, InputValue], given: dict[str, Value], name: str) -> None:
        with pytest.raises(ScoreInputError) as refused:
            score_values(washington(), "comprehensive", inputs, given)
        assert refused.value.name == name


class TestGivenNodes:
    GIVEN = {"criteria_level": Rated("performance", "distinguished"), "student_growth_impact": Rated("impact", "low")}

    def test_only_what_rests_on_them_is_computed(self) -> None:
        trace = score_values(washington(), "comprehensive", {}, self.GIVEN)
        assert [step.id for step in trace.steps] == ["final"]
        assert trace.inputs == ()
        assert [(one.id, one.label) for one in trace.given] == [
            ("criteria_level", "Distinguished"),
            ("student_growth_impact", "Low"),
        ]
        assert trace.level == "proficient"

    def test_the_rest_is_computed_as_ever(self) -> None:
        inputs: dict[str, InputValue] = {name: Rated("performance", "basic") for name in GROWTH}
        trace = score_values(washington(), "comprehensive", inputs, {"criteria_sum": Number(Decimal(30))})
        assert trace.step("criteria_level").label == "Distinguished"
        assert {one.id for one in trace.inputs} == set(GROWTH)
        assert trace.level == "proficient"

    @pytest.mark.parametrize(("total", "level"), [(8, "unsatisfactory"), (32, "distinguished")])
    def test_a_number_may_be_the_least_or_the_most(self, total: int, level: str) -> None:
        given = {"criteria_sum": Number(Decimal(total)), "student_growth_impact": Rated("impact", "high")}
        assert score_values(washington(), "comprehensive", {}, given).level == level


class TestTraceAsJson:
    @pytest.mark.parametrize(
        ("track", "answers"),
        [
            ("comprehensive", ALL_THREE),
            ("comprehensive", {**ALL_THREE, "C1": "not_applicable"}),
            ("comprehensive", {}),
            ("focused", {"last_comprehensive": "proficient", "exemplary": "yes"}),
            ("focused", {"last_comprehensive": "basic", "exemplary": "no"}),
        ],
    )
    def test_comes_back_equal_and_recomputes_equal(self, track: str, answers: dict[str, str]) -> None:
        trace = score(washington(), track, answers)
        back = trace_from_json(json.loads(json.dumps(trace_to_json(trace))))
        assert back == trace
        assert recompute(back, washington()) == trace

    def test_given_nodes_come_back(self) -> None:
        trace = score_values(washington(), "comprehensive", {}, TestGivenNodes.GIVEN)
        back = trace_from_json(json.loads(json.dumps(trace_to_json(trace))))
        assert recompute(back, washington()) == trace

    def test_holds_plain_data_and_decimals_as_strings(self) -> None:
        data = trace_to_json(score(washington(), "comprehensive", ALL_THREE))
        assert data["steps"][0]["result"] == {"number": "24"}
        assert data["steps"][0]["sentence"]["text"] == "The points add up: 3 + 3 + 3 + 3 + 3 + 3 + 3 + 3 = 24."
        assert data["steps"][-1]["result"] == {"scale": "performance", "level": "proficient"}
        assert data["steps"][-1]["sources"][0]["source"]["url"] == "https://github.com/hoc-stateeval/stateeval-help"
        assert "." not in json.dumps([step["result"] for step in data["steps"]])
        assert data["inputs"][0] == {
            "id": "C1",
            "title": "High expectations",
            "value": {"scale": "performance", "level": "proficient"},
            "label": "Proficient",
        }

    def test_an_assumption_comes_back(self) -> None:
        trace = score(washington(), "focused", {})
        assumed = replace(trace, steps=(replace(trace.steps[0], basis=(Assumption("ours"),)),))
        assert trace_from_json(json.loads(json.dumps(trace_to_json(assumed)))) == assumed

    def test_a_changed_trace_does_not_recompute_equal(self) -> None:
        data = trace_to_json(score(washington(), "comprehensive", ALL_THREE))
        data["steps"][-1]["result"]["level"] = "distinguished"
        changed = trace_from_json(data)
        assert recompute(changed, washington()) != changed
        assert recompute(changed, washington()).calculation != changed.calculation

    def test_other_words_are_the_same_calculation(self) -> None:
        data = trace_to_json(score(washington(), "comprehensive", ALL_THREE))
        data["steps"][0]["sentence"]["template"] = "Altogether: %(terms)s = %(total)s."
        reworded = trace_from_json(data)
        assert recompute(reworded, washington()) != reworded
        assert recompute(reworded, washington()).calculation == reworded.calculation

    def test_a_changed_input_does_not_recompute_equal(self) -> None:
        data = trace_to_json(score(washington(), "comprehensive", ALL_THREE))
        data["inputs"][0]["value"]["level"] = "basic"
        changed = trace_from_json(data)
        assert recompute(changed, washington()) != changed

    def test_another_agreement_is_refused(self) -> None:
        trace = score(washington(), "comprehensive", ALL_THREE)
        with pytest.raises(OtherAgreementError):
            recompute(trace, replace(washington(), content_hash="0" * 64))
        with pytest.raises(OtherAgreementError):
            recompute(replace(trace, origin=replace(trace.origin, track="student")), washington())

    @pytest.mark.parametrize(
        "damage",
        [
            lambda data: data.pop("format"),
            lambda data: data.update(format="accord-trace/2"),
            lambda data: data.pop("steps"),
            lambda data: data.update(steps=[]),
            lambda data: data["steps"][0].pop("result"),
            lambda data: data["steps"][0].update(result={"number": 24}),
            lambda data: data["steps"][0].update(result={"number": "NaN"}),
            lambda data: data["steps"][0].update(result={"number": "two"}),
            lambda data: data["steps"][0].update(result=None),
            lambda data: data["inputs"][0].update(value={"number": "3"}),
            lambda data: data["inputs"][0].update(value={"judgment": "yes"}),
            lambda data: data.update(inputs=None),
            lambda data: data.update(agreement=[]),
        ],
    )
    def test_what_is_no_trace_is_refused(self, damage: Any) -> None:
        data = trace_to_json(score(washington(), "comprehensive", ALL_THREE))
        damage(data)
        with pytest.raises(TraceFormatError):
            trace_from_json(data)


SCALES = washington().instrument.scales
SUM = Node("sum", "Sum", IntegerSum(("C1", "C2")), ())
LEVEL = Node(
    "level",
    "Level",
    Bands(
        "sum",
        "impact",
        Decimal(1),
        (Band("low", Decimal(2), Decimal(4)), Band("high", Decimal(5), Decimal(8))),
    ),
    (),
)
INPUTS = tuple(ScoreInput(name, name, "rating", "performance") for name in ("C1", "C2"))


class TestWhetherAScoringHoldsTogether:
    def test_one_that_does(self) -> None:
        scoring = Scoring(INPUTS, (SUM, LEVEL), SCALES)
        assert check_scoring(scoring) == ()
        assert kinds_of(scoring)["sum"] == Numbers(Decimal(2), Decimal(8), Decimal(1))
        assert kinds_of(scoring)["level"] == Levels("impact", ("low", "high"))
        assert scoring.final == "level"

    @pytest.mark.parametrize(
        ("inputs", "nodes", "where", "what"),
        [
            (INPUTS, (), "nodes", "there is no node"),
            (INPUTS, (SUM,), "nodes[0]", "the result is no level of a scale"),
            (INPUTS, (LEVEL, SUM), "nodes[0].op", "it reads sum, which is no input and no node before this one"),
            (
                INPUTS[:1],
                (SUM, LEVEL),
                "nodes[0].op",
                "it reads C2, which is no input and no node before this one",
            ),
            (
                (*INPUTS, ScoreInput("C3", "C3", "rating", "performance")),
                (SUM, LEVEL),
                "inputs",
                "no node reads C3",
            ),
            (INPUTS, (SUM, replace(SUM, id="other"), LEVEL), "nodes[1].id", "no node after it reads other"),
            (INPUTS, (SUM, SUM, LEVEL), "nodes[1].id", "sum is the name of something before it"),
            (INPUTS, (replace(SUM, id="C1"), LEVEL), "nodes[0].id", "C1 is the name of something before it"),
            (
                INPUTS,
                (replace(SUM, operator=IntegerSum(("C1", "C2", "C1"))), LEVEL),
                "nodes[0].op",
                "it reads C1 twice",
            ),
        ],
    )
    def test_one_that_does_not(
        self, inputs: tuple[ScoreInput, ...], nodes: tuple[Node, ...], where: str, what: str
    ) -> None:
        found = {(one.where, one.what) for one in check_scoring(Scoring(inputs, nodes, SCALES))}
        assert (where, what) in found

    def test_an_operator_that_is_wrong_is_placed(self) -> None:
        wide = replace(LEVEL, operator=replace(LEVEL.operator, bands=LEVEL.operator.bands[:1]))  # type: ignore
        found = check_scoring(Scoring(INPUTS, (SUM, wide), SCALES))
        assert [one.where for one in found] == ["nodes[1].bands[0].max"]

    def test_kinds_are_known_only_of_one_that_does(self) -> None:
        gap = replace(LEVEL, operator=replace(LEVEL.operator, bands=LEVEL.operator.bands[:1]))  # type: ignore
        for nodes in ((SUM, gap), (LEVEL, SUM)):
            with pytest.raises(AssertionError):
                kinds_of(Scoring(INPUTS, nodes, SCALES))
        assert [(at, one.where) for at, one in check_operators(Scoring(INPUTS, (SUM, gap), SCALES))] == [
            (1, "bands[0].max")
        ]

    def test_what_reads_a_wrong_node_is_not_blamed(self) -> None:
        gap = replace(LEVEL, operator=replace(LEVEL.operator, bands=LEVEL.operator.bands[:1]))  # type: ignore
        gate = Node("gate", "Gate", Gate(("C1",), "basic", "low", "level"), ())
        found = check_scoring(Scoring(INPUTS, (SUM, gap, gate), SCALES))
        assert [one.where for one in found] == ["nodes[1].bands[0].max"]

    def test_not_applicable_never_reaches_an_operator(self) -> None:
        class Loud:
            name = "loud"
            reads = ("C1",)

            def check(self, grounds: object) -> None: ...

            def apply(self, reading: object) -> None:
                raise AssertionError("called with something lacking")

        origin = score(washington(), "focused", {}).origin
        scoring = Scoring(INPUTS[:1], (Node("loud", "Loud", Loud(), ()),), SCALES)  # type: ignore[arg-type]
        for lacking in ({}, {"C1": NotApplicable()}):
            assert isinstance(compute(scoring, lacking, origin=origin).result, NotComputable)
        with pytest.raises(AssertionError):
            compute(scoring, {"C1": Rated("performance", "basic")}, origin=origin)
