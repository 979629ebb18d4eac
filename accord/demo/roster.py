"""The demo district's roster: an invented district as a OneRoster 1.2 zip, for the same import as anyone's.

About seventy staff in three schools. Names are invented, of many origins, with the letters people write them with. The same
bytes for the same school year.
"""

import csv
import io
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

DISTRICT = "Larkspur Unified School District"
SCHOOLS = (
    ("S-ELM", "Alder Creek Elementary School", 20),
    ("S-MID", "Harbor Middle School", 16),
    ("S-HIGH", "Larkspur High School", 16),
)
_DISTRICT_ID = "LUSD"
_FILES = (
    "academicSessions", "categories", "classes", "classResources", "courses", "courseResources", "demographics",
    "enrollments", "lineItemLearningObjectiveIds", "lineItems", "lineItemScoreScales", "orgs", "resources",
    "resultLearningObjectiveIds", "results", "resultScoreScales", "roles", "scoreScales", "userProfiles",
    "userResources", "users",
)  # fmt: skip
_USERS = (
    "sourcedId", "status", "dateLastModified", "enabledUser", "username", "userIds", "givenName", "familyName",
    "middleName", "identifier", "email", "sms", "phone", "agentSourcedIds", "grades", "password", "userMasterIdentifier",
    "resourceSourcedIds", "preferredGivenName", "preferredMiddleName", "preferredFamilyName", "primaryOrgSourcedId",
    "pronouns",
)  # fmt: skip
_ROLES = (
    "sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role", "beginDate", "endDate",
    "orgSourcedId", "userProfileSourcedId",
)  # fmt: skip
_ORGS = ("sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId")
_SESSIONS = (
    "sourcedId", "status", "dateLastModified", "title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear",
)  # fmt: skip

_OFFICE = (
    ("Helen", "Marsh", "ext:superintendent"),
    ("Dolores", "Quintanilla", "ext:hr"),
    ("Tobias", "Wren", "ext:hr"),
    ("Ngozi", "Adeyemi", "ext:boardMember"),
    ("Paul", "Brandvold", "ext:boardMember"),
    ("Siobhán", "Ó Briain", "ext:boardMember"),
    ("Kenji", "Morimoto", "ext:boardMember"),
    ("Ruthanne", "Sayers", "ext:boardMember"),
    ("Luis", "Cárdenas", "ext:boardMember"),
    ("Amina", "Yusuf", "ext:boardMember"),
)
_HEADS = (
    (("Rosa", "Alvarez", "principal"), ("Grant", "Whitfield", "siteAdministrator"), ("Mei", "Tanaka", "counselor")),
    (("Samuel", "Osei", "principal"), ("Birgit", "Åkesson", "siteAdministrator"), ("Joy", "Castellanos", "counselor")),
    (("Dana", "Kowalczyk", "principal"), ("Farid", "Rahimi", "siteAdministrator"), ("Nell", "Gallagher", "counselor")),
)
_TEACHERS = (
    ("María José", "Núñez"), ("Imani", "Okafor"), ("Tom", "Nguyễn"), ("Łukasz", "Wiśniewski"), ("Priya", "Raman"),
    ("Caleb", "Stone"), ("Aoife", "Ní Dhomhnaill"), ("Hyun-woo", "Park"), ("Beatriz", "Magalhães"), ("Jonas", "Lindqvist"),
    ("Fatima", "Zahra"), ("Elijah", "Freeman"), ("Zoë", "van der Meer"), ("Andre", "Dupré"), ("Keahi", "Kealoha"),
    ("Svetlana", "Petrova"), ("Miguel", "Ángeles"), ("Grace", "Abernathy"), ("Oluwaseun", "Bankole"), ("Hannah", "Löwe"),
    ("Ravi", "Shankarappa"), ("Chloé", "Beaumont"), ("Darnell", "Whitaker"), ("Yara", "Haddad"), ("Mateo", "Fuentes"),
    ("Ingrid", "Sørensen"), ("Winona", "Littlehawk"), ("Đặng", "Minh Anh"), ("Ximena", "Ibarra"), ("Patrick", "O’Leary"),
    ("Leilani", "Kahale"), ("Tomáš", "Dvořák"), ("Naomi", "Ezekiel"), ("Jamal", "Sharif"), ("Birutė", "Kazlauskaitė"),
    ("Camila", "Restrepo"), ("Noah", "Feldman"), ("Sunita", "Gurung"), ("Óscar", "Villaseñor"), ("Wen", "Li"),
    ("Agnieszka", "Zając"), ("Deshawn", "Carter"), ("Eirini", "Papadopoulou"), ("Hassan", "Warsame"), ("Julia", "Šimić"),
    ("Kofi", "Mensah"), ("Lucía", "Peña"), ("Marcus", "Holloway"), ("Nadia", "Benali"), ("Owen", "Llewellyn"),
    ("Quyên", "Trần"), ("Rachel", "Stein"),
)  # fmt: skip
_HIRED = ("MT17", "Theo", "Marchetti", "S-MID")
"""A teacher who came a month into the year, after the cycle was opened: nobody has begun an evaluation of theirs yet."""
_WITHOUT_EMAIL = ("Jonas Lindqvist", "Wen Li")
"""What goes to them by letter can't arrive; human resources see it."""
_REPRESENTATIVES = ("Imani Okafor", "Patrick O’Leary")


