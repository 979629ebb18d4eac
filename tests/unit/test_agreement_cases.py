"""Cases as a document: what they may say, what is refused, and that a wrong agreement or a wrong case fails."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from accord.cli import main
from services.evaluation.core.agreements import AgreementError, load_cases, run_cases
from tests.support.agreements import WASHINGTON, edited, washington_text

CASES = (WASHINGTON / "cases.yaml").read_text(encoding="utf-8")
HEAD = """
format: accord-cases/1
system: wa_tpep_teacher
groups:
  criteria: [C1, C2, C3, C4, C5, C6, C7, C8]
  student_growth: [SG3.1, SG3.2, SG6.1, SG6.2, SG8.1]
cases:
"""
CELL = """
  - id: cell
    published: true
    track: comprehensive
    given: {criteria_level: distinguished, student_growth_impact: any}
    expected: {final: distinguished}
"""


def folder(tmp_path: Path, cases: str, agreement: str | None = None) -> Path:
    (tmp_path / "agreement.yaml").write_text(agreement or washington_text(), encoding="utf-8")
    (tmp_path / "cases.yaml").write_text(cases, encoding="utf-8")
    return tmp_path


def test_the_librarys_cases_pass() -> None:
    results = run_cases(WASHINGTON)
    assert len(results) == 24
    assert sum(result.case.published for result in results) == 7
    assert all(result.passed for result in results)


def test_any_means_every_level_and_one_wrong_run_fails_the_case(tmp_path: Path) -> None:
    (result,) = run_cases(folder(tmp_path, HEAD + CELL))
    assert [run.said for run in result.case.runs] == [
        "student_growth_impact = low",
        "student_growth_impact = average",
        "student_growth_impact = high",
    ]
    assert result.failures == ("final is proficient, expected distinguished (with student_growth_impact = low)",)


def test_any_of_a_judgment_and_a_list_multiply(tmp_path: Path) -> None:
    case = """
  - id: earlier
    published: false
    track: focused
    inputs: {last_comprehensive: [proficient, not_applicable, missing], exemplary: any}
    expected: {final: not_computable}
"""
    (result,) = run_cases(folder(tmp_path, HEAD + case))
    assert len(result.case.runs) == 6
    assert result.failures == (
        "final is distinguished, expected not_computable (with last_comprehensive = proficient, exemplary = true)",
        "final is proficient, expected not_computable (with last_comprehensive = proficient, exemplary = false)",
    )


def test_numbers_may_be_given_and_expected(tmp_path: Path) -> None:
    case = """
  - id: sums
    published: false
    track: comprehensive
    inputs: {student_growth: [4, distinguished, 4, 4, 4]}
    given: {criteria_sum: [28, 29]}
    expected: {criteria_level: proficient, sg_sum: 19, final: proficient}
