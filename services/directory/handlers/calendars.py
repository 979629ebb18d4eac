"""Commands about school calendars. A year hands its days on to the semesters inside it, and to the terms inside those."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from services.directory.commands import AddCalendar, ChangeCalendar, SetDays
from services.directory.handlers.people import refuse_unknown_school
from services.directory.people import Calendar, handed_down
from services.directory.refusals import NotFound, Refused
from services.directory.store.present import load_calendars
from services.directory.store.saving import Writing, lock_directory, save_calendars
from services.directory.store.tables import calendar_source
from services.directory.store.versions import refuse_stale
from shared.contracts.directory import CalendarDay
from shared.ids import new_id


def add_calendar(writing: Writing, command: AddCalendar) -> UUID:
    """Enter a school year by hand; answers its id."""
    _refuse_order(command)
    refuse_unknown_school(writing, command.school_id)
    calendar = Calendar(
        calendar_id=new_id(),
        source_id=None,
        title=command.title,
        kind="schoolYear",
        first_day=command.first_day,
        last_day=command.last_day,
        school_id=command.school_id,
    )
    save_calendars(writing, [calendar])
    return calendar.calendar_id


def change_calendar(writing: Writing, command: ChangeCalendar) -> None:
    """Title, dates, school, in use or not, of a calendar entered by hand."""
    _refuse_order(command)

    def change(calendar: Calendar) -> Calendar:
        if calendar.source_id is not None:
            raise Refused("calendar_from_roster")
        if command.school_id != calendar.school_id:  # the one it has may have been closed since
            refuse_unknown_school(writing, command.school_id)
        return replace(
            calendar,
            title=command.title,
            first_day=command.first_day,
            last_day=command.last_day,
            school_id=command.school_id,
            active=command.active,
        )

    _change(writing, command.calendar_id, command.version, change)


def _refuse_order(command: AddCalendar | ChangeCalendar) -> None:
    if command.last_day <= command.first_day:
        raise Refused("ends_before_it_begins", fields={"last_day": "ends_before_it_begins"})


def set_days(writing: Writing, command: SetDays) -> None:
    """Write the days; of several for one date the last counts."""
    latest: dict[object, CalendarDay] = {day.day: day for day in command.days}
    days = tuple(sorted(latest.values(), key=lambda day: day.day))

    def change(calendar: Calendar) -> Calendar:
        if calendar.parent_id is not None:
            raise Refused("days_of_the_year", calendar=str(calendar.parent_id))
        return replace(calendar, days=days)

    _change(writing, command.calendar_id, command.version, change)


def _change(writing: Writing, calendar_id: UUID, version: int | None, change: Callable[[Calendar], Calendar]) -> None:
    lock_directory(writing.connection, writing.district_id, whole=False)
    if refuse_stale(writing, calendar_source, {"calendar_id": calendar_id}, version) is None:
        raise NotFound("calendar")
    calendars = {one.calendar_id: one for one in load_calendars(writing.connection, writing.district_id)}
    after = handed_down(calendars | {calendar_id: change(calendars[calendar_id])})
    save_calendars(writing, [one for name, one in after.items() if one != calendars[name]])
