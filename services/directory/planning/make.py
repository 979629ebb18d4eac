"""Making the plan."""

from dataclasses import replace
from datetime import date

from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_
from services.directory.oneroster.staged import Known, StagedRoster
from services.directory.people import Person
from services.directory.planning.organisations import as_staged, calendars_after, organisations_after
from services.directory.planning.plan import SOON, Change, Plan, Present, changes_between
from services.directory.planning.staff import FILE, people_after


def known_to(present: Present) -> Known:
    """What the reader may take as known from the directory."""
    return Known(
        orgs=as_staged(org for org in present.organisations if org.on_roster),
        sessions=frozenset(
            calendar.source_id for calendar in present.calendars if calendar.source_id and calendar.active
        ),
        people=frozenset(person.source_id for person in present.people if person.source_id and person.on_roster),
    )


def make_plan(present: Present, roster: StagedRoster) -> Plan:
    """Every change `roster` would make. Pure: the same inputs give the same plan."""
    findings = Findings()
    organisations = organisations_after(present, roster)
    calendars = calendars_after(present, roster)
    people = people_after(present, roster, organisations, findings)
    here = {org.source_id: org for org in present.organisations}
    terms = {calendar.source_id: calendar for calendar in present.calendars if calendar.source_id}
    staff = _before(present, people)
    changed_people = changes_between(staff, people, lambda person: person.on_roster or person.source_id is None)
    changed_orgs = changes_between(here, organisations, lambda org: org.on_roster)
    changed_terms = changes_between(terms, calendars, lambda calendar: calendar.active)
    plan = Plan(
        today=present.today,
        organisations=changed_orgs,
        calendars=changed_terms,
        people=changed_people,
        staff_before=sum(person.works(present.today) for person in staff.values()),
        ending=sum(ends_work(change, present.today) for change in changed_people),
        report=findings.report(),
        untouched={
            "schools": sum(org.school_id is not None for org in organisations.values())
            - sum(change.after.school_id is not None for change in changed_orgs),
            "calendars": len(calendars) - len(changed_terms),
            "people": sum(person.on_roster for person in people.values())
            - sum(change.after.on_roster for change in changed_people),
        },
    )
    return _guarded(plan, present.guard_percent)


def _before(present: Present, people: dict[str, Person]) -> dict[str, Person]:
    """The people here under the names the plan knows them by; those joined by their address too."""
    by_id = {person.person_id: person for person in present.people}
    return {name: by_id[person.person_id] for name, person in people.items() if person.person_id in by_id}


def ends_work(change: Change[Person], today: date) -> bool:
    """Whether the change takes somebody's work away who has it today: at once, or on a day until SOON."""
    was, last = change.before, today + SOON
    if was is None or not was.works(today):
        return False
    turns = {held.ends for held in change.after.appointments if held.ends and today < held.ends <= last}
    return any(was.works(day) and not change.after.works(day) for day in {today, last, *turns})


def _guarded(plan: Plan, percent: int) -> Plan:
    """The plan, with a question where it ends the work of more than `percent` of the staff."""
    if plan.ending * 100 <= percent * plan.staff_before:
        return plan
    findings = Findings()
    template = N_(
        "%(ending)s of %(staff)s members of staff would lose their access or their role, at once or within %(days)s days; "
        "more than %(percent)s in a hundred need a yes."
    )
    findings.add(
        "OR070", template, file=FILE, ending=plan.ending, staff=plan.staff_before, days=SOON.days, percent=percent
    )
    report = plan.report.joined(findings.report())
    return replace(plan, report=report)


def unanswered(plan: Plan, staged: StagedRoster, *, ending: int | None, roles: bool, same_people: bool) -> list[str]:
    """The codes of questions that still wait for a yes. `ending`: the number a person confirmed in so many words."""
    codes = []
    if "OR070" in plan.report.counts and ending != plan.ending:
        codes.append("OR070")
    if any(role.proposed for role in staged.roles) and not roles:
        codes.append("OR071")
    if "OR073" in plan.report.counts and not same_people:
        codes.append("OR073")
    return codes
