"""One thing that is wrong is told once: it brings no findings about what is right."""

from collections.abc import Callable, Mapping

import pytest

from services.directory.oneroster.reader import read_roster
from services.directory.planning.make import known_to, make_plan
from tests.support.rosters import delta, role, roster, small, user
from tests.unit.test_oneroster_findings import change, raw, unlike
from tests.unit.test_roster_planning import FIRST, after, plan, without


def found(content: bytes) -> Mapping[str, int]:
    return read_roster(content).report.counts


SPOILT: Mapping[str, Callable[[bytes], bytes]] = {
    "OR014": lambda text: text.decode().encode("utf-16"),
    "OR015": lambda text: text.replace(b",", b";"),
    "OR010": lambda text: text.replace(b"sourcedId", b"someId", 1),
    "OR017": lambda text: text.replace(b"Tran", b"Tr\x07an"),
    "OR016": lambda text: text.replace(b"\r\n", b",\r\n").replace(b",\r\n", b"\r\n", 1),
}


@pytest.mark.parametrize("code", SPOILT)
@pytest.mark.parametrize("file", ["orgs", "users", "academicSessions", "roles"])
def test_a_file_that_can_not_be_read_is_all_that_is_told(file: str, code: str) -> None:
    content = raw(file, SPOILT[code])
    if code == "OR017":
        content = raw("users", SPOILT[code])
    assert found(content).keys() <= {code, "OR010"}, "heads that are not known are told as well"


def test_nor_is_more_told_of_one_that_ends_half_way() -> None:
    content = raw("users", lambda text: text.replace(b"Tom", b"T\xffm"))
    assert found(content).keys() == {"OR014"}


def test_a_row_that_is_wrong_is_there_all_the_same() -> None:
    assert found(change("users", 0, username="")).keys() == {"OR021"}
    assert found(change("users", 0, givenName="A" * 300)).keys() == {"OR018"}
    assert found(change("orgs", 1, type="shool")).keys() == {"OR040"}


def test_a_file_the_manifest_calls_absent_is_told_once() -> None:
    assert found(unlike("file.users,bulk", "file.users,absent")).keys() == {"OR060"}
    assert found(roster(small(), also={"users.csv": None})).keys() == {"OR060"}


def test_what_is_missing_is_told_still() -> None:
    assert found(change("roles", 1, userSourcedId="T9")).keys() == {"OR050", "OR056"}
    assert found(change("users", 1, agentSourcedIds="P9")).keys() == {"OR050"}


GONE = {"status": "tobedeleted"}


@pytest.mark.parametrize("stated", [{}, GONE])
@pytest.mark.parametrize("tables", [("users",), ("roles",), ("users", "roles")])
def test_deleting_somebody_who_has_ended_already_is_nothing_to_do(
    tables: tuple[str, ...], stated: dict[str, str]
) -> None:
    ended = after(plan(roster(without("T2")), FIRST), FIRST)
    rows = {"users": [user("T2", "Ulla", "Ude") | GONE], "roles": [role("T2", "teacher", "S2") | stated]}
    if tables == ("roles",):
        rows["roles"] = [row | GONE for row in rows["roles"]]
    reading = read_roster(delta({name: rows[name] for name in tables}), known_to(ended))
    assert reading.report.counts == {}
    assert reading.roster is not None
    assert make_plan(ended, reading.roster).empty


def test_a_role_of_somebody_who_has_ended_is_refused_still() -> None:
    ended = after(plan(roster(without("T2")), FIRST), FIRST)
    reading = read_roster(delta({"roles": [role("T2", "teacher", "S2")]}), known_to(ended))
    assert reading.report.counts == {"OR050": 1}


@pytest.mark.parametrize("word", ["king", "ext:own", "Primary"])
def test_a_kind_of_role_that_is_none_is_told_and_kept_from_nothing(word: str) -> None:
    """Which role is the primary one makes no difference here, so the roster is read."""
    reading = read_roster(change("roles", 1, roleType=word))
    (finding,) = reading.report.findings
    assert (finding.code, finding.severity, finding.file, finding.line, finding.column) == (
        "OR040", "warning", "roles.csv", 3, "roleType",
    )  # fmt: skip
    assert finding.template % finding.values == f"{word} is none of: primary, secondary."
    assert reading.roster is not None
    assert len(reading.roster.roles) == 3
