"""Making the plan."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_
from services.directory.oneroster.staged import Known, StagedRoster
from services.directory.people import Organisation, Person
from services.directory.planning.calendars import (
    calendars_after,
    calendars_under_new_keys,
    renewed_calendars,
    warn_of_days_left_behind,
)
from services.directory.planning.organisations import as_staged, organisations_after
from services.directory.planning.plan import SOON, Change, Plan, Present, changes_between
from services.directory.planning.schools import (
    renewed_schools,
    under_new_keys,
    warn_of_moved_departments,
    warn_of_other_types,
)
from services.directory.planning.staff import people_after
from services.directory.planning.whom import FILE
from shared.people.roles import EVALUATOR_ROLES, SUBJECT_ROLES


def known_to(present: Present) -> Known:
    """What the reader may take as known from the directory."""
    here = {person.source_id: person for person in present.people if person.source_id}
    return Known(
        orgs=as_staged(org for org in present.organisations if org.on_roster),
        sessions=frozenset(
            calendar.source_id for calendar in present.calendars if calendar.source_id and calendar.active
        ),
        people=frozenset(name for name, person in here.items() if person.on_roster),
        left=frozenset(name for name, person in here.items() if not person.on_roster),
        roles=frozenset(held.source_id for person in here.values() for held in person.appointments if held.source_id),
        today=present.today,
    )


def make_plan(present: Present, roster: StagedRoster) -> Plan:
    """Every change `roster` would make. Pure: the same inputs give the same plan."""
    findings = Findings()
    renewed = renewed_schools(present, roster, findings)
    was = present
    present, roster = under_new_keys(present, roster, renewed)
    present, roster = calendars_under_new_keys(present, roster, renewed_calendars(present, roster))
    here = {org.source_id: before for org, before in zip(present.organisations, was.organisations, strict=True)}
    terms = {
        one.source_id: before for one, before in zip(present.calendars, was.calendars, strict=True) if one.source_id
    }
    organisations = organisations_after(present, roster)
    calendars = calendars_after(present, roster)
    people = people_after(present, roster, organisations, findings)
    staff = _before(present, people)
    evaluating = sum(person.works(present.today, EVALUATOR_ROLES) for person in staff.values())
    changed_people = changes_between(staff, people, lambda person: person.on_roster or person.source_id is None)
    changed_orgs = changes_between(here, organisations, lambda org: org.stands)
    changed_terms = changes_between(terms, calendars, lambda calendar: calendar.active)
    losses = Counter(loss(change, present.today) for change in changed_people)
    _warn_of_ended_schools(changed_orgs, people, present, findings)
    warn_of_other_types(changed_orgs, roster, findings)
    warn_of_days_left_behind(changed_terms, findings)
    warn_of_moved_departments(present, organisations, people, roster, findings)
    _warn_of_lost_evaluators(changed_people, present.today, findings)
    plan = Plan(
        today=present.today,
        organisations=changed_orgs,
        calendars=changed_terms,
        people=changed_people,
        staff_before=sum(person.works(present.today) for person in staff.values()),
        ending=losses["work"],
        losing=losses["part"],
        report=findings.report(),
        untouched={
            "schools": sum(org.is_school for org in organisations.values())
            - sum(change.after.is_school for change in changed_orgs),
            "calendars": len(calendars) - len(changed_terms),
            "people": sum(person.on_roster for person in people.values())
            - sum(change.after.on_roster for change in changed_people),
        },
    )
    return _guarded(plan, evaluating, present.guard_percent)


def _before(present: Present, people: dict[str, Person]) -> dict[str, Person]:
    """The people here under the names the plan knows them by; those joined by their address too."""
    by_id = {person.person_id: person for person in present.people}
    return {name: by_id[person.person_id] for name, person in people.items() if person.person_id in by_id}


def loss(change: Change[Person], today: date) -> Literal["work", "part"] | None:
    """What the change takes from somebody who has it today, at once or on a day until SOON: all work; or, of who goes on
    working, the role by which they are evaluated or evaluate."""
    if _takes(change, today, None):
        return "work"
    return "part" if _takes(change, today, SUBJECT_ROLES) or _takes(change, today, EVALUATOR_ROLES) else None


def _takes(change: Change[Person], today: date, roles: Collection[str] | None) -> bool:
    """Whether it takes the last of these roles; None: of all."""
    was, last = change.before, today + SOON
    if was is None or not was.works(today, roles):
        return False
    turns = {held.ends for held in change.after.appointments if held.ends and today < held.ends <= last}
    return any(was.works(day, roles) and not change.after.works(day, roles) for day in {today, last, *turns})


def _warn_of_ended_schools(
    changes: Sequence[Change[Organisation]], people: Mapping[str, Person], present: Present, findings: Findings
) -> None:
    """A school that ends while people work there: their roles stay, at a school that nothing is begun for any more."""
    touched = {person.person_id for person in people.values()}
    everyone = (*people.values(), *(person for person in present.people if person.person_id not in touched))
    working = Counter(
        school for person in everyone if person.active(present.today) for school in _schools_of(person, present.today)
    )
    for change in changes:
        school = change.after.school_id
        if change.action == "ended" and school is not None and working[school]:
            template = N_("%(name)s would end, and %(count)s people would still have a role there.")
            findings.add("OR076", template, file="orgs.csv", name=change.after.name, count=working[school])


def _schools_of(person: Person, today: date) -> set[UUID]:
    return {held.school_id for held in person.appointments if held.school_id and held.in_force(today)}


def _warn_of_lost_evaluators(changes: Sequence[Change[Person]], today: date, findings: Findings) -> None:
    lost = sum(
        change.before is not None
        and bool(change.before.evaluators)
        and not change.after.evaluators
        and change.after.works(today)
        for change in changes
    )
    if lost:
        template = N_("%(count)s people would go on working here with nobody named as their evaluator any more.")
        findings.add("OR077", template, file=FILE, column="agentSourcedIds", count=lost)


def _guarded(plan: Plan, evaluating: int, percent: int) -> Plan:
    """The plan, with questions where it takes work, or a part in evaluations, from more than `percent` of the staff; or
    evaluating from more than that of the `evaluating` who do it today, who are few among the staff."""
    findings = Findings()
    if (plan.ending + plan.losing) * 100 > percent * plan.staff_before:
        _ask_of_staff(plan, percent, findings)
    giving_up = [change for change in plan.people if _takes(change, plan.today, EVALUATOR_ROLES)]
    if len(giving_up) * 100 > percent * evaluating:
        _ask_of_evaluators(plan, giving_up, evaluating, percent, findings)
    return replace(plan, report=plan.report.joined(findings.report()))


def _ask_of_staff(plan: Plan, percent: int, findings: Findings) -> None:
    values: dict[str, Any] = {"staff": plan.staff_before, "days": SOON.days, "percent": percent}
    if plan.ending:
        template = N_(
            "%(ending)s of %(staff)s members of staff would lose their access or their role, at once or within %(days)s "
            "days. Where more than %(percent)s in a hundred lose that, or their part in evaluations, it needs a yes."
        )
        findings.add("OR070", template, file=FILE, ending=plan.ending, **values)
    if plan.losing:
        template = N_(
            "%(losing)s of %(staff)s members of staff would go on working, but lose the role by which they are evaluated or "
            "evaluate, at once or within %(days)s days. Where more than %(percent)s in a hundred lose that, their access or "
            "all roles, it needs a yes."
        )
        findings.add("OR074", template, file=FILE, losing=plan.losing, **values)


_NAMED = 12
"""Evaluators that a question names; more are counted."""


def _ask_of_evaluators(
    plan: Plan, giving_up: Sequence[Change[Person]], evaluating: int, percent: int, findings: Findings
) -> None:
    """Under the question that each of them is counted in: by its number it is answered."""
    template = N_(
        "Of the %(evaluating)s who evaluate today, %(count)s would no longer, at once or within %(days)s days: %(names)s. Where "
        "more than %(percent)s in a hundred of them would not, it needs a yes."
    )
    values: dict[str, Any] = {
        "evaluating": evaluating,
        "count": len(giving_up),
        "days": SOON.days,
        "names": _names(giving_up),
        "percent": percent,
    }
    counted = {loss(change, plan.today) for change in giving_up}
    for code in [code for sort, code in (("work", "OR070"), ("part", "OR074")) if sort in counted]:
        findings.add(code, template, file=FILE, **values)


def _names(changes: Sequence[Change[Person]]) -> str:
    """Whose they are, in any language."""
    names = sorted(change.before.name for change in changes if change.before is not None)
    return ", ".join(names[:_NAMED]) + (f" (+{len(names) - _NAMED})" if len(names) > _NAMED else "")


def unanswered(
    plan: Plan, staged: StagedRoster, *, ending: int | None, losing: int | None, roles: bool, same_people: bool
) -> list[str]:
    """The codes of questions that still wait for a yes. `ending`, `losing`: the numbers a person confirmed in so many words."""
    codes = []
    if "OR070" in plan.report.counts and ending != plan.ending:
        codes.append("OR070")
    if any(role.proposed for role in staged.roles) and not roles:
        codes.append("OR071")
    if "OR073" in plan.report.counts and not same_people:
        codes.append("OR073")
    if "OR074" in plan.report.counts and losing != plan.losing:
        codes.append("OR074")
    return codes
