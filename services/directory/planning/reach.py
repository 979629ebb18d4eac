"""What of a plan is not for whoever imports it to do: the rules of single acts, asked of every change of people."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.directory.oneroster.findings import Findings, Report
from services.directory.oneroster.kinds import N_
from services.directory.oneroster.staged import StagedRoster
from services.directory.people import Appointment, Person
from services.directory.planning.plan import Change, Plan, Present
from services.directory.reach import Hand, is_administrator, why_not_give, why_not_reach
from shared.people.roles import SYSTEM_ADMINISTRATOR

CODE = "OR075"
_TEMPLATES: Mapping[str, str] = {
    "not_yours_to_give": N_("%(name)s (%(id)s) would get or lose the role of system administrator."),
    "not_yours_to_reach": N_("The account of %(name)s (%(id)s), a system administrator, would be changed or shut out."),
    "own_evaluator": N_("%(name)s (%(id)s) would name their own evaluator by an import."),
    "own_role": N_("%(name)s (%(id)s) would get a role by an import of their own."),
}


def hand_of(present: Present, by: UUID | None) -> Hand:
    """Whoever imports, by the directory as it is."""
    person = next((one for one in present.people if one.person_id == by), None)
    administers = person is not None and person.works(present.today, {SYSTEM_ADMINISTRATOR})
    return Hand(by, administers)


def beyond_reach(plan: Plan, roster: StagedRoster, hand: Hand) -> Report:
    """A finding for each row of the roster, or person it leaves out, that `hand` may not import."""
    findings = Findings()
    if hand.may_all:
        return findings.report()
    rows = _Rows(roster)
    for change in plan.people:
        after = change.after
        about: dict[str, Any] = {"name": after.name, "id": after.source_id or ""}
        if (code := _changes_account(change, plan, hand)) is not None:
            line = rows.users.get(after.source_id or "")
            findings.add(CODE, _TEMPLATES[code], file="users.csv", line=line, **about)
        if after.person_id == hand.person_id and _evaluators(change.before) != _evaluators(after):
            line = rows.users.get(after.source_id or "")
            template = _TEMPLATES["own_evaluator"]
            findings.add(CODE, template, file="users.csv", line=line, column="agentSourcedIds", **about)
        for role, code in _roles(change, plan, hand):
            line = rows.roles.get(role.source_id or "")
            findings.add(CODE, _TEMPLATES[code], file=rows.roles_file, line=line, column="role", **about)
    return findings.report()


class _Rows:
    """Where the roster names whom; what it leaves out stands in no line."""

    def __init__(self, roster: StagedRoster) -> None:
        self.roles_file = "users.csv" if roster.version == "1.1" else "roles.csv"
        self.users = {one.source_id: one.line for one in roster.people} | dict(roster.gone_lines("users"))
        self.roles = {one.source_id: one.line for one in roster.roles} | dict(roster.gone_lines("roles"))


def _changes_account(change: Change[Person], plan: Plan, hand: Hand) -> str | None:
    before = change.before
    if before is None or _account(before) == _account(change.after):
        return None
    return why_not_reach(hand, administrator=is_administrator(before, plan.today))


def _evaluators(person: Person | None) -> tuple[UUID, ...]:
    return person.roster_evaluators if person is not None else ()


def _account(person: Person) -> Person:
    """The person less their roles and evaluators, which others than system administrators may change."""
    return replace(person, appointments=(), roster_evaluators=(), hand_evaluators=())


def _roles(change: Change[Person], plan: Plan, hand: Hand) -> Iterator[tuple[Appointment, str]]:
    """The person's roles that `hand` may not change so, each with the code of why."""
    before = {held.appointment_id: held for held in change.before.appointments} if change.before else {}
    for held in change.after.appointments:
        was = before.get(held.appointment_id)
        if was is not None and replace(held, source_id=was.source_id) == was:
            continue
        to = change.after.person_id if not held.over(plan.today) and _gives(was, held) else None
        codes = [why_not_give(hand, held.role, to)]
        if was is not None and was.role != held.role:
            codes.append(why_not_give(hand, was.role, None))
        if (code := next((one for one in codes if one), None)) is not None:
            yield held, code


def _gives(was: Appointment | None, held: Appointment) -> bool:
    """Whether the change gives something: the role, a place, or a longer time of it."""
    if was is None or (was.role, was.school_id) != (held.role, held.school_id):
        return True
    earlier = was.begins is not None and (held.begins is None or held.begins < was.begins)
    return earlier or (was.ends is not None and (held.ends is None or held.ends > was.ends))


def rows_of(report: Report, most: int = 10) -> str:
    """The rows as a refusal names them, in any language: file, line, whose."""
    said = [f"{one.file}{f':{one.line}' if one.line else ''} ({one.values['name']})" for one in report.findings[:most]]
    left = report.counts[CODE] - len(said)
    return ", ".join(said) + (f" (+{left})" if left > 0 else "")
