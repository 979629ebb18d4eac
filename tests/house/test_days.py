"""A day is the district's. After UTC's midnight a moment's own date is not the date at the district: it is taken by the zone."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("accord", "services", "shared")
BY_UTC = {"services/reporting/projector/naming.py": "a day that only orders, the same on every replay, shown to nobody"}


def days_by_no_zone(source: str) -> list[int]:
    """Lines that take the date of a moment without `.astimezone(ZoneInfo(…))` right before it.

    A text read by strptime holds no moment, so its date is what was written.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or node.args or not isinstance(node.func, ast.Attribute):
            continue
        moment = node.func.value
        if (node.func.attr == "today" and isinstance(moment, ast.Name) and moment.id in {"date", "datetime"}) or (
            node.func.attr == "date" and not _knows_its_day(moment)
        ):
            found.append(node.lineno)
    return found


def _knows_its_day(call: ast.expr) -> bool:
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr == "strptime":
        return True
    zone = call.args[0] if call.func.attr == "astimezone" and call.args else None
    return isinstance(zone, ast.Call) and isinstance(zone.func, ast.Name) and zone.func.id == "ZoneInfo"


@pytest.mark.parametrize("room", ROOMS)
def test_every_day_is_taken_in_a_zone(room: str) -> None:
    files = [path for path in (ROOT / room).rglob("*.py") if str(path.relative_to(ROOT)) not in BY_UTC]
    assert files
    found = {
        str(path.relative_to(ROOT)): lines
        for path in files
        if (lines := days_by_no_zone(path.read_text(encoding="utf-8")))
    }
    assert found == {}, "use shared.clock.local_date(moment, zone): in the evening the date of UTC is tomorrow's"


@pytest.mark.parametrize(
    "line", ["at.date()", "clock().date()", "moment.astimezone(UTC).date()", "local.date()", "date.today()"]
)
def test_the_check_finds_what_it_looks_for(line: str) -> None:
    assert days_by_no_zone(f"x = 1\ny = {line}") == [2]


@pytest.mark.parametrize(
    "line", ["moment.astimezone(ZoneInfo(zone)).date()", 'datetime.strptime("20260512", "%Y%m%d").date()', "today()"]
)
def test_a_day_in_a_zone_passes(line: str) -> None:
    assert days_by_no_zone(f"y = {line}") == []
