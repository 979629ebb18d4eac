"""The directory from the command line: a district made, a roster checked and imported, a link printed."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select

from accord.cli import main
from services.directory.at_the_desk import make_district
from services.directory.commands import CreateDistrict
from services.directory.store.tables import appointment
from shared.config import Settings
from shared.db import transaction
from tests.support.directories import PASSWORD, Directory
from tests.support.directory_web import Browser
from tests.support.rosters import role, roster, small, small_11, user, with_roles
from tests.unit.test_roster_new_keys import rekeyed

Run = Callable[..., Result]
CREATE = ("district", "create", "--name", "Larkspur", "--zone", "America/Los_Angeles", "--given-name", "Ada",
          "--family-name", "Brightwater", "--username", "ada")  # fmt: skip


@pytest.fixture
def run(directory_settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """The command `accord` with the environment of this test's directory; zips are written beside it."""
    settings = directory_settings
    variables = {
        "DATABASE_URL": settings.database_urls["web"].replace("accord_web", "accord_{role}"),
        "BUS_DATABASE_URL": settings.bus_url,
        "SECRET_KEY": settings.secret_key,
        "SESSION_VERIFY_KEY_PATH": str(settings.session_verify_key),
        "SESSION_SIGNING_KEY_PATH": str(settings.session_signing_key),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str, **files: bytes) -> Result:
        for name, content in files.items():
            (tmp_path / f"{name}.zip").write_bytes(content)
        words = [str(tmp_path / word) if word.endswith(".zip") else word for word in arguments]
        return CliRunner().invoke(main, words, catch_exceptions=False)

    return call


def test_a_district_begins_with_a_link(run: Run) -> None:
    made = run(*CREATE)
    assert made.exit_code == 0, made.output
    link = made.output.strip().splitlines()[-1]
    assert link.startswith("http://127.0.0.1:8000/directory/set-password/")
    again = run(*CREATE)
    assert again.exit_code == 1
    assert "There is a district called Larkspur already" in again.output
    assert "Larkspur" in run("district", "list").output
    second = run("people", "link", "ADA")
    assert second.exit_code == 0
    assert second.output.strip().splitlines()[-1] != link
    assert "Nobody in Larkspur signs in as bob" in run("people", "link", "bob").output


def test_a_first_administrator_has_an_address_that_letters_reach(run: Run) -> None:
    refused = run(*CREATE, "--email", "josé@escuela.example")
    assert refused.exit_code == 1
    assert "No letter can be written to this address" in refused.output
    assert "Larkspur" not in run("district", "list").output


def _create(run: Run, name: str) -> Result:
    return run(*CREATE[:3], name, *CREATE[4:])


def test_a_districts_name_is_written_in_one_way_and_is_its_own(run: Run) -> None:
    made = _create(run, "  Jose\u0301  ISD ")
    assert made.exit_code == 0, made.output
    assert "José ISD is made." in made.output
    wrong = {
        "": "Write a name.",
        " \u00a0": "Write a name.",
        "GB\u200b ISD": "can't be seen",
        "\u202e": "can't be seen",
        "x" * 201: "Shorten this to 200 characters.",
        "josé isd": "There is a district called José ISD already.",
        "JOSE   ISD": "There is a district called José ISD already.",
    }
    for name, words in wrong.items():
        refused = _create(run, name)
        assert (refused.exit_code, words in refused.output) == (1, True), (name, refused.output)
    assert [line.split("  ", 1)[1] for line in run("district", "list").output.splitlines()] == ["José ISD"]


@pytest.mark.parametrize("zone", ["America/Chicago", "America/Los_Angeles", "Europe/London", "Pacific/Auckland"])
@pytest.mark.parametrize("hour", [1, 12, 23])
def test_the_first_administrator_holds_the_role_from_the_day_it_is_there(
    directory_engine: Engine, zone: str, hour: int
) -> None:
    at = datetime(2026, 3, 3, hour, 30, tzinfo=UTC)
    command = CreateDistrict(f"{zone} at {hour}", zone, "Ada", "Brightwater", "ada", None)
    place, _ = make_district(directory_engine, command, lambda: at)
    with transaction(directory_engine, place.district_id) as connection:
        begins = connection.execute(select(appointment.c.begins)).scalar_one()
    there = {"America/Chicago": -6, "America/Los_Angeles": -8, "Europe/London": 0, "Pacific/Auckland": 13}[zone] + hour
    assert begins == date(2026, 3, 3 if 0 <= there < 24 else 2 if there < 0 else 4)


def test_a_link_from_the_command_line_sets_a_password(
    run: Run, directory: Directory, make_site: Callable[..., object]
) -> None:
    site = make_site()
    link = run("people", "link", "ada").output.strip().splitlines()[-1]
    browser: Browser = site.visitor()  # type: ignore[attr-defined]
    path = link.split("/directory", 1)[1]
    answer = browser.post(path, {"password": PASSWORD, "password_again": PASSWORD})
    assert answer.status_code == 303
    assert site.sign_in("ada").status_code == 303  # type: ignore[attr-defined]


def test_a_dry_run_changes_nothing_and_apply_imports(run: Run, directory: Directory) -> None:
    dry = run("roster", "import", "staff.zip", staff=roster(small()))
    assert dry.exit_code == 0, dry.output
    assert "This was a dry run" in dry.output
    assert "Counted and left out: grading periods 1, guardians 1, passwords 1, students 1." in dry.output
    assert directory.count("people_person") == 1
    applied = run("roster", "import", "staff.zip", "--apply")
    assert applied.exit_code == 0, applied.output
    assert directory.count("people_person") == 4
    assert "nothing was changed" in run("roster", "import", "staff.zip", "--apply").output


