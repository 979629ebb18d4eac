"""Running a folder's cases.yaml against its agreement.yaml."""

from dataclasses import dataclass
from pathlib import Path

from services.evaluation.core.agreements.cases import Case, Run, read_cases, shown
from services.evaluation.core.agreements.document import load
from services.evaluation.core.agreements.reading import load_agreement
from services.evaluation.core.domain.agreement import Agreement
from services.evaluation.core.domain.score import score_values
from services.evaluation.core.domain.scoring.compute import ScoreInputError
from services.evaluation.core.domain.scoring.values import NotComputable

AGREEMENT, CASES = "agreement.yaml", "cases.yaml"


@dataclass(frozen=True)
class CaseResult:
    """What came of a case; `failures` says in which run which node came to what. Empty: passed."""

    case: Case
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def load_cases(folder: Path) -> tuple[Agreement, tuple[Case, ...]]:
    """The agreement of a folder and its cases; raises AgreementError where either document is refused."""
    agreement = load_agreement(folder / AGREEMENT)
    return agreement, read_cases(load(folder / CASES), agreement)


def run_cases(folder: Path) -> tuple[CaseResult, ...]:
    """Every case of a folder, run. Raises AgreementError where one of its two documents is refused."""
    agreement, cases = load_cases(folder)
    return tuple(run_case(agreement, case) for case in cases)


def run_case(agreement: Agreement, case: Case) -> CaseResult:
    """A case passes if in every run every expected node comes to what is expected."""
    return CaseResult(case, tuple(failure for run in case.runs for failure in _failures(agreement, case, run)))


def _failures(agreement: Agreement, case: Case, run: Run) -> list[str]:
    where = f" (with {run.said})" if run.said else ""
    try:
        trace = score_values(agreement, case.track, run.inputs, run.given)
    except ScoreInputError as error:
        return [f"{error}{where}"]
    results = {step.id: step.result for step in trace.steps}
    failures = []
    for name, expected in case.expected.items():
        if name not in results:
            failures.append(f"{name} is not computed: {trace.origin.track} does not need it here{where}")
            continue
        result = results[name]
        found = None if isinstance(result, NotComputable) else result
        if found != expected:
            wanted = "not_computable" if expected is None else shown(expected)
            failures.append(f"{name} is {shown(result)}, expected {wanted}{where}")
    return failures
