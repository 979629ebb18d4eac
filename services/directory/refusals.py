"""A command that is not carried out says why. The sentences stand in wording.py, found by the code."""

from collections.abc import Mapping
from datetime import datetime


class Refused(Exception):  # noqa: N818 - an answer, not an error of the program
    """Nothing has changed. `fields`: form field -> code of what is wrong with it; `values` fill the sentences."""

    def __init__(self, code: str, *, fields: Mapping[str, str] | None = None, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.fields = dict(fields or {})
        self.values = values


class NotFound(Exception):  # noqa: N818
    """There is no such thing in this district. `what`: person, calendar, school, import, appointment, session, link."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class StaleVersion(Exception):  # noqa: N818
    """Somebody changed it since the sender looked. `by` is a name, None where an import did it."""

    def __init__(self, current: int, by: str | None, at: datetime) -> None:
        super().__init__("stale_version")
        self.current = current
        self.by = by
        self.at = at
