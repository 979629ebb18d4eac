"""What was noticed in a roster, and where.

Wording is kept as template and values, so that a stored finding can be shown in any language;
`services.directory.wording` puts them together.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from services.directory.oneroster.kinds import KINDS, Severity

Value = str | int

KEPT = 5000
"""Findings kept in full; more are counted under their code."""
_FROM_FILE = frozenset(
    {"value", "name", "id", "found", "email", "username", "word", "org", "path", "was", "now", "before", "key"}
)
"""Values that repeat what stands in the file, however long."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
QUOTED = 60
"""Characters of a value that a message repeats."""


@dataclass(frozen=True)
class Finding:
    """One thing noticed at one place. `line` is the line in the file, from 1; None where the whole file is meant."""

    code: str
    severity: Severity
    file: str
    line: int | None
    column: str | None
    template: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass
class Findings:
    """Collects findings, keeping the first KEPT in full and counting all by code."""

    items: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    errors: int = 0

    def add(
        self,
        code: str,
        template: str,
        *,
        file: str,
        line: int | None = None,
        column: str | None = None,
        severity: Severity | None = None,
        **values: Value,
    ) -> None:
        """Note one. `template` is marked with N_ and filled from `values`; long values are cut."""
        grave = severity or KINDS[code].severity
        self.counts[code] += 1
        self.errors += grave == "error"
        if len(self.items) < KEPT:
            shown = {name: cut(value) if name in _FROM_FILE else value for name, value in values.items()}
            place = visible(file), line, visible(column) if column else column
            self.items.append(Finding(code, grave, *place, template, shown))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def report(self) -> "Report":
        """What was found, unchangeable, ordered as the files are read."""
        return Report(tuple(self.items), dict(self.counts), self.errors)


@dataclass(frozen=True)
class Report:
    """Findings kept, how many there were of each code, and how many of them are errors."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    errors: int

    def without(self, codes: Collection[str]) -> "Report":
        """This report less the findings of these codes, which must be ones that are always kept in full."""
        kept = tuple(finding for finding in self.findings if finding.code not in codes)
        left_out = [finding for finding in self.findings if finding.code in codes]
        counts = {code: count for code, count in self.counts.items() if code not in codes}
        return Report(kept, counts, self.errors - sum(finding.severity == "error" for finding in left_out))

    def joined(self, other: "Report") -> "Report":
        """This report followed by another."""
        counts = Counter(self.counts) + Counter(other.counts)
        return Report((*self.findings, *other.findings)[:KEPT], dict(counts), self.errors + other.errors)


def cut(value: Value) -> Value:
    """A value short enough to stand in a sentence."""
    if isinstance(value, int):
        return value
    return visible(value if len(value) <= QUOTED else value[: QUOTED - 1] + "…")


def visible(text: str) -> str:
    """The text with a mark in place of each control character: the database stores no NUL, and nobody sees the others."""
    return _CONTROL.sub("\ufffd", text)
