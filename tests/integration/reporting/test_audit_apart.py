"""The audit is made from the process alone: no statement of it names a table of results, and results change no byte."""

import re
from collections import deque
from html import unescape
from typing import Any
from zlib import crc32

import pytest
from sqlalchemy import event, text

from services.reporting.store import results_tables
from shared.db import connect, transaction
from tests.support.reports import Reports

RESULTS = tuple(table.name for table in results_tables.TABLES)


def crawl(reports: Reports) -> dict[str, Any]:
    """Every page and file of the audit that a link leads to, of the many lists of entries one in four: address -> answer."""
    client = reports.client("union_representative")
    found: dict[str, Any] = {}
    waiting = deque(["/reports/audit"])
    while waiting:
        path = waiting.popleft()
        if path in found or ("/entries" in path and crc32(path.encode()) % 4):
            continue
        answer = client.get(path, headers={"X-Request-Id": "0" * 32})
        found[path] = answer
        for link in re.findall(r'href="(/reports/audit[^"#]*)', answer.text):
            waiting.append(unescape(link))
    return found


def without_token(words: str) -> str:
    return re.sub(r'name="csrf" value="[^"]*"', "", words)


def bodies(found: dict[str, Any]) -> dict[str, Any]:
    return {
        path: (answer.status_code, without_token(answer.text), dict(answer.headers)) for path, answer in found.items()
    }


API = ("/reports/api/v1/audit", "/reports/api/v1/audit/entries?column=late", "/reports/api/v1/cycles", "/reports/")


def api_bodies(reports: Reports) -> dict[str, str]:
    client = reports.client("union_representative")
    return {path: without_token(client.get(path).text) for path in API}


@pytest.fixture
def statements(reports: Reports) -> list[str]:
    """Every statement the web's engine executes from now on."""
    seen: list[str] = []
    engine = reports.app.extensions["accord.engine"]
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    return seen


def test_no_statement_of_the_audit_names_a_table_of_results(reports: Reports, statements: list[str]) -> None:
    pages = crawl(reports)
    api_bodies(reports)
    assert len(pages) > 60
    assert {answer.status_code for answer in pages.values()} == {200}
    assert len(statements) > 200
    assert [words for words in statements if any(re.search(rf"\b{name}\b", words) for name in RESULTS)] == []


def test_the_check_sees_results_where_they_are_read(reports: Reports, statements: list[str]) -> None:
    reports.client("hr").get("/reports/ratings")
    assert [words for words in statements if "report_release" in words]


def test_results_change_no_byte_of_any_answer(reports: Reports) -> None:
    before, api_before = bodies(crawl(reports)), api_bodies(reports)
    with transaction(connect(reports.settings, "worker"), reports.world.district_id) as connection:
        changed = [
            "UPDATE report_result SET final_level = 'SENTINEL'",
            "UPDATE report_rating SET level = 'SENTINEL'",
            "UPDATE report_release_cell SET people = 4711",
            "UPDATE report_agreement SET title = 'SENTINEL'",
            "DELETE FROM report_series",
        ]
        assert all(connection.execute(text(statement)).rowcount for statement in changed)
    assert bodies(crawl(reports)) == before
    assert api_bodies(reports) == api_before
    with connect(reports.settings, "owner").begin() as connection:
        for name in RESULTS:
            connection.execute(text(f"ALTER TABLE {name} RENAME TO hidden_{name}"))
    assert bodies(crawl(reports)) == before
    assert api_bodies(reports) == api_before


def test_nobody_is_named_and_no_id_of_a_person_or_an_evaluation_is_told(reports: Reports) -> None:
    world = reports.world
    told = "\n".join([answer.text + path for path, answer in crawl(reports).items()])
    told += "\n".join(api_bodies(reports).values())
    told = told.replace("Olu Union Representative", "")  # the reader's own name, at the head of every page
    forbidden = [str(story.subject_id) for story in world.stories]
    forbidden += [str(story.evaluation_id) for story in world.stories]
    forbidden += [f"Family{number}" for number in range(36)] + [f"Given{number}" for number in range(36)]
    forbidden += ["Pat ", "Principal ", *map(str, world.principals.values())]
    forbidden += ["nsatisfactory", "roficient", "istinguished"]
    assert [word for word in forbidden if word in told] == []
    assert not re.search(r"\d\d:\d\d(:\d\d)? ?(P[SD]T)?", re.sub(r"Printed from[^<]*", "", told)), "a time of day"


def test_every_number_leads_to_that_many_entries(reports: Reports) -> None:
    client = reports.client("union_representative")
    links = {}
    for path, answer in crawl(reports).items():
        if "entries" not in path and ".csv" not in path:
            cells = re.findall(r'<td class="num"><a href="([^"]*/entries[^"]*)">(.*?)</a>', answer.text)
            links |= {unescape(href): int(re.sub(r"<[^>]*>", "", number)) for href, number in cells}
    assert len(links) > 100
    for href, number in list(links.items())[::7]:
        page = client.get(href).text
        words = "1 entry" if number == 1 else f"{number} entries"
        assert words in page, href
        rows = len(re.findall(r"<tr><th scope=\"row\">", page))
        assert rows == min(number, 50), href
