"""Times, days and roles as people read them, in the district's zone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel.speaklater import LazyString

from shared.clock import local_date
from shared.people import roles
from shared.web.context import zone
from shared.web.language import language
from shared.web.language import lazy_gettext as _l

ROLE_WORDS: Mapping[str, LazyString] = {
    roles.TEACHER: _l("teachers"),
    roles.COUNSELOR: _l("counselors"),
    roles.PRINCIPAL: _l("principals"),
    roles.SITE_ADMINISTRATOR: _l("school administrators"),
    roles.DISTRICT_ADMINISTRATOR: _l("district administrators"),
    roles.SYSTEM_ADMINISTRATOR: _l("system administrators"),
    roles.HR: _l("the human resources office"),
    roles.SUPERINTENDENT: _l("the superintendent"),
    roles.BOARD_MEMBER: _l("members of the board"),
    roles.UNION_REPRESENTATIVE: _l("union representatives"),
    roles.AIDE: _l("aides"),
    roles.OTHER: _l("other staff"),
}


def day(value: date | datetime) -> str:
    """ "Tue 12 May 2026". A moment is first taken to the district's zone."""
    if isinstance(value, datetime):
        value = local_date(value, zone())
    return _day(value, language())


def clock_time(value: datetime) -> str:
    """ "14:02" in the district's zone."""
    return _local(value).strftime("%H:%M")


def moment(value: datetime) -> str:
    """ "Tue 12 May 2026, 14:02 CDT" in the district's zone."""
    return _moment(value.replace(second=0, microsecond=0), zone(), language())


def iso(value: date | datetime) -> str:
    """For <time datetime="…">: what a machine reads."""
    return value.astimezone(UTC).isoformat(timespec="seconds") if isinstance(value, datetime) else value.isoformat()


def role_words(held: frozenset[str]) -> str:
    """ "principals, the human resources office": who holds one of these roles, in the table's order."""
    return ", ".join(str(words) for role, words in ROLE_WORDS.items() if role in held)


def _local(value: datetime) -> datetime:
    return value.astimezone(ZoneInfo(zone()))


@lru_cache(maxsize=2048)
def _day(value: date, locale: str) -> str:
    return format_date(value, "EEE d MMM y", locale=locale)


@lru_cache(maxsize=4096)
def _moment(value: datetime, zone_name: str, locale: str) -> str:
    local = value.astimezone(ZoneInfo(zone_name))
    return f"{_day(local_date(value, zone_name), locale)}, {local:%H:%M %Z}"


def long_day(value: date) -> str:
    """ "Tuesday 12 May 2026": a date shown back to whoever typed it."""
    return format_date(value, "EEEE d MMMM y", locale=language())
