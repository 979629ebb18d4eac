"""The library's Washington cases are those that were collected, none left out and none altered."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.evaluation.core.agreements import load_cases
from services.evaluation.core.agreements.cases import Case
from services.evaluation.core.domain.scoring.values import Judgment, Number, Rated
from tests.support.agreements import CRITERIA, GROWTH, LEVELS, WASHINGTON, washington

FACTS = Path(__file__).resolve().parents[3] / "shared/facts/scoring/wa_tpep_teacher.json"


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    if not FACTS.is_file():
        pytest.skip("The collected facts about published systems are not there: they lie beside the repository.")
    return json.loads(FACTS.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {case.id: case for case in load_cases(WASHINGTON)[1]}


def word(label: str) -> str:
    return label.lower()


def test_every_collected_case_is_there_with_its_flag(facts: dict[str, Any], cases: dict[str, Case]) -> None:
    collected = {case["id"]: case["published"] for case in facts["cases"]}
    assert len(collected) == 20
    assert {name: cases[name].published for name in collected} == collected
    assert [name for name in cases if name not in collected and not name.startswith("own_")] == []


def test_inputs_are_those_collected(facts: dict[str, Any], cases: dict[str, Case]) -> None:
    for fact in facts["cases"]:
        case, supplied = cases[fact["id"]], fact["input"]
        inputs = [run.inputs for run in case.runs]
        if "criteria" in supplied:
            points = [*supplied["criteria"], *supplied["student_growth"]]
            names = (*CRITERIA, *GROWTH)
            wanted = {n: Rated("performance", LEVELS[p - 1]) for n, p in zip(names, points, strict=True)}
            assert (case.track, inputs) == ("comprehensive", [wanted]), case.id
        elif "criteria_level" in supplied:
            impact = supplied["impact"]
            every = ["Low", "Average", "High"] if impact == "any" else impact
            wanted_impacts = {word(one) for one in (every if isinstance(every, list) else [every])}
            given = [run.given for run in case.runs]
            assert {one["criteria_level"] for one in given} == {Rated("performance", word(supplied["criteria_level"]))}
            assert {one["student_growth_impact"] for one in given} == {Rated("impact", one) for one in wanted_impacts}
            assert inputs == [{}] * len(wanted_impacts), case.id
        else:
            exemplary = supplied.get("exemplary_on_focus_criterion", supplied.get("bump"))
            earlier = Rated("performance", word(supplied["last_comprehensive"]))
            assert (case.track, inputs) == (
                "focused",
                [{"last_comprehensive": earlier, "exemplary": Judgment(exemplary)}],
            ), case.id


def test_results_are_those_collected(facts: dict[str, Any], cases: dict[str, Case]) -> None:
    for fact in facts["cases"]:
        stated = fact["expected"] if isinstance(fact["expected"], dict) else {"final": fact["expected"]}
        expected = cases[fact["id"]].expected
        assert set(expected) == set(stated), fact["id"]
        for name, value in expected.items():
            if isinstance(value, Number):
                assert value.number == stated[name], fact["id"]
            else:
                assert isinstance(value, Rated)
                assert value.level == word(stated[name]), fact["id"]


def test_bands_are_those_collected(facts: dict[str, Any]) -> None:
    scoring = washington().scoring["comprehensive"]
    by_id = {node.id: node.operator for node in scoring.nodes}
    for node, published in (("criteria_level", "criteria_sum_inclusive"), ("sg_band", "student_growth_sum_inclusive")):
        bands = [(band.level, band.low, band.high) for band in by_id[node].bands]  # type: ignore[attr-defined]
        assert bands == [(word(one["label"]), one["min"], one["max"]) for one in facts["bands"][published]]


def test_the_scale_is_the_one_collected(facts: dict[str, Any]) -> None:
    levels = washington().instrument.scales["performance"].levels
    assert [(level.value, level.label) for level in levels] == [(one["value"], one["label"]) for one in facts["scale"]]
