"""Making OneRoster zips for tests: a small whole roster, and ways to spoil it."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence

from services.directory.oneroster.headers import COLUMNS, DATA_FILES, Version
from shared.people.roles import DISTRICT_ROLES, FROM_ONEROSTER

Rows = Sequence[Mapping[str, str]]


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """A CSV file with these heads."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def manifest_text(modes: Mapping[str, str], version: str = "1.2", **changed: str) -> str:
    """A manifest in which files not named are absent."""
    known: Version = "1.1" if version == "1.1" else "1.2"
    lines = {"manifest.version": "1.0", "oneroster.version": version}
    lines |= {f"file.{file}": modes.get(file, "absent") for file in sorted(DATA_FILES[known])}
    lines |= changed
    return csv_text(
        ("propertyName", "value"), [{"propertyName": name, "value": value} for name, value in lines.items()]
    )


def zip_of(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of files by their full names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def org(source_id: str, name: str, kind: str = "school", parent: str = "") -> dict[str, str]:
    return {"sourcedId": source_id, "name": name, "type": kind, "parentSourcedId": parent}


def session(source_id: str, kind: str, first: str, after: str, **more: str) -> dict[str, str]:
    return {"sourcedId": source_id, "title": source_id, "type": kind, "startDate": first, "endDate": after} | more


def user(source_id: str, given: str, family: str, **more: str) -> dict[str, str]:
    return {
        "sourcedId": source_id, "enabledUser": "true", "username": f"{given}.{family}".lower().replace(" ", ""),
        "givenName": given, "familyName": family, "email": f"{source_id}@example.org", **more,
    }  # fmt: skip


def role(person: str, word: str, place: str, **more: str) -> dict[str, str]:
    return {
        "sourcedId": f"{person}-{word}-{place}", "userSourcedId": person, "roleType": "primary", "role": word,
        "orgSourcedId": place, **more,
    }  # fmt: skip


def small() -> dict[str, list[dict[str, str]]]:
    """A district with two schools, a principal, two teachers (one evaluated by the principal), a student and a parent."""
    return {
        "orgs": [
            org("D1", "Harbor District", "district"),
            org("S1", "Pier School", parent="D1"),
            org("S2", "Quay School", parent="D1"),
        ],
        "academicSessions": [
            session("Y27", "schoolYear", "2026-08-20", "2027-06-12", title="2026-2027", schoolYear="2027"),
            session(
                "F27", "semester", "2026-08-20", "2027-01-16", title="Fall", schoolYear="2027", parentSourcedId="Y27"
            ),
            session("Q1", "gradingPeriod", "2026-08-20", "2026-10-20", schoolYear="2027", parentSourcedId="F27"),
        ],
        "users": [
            user("P1", "Ana", "Prieto"),
            user("T1", "Tom", "Tran", agentSourcedIds="P1"),
            user("T2", "Ulla", "Ude", preferredGivenName="Ulli"),
            user("K1", "Kid", "Kay", password="secret", agentSourcedIds="G1"),
            user("G1", "Gran", "Kay"),
        ],
        "roles": [
            role("P1", "principal", "S1"),
            role("T1", "teacher", "S1", beginDate="2024-08-01"),
            role("T2", "teacher", "S2"),
            role("K1", "student", "S1"),
            role("G1", "guardian", "S1"),
        ],
    }


def with_roles(**words: str) -> dict[str, list[dict[str, str]]]:
    """The small roster with other words in the records of these people's roles; the records keep their ids. What is a role
    of the district is held there."""
    one = small()
    one["roles"] = [with_word(row, words.get(row["userSourcedId"], row["role"])) for row in one["roles"]]
    return one


def with_word(row: dict[str, str], word: str) -> dict[str, str]:
    """The record with another word, at the district where it is one of the district's."""
    of_district = FROM_ONEROSTER.get(word) in DISTRICT_ROLES
    return row | {"role": word} | ({"orgSourcedId": "D1"} if of_district else {})


def small_11() -> dict[str, list[dict[str, str]]]:
    """The same in version 1.1: an administrator at a school and one of the district."""
    one = small()
    users = [
        user("P1", "Ana", "Prieto", role="administrator", orgSourcedIds="S1"),
        user("A1", "Abe", "Ames", role="administrator", orgSourcedIds="D1"),
        user("T1", "Tom", "Tran", role="teacher", orgSourcedIds="S1,S2", agentSourcedIds="P1"),
        user("K1", "Kid", "Kay", role="student", orgSourcedIds="S1"),
    ]
    return {"orgs": one["orgs"], "academicSessions": one["academicSessions"], "users": users}


def roster(
    tables: Mapping[str, Rows],
    *,
    version: Version = "1.2",
    mode: str = "bulk",
    modes: Mapping[str, str] | None = None,
    also: Mapping[str, str | bytes | None] | None = None,
) -> bytes:
    """A zip of these tables. `also`: files by full name that replace or join them; None takes one away."""
    said = dict.fromkeys(tables, mode) | dict(modes or {})
    files: dict[str, str | bytes | None] = {"manifest.csv": manifest_text(said, version)}
    files |= {f"{file}.csv": csv_text(COLUMNS[version][file], rows) for file, rows in tables.items()}
    files |= dict(also or {})
    return zip_of({name: content for name, content in files.items() if content is not None})


def delta(tables: Mapping[str, Rows], **more: object) -> bytes:
    """A zip of changes: every row active since this morning unless it says otherwise."""
    stamp = {"status": "active", "dateLastModified": "2026-11-02T06:00:00.000Z"}
    return roster({file: [stamp | dict(row) for row in rows] for file, rows in tables.items()}, mode="delta", **more)  # type: ignore[arg-type]
