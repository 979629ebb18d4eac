"""Every page of the reports drawn at both sizes, in both schemes; axe finds nothing, and nothing scrolls sideways."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from services.reporting.marks import Marks
from tests.support.browser import LOOKS, PHONE, audit, picture
from tests.support.reporting import SECRET
from tests.support.reports import Reports

pytestmark = pytest.mark.browser


def addresses(reports: Reports) -> list[tuple[str, str, str, bool]]:
    """(name of the picture, role, address, in the small district)."""
    world = reports.world
    marks = Marks(SECRET)
    school = world.schools[0]
    principal = world.principals[school]
    evaluator = marks.evaluator(world.district_id, world.cycle_id, school, principal)
    evaluation = marks.evaluation(world.district_id, world.stories[0].evaluation_id)
    rows = reports.client("hr").get("/reports/api/v1/completion").json["steps"]
    key = {row["step"]: row["key"] for row in rows}
    return [
        ("index", "hr", "/", False),
        ("index-of-nobody", "teacher", "/", False),
        ("completion", "hr", "/completion", False),
        ("completion-own", "principal", "/completion", False),
        ("completion-school", "principal", f"/completion/schools/{school}", False),
        ("completion-evaluator", "principal", f"/completion/schools/{school}/evaluators/{principal}", False),
        ("completion-entries", "hr", "/completion/entries?column=late", False),
        ("completion-refused", "site_administrator", f"/completion/schools/{school}", False),
        ("ratings", "hr", "/ratings", False),
        ("ratings-not-yet", "hr", "/ratings", True),
        ("rubric", "hr", "/rubric", False),
        ("rubric-others", "hr", "/rubric?part=others", False),
        ("audit", "union_representative", "/audit", False),
        ("audit-school", "union_representative", f"/audit/schools/{school}", False),
        ("audit-evaluator", "union_representative", f"/audit/evaluators/{evaluator}", False),
        ("audit-evaluation", "union_representative", f"/audit/evaluations/{evaluation}", False),
        ("audit-entries", "union_representative", f"/audit/entries?column=late&step={key['announced/notice']}", False),
        ("audit-no-entries", "union_representative", f"/audit/entries?column=refused&step={key['goals']}", False),
    ]


@pytest.mark.parametrize(("size", "scheme"), LOOKS, ids=["desk", "phone"])
def test_every_page_is_drawn(reports: Reports, open_as: Callable[..., Any], size: dict[str, int], scheme: str) -> None:
    found = {}
    for name, role, path, in_small in addresses(reports):
        world = reports.elsewhere if in_small else None
        page = open_as(
            role, f"/reports{path}", world=world, viewport=size, color_scheme=scheme, has_touch=size is PHONE
        )
        picture(page, f"reports-{name}-{size['width']}-{scheme}")
        wrong = audit(page)
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            wrong.append("the page scrolls sideways")
        if wrong:
            found[name] = wrong
        page.context.close()
    assert found == {}


def test_a_number_of_the_audit_opens_its_entries_and_an_entry_its_record(open_as: Callable[..., Any]) -> None:
    page = open_as("union_representative", "/reports/audit")
    number = page.locator("td.num a").nth(3)
    count = int(re.sub(r"\D", "", number.inner_text()))
    number.click()
    assert re.search(rf"\b{count} entr", page.locator(".lead").inner_text())
    page.locator("tbody th a").first.click()
    assert page.locator("h1").inner_text().startswith("Evaluation ")
    expect(page.locator("tr:target")).to_have_count(1)


def test_pages_go_on_without_javascript(open_as: Callable[..., Any]) -> None:
    page = open_as("union_representative", "/reports/audit/entries?column=required", java_script_enabled=False)
    first = page.locator("tbody th").all_inner_texts()
    assert len(first) == 50
    page.get_by_role("link", name="Next page").click()
    second = page.locator("tbody th").all_inner_texts()
    assert len(second) == 50
    assert first != second
    page.get_by_role("link", name="First page").click()
    assert page.locator("tbody th").all_inner_texts() == first
