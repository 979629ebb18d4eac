"""Every case of every agreement in the library, one test a run. A published case that fails is a wrong program."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.evaluation.core.agreements import load_cases, run_case
from services.evaluation.core.agreements.cases import Case
from services.evaluation.core.domain.agreement import Agreement

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "services/evaluation"
FOLDERS = sorted(file.parent for file in LIBRARY.glob("*/agreements/*/agreement.yaml"))


def every_run() -> Iterator[Any]:
    for folder in FOLDERS:
        agreement, cases = load_cases(folder)
        for case in cases:
            for run in case.runs:
                said = f"[{run.said}]" if run.said else ""
                yield pytest.param(agreement, replace(case, runs=(run,)), id=f"{folder.name}-{case.id}{said}")


def test_the_library_is_there() -> None:
    assert [folder.name for folder in FOLDERS] == ["wa_tpep_teacher"]


@pytest.mark.parametrize(("agreement", "case"), list(every_run()))
def test_case(agreement: Agreement, case: Case) -> None:
    assert case.expected, "a case that expects nothing can't fail"
    assert run_case(agreement, case).failures == ()
