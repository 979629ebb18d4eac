"""Agreement documents: reading them into the domain's words, checking them, and running their cases.

A document is YAML that both parties can read. It is read as data only, checked as a whole, and either built or refused
with every finding: file, line, path, what is wrong, and how to mend it.
"""

from services.evaluation.core.agreements.findings import AgreementError, Finding
from services.evaluation.core.agreements.reading import load_agreement, read_agreement
from services.evaluation.core.agreements.trial import CaseResult, load_cases, run_case, run_cases

__all__ = [
    "AgreementError", "CaseResult", "Finding", "load_agreement", "load_cases", "read_agreement", "run_case", "run_cases",
]  # fmt: skip
