"""The worker of `accord up` gives way to the web server: by process, and by session where Linux looks at that first."""

import subprocess
import sys
from pathlib import Path

import pytest

SESSION = Path("/proc/self/autogroup")
GIVING_WAY = f"""
import os
from pathlib import Path
from accord.priority import give_way
give_way(7)
session = Path({str(SESSION)!r})
print(os.nice(0), session.read_text().split()[-1] if session.exists() else "")
"""


def in_a_session_of_its_own() -> list[str]:
    made = subprocess.run(
        [sys.executable, "-c", GIVING_WAY], capture_output=True, text=True, check=True, start_new_session=True
    )
    return made.stdout.split()


def test_the_process_is_as_nice_as_asked() -> None:
    assert in_a_session_of_its_own()[0] == "7"


@pytest.mark.skipif(not SESSION.exists(), reason="this kernel does not share processors by session")
def test_its_session_is_too() -> None:
    assert in_a_session_of_its_own()[1] == "7"