def test_errors_end_with_1_and_name_the_place(run: Run, directory: Directory) -> None:
    tables = small()
    tables["roles"][1]["role"] = "Teecher"
    found = run("roster", "import", "bad.zip", "--apply", bad=roster(tables))
    assert found.exit_code == 1
    for words in ("OR040", "roles.csv", "Teecher is none of"):
        assert words in found.output
    assert directory.count("people_person") == 1


def test_questions_end_with_3_until_they_are_answered(run: Run, directory: Directory) -> None:
    assert run("roster", "import", "one.zip", "--apply", one=roster(small())).exit_code == 0
    tables = small()
    tables["users"], tables["roles"] = tables["users"][:1], tables["roles"][:1]
    asked = run("roster", "import", "two.zip", "--apply", two=roster(tables))
    assert asked.exit_code == 3
    assert "--confirm-ending 2" in asked.output
    assert run("roster", "import", "two.zip", "--apply", "--confirm-ending", "3").exit_code == 3
    assert run("roster", "import", "two.zip", "--apply", "--confirm-ending", "2").exit_code == 0


def test_a_dry_run_ends_with_3_and_says_which_answers_are_needed(run: Run, directory: Directory) -> None:
    assert run("roster", "import", "one.zip", "--apply", one=roster(small())).exit_code == 0
    tables = rekeyed("T1")
    tables["users"] = [row for row in tables["users"] if row["sourcedId"] not in ("P1", "T2")]
    tables["roles"] = [row for row in tables["roles"] if row["userSourcedId"] not in ("P1", "T2")]
    tables["users"][0]["agentSourcedIds"] = ""
    dry = run("roster", "import", "two.zip", two=roster(tables))
    said = " ".join(dry.output.split())
    assert dry.exit_code == 3, said
    assert "If that is right, add --confirm-ending 2 OR073:" in said
    assert "If that is right, add --confirm-same-people This was a dry run: nothing has changed." in said
    assert "Import it with --apply and what is named above." in said
    answers = "--confirm-ending", "2", "--confirm-same-people"
    half = run("roster", "import", "two.zip", *answers[:2])
    assert (half.exit_code, "add --confirm-ending" in half.output) == (3, False)
    enough = run("roster", "import", "two.zip", *answers)
    assert (enough.exit_code, "Import it with --apply.\n" in enough.output) == (0, True)
    assert directory.count("people_person") == 4
    assert run("roster", "import", "two.zip", "--apply", *answers).exit_code == 0


@pytest.mark.parametrize(
    ("file", "values"),
    [("roles", {"beginDate": "2090-01-01"}), ("users", {"enabledUser": "false"})],
    ids=["begins far off", "shut out"],
)
def test_whoever_could_not_work_any_more_is_asked_about(
    run: Run, directory: Directory, file: str, values: dict[str, str]
) -> None:
    assert run("roster", "import", "one.zip", "--apply", one=roster(small())).exit_code == 0
    tables = small()
    tables[file] = [row | values for row in tables[file]]
    dry = run("roster", "import", "two.zip", two=roster(tables))
    assert "3 of 3 members of staff would lose their access or their role" in " ".join(dry.output.split())
    asked = run("roster", "import", "two.zip", "--apply")
    assert asked.exit_code == 3
    assert "--confirm-ending 3" in asked.output


def test_whoever_would_lose_their_part_in_evaluations_is_asked_about(run: Run, directory: Directory) -> None:
    assert run("roster", "import", "one.zip", "--apply", one=roster(small())).exit_code == 0
    dry = run("roster", "import", "two.zip", two=roster(with_roles(T1="aide", T2="aide")))
    said = " ".join(dry.output.split())
    assert (
        "2 of 3 members of staff would go on working, but lose the role by which they are evaluated or evaluate" in said
    )
    assert "would lose their access" not in said
    asked = run("roster", "import", "two.zip", "--apply")
    assert asked.exit_code == 3
    assert "--confirm-losing 2" in asked.output
    assert run("roster", "import", "two.zip", "--apply", "--confirm-ending", "2").exit_code == 3
    assert run("roster", "import", "two.zip", "--apply", "--confirm-losing", "2").exit_code == 0


def test_proposed_roles_are_asked_about(run: Run, directory: Directory) -> None:
    asked = run("roster", "import", "old.zip", "--apply", old=roster(small_11(), version="1.1"))
    assert asked.exit_code == 3
    assert "--confirm-roles" in asked.output
    assert run("roster", "import", "old.zip", "--apply", "--confirm-roles").exit_code == 0


def test_which_district_must_be_said_where_there_are_two(run: Run, make_directory: Callable[..., Directory]) -> None:
    first, second = make_directory("North"), make_directory("South")
    unclear = run("roster", "import", "staff.zip", staff=roster(small()))
    assert unclear.exit_code == 2
    assert "North, South" in unclear.output
    assert run("roster", "import", "staff.zip", "--district", "south", "--apply").exit_code == 0
    assert (first.count("people_person"), second.count("people_person")) == (1, 4)


def test_many_findings_are_told_by_their_first_and_all_on_request(run: Run, directory: Directory) -> None:
    tables = small()
    tables["users"] += [user(f"B{n}", f"G{n}", "Family", username=f"b{n}", email="none") for n in range(9)]
    tables["roles"] += [role(f"B{n}", "teacher", "S1") for n in range(9)]
    short = run("roster", "import", "many.zip", many=roster(tables)).output
    assert short.count("none is not an") < 9
    assert "OR045 Not an e-mail address: 9." in short
    assert "--all" in short
    assert run("roster", "import", "many.zip", "--all").output.count("OR045") >= 9
