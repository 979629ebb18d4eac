"""Reports of a district of thirty schools: a page of schools at a time, found by name, and no number lost."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from shared.config import Settings
from tests.support.reporting import SECRET, World
from tests.support.reports import Reports, filled
from tests.support.statements import counted

SCHOOLS = 30
ROWS = re.compile(r'<tr><th scope="row">(?:<a [^>]+>)?([^<]+?)\s*(?:</a>)?</th>')


@pytest.fixture
def many(service_settings: Callable[..., Settings]) -> Reports:
    settings = service_settings("reporting", secret_key=SECRET)
    world = World(seed=5, staff=150, schools=SCHOOLS, finished=0.95)
    return filled(settings, world, World(seed=12, staff=2, district="south"), minimum=2)


def _read(reports: Reports, client: FlaskClient, path: str) -> str:
    with counted(reports.app) as statements:
        answer = client.get(path)
    assert answer.status_code == 200, answer.text[:500]
    assert len(statements) <= 5, statements
    return answer.text


def _table(text: str, caption: str) -> list[str]:
    """The heads of the rows of one table."""
    found = re.search(rf"<caption[^>]*>{caption}</caption>.*?</table>", text, re.S)
    assert found is not None, caption
    return [name for name in ROWS.findall(found[0]) if name not in ("The whole district", "All steps")]


@pytest.mark.parametrize(
    ("path", "role", "caption"),
    [
        ("/completion", "hr", "Completion by school"),
        ("/audit", "union_representative", "Audit by school"),
        ("/ratings", "hr", "Results by school"),
    ],
)
def test_schools_stand_a_page_at_a_time(many: Reports, path: str, role: str, caption: str) -> None:
    client, seen, here = many.client(role), list[str](), path
    for _ in range(SCHOOLS):
        text = _read(many, client, here)
        rows = _table(text, caption)
        assert 0 < len(rows) <= 6
        seen += rows
        found = re.search(r'<a rel="next" href="([^"]*after=[^"]+)">Next page', text)
        if not found:
            break
        here = found[1].replace("&amp;", "&").removeprefix("/reports")
    assert seen == sorted(seen)
    assert len(seen) == len(set(seen)) == SCHOOLS
    one = _read(many, client, f"{path}?named={seen[11].upper().replace(' ', '+')}")
    assert _table(one, caption) == [seen[11]]
    assert 'name="named" type="search"' in one
    first = _read(many, client, path)
    assert 'name="named" type="search"' in first


def test_a_school_that_is_not_there_is_said_so(many: Reports) -> None:
    assert "No school is called like that." in _read(many, many.client("hr"), "/completion?named=nowhere")


def test_published_schools_come_in_pages_and_the_others_stand_on_each(many: Reports) -> None:
    client, seen, here, others = many.client("hr"), list[str](), "/ratings", 0
    for _ in range(SCHOOLS):
        text = _read(many, client, here)
        rows = _table(text, "Numbers: Final levels by school")
        others += any(row.startswith("All other schools together") for row in rows)
        alone = [row for row in rows if not row.startswith("All other schools together")]
        assert len(alone) <= 6
        seen += alone
        found = re.search(r'<a rel="next" href="([^"]*[?&]page=[^"]+|[^"]*&amp;page=[^"]+)"', text)
        if not found:
            break
        here = found[1].replace("&amp;", "&").removeprefix("/reports")
    api = client.get("/api/v1/ratings").json["rows"]
    assert seen == [row["school"] for row in api if row["group"] == "school"]
    assert len(seen) > 8, "the test needs more than one page"
    assert others > 1
