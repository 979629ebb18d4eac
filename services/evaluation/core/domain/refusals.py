"""A refusal is a help: it says what is missing and who can mend it. The words are found by code in web/wording.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Missing:
    """Something that stands in the way. `step` is a step key (see steps.py); `duty` is whose turn it is."""

    step: str
    title: str
    duty: str


class Refused(Exception):  # noqa: N818 - an answer, not an error of the program
    """The command is not carried out and nothing has changed.

    `code` names the reason (a key of web/wording.py); `values` fill its sentence; `fields` names form fields at fault.
    """

    def __init__(
        self,
        code: str,
        *,
        missing: tuple[Missing, ...] = (),
        fields: Mapping[str, str] | None = None,
        **values: str,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.missing = missing
        self.fields = dict(fields or {})
        self.values = values


@dataclass(frozen=True)
class Change:
    """One entry of the record that stands between the version somebody saw and the present one. `outcome`: of a step that
    was done (see events.StepDone), else None."""

    sequence: int
    part: str
    event: str
    by_id: str | None
    at: str
    outcome: str | None = None


class StaleVersion(Exception):  # noqa: N818 - it is an answer, not an error of the program
    """Somebody else changed the same part of the evaluation since the version the sender saw; `changes` say who and what."""

    def __init__(self, evaluation_id: UUID, changes: tuple[Change, ...]) -> None:
        super().__init__("stale_version")
        self.evaluation_id = evaluation_id
        self.changes = changes


class UnknownVersion(Exception):  # noqa: N818 - it is an answer, not an error of the program
    """The sender builds on a version that the evaluation has not reached."""

    def __init__(self, current: int) -> None:
        super().__init__("unknown_version")
        self.current = current
