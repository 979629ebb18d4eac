"""Days and times as people type them, in the district's zone, and the moments they mean."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


class NoSuchTimeError(ValueError):
    """The clocks went forward over this time: it never was on that day."""


def moment_of(day: date, clock: time, zone: str, *, after: datetime | None = None) -> datetime:
    """The moment, UTC, at which the clocks of `zone` show that time. Raises NoSuchTimeError for one they skip.

    A time that comes twice, when the clocks go back, is the first of the two; the second where it must come after
    `after`, as the end of something comes after its beginning.
    """
    local = datetime.combine(day, clock.replace(tzinfo=None), ZoneInfo(zone))
    found = local.astimezone(UTC)
    if found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchTimeError(clock.isoformat("minutes"))
    second = local.replace(fold=1).astimezone(UTC)
    if after is not None and found <= after < second:
        return second
    return found


def typed_day(moment: datetime, zone: str) -> str:
    """As a date field holds it: "2026-05-12"."""
    return moment.astimezone(ZoneInfo(zone)).date().isoformat()


def typed_time(moment: datetime, zone: str) -> str:
    """As a time field holds it: "14:02"."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%H:%M")
