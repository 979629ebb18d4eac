"""Every command of `accord` explains itself with an example, and loads no service to do so."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from accord.cli import main
from accord.keys import ensure_keys


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and, besides `accord` itself, every group of them."""
    if path:
        yield path, command
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from commands(inner, (*path, name))


@pytest.mark.parametrize(
    ("path", "command"), list(commands(main)), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_help_says_what_it_does_and_shows_an_example(path: tuple[str, ...], command: click.Command) -> None:
    shown = CliRunner().invoke(main, [*path, "--help"])
    assert shown.exit_code == 0
    assert f"Example:  accord {' '.join(path)}" in shown.output
    assert command.get_short_help_str(limit=200).rstrip(".")


def test_help_loads_no_service() -> None:
    heavy = "import sys, accord.cli; print(sorted({'flask', 'alembic', 'kafka', 'sqlalchemy.orm'} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]", "Import it inside the command: `accord --help` must come at once."


def test_wrong_settings_are_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nowhere/{service}")
    for name in ("SECRET_KEY", "SECRET_KEY_FILE", "SESSION_VERIFY_KEY_PATH"):
        monkeypatch.delenv(name, raising=False)
    told = CliRunner().invoke(main, ["migrate"])
    assert told.exit_code == 1
    assert "SECRET_KEY is not set" in told.output
    assert "SESSION_VERIFY_KEY_PATH is not set" in told.output


def test_a_database_that_does_not_answer_is_told_in_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    keys = ensure_keys(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgresql://accord_{role}@127.0.0.1:9/{service}")
    monkeypatch.setenv("SECRET_KEY", "s" * 40)
    monkeypatch.setenv("SESSION_VERIFY_KEY_PATH", str(keys.session_verify))
    monkeypatch.setenv("SESSION_SIGNING_KEY_PATH", str(keys.session_signing))
    monkeypatch.setenv("BUS_DATABASE_URL", "postgresql://accord_bus@127.0.0.1:9/bus")
    for command in (["events", "check"], ["events", "parked", "--service", "reporting"]):
        told = CliRunner().invoke(main, command)
        assert (told.exit_code, type(told.exception)) == (1, SystemExit), command
        assert "The database does not answer (connection failed" in told.output


def test_without_an_installation_it_says_how_to_start_one(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("ACCORD_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    told = CliRunner().invoke(main, ["status"])
    assert told.exit_code == 2
    assert "Start Accord with `make up`" in told.output
