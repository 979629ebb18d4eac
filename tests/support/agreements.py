"""The agreement of the library that tests read, and documents made from it by small edits."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from services.evaluation.core.agreements import AgreementError, Finding, load_agreement, read_agreement
from services.evaluation.core.domain.agreement import Agreement

ROOT = Path(__file__).resolve().parents[2]
WASHINGTON = ROOT / "services/evaluation/teacher/agreements/wa_tpep_teacher"

CRITERIA = tuple(f"C{number}" for number in range(1, 9))
GROWTH = ("SG3.1", "SG3.2", "SG6.1", "SG6.2", "SG8.1")
LEVELS = ("unsatisfactory", "basic", "proficient", "distinguished")
"""Lowest first; their points are 1 to 4."""


@cache
def washington() -> Agreement:
    return load_agreement(WASHINGTON / "agreement.yaml")


@cache
def washington_text() -> str:
    return (WASHINGTON / "agreement.yaml").read_text(encoding="utf-8")


def ratings(criteria: list[int], growth: list[int]) -> Mapping[str, str]:
    """Answers of the comprehensive track from points."""
    points = [*criteria, *growth]
    return {name: LEVELS[point - 1] for name, point in zip((*CRITERIA, *GROWTH), points, strict=True)}


def edited(old: str, new: str, text: str | None = None) -> str:
    """The document with the first `old` replaced; fails where there is none, so that no test edits nothing."""
    whole = washington_text() if text is None else text
    assert old in whole, f"nothing to replace: {old}"
    return whole.replace(old, new, 1)


def findings_of(document: str | bytes) -> tuple[Finding, ...]:
    """What is wrong with a document that must be refused."""
    with pytest.raises(AgreementError) as refused:
        read_agreement(document, name="draft.yaml")
    return refused.value.findings
