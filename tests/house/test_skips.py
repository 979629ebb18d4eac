"""A skip is told at the end of a run, and is a failure where nothing may be skipped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

_FILE = """
import pytest
def test_fine(): pass
def test_lacking(): pytest.skip("there is no moon")
def test_beside(): pytest.skip("the real moon is not beside the project")
"""


@pytest.mark.parametrize(
    ("variables", "code", "words"),
    [
        ({}, 0, "1 skipped: there is no moon"),
        ({"CI": "true"}, 1, "Skipped where nothing may be skipped (CI or ACCORD_NO_SKIPS): there is no moon"),
        ({"ACCORD_NO_SKIPS": "1"}, 1, "Skipped where nothing may be skipped"),
    ],
)
def test_a_skip_is_told_or_refused(tmp_path: Path, variables: dict[str, str], code: int, words: str) -> None:
    (tmp_path / "test_it.py").write_text(_FILE)
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "ACCORD_NO_SKIPS")}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.skips", "--rootdir", str(tmp_path), str(tmp_path)],
        cwd=ROOT, env=kept | variables | {"PYTEST_ADDOPTS": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert words in ran.stdout
    assert "1 skipped: the real moon is not beside the project" in ran.stdout
    assert ran.returncode == code
