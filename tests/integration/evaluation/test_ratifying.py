"""An agreement ratified from the command line: whose signatures are kept, and which are refused."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner, Result

from accord.cli import main
from tests.support.annual_cycle import WASHINGTON
from tests.support.teacher_world import World

Ratify = Callable[..., Result]


@pytest.fixture
def ratify(world: World, monkeypatch: pytest.MonkeyPatch) -> Ratify:
    """The command with the environment of this test's teacher service; it is Friday evening, 12 June, in the district."""
    settings = world.settings
    monkeypatch.setenv("DATABASE_URL", settings.database_urls["web"].replace("accord_web", "accord_{role}"))
    monkeypatch.setenv("BUS_DATABASE_URL", settings.bus_url)
    monkeypatch.setenv("SECRET_KEY", settings.secret_key)
    monkeypatch.setenv("SESSION_VERIFY_KEY_PATH", str(settings.session_verify_key))
    monkeypatch.setattr("accord.ratifying.now", lambda: datetime(2026, 6, 13, 3, 0, tzinfo=UTC))

    def call(*signatures: str) -> Result:
        signed = [word for one in signatures for word in ("--signed", one)]
        words = ("agreements", "ratify", str(WASHINGTON / "agreement.yaml"), "--district", "North", *signed)
        return CliRunner().invoke(main, words, catch_exceptions=False)

    return call


def test_a_signature_of_today_is_taken(ratify: Ratify) -> None:
    told = ratify("association:A. Rivera:2026-06-12", "district:B. Stone:2026-05-30")
    assert told.exit_code == 0, told.output
    assert "ratified for North." in told.output


@pytest.mark.parametrize("day", ["2026-06-13", "2036-06-12"])
def test_a_signature_of_a_day_to_come_is_refused_by_the_districts_day(ratify: Ratify, day: str) -> None:
    told = ratify("district:B. Stone:2026-06-12", f"association:A. Rivera:{day}")
    assert told.exit_code == 1
    assert f"The signature of A. Rivera for association is dated {day}, and today is 2026-06-12." in told.output
    assert "Give the day on which it was signed; if it has yet to be signed, ratify after that." in told.output
    assert "ratified for" not in told.output
