"""From rows to staged records: words become ours, dates become days, what is not staff is counted and left behind."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Generic, TypeVar

from services.directory.oneroster.csv_files import Record
from services.directory.oneroster.findings import Findings
from services.directory.oneroster.kinds import N_
from services.directory.oneroster.staged import (
    Known,
    Mode,
    StagedOrg,
    StagedPerson,
    StagedRole,
    StagedSession,
    school_of,
)
from services.directory.oneroster.values import Values, day_of
from shared.clock import in_our_time
from shared.letters import composed
from shared.people import roles as words

ORG_KINDS = ("department", "school", "district", "local", "state", "national")
SESSION_KINDS = ("gradingPeriod", "semester", "schoolYear", "term")
CALENDARS = frozenset({"semester", "schoolYear", "term"})
NOT_STAFF = frozenset({"student", "guardian", "parent", "relative"})
ROLES_12 = (
    "aide", "counselor", "districtAdministrator", "guardian", "parent", "principal", "proctor", "relative",
    "siteAdministrator", "student", "systemAdministrator", "teacher",
)  # fmt: skip
ROLE_TYPES = ("primary", "secondary")
ROLES_11 = ("administrator", "aide", "guardian", "parent", "proctor", "relative", "student", "teacher")

T = TypeVar("T")


@dataclass(frozen=True)
class Placed(Generic[T]):
    """A staged record, its row and the line where it stands."""

    item: T
    record: Record

    @property
    def line(self) -> int:
        return self.record.line


@dataclass
class Door:
    """Who is staff and who is not, learnt from the roles while they stream by; and what was left at the door."""

    staff: set[str] = field(default_factory=set)
    others: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    former: set[str] = field(default_factory=set)
    """Users with a role of staff that is over or deleted. It makes nobody staff who is not known here."""
    turned_away: set[str] = field(default_factory=set)
    """Those of them whose users row was not taken."""
    dropped: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    """Users of whom neither the roster nor the directory says that they are staff, where its roles are not whole."""

    def admits(self, user: str, record: Record, today: date | None) -> bool:
        """Whether the role that `record` states or deletes is one of staff; remembers either way. `today`: as in Known."""
        if (role := record["role"].strip().casefold()) in NOT_STAFF:
            self.others[user].add(role)
            return False
        former = record["status"] == "tobedeleted" or _over(record, today)
        (self.former if former else self.staff).add(user)
        return True

    def knows(self, user: str) -> bool:
        return user in self.staff or user in self.others

    def turn_away(self, user: str) -> None:
        """Count whoever is not staff, and remember whose former roles of staff are not kept either."""
        self.dropped.update(self.others.get(user, ()))
        if user in self.former:
            self.turned_away.add(user)

    def not_staff(self) -> set[str]:
        """Users whom the roster says not to be staff, or to be no longer."""
        return (self.others.keys() | self.turned_away) - self.staff


def _over(record: Record, today: date | None) -> bool:
    """Whether the role is over by its own last day. One that is wrong is told later, so it ends nothing."""
    ends = day_of(record["endDate"])
    return today is not None and ends is not None and in_our_time(ends) and ends <= today


def stage_orgs(records: Iterable[Record], values: Values) -> list[Placed[StagedOrg]]:
    """Organisations of every kind; only schools become schools here, the others say where people belong."""
    staged = []
    for record in records:
        name, kind = values.required(record, "name"), values.word(record, "type", ORG_KINDS)
        parent = values.reference(record, "parentSourcedId")
        if name and kind:
            staged.append(Placed(StagedOrg(record["sourcedId"], composed(name), kind, parent, record.line), record))
    return staged


def stage_sessions(records: Iterable[Record], values: Values) -> list[Placed[StagedSession]]:
    """School years, semesters and terms, and grading periods too, which the reader leaves out after the checks."""
    staged = []
    for record in records:
        title, kind = values.required(record, "title"), values.word(record, "type", SESSION_KINDS)
        first, after = values.day(record, "startDate", required=True), values.day(record, "endDate", required=True)
        year = values.year(record, "schoolYear")
        parent = values.reference(record, "parentSourcedId")
        if not (title and kind and first and after):
            continue
        if after <= first:
            template = N_("endDate %(end)s is not after startDate %(start)s.")
            values.findings.add(
                "OR044",
                template,
                file=values.file,
                line=record.line,
                column="endDate",
                end=str(after),
                start=str(first),
            )
            continue
        last = after - timedelta(days=1)
        if year is not None and year not in ((last.year,) if kind == "schoolYear" else (last.year, last.year + 1)):
            template = N_("schoolYear is %(year)s, the last day is %(last)s.")
            values.findings.add(
                "OR046", template, file=values.file, line=record.line, column="schoolYear", year=year, last=str(last)
            )
        staged.append(Placed(StagedSession(record["sourcedId"], title, kind, first, last, parent), record))
    return staged


def stage_people(records: Iterable[Record], values: Values) -> list[Placed[StagedPerson]]:
    """Staff, by the name they go by."""
    staged = []
    for record in records:
        enabled, username = values.flag(record, "enabledUser"), values.required(record, "username")
        given, family = values.required(record, "givenName"), values.required(record, "familyName")
        email = values.email(record, "email")
        if enabled is None or not (username and given and family):
            continue
        person = StagedPerson(
            source_id=record["sourcedId"],
            enabled=enabled,
            username=composed(username),
            given_name=composed(record["preferredGivenName"] or given),
            family_name=composed(record["preferredFamilyName"] or family),
            email=email,
            identifier=record["identifier"] or None,
            evaluators=values.references(record, "agentSourcedIds"),
            line=record.line,
        )
        staged.append(Placed(person, record))
    return staged


def stage_roles(records: Iterable[Record], values: Values) -> list[Placed[StagedRole]]:
    """Roles of a 1.2 roles file."""
    staged = []
    for record in records:
        person, org = values.guid(record, "userSourcedId"), values.guid(record, "orgSourcedId")
        word = values.word(record, "role", ROLES_12)
        values.aside(record, "roleType", ROLE_TYPES)
        begins, ends = values.day(record, "beginDate"), values.day(record, "endDate")
        if not (person and org and word):
            continue
        if begins and ends and ends < begins:
            template = N_("endDate %(end)s is before beginDate %(start)s.")
            values.findings.add(
                "OR044",
                template,
                file=values.file,
                line=record.line,
                column="endDate",
                end=str(ends),
                start=str(begins),
            )
            continue
        role = _own_word(word, record, values)
        one = StagedRole(record["sourcedId"], person, role, org, begins, ends, line=record.line)
        staged.append(Placed(one, record))
    return staged


def _own_word(word: str, record: Record, values: Values) -> str:
    role = words.FROM_ONEROSTER.get(word)
    if role is None:
        template = N_("%(word)s is not a role known here.")
        values.findings.add("OR072", template, file=values.file, line=record.line, column="role", word=word)
        return words.OTHER
    return role


def stage_roles_11(
    records: Iterable[Record], orgs: Mapping[str, StagedOrg], values: Values
) -> list[Placed[StagedRole]]:
    """Roles out of a 1.1 users file: one for each organisation of the user."""
    staged = []
    for record in records:
        word = values.word(record, "role", ROLES_11)
        places = values.references(record, "orgSourcedIds")
        if not places:
            values.required(record, "orgSourcedIds")
        if word is None:
            continue
        for org in places:
            role, proposed = _role_11(word, org, orgs, record, values)
            identifier = f"{record['sourcedId']}:{org}"
            one = StagedRole(identifier, record["sourcedId"], role, org, None, None, proposed, record.line)
            staged.append(Placed(one, record))
    return staged


def _role_11(word: str, org: str, orgs: Mapping[str, StagedOrg], record: Record, values: Values) -> tuple[str, bool]:
    if word != "administrator":
        return _own_word(word, record, values), False
    at_school = school_of(org, orgs) is not None
    role = words.PRINCIPAL if at_school else words.DISTRICT_ADMINISTRATOR
    template = (
        N_("%(id)s is an administrator at the school %(org)s: proposed as principal.")
        if at_school
        else N_("%(id)s is an administrator of the district (%(org)s): proposed as district administrator.")
    )
    values.findings.add(
        "OR071", template, file=values.file, line=record.line, column="role", id=record["sourcedId"], org=org
    )
    return role, True


@dataclass(frozen=True)
class Admission:
    """Is this users row one of staff? Counts every row, and notes those nobody gave a role. `roles`: how that file is meant.
    `sure`: every role could be read, so that whoever has none there has none."""

    door: Door
    known: Known
    findings: Findings
    file: str
    roles: Mode
    sure: bool = True

    def __call__(self, record: Record) -> bool:
        user = record["sourcedId"]
        self.door.dropped["password"] += bool(record["password"])
        if not user or user in self.door.staff or self._stays(user):
            return True
        self.door.turn_away(user)
        if self.sure and not self.door.knows(user) and record["status"] != "tobedeleted":
            self._without_role(user, record)
        return False  # the rest is told already, or nothing to do: nobody here is called so

    def _stays(self, user: str) -> bool:
        """Whether they are staff here, and go on or end as such: a role of another sort takes none of theirs away, unless the
        file states all they have."""
        if user not in self.known.people:
            return False
        return self.roles == "delta" or user in self.door.former or not self.door.knows(user)

    def _without_role(self, user: str, record: Record) -> None:
        template = N_("%(id)s has no role in roles.csv.")
        if user in self.known.left:
            template = N_(
                "%(id)s left with an earlier roster and is stated again without a role: nothing is brought back until "
                "roles.csv states one."
            )
        elif user in self.door.former:
            template = N_("Every role of %(id)s in roles.csv is over or deleted.")
        elif self.roles != "bulk":
            self.door.unknown += 1
            return
        self.findings.add("OR056", template, file=self.file, line=record.line, column="sourcedId", id=user)