"""
    (result,) = run_cases(folder(tmp_path, HEAD + case))
    assert result.failures == (
        "sg_sum is 20, expected 19 (with criteria_sum = 28)",
        "criteria_level is distinguished, expected proficient (with criteria_sum = 29)",
        "sg_sum is 20, expected 19 (with criteria_sum = 29)",
        "final is distinguished, expected proficient (with criteria_sum = 29)",
    )


def test_a_node_that_is_not_computed_fails(tmp_path: Path) -> None:
    case = CELL.replace("{final: distinguished}", "{criteria_sum: 32, final: distinguished}").replace("any", "high")
    (result,) = run_cases(folder(tmp_path, HEAD + case))
    assert result.failures == ("criteria_sum is not computed: comprehensive does not need it here",)


def test_a_number_no_sum_can_come_to_fails(tmp_path: Path) -> None:
    case = CELL.replace("criteria_level: distinguished", "criteria_sum: 40").replace("any", "high")
    (result,) = run_cases(folder(tmp_path, HEAD + case))
    assert result.failures == ("criteria_sum: 40 is not from 8 to 32 in steps of 1",)


def test_an_agreement_with_other_bands_fails_published_cases(tmp_path: Path) -> None:
    other = edited(
        "max: 21}\n          - {level: proficient, min: 22", "max: 22}\n          - {level: proficient, min: 23"
    )
    failed = [result.case.id for result in run_cases(folder(tmp_path, CASES, other)) if not result.passed]
    assert failed == ["b22"]


@pytest.mark.parametrize(
    ("old", "new", "path", "what"),
    [
        ("system: wa_tpep_teacher", "system: other", "system", "these are cases of other"),
        ("format: accord-cases/1", "format: accord-agreement/1", "format", "accord-agreement/1 is not known here"),
        ("- id: all3", "- id: max", "cases[1].id", "the id max is used twice"),
        ("track: comprehensive", "track: student", "cases[0].track", "there is no track student"),
        ("published: false", "published: perhaps", "cases[0].published", "this is neither true nor false"),
        ("    published: false\n", "", "cases[0]", "published is missing"),
        (
            "criteria: [4, 4, 4, 4, 4, 4, 4, 4]",
            "criteria: [4, 4]",
            "cases[0].inputs.criteria",
            "this group takes a list of 8",
        ),
        ("criteria: [4, 4,", "criteria: [5, 4,", "cases[0].inputs.criteria[0]", "this value does not belong here"),
        ("criteria: [4, 4,", "criteria: [4.0, 4,", "cases[0].inputs.criteria[0]", "this value does not belong here"),
        ("criteria: [4, 4,", "criteria: [great, 4,", "cases[0].inputs.criteria[0]", "this value does not belong here"),
        ("criteria: [4, 4,", "criteriae: [4, 4,", "cases[0].inputs.criteriae", "there is no input criteriae"),
        (
            "criteria_sum: 32",
            "criteria_sum: basic",
            "cases[0].expected.criteria_sum",
            "this value does not belong here",
        ),
        (
            "criteria_sum: 32",
            "criteria_total: 32",
            "cases[0].expected.criteria_total",
            "there is no node criteria_total",
        ),
        ("final: distinguished", "final: superb", "cases[0].expected.final", "this value does not belong here"),
        ("final: distinguished", "final: missing", "cases[0].expected.final", "this value does not belong here"),
        ("[high, average]", "[]", "cases[13].given.student_growth_impact", "the list is empty"),
        ("[high, average]", "missing", "cases[13].given.student_growth_impact", "this node is given nothing"),
        (
            "[high, average]",
            "[high, not_applicable]",
            "cases[13].given.student_growth_impact",
            "this node is given nothing",
        ),
        ("student_growth_impact: [high, average]", "impact: high", "cases[13].given.impact", "there is no node impact"),
        ("criteria: [C1, C2,", "criteria: [C1, C1,", "groups.criteria[1]", "C1 stands here twice"),
        ("criteria: [C1, C2,", "criteria: [C1, C9,", "cases[0].inputs.criteria", "there is no input C9"),
    ],
)
def test_refused(tmp_path: Path, old: str, new: str, path: str, what: str) -> None:
    with pytest.raises(AgreementError) as refused:
        load_cases(folder(tmp_path, edited(old, new, CASES)))
    found = [one for one in refused.value.findings if one.path == path and one.what.startswith(what)]
    assert found, str(refused.value)
    assert found[0].file == str(tmp_path / "cases.yaml")


def test_a_case_with_too_many_runs_is_refused(tmp_path: Path) -> None:
    names = [f"C{number}" for number in range(1, 8)]
    case = CELL.replace(
        "    given: {criteria_level: distinguished, student_growth_impact: any}\n",
        f"    inputs: {{{', '.join(f'{name}: any' for name in names)}}}\n",
    )
    with pytest.raises(AgreementError, match="the case has 16384 runs"):
        load_cases(folder(tmp_path, HEAD + case))


class TestTheCommand:
    def ran(self, *words: str) -> Result:
        return CliRunner().invoke(main, ["agreements", *words])

    def test_cases_that_pass(self) -> None:
        result = self.ran("test", str(WASHINGTON))
        assert (result.exit_code, result.output.splitlines()[-1]) == (0, "24 passed, 0 failed")

    def test_a_case_that_fails(self, tmp_path: Path) -> None:
        result = self.ran("test", str(folder(tmp_path, CASES + CELL)))
        assert result.exit_code == 1
        assert result.output.splitlines() == [
            "cell: final is proficient, expected distinguished (with student_growth_impact = low)",
            "24 passed, 1 failed",
        ]

    def test_a_document_that_is_refused(self, tmp_path: Path) -> None:
        wrong = edited("op: bands", "op: median")
        place = folder(tmp_path, CASES, wrong)
        for words in (("test", str(place)), ("check", str(place / "agreement.yaml"))):
            result = self.ran(*words)
            assert result.exit_code == 1
            assert len(result.output.splitlines()) == 1
            assert (
                "scoring[0].nodes[1].op: the operator median is not known. This version knows: integer_sum,"
                in result.output
            )
        (place / "cases.yaml").unlink()
        assert self.ran("test", str(WASHINGTON / "..")).exit_code == 1

    def test_check_says_the_hashes(self) -> None:
        result = self.ran("check", str(WASHINGTON / "agreement.yaml"))
        assert result.exit_code == 0
        assert "nothing found" in result.output
        assert "content " in result.output

    def test_what_is_not_there(self, tmp_path: Path) -> None:
        assert self.ran("test", str(tmp_path / "none")).exit_code == 2
        assert self.ran("check", str(tmp_path / "none.yaml")).exit_code == 2
        assert self.ran("test", str(tmp_path)).exit_code == 1

    @pytest.mark.parametrize("words", [(), ("check",), ("test",)])
    def test_help_has_an_example(self, words: tuple[str, ...]) -> None:
        result = self.ran(*words, "--help")
        assert result.exit_code == 0
        assert not words or "Example:" in result.output
