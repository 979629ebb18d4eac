"""Says at the end of a run what was skipped and why; where nothing may be skipped, makes a failure of every skip.

Nothing may be skipped where ACCORD_NO_SKIPS=1 or CI=true. One exception is told apart: real inputs that lie beside
the repository, which nothing can install.
"""

import os
import re
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest

_BESIDE = re.compile("beside the (repository|project)")
"""A skip whose reason holds these words lacks inputs that are no part of the project."""


def nothing_may_be_skipped() -> bool:
    return os.environ.get("ACCORD_NO_SKIPS") == "1" or os.environ.get("CI") == "true"


def _reason(report: Any) -> str:
    """The reason as it was given, without the place."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(report.longrepr or getattr(report, "wasxfail", ""))


def _refuse(report: Any) -> None:
    if (
        report.skipped
        and not hasattr(report, "wasxfail")
        and nothing_may_be_skipped()
        and not _BESIDE.search(_reason(report))
    ):
        report.longrepr = f"Skipped where nothing may be skipped (CI or ACCORD_NO_SKIPS): {_reason(report)}"
        report.outcome = "failed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse(report)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    terminalreporter.section("what was not checked here")
    if not reasons:
        terminalreporter.line("Nothing was skipped.")
    for reason, count in reasons.most_common():
        terminalreporter.line(f"{count} skipped: {reason}")
