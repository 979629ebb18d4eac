"""Import direction is a checked contract, and the check can fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_SKIPPED = shutil.ignore_patterns("__pycache__", "static", "templates")


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"],
        cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(folder), "PATH": ""},
    )  # fmt: skip


def test_every_contract_is_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("shared/clock.py", "import services.directory"),
        ("services/directory/__init__.py", "import services.reporting"),
        ("services/reporting/__init__.py", "import accord.services"),
        ("shared/db.py", "import shared.bus.port"),
        ("shared/inbox/tables.py", "import kafka"),
        ("services/evaluation/core/domain/__init__.py", "import services.evaluation.core.handlers"),
        ("services/newcomer/__init__.py", ""),
        ("shared/newcomer.py", ""),
    ],
)
def test_a_broken_contract_is_seen(tmp_path: Path, file: str, line: str) -> None:
    for name in ("accord", "services", "shared"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=_SKIPPED)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    target = tmp_path / file
    target.parent.mkdir(exist_ok=True)
    with target.open("a") as opened:
        opened.write(f"\n{line}\n")
    result = lint(tmp_path)
    assert result.returncode == 1, result.stdout
    assert "BROKEN" in result.stdout or "not listed" in result.stdout.lower() or "missing" in result.stdout.lower()
