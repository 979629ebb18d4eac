"""What a web worker holds stays within what was promised, whatever its threads have done."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from accord.demo.load import PASSWORD
from tests.support.installation import Installation, processes_of
from tests.support.visitor import Visitor

PROMISED = 150e6  # bytes, resident
PEOPLE = ("r.alvarez", "d.quintanilla", "i.okafor", "a.brightwater")
PAGES = ("/home/", "/home/inbox", "/teacher/people", "/teacher/cycles", "/reports/completion", "/directory/people")
"""Some are not open to everyone; that is a page too."""
AT_ONCE, EACH = 16, 3


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for process in processes_of(tmp_path / "home"):
        process.kill()


def test_a_web_worker_stays_within_its_promise(folder: Path) -> None:
    """A sign-in hashes in 19 MiB, in whichever thread it falls to; none of it may stay behind."""
    accord = Installation(folder)
    accord.wait_until_up()

    def visit(number: int) -> None:
        for _ in range(EACH):
            visitor = Visitor(accord.port)
            visitor.sign_in(PEOPLE[number % len(PEOPLE)], PASSWORD)
            for path in PAGES:
                assert visitor.open(path).status in (200, 403)

    with ThreadPoolExecutor(AT_ONCE) as visitors:
        list(visitors.map(visit, range(AT_ONCE)))
    held = [worker.memory_info().rss for worker in accord.process_of("web server").children()]
    assert accord.end() == 0
    assert held
    assert max(held) <= PROMISED, [f"{one / 1e6:.0f} MB" for one in held]
