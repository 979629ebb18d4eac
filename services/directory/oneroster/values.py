"""Single values: identifiers, dates, words of a list. Each function answers the value read, or None with a finding."""

import re
from collections.abc import Collection
from datetime import date

from services.directory.oneroster.csv_files import Record
from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_
from shared.clock import OUR_TIME, in_our_time
from shared.people.addresses import spelled

_GUID = re.compile(r"[A-Za-z0-9._/@-]+\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})\Z")
_YEAR = re.compile(r"\d{4}\Z")
_EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[^@\s,;<>()\[\]\"]+\.[^@\s,;<>()\[\]\"]+\Z")


def day_of(value: str) -> date | None:
    """The date that YYYY-MM-DD names, in whatever year; None where it names none."""
    try:
        return date.fromisoformat(value) if _DATE.match(value) else None
    except ValueError:
        return None


class Values:
    """Reads values of one file's rows, noting what is wrong with them in `findings`."""

    def __init__(self, file: str, findings: Findings) -> None:
        self.file = file
        self.findings = findings

    def required(self, record: Record, column: str) -> str | None:
        """A value that may not be blank."""
        value = record[column]
        if not value:
            self._add("OR021", N_("%(name)s is blank."), record, column, name=column)
            return None
        return value

    def guid(self, record: Record, column: str) -> str | None:
        """A required identifier; unusual characters are noted and kept."""
        value = self.required(record, column)
        if value is not None:
            self._check_guid(record, column, value)
        return value

    def reference(self, record: Record, column: str) -> str | None:
        """An optional identifier of another record."""
        value = record[column]
        if not value:
            return None
        self._check_guid(record, column, value)
        return value

    def references(self, record: Record, column: str) -> tuple[str, ...]:
        """A list of identifiers in one value, separated by commas; repeated ones once."""
        parts = [part.strip() for part in record[column].split(",")]
        return tuple(dict.fromkeys(part for part in parts if part))

    def word(self, record: Record, column: str, words: Collection[str]) -> str | None:
        """A required word of `words`, or one that starts with `ext:`. Another case is read, with a warning."""
        value = self.required(record, column)
        if value is None or value in words or (value.startswith("ext:") and len(value) > len("ext:")):
            return value
        by_case = {word.casefold(): word for word in words}
        if (meant := by_case.get(value.casefold())) is not None:
            template = N_("%(value)s is written %(meant)s in the standard; only capitals differ, and it is read so.")
            self._warn("OR040", template, record, column, value=value, meant=meant)
            return meant
        template = N_("%(value)s is none of: %(words)s.")
        self._add("OR040", template, record, column, value=value, words=", ".join(sorted(words)))
        return None

    def aside(self, record: Record, column: str, words: Collection[str]) -> None:
        """Check a word on which nothing depends here: one that is not of `words` is noted as a warning, whatever it is."""
        value = record[column]
        if value and value not in words:
            template = N_("%(value)s is none of: %(words)s.")
            self._warn("OR040", template, record, column, value=value, words=", ".join(sorted(words)))

    def flag(self, record: Record, column: str) -> bool | None:
        """A required true or false."""
        value = self.word(record, column, ("true", "false"))
        return None if value is None else value == "true"

    def day(self, record: Record, column: str, *, required: bool = False) -> date | None:
        """A date YYYY-MM-DD in OUR_TIME; blank is None."""
        value = (self.required(record, column) if required else record[column]) or ""
        if not value:
            return None
        found = day_of(value)
        if found is None:
            self._add("OR041", N_("%(value)s is not a date of the form YYYY-MM-DD."), record, column, value=value)
        elif not in_our_time(found):
            first, last = (str(year) for year in OUR_TIME)
            template = N_("%(value)s is not in the years %(first)s to %(last)s.")
            self._add("OR043", template, record, column, value=value, first=first, last=last)
            return None
        return found

    def moment(self, record: Record, column: str) -> None:
        """Check a change date of a delta row."""
        if not _MOMENT.match(record[column]):
            template = N_("%(value)s is not a time of the form 2026-08-31T12:00:00.000Z.")
            self._add("OR041", template, record, column, value=record[column])

    def year(self, record: Record, column: str) -> int | None:
        """An optional year YYYY."""
        value = record[column]
        if not value:
            return None
        if _YEAR.match(value):
            return int(value)
        self._add("OR041", N_("%(value)s is not a year of the form YYYY."), record, column, value=value)
        return None

    def email(self, record: Record, column: str) -> str | None:
        """An optional address; one that can't be an address, or that no letter can be written to, is noted and left out."""
        value = record[column]
        if not value:
            return None
        if not _EMAIL.match(value):
            self._add("OR045", N_("%(value)s is not an e-mail address."), record, column, value=value)
            return None
        if spelled(value) is None:
            self._add("OR045", N_("%(value)s is an address no letter can be written to."), record, column, value=value)
            return None
        return value

    def _check_guid(self, record: Record, column: str, value: str) -> None:
        if not _GUID.match(value):
            template = N_("%(value)s holds a character the standard does not allow in identifiers.")
            self._add("OR042", template, record, column, value=value)

    def _warn(self, code: str, template: str, record: Record, column: str, **values: str) -> None:
        self.findings.add(code, template, file=self.file, line=record.line, column=column, severity="warning", **values)

    def _add(self, code: str, template: str, record: Record, column: str, **values: str) -> None:
        self.findings.add(code, template, file=self.file, line=record.line, column=column, severity=None, **values)