@dataclass(frozen=True)
class _Member:
    """One of the staff. `roles`: (role, org, primary or secondary)."""

    sourced_id: str
    given: str
    family: str
    org: str
    roles: tuple[tuple[str, str, str], ...]
    agents: tuple[str, ...] = ()
    hired: bool = False
    """In the course of the year."""

    @property
    def username(self) -> str:
        return f"{_plain(self.given)[:1]}.{_plain(self.family)}"


def write_roster(path: Path, first_day: date, last_day: date) -> None:
    """Write the zip. `first_day`, `last_day`: of the school year, inclusive; the year before is in it as well."""
    members = list(_members())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, head, rows in (
            ("manifest", ("propertyName", "value"), _manifest()),
            ("academicSessions", _SESSIONS, _sessions(first_day, last_day)),
            ("orgs", _ORGS, _orgs()),
            ("users", _USERS, _users(members)),
            ("roles", _ROLES, _held(members, date(first_day.year - 4, 8, 1), first_day + timedelta(days=30))),
        ):
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\r\n")
            writer.writerow(head)
            writer.writerows(rows)
            entry = zipfile.ZipInfo(f"{name}.csv", date_time=(first_day.year, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, text.getvalue().encode())


def username_of(given: str, family: str) -> str:
    """The username the roster gives somebody: first letter, dot, family name in plain letters."""
    return _Member("", given, family, "", ()).username


def _plain(name: str) -> str:
    replaced = name.translate(str.maketrans("łŁđĐøØ", "lLdDoO"))
    folded = unicodedata.normalize("NFKD", replaced)
    return "".join(letter for letter in folded if letter.isascii() and letter.isalnum()).lower()


def _members() -> Iterator[_Member]:
    for number, (given, family, role) in enumerate(_OFFICE, start=1):
        yield _Member(f"D{number:03d}", given, family, _DISTRICT_ID, ((role, _DISTRICT_ID, "primary"),))
    teachers = iter(_TEACHERS)
    for (org, _, count), heads in zip(SCHOOLS, _HEADS, strict=True):
        letter = org.removeprefix("S-")[0]
        for number, (given, family, role) in enumerate(heads, start=1):
            yield _Member(f"{letter}H{number:02d}", given, family, org, ((role, org, "primary"),), ("D001",))
        for number in range(1, count + 1):
            given, family = next(teachers)
            roles = [("teacher", org, "primary")]
            if f"{given} {family}" in _REPRESENTATIVES:
                roles.append(("ext:unionRepresentative", _DISTRICT_ID, "secondary"))
            evaluator = f"{letter}H01" if number % 3 else f"{letter}H02"
            yield _Member(f"{letter}T{number:02d}", given, family, org, tuple(roles), (evaluator,))
    sourced_id, given, family, org = _HIRED
    yield _Member(sourced_id, given, family, org, (("teacher", org, "primary"),), ("MH01",), hired=True)


def _manifest() -> Iterator[tuple[str, str]]:
    yield "manifest.version", "1.0"
    yield "oneroster.version", "1.2"
    for name in _FILES:
        yield f"file.{name}", "bulk" if name in ("academicSessions", "orgs", "roles", "users") else "absent"
    yield "source.systemName", "Accord demo district"
    yield "source.systemCode", "accord-demo"


def _sessions(first_day: date, last_day: date) -> Iterator[Iterable[str]]:
    for years_before in (1, 0):
        first, last = _shift(first_day, years_before), _shift(last_day, years_before)
        end = date.fromordinal(last.toordinal() + 1)  # OneRoster's endDate is exclusive
        title = f"School year {first.year}-{last.year}"
        yield f"SY{last.year}", "", "", title, "schoolYear", first.isoformat(), end.isoformat(), "", str(last.year)


def _shift(day: date, years: int) -> date:
    return day.replace(year=day.year - years)


def _orgs() -> Iterator[Iterable[str]]:
    yield _DISTRICT_ID, "", "", DISTRICT, "district", _DISTRICT_ID, ""
    for org, name, _ in SCHOOLS:
        yield org, "", "", name, "school", org, _DISTRICT_ID


def _users(members: Iterable[_Member]) -> Iterator[list[str]]:
    for one in members:
        values = {
            **dict.fromkeys(_USERS, ""),
            "sourcedId": one.sourced_id,
            "enabledUser": "true",
            "username": one.username,
            "givenName": one.given,
            "familyName": one.family,
            "identifier": one.sourced_id,
            "email": "" if f"{one.given} {one.family}" in _WITHOUT_EMAIL else f"{one.username}@larkspur.example",
            "agentSourcedIds": ",".join(one.agents),
            "primaryOrgSourcedId": one.org,
        }
        yield [values[name] for name in _USERS]


def _held(members: Iterable[_Member], since: date, hired: date) -> Iterator[Iterable[str]]:
    for one in members:
        begins = hired if one.hired else since
        for number, (role, org, kind) in enumerate(one.roles, start=1):
            yield f"{one.sourced_id}-{number}", "", "", one.sourced_id, kind, role, begins.isoformat(), "", org, ""
