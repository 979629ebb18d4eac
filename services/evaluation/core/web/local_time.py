"""Days and times as people type them, in the district's zone, and the moments they mean."""

from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import get_timezone_name


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


@lru_cache(maxsize=256)
def zone_words(zone: str, year: int, locale: str) -> str:
    """ "Pacific Time": what the clocks of `zone` are called on every day of that year, beside a time whose day may still be
    changed. Where they are never moved it is the full name, "Mountain Standard Time": nobody there says less."""
    winter, summer = (datetime(year, month, 1, tzinfo=ZoneInfo(zone)).utcoffset() for month in (1, 7))
    variant: Literal["standard", "generic"] = "standard" if winter == summer else "generic"
    names = Locale.parse(locale).meta_zones.get(_metazone(zone), {}).get("long", {})
    return names.get(variant) or get_timezone_name(ZoneInfo(zone), width="long", zone_variant=variant, locale=locale)


def _metazone(zone: str) -> str | None:
    """The zone whose name it bears, "America_Eastern". Babel itself doesn't find that of Indianapolis or Louisville: it knows
    theirs by their older names only."""
    aliases, metazones = get_global("zone_aliases"), get_global("meta_zones")
    present = aliases.get(zone, zone)
    names = (zone, present, *(older for older, newer in aliases.items() if newer == present))
    return next((metazones[name] for name in names if name in metazones), None)
