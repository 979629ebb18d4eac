"""What is wrong with a document: where, what, and how to mend it. Collected, so that one look shows everything."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`path` leads from the top of the document to the place (`scoring[0].nodes[2].op`); "" is the document itself."""

    file: str
    line: int
    path: str
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: {self.path}: " if self.path else f"{self.file}:{self.line}: "
        return f"{place}{self.what}. {self.remedy}"


class AgreementError(Exception):
    """The document is refused; `findings` says why, in the order of its lines."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


class Findings:
    """The findings of one document; `lines` says on which line each path starts."""

    def __init__(self, file: str, lines: Mapping[str, int]) -> None:
        self._file = file
        self._lines = lines
        self._found: dict[tuple[str, str], Finding] = {}

    def add(self, path: str, what: str, remedy: str) -> None:
        """Note a finding; the same one at the same place is noted once."""
        finding = Finding(self._file, self._line_of(path), path, what, remedy)
        self._found.setdefault((path, what), finding)

    def under(self, path: str) -> bool:
        """Whether anything was found at `path` or inside it."""
        return any(found == path or found.startswith((f"{path}.", f"{path}[")) for found, _ in self._found)

    def raise_if_any(self) -> None:
        """Raises AgreementError with everything found."""
        if self._found:
            raise AgreementError(tuple(sorted(self._found.values(), key=lambda found: (found.line, found.path))))

    def _line_of(self, path: str) -> int:
        while path and path not in self._lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self._lines.get(path, 1)
