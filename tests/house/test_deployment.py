"""docker-compose.yml holds exactly the processes that exist, and each can be started with what it is given."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from accord.keys import ensure_secrets
from accord.services import ALL
from services.directory.oneroster.archive import LIMITS
from services.directory.web.imports import MOST_BYTES
from shared.config import DEFAULT_PREFIXES, load_settings

ROOT = Path(__file__).resolve().parents[2]
_SECRETS = "/run/secrets/"
_DEFAULTED = re.compile(r"\$\{\w+:-([^}]*)\}")
"""A variable with the value that stands where nobody sets it."""


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def roles() -> dict[str, list[str]]:
    """Every process there is: name in the file -> its command."""
    found = {"migrate": ["migrate"]}
    for service in ALL:
        found[f"{service.name}-web"] = ["web", "--service", service.name, "--bind", "0.0.0.0:8000"]
        found[f"{service.name}-worker"] = ["work", "--service", service.name]
    return found


def test_every_process_and_no_other(compose: dict[str, Any]) -> None:
    ours = {name: part["command"] for name, part in compose["services"].items() if part["image"] == "accord"}
    assert ours == roles()
    assert set(compose["services"]) - set(ours) == {"kafka", "postgres", "gateway"}


def test_everything_that_stays_is_looked_after(compose: dict[str, Any]) -> None:
    for name, part in compose["services"].items():
        assert name == "migrate" or part["healthcheck"]["test"][0] == "CMD", name
        assert part["image"] == "accord" or re.search(r":\d", part["image"]), f"{name}: pin the image"
        for needed in part.get("depends_on", {}):
            assert needed in compose["services"]
    for service in ALL:
        asked = compose["services"][f"{service.name}-web"]["healthcheck"]["test"][-1]
        assert asked == f"http://127.0.0.1:8000{DEFAULT_PREFIXES[service.name]}/readyz"


@pytest.mark.parametrize("name", sorted(roles()))
def test_settings_are_whole(compose: dict[str, Any], name: str, tmp_path: Path) -> None:
    """Each process finds its settings with the secrets handed to it, and not the database password of another role."""
    made = tmp_path / "made"
    ensure_secrets(made)
    part = compose["services"][name]
    handed = tmp_path / "handed"
    handed.mkdir()
    for secret in part["secrets"]:
        assert compose["secrets"][secret]["file"] == f"deploy/secrets/{secret}"
        shutil.copy(made / secret, handed)
    environment = {
        key: _DEFAULTED.sub(r"\1", value).replace(_SECRETS, f"{handed}/") for key, value in part["environment"].items()
    }
    role = {"migrate": "owner"}.get(name, name.rsplit("-", maxsplit=1)[-1])
    service = name.split("-", maxsplit=1)[0]
    for each in [service] if service != "migrate" else [service.name for service in ALL]:
        settings = load_settings(each, environment)
        password = (made / f"database-{role}").read_text().strip()
        assert settings.database_urls[role] == f"postgresql://accord_{role}:{password}@postgres/accord_{each}"
        assert settings.session_verify_key.exists()
        assert settings.session_signing_key is None or settings.session_signing_key.exists()
    if role != "owner":
        assert {s for s in part["secrets"] if s.startswith("database-")} == {f"database-{role}"}
    assert ("session-signing.jwk" in part["secrets"]) == (service in ("directory", "migrate"))


def test_secrets_are_what_the_command_makes(compose: dict[str, Any], tmp_path: Path) -> None:
    assert set(ensure_secrets(tmp_path / "new")) == set(compose["secrets"])
    assert ensure_secrets(tmp_path / "new") == []


def test_the_letters_that_are_caught_can_be_read(compose: dict[str, Any]) -> None:
    """Containers write nowhere but where a volume is; the catcher's stands where both look for it."""
    worker, web = (compose["services"][f"notifications-{role}"] for role in ("worker", "web"))
    assert worker["environment"]["MAIL_CATCHER"] == web["environment"]["MAIL_CATCHER"]
    assert (worker["read_only"], web["read_only"]) == (True, True)
    assert (worker["volumes"], web["volumes"]) == (["letters:/var/lib/accord"], ["letters:/var/lib/accord:ro"])
    assert "ACCORD_HOME=/var/lib/accord" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_gateway_lets_through_what_the_largest_page_takes() -> None:
    text = (ROOT / "deploy" / "gateway.conf").read_text(encoding="utf-8")
    assert re.findall(r"client_max_body_size (\w+);", text) == [str(MOST_BYTES)]
    assert LIMITS.zip_size < MOST_BYTES


def test_the_gateway_leads_every_prefix_to_its_service() -> None:
    text = (ROOT / "deploy" / "gateway.conf").read_text(encoding="utf-8")
    led = dict(re.findall(r"~\^(/[a-z]+)\(/\|\$\)\s+([a-z-]+);", text))
    assert led == {prefix: f"{service}-web" for service, prefix in DEFAULT_PREFIXES.items()}


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER accord"]
    assert lines.index("USER accord") < lines.index('ENTRYPOINT ["accord"]')
    assert any("--require-hashes" in line for line in lines)
