"""Every code of a roster's findings once, each from the smallest input that brings it about."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from services.directory.oneroster.kinds import KINDS
from services.directory.oneroster.reader import NOTHING_KNOWN, Reading, read_roster
from services.directory.oneroster.staged import Known
from tests.support.rosters import (
    csv_text,
    delta,
    manifest_text,
    org,
    role,
    roster,
    session,
    small,
    small_11,
    user,
    zip_of,
)

PLANNED_CODES = {"OR070", "OR073", "OR074", "OR075", "OR076", "OR077", "OR078", "OR079", "OR081", "OR082"}
"""Found when the roster is held against the directory; see test_roster_planning and test_roster_deltas."""


def change(file: str, at: int, **values: str) -> bytes:
    tables = small()
    tables[file][at] = tables[file][at] | values
    return roster(tables)


def with_rows(file: str, *rows: dict[str, str]) -> bytes:
    tables = small()
    tables[file] = [*tables[file], *rows]
    return roster(tables)


def heads(file: str, edit: Callable[[str], str]) -> bytes:
    tables = small()
    lines = zip_files(roster(tables))[f"{file}.csv"].decode().split("\r\n")
    return roster(tables, also={f"{file}.csv": "\r\n".join([edit(lines[0]), *lines[1:]])})


def zip_files(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def raw(file: str, edit: Callable[[bytes], bytes]) -> bytes:
    content = zip_files(roster(small()))[f"{file}.csv"]
    return roster(small(), also={f"{file}.csv": edit(content)})


def encrypted() -> bytes:
    content = bytearray(roster(small()))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        content[place + at] |= 1
    return bytes(content)


def twice() -> bytes:
    out = io.BytesIO(roster(small()))
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("users.csv", "sourcedId")
    return out.getvalue()


def unlike(stated: str, text: str) -> bytes:
    return roster(small(), also={"manifest.csv": manifest_text(dict.fromkeys(small(), "bulk")).replace(stated, text)})


def mixed_delta() -> bytes:
    tables = small()
    stamp = {"status": "active", "dateLastModified": "2026-11-02T06:00:00.000Z"}
    tables["orgs"] = [tables["orgs"][0] | stamp, tables["orgs"][1] | stamp, tables["orgs"][2]]
    return roster(tables, modes={"orgs": "delta"})


LONG = "x" * 256
CASES: list[tuple[str, Callable[[], bytes], dict[str, Any]]] = [
    ("OR001", lambda: roster(small(), also={"manifest.csv": None}), {"file": "manifest.csv", "severity": "error"}),
    (
        "OR002",
        lambda: zip_of({f"export/{name}": text for name, text in zip_files(roster(small())).items()}),
        {"file": "export/manifest.csv"},
    ),
    ("OR003", lambda: b"this is no zip", {"file": "(zip)"}),
    ("OR004", lambda: roster(small(), also={f"extra{number}.csv": "a" for number in range(70)}), {"file": "(zip)"}),
    ("OR005", lambda: roster(small(), also={"../users.csv": "a"}), {"file": "../users.csv"}),
    ("OR005", twice, {"file": "users.csv"}),
    ("OR006", encrypted, {"file": "manifest.csv"}),
    ("OR007", lambda: roster(small(), also={"notes.txt": "a"}), {"file": "notes.txt", "severity": "warning"}),
    ("OR008", lambda: unlike("oneroster.version,1.2", "oneroster.version,2.0"), {"column": "oneroster.version"}),
    ("OR009", lambda: unlike("manifest.version,1.0", "manifest.version,3"), {"severity": "warning"}),
    (
        "OR010",
        lambda: heads("users", lambda line: line.replace(",email", "")),
        {"file": "users.csv", "line": 1, "column": "email", "severity": "error"},
    ),
    (
        "OR010",
        lambda: heads("orgs", lambda line: line.replace("name,type", "type,name")),
        {"column": "type", "severity": "warning"},
    ),
    (
        "OR010",
        lambda: heads("orgs", lambda line: line.replace(",identifier", ",identifer")),
        {"column": "identifier", "severity": "warning"},
    ),
    ("OR010", lambda: raw("orgs", lambda _: b""), {"file": "orgs.csv", "severity": "error"}),
    (
        "OR011",
        lambda: heads("users", lambda line: line.replace("givenName", "GivenName")),
        {"column": "givenName", "severity": "warning"},
    ),
    ("OR012", lambda: heads("orgs", lambda line: line.replace("identifier", "")), {"line": 1, "severity": "warning"}),
    ("OR013", lambda: heads("orgs", lambda line: line.replace("identifier", "name")), {"column": "name"}),
    ("OR014", lambda: raw("users", lambda text: text.replace(b"Tran", b"Tr\xe4n")), {"file": "users.csv", "line": 3}),
    (
        "OR015",
        lambda: raw("orgs", lambda text: text.replace(b"Pier School", b'"Pier" School')),
        {"file": "orgs.csv", "line": 3},
    ),
    ("OR015", lambda: raw("orgs", lambda text: text.replace(b",", b";")), {"file": "orgs.csv", "line": 1}),
    ("OR016", lambda: raw("orgs", lambda text: text.replace(b"Pier School,", b"Pier School,,")), {"line": 3}),
    ("OR017", lambda: change("orgs", 1, name="Pier\rSchool"), {"file": "orgs.csv", "line": 3, "column": "name"}),
    ("OR017", lambda: change("users", 1, sourcedId="T\x001"), {"file": "users.csv", "line": 3, "column": "sourcedId"}),
    ("OR017", lambda: change("users", 1, username="tom\u200btran"), {"line": 3, "column": "username"}),
    ("OR017", lambda: change("users", 1, givenName="\u202emoT"), {"line": 3, "column": "givenName"}),
    (
        "OR017",
        lambda: unlike("file.users,bulk", "file.users,bu\x00lk"),
        {"file": "manifest.csv", "column": "value", "severity": "error"},
    ),
    (
        "OR017",
        lambda: heads("users", lambda line: line.replace("givenName", "given\x00Name")),
        {"file": "users.csv", "line": 1, "column": "given\ufffdName"},
    ),
    ("OR017", lambda: heads("users", lambda line: line.replace("grades", "a\x00b")), {"file": "users.csv", "line": 1}),
    ("OR018", lambda: change("orgs", 1, name=LONG), {"file": "orgs.csv", "line": 3, "column": "name"}),
    ("OR018", lambda: raw("orgs", lambda text: text + b"x" * 300_000), {"file": "orgs.csv", "line": 5}),
    ("OR019", lambda: roster({file: rows for file, rows in small().items() if file != "roles"}), {"file": "roles.csv"}),
    ("OR020", lambda: roster(small() | {"roles": []}), {"file": "roles.csv", "line": None}),
    ("OR021", lambda: change("users", 1, familyName=""), {"file": "users.csv", "line": 3, "column": "familyName"}),
    ("OR030", lambda: change("orgs", 1, status="active"), {"file": "orgs.csv", "line": 3, "column": "status"}),
    ("OR031", mixed_delta, {"file": "orgs.csv", "line": 4, "column": "status"}),
    (
        "OR032",
        lambda: delta(
            small() | {"orgs": [org("D1", "Harbor", "district") | {"status": "inactive"}, *small()["orgs"][1:]]}
        ),
        {"line": 2},
    ),
    (
        "OR040",
        lambda: change("roles", 1, role="Teecher"),
        {"file": "roles.csv", "line": 3, "column": "role", "severity": "error"},
    ),
    ("OR040", lambda: change("roles", 1, role="Teacher"), {"line": 3, "severity": "warning"}),
    ("OR041", lambda: change("roles", 1, beginDate="08/01/2024"), {"line": 3, "column": "beginDate"}),
    ("OR041", lambda: change("academicSessions", 0, endDate="2027-02-30"), {"line": 2, "column": "endDate"}),
    (
        "OR042",
        lambda: with_rows("orgs", org("S 3", "Wharf School")),
        {"line": 5, "column": "sourcedId", "severity": "warning"},
    ),
    (
        "OR043",
        lambda: change("roles", 1, beginDate="0001-01-01"),
        {"file": "roles.csv", "line": 3, "column": "beginDate"},
    ),
    ("OR043", lambda: change("roles", 1, endDate="9999-12-31"), {"line": 3, "column": "endDate", "severity": "error"}),
    ("OR043", lambda: change("academicSessions", 0, startDate="1979-12-31"), {"line": 2, "column": "startDate"}),
    ("OR043", lambda: change("academicSessions", 0, endDate="2100-01-01"), {"line": 2, "column": "endDate"}),
    ("OR044", lambda: change("academicSessions", 0, endDate="2026-08-20"), {"line": 2, "column": "endDate"}),
    (
        "OR044",
        lambda: change("roles", 1, beginDate="2026-02-02", endDate="2026-02-01"),
        {"line": 3, "column": "endDate"},
    ),
    ("OR045", lambda: change("users", 1, email="tom at work"), {"line": 3, "column": "email", "severity": "warning"}),
    ("OR045", lambda: change("users", 1, email="josé@escuela.example"), {"line": 3, "severity": "warning"}),
    (
        "OR046",
        lambda: change("academicSessions", 0, schoolYear="2026"),
        {"line": 2, "column": "schoolYear", "severity": "warning"},
    ),
    (
        "OR050",
        lambda: change("roles", 1, orgSourcedId="S9"),
        {"file": "roles.csv", "line": 3, "column": "orgSourcedId"},
    ),
    (
        "OR050",
        lambda: change("users", 1, agentSourcedIds="P9"),
        {"file": "users.csv", "line": 3, "column": "agentSourcedIds"},
    ),
    (
        "OR050",
        lambda: with_rows("roles", role("T9", "teacher", "S1")),
        {"file": "roles.csv", "line": 7, "column": "userSourcedId"},
    ),
    (
        "OR051",
        lambda: with_rows("users", user("T1", "Tim", "Twice")),
        {"file": "users.csv", "line": 7, "column": "sourcedId"},
    ),
    (
        "OR052",
        lambda: with_rows("roles", role("T1", "counselor", "S1")),
        {"file": "roles.csv", "line": 7, "severity": "warning"},
    ),
    (
        "OR080",
        lambda: with_rows("roles", role("T1", "ext:hr", "S1")),
        {"file": "roles.csv", "line": 7, "column": "role", "severity": "warning"},
    ),
    (
        "OR053",
        lambda: with_rows("orgs", org("X1", "One", "local", "X2"), org("X2", "Two", "local", "X1")),
        {"file": "orgs.csv", "line": 5},
    ),
    ("OR054", lambda: change("users", 2, username="ｔom.TRAN"), {"line": 4, "column": "username", "severity": "error"}),
    ("OR054", lambda: change("users", 2, username="TOM.TRAN"), {"line": 4, "column": "username", "severity": "error"}),
    (
        "OR055",
        lambda: change("users", 2, email="T1@EXAMPLE.org"),
        {"line": 4, "column": "email", "severity": "warning"},
    ),
    (
        "OR056",
        lambda: with_rows("users", user("N1", "Nora", "Nil")),
        {"file": "users.csv", "line": 7, "severity": "warning"},
    ),
    (
        "OR057",
        lambda: roster(
            small()
            | {
                "orgs": [*small()["orgs"], org("X", "Works", "department", "D1")],
                "roles": [*small()["roles"], role("T2", "aide", "X")],
            }
        ),
        {"file": "roles.csv", "line": 7, "severity": "warning"},
    ),
    (
        "OR058",
        lambda: change("users", 1, agentSourcedIds="K1"),
        {"line": 3, "column": "agentSourcedIds", "severity": "warning"},
    ),
    ("OR058", lambda: change("users", 1, agentSourcedIds="T1"), {"line": 3, "severity": "warning"}),
    ("OR059", lambda: with_rows("orgs", org("D2", "Other District", "district")), {"file": "orgs.csv", "line": 5}),
    ("OR060", lambda: roster(small(), modes={"orgs": "absent"}), {"file": "orgs.csv", "severity": "error"}),
    ("OR060", lambda: roster(small(), modes={"classes": "bulk"}), {"file": "classes.csv", "severity": "warning"}),
    ("OR061", lambda: delta(small(), modes={"users": "bulk"}), {"file": "users.csv", "severity": "warning"}),
    ("OR071", lambda: roster(small_11(), version="1.1"), {"file": "users.csv", "line": 2, "severity": "question"}),
    ("OR072", lambda: change("roles", 2, role="ext:Coach"), {"file": "roles.csv", "line": 4, "severity": "warning"}),
]


@pytest.mark.parametrize(("code", "make", "expected"), CASES, ids=[f"{case[0]}-{at}" for at, case in enumerate(CASES)])
def test_a_finding_names_its_place(code: str, make: Callable[[], bytes], expected: dict[str, Any]) -> None:
    reading = read_roster(make())
    found = [finding for finding in reading.report.findings if finding.code == code]
    assert found, f"{code} was not found; found {reading.report.counts}"
    for name, value in expected.items():
        assert getattr(found[0], name) == value, found[0]
    assert found[0].template % found[0].values
    assert KINDS[code].remedy
    assert (reading.report.errors > 0) == any(finding.severity == "error" for finding in reading.report.findings)


def test_every_code_has_a_case() -> None:
    assert {code for code, _, _ in CASES} | PLANNED_CODES == set(KINDS)


def test_a_right_roster_has_no_finding() -> None:
    assert read_roster(roster(small())).report.counts == {}
    assert read_roster(delta(small())).report.counts == {}


def staged(content: bytes, known: Known = NOTHING_KNOWN) -> Reading:
    reading = read_roster(content, known)
    assert reading.roster is not None
    return reading


def test_students_guardians_and_passwords_stay_at_the_door() -> None:
    reading = staged(roster(small() | {"demographics": [{"sourcedId": "K1", "sex": "female"}]}))
    assert reading.roster.dropped == {"demographics": 1, "gradingPeriod": 1, "guardian": 1, "password": 1, "student": 1}
    assert [person.source_id for person in reading.roster.people] == ["P1", "T1", "T2"]
    for secret in ("secret", "K1", "Kay", "G1", "female"):
        assert secret not in repr(reading)


def test_names_evaluators_and_days() -> None:
    roster_read = staged(roster(small())).roster
    assert roster_read.people[2].given_name == "Ulli"
    assert roster_read.people[1].evaluators == ("P1",)
    assert [str(session.last_day) for session in roster_read.sessions] == ["2027-06-11", "2027-01-15"]


def test_a_name_has_one_way_to_be_written_and_may_have_the_joiner_it_needs() -> None:
    tables = small()
    tables["users"][1] |= {"givenName": "Jose\u0301", "familyName": "علی\u200cرضا", "username": "jose\u0301.x"}
    reading = staged(roster(tables))
    assert reading.report.counts == {}
    person = reading.roster.people[1]
    assert (person.given_name, person.family_name, person.username) == ("José", "علی\u200cرضا", "josé.x")


def test_no_finding_holds_a_control_character() -> None:
    for bad in ("T\x001", "\x00"):
        tables = small()
        tables["users"].append(user(bad, "Nora", "Nil", username="n"))
        tables["roles"].append(role(bad, "ext:\x00", "S\x00", beginDate="\x00"))
        found = read_roster(roster(tables, also={"a\x01.csv": "a"})).report
        assert found.errors and "\\x0" not in repr(found)


def test_a_byte_order_mark_and_blank_lines_are_read() -> None:
    content = zip_files(roster(small()))["users.csv"]
    with_mark = roster(small(), also={"users.csv": b"\xef\xbb\xbf" + content.replace(b"\r\n", b"\n\n")})
    assert staged(with_mark).report.counts == {}
    assert len(staged(with_mark).roster.people) == 3


def test_lines_are_counted_across_quoted_line_ends_and_commas() -> None:
    tables = small()
    tables["users"][3] |= {"familyName": "Kay\nline"}  # a student: dropped, and not looked at
    tables["users"].append(user("T3", "Vi", "", username="vi"))
    tables["roles"].append(role("T3", "teacher", "S1"))
    finding = next(iter(staged(roster(tables)).report.findings))
    assert (finding.code, finding.line) == ("OR021", 8)


def test_delta_says_who_is_gone() -> None:
    tables = small()
    tables["users"][2] |= {"status": "tobedeleted"}
    tables["roles"][2] |= {"status": "tobedeleted"}
    reading = staged(delta(tables), Known(people=frozenset({"T2"}), roles=frozenset({"T2-teacher-S2"})))
    assert reading.report.counts == {}
    assert reading.roster.gone == {"users": ("T2",), "roles": ("T2-teacher-S2",)}
    assert [person.source_id for person in reading.roster.people] == ["P1", "T1"]


def test_rows_win_over_the_manifest() -> None:
    reading = staged(delta(small(), modes=dict.fromkeys(small(), "bulk")))
    assert set(reading.roster.modes.values()) == {"delta", "absent"}
    assert reading.report.errors == 0


def test_a_manifest_alone_says_nothing_changed() -> None:
    reading = staged(zip_of({"manifest.csv": manifest_text({})}))
    assert reading.report.counts == {}
    assert reading.roster.people == ()


def test_eleven_proposes_what_an_administrator_is() -> None:
    reading = staged(roster(small_11(), version="1.1"))
    assert [(role.role, role.proposed) for role in reading.roster.roles] == [
        ("principal", True), ("district_administrator", True), ("teacher", False), ("teacher", False),
    ]  # fmt: skip


def test_findings_beyond_the_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.directory.oneroster.findings.KEPT", 3)
    tables = small()
    tables["users"] = [user(f"T{n}", "Tom", "Tran", username=f"t{n}", email="no") for n in range(9)]
    tables["roles"] = [role(f"T{n}", "teacher", "S1") for n in range(9)]
    report = read_roster(roster(tables)).report
    assert len(report.findings) == 3
    assert report.counts["OR045"] == 9


def test_a_csv_helper_reads_back() -> None:
    assert csv_text(("a", "b"), [{"a": "1,2"}]) == 'a,b\r\n"1,2",\r\n'


def test_session_times_are_required() -> None:
    tables = small()
    tables["academicSessions"].append(session("Z", "term", "", "2027-01-01"))
    assert [(f.code, f.column) for f in staged(roster(tables)).report.findings] == [("OR021", "startDate")]
