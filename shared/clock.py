"""Time. Inside everything is UTC; a district's zone is applied at the edges only."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

OUR_TIME = (1980, 2099)
"""Years that a day somebody writes may lie in: the first is before anyone's who works today was appointed."""
Clock = Callable[[], datetime]
"""What tells the time: called without arguments, answers an aware datetime in UTC."""


def now() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


def in_utc(moment: datetime) -> datetime:
    """The same moment told in UTC. Raises ValueError where it names no offset, or where UTC has no year for it."""
    if moment.tzinfo is None:
        raise ValueError("a moment without its offset from UTC")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("a moment beyond the calendar's edge") from None


def in_our_time(day: date) -> bool:
    """Whether it lies in OUR_TIME."""
    return OUR_TIME[0] <= day.year <= OUR_TIME[1]


def local_date(moment: datetime, zone: str) -> date:
    """The calendar day on which `moment` falls in `zone` (an IANA name such as "America/Chicago")."""
    return moment.astimezone(ZoneInfo(zone)).date()
