"""Small parts of the shell: links that stay at home, pages of lists, days in words, geometry of charts."""

from datetime import UTC, date, datetime
from decimal import Decimal

import marshmallow
import pytest
from flask import Flask
from flask_babel import Babel

from shared.web import charts
from shared.web.forms import Schema
from shared.web.links import local_path
from shared.web.paging import Page
from shared.web.prefix import AtPrefix
from shared.web.typed import clean
from shared.web.wording import day, long_day, moment, role_words


@pytest.mark.parametrize("path", ["/home/", "/teacher/e/7?tab=record#x", "/ü", "/teacher/a%2Fb", "/%C3%BC"])
def test_a_local_path_is_kept(path):
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "/%2F/evil.example",
        "/%2fevil.example",
        "/%5Cevil.example",
        "/%252F/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "",
        None,
        "home",
        "/a\r\nSet-Cookie: x",
        "/a\\b",
        "/\tx",
    ],
)
def test_anything_else_leads_home(path):
    assert local_path(path) == "/"


def test_pages_of_a_list():
    page = Page(4, 25, 1240)
    assert (page.pages, page.first, page.last, page.offset) == (50, 76, 100, 75)
    assert page.shown == [1, 2, 3, 4, 5, 6, None, 50]
    assert Page(1, 25, 3).shown == [1]
    assert Page(50, 25, 1240).last == 1240
    assert Page(1, 25, 0).first == 0


def test_text_is_cleaned_of_what_no_store_takes():
    assert clean("a\x00b\r\nc\rd\x1b[0m\te") == "ab\nc\nd[0m\te"


class Counted(Schema):
    number = marshmallow.fields.Integer()
    several = marshmallow.fields.Integer(validate=marshmallow.validate.Range(min=1, max=3))


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 10**30])
def test_a_number_that_no_column_takes_is_refused(number):
    assert Counted().load({"number": 2**31 - 1, "several": 3}) == {"number": 2**31 - 1, "several": 3}
    with pytest.raises(marshmallow.ValidationError) as refused:
        Counted().load({"number": number, "several": 4})
    assert refused.value.messages == {
        "number": ["This is not written in a way we can read."],
        "several": ["Give a number from 1 to 3."],
    }


def test_days_are_said_as_people_say_them():
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        assert day(date(2026, 5, 12)) == "Tue 12 May 2026"
        assert long_day(date(2026, 5, 12)) == "Tuesday 12 May 2026"
        assert moment(datetime(2026, 5, 12, 19, 2, tzinfo=UTC)) == "Tue 12 May 2026, 19:02 UTC"
        assert role_words(frozenset({"hr", "principal"})) == "principals, the human resources office"


def _path(prefix: str, **environ: str) -> tuple[str, str]:
    seen: dict[str, str] = {}

    def app(given, start):
        seen.update(given)
        return [b""]

    AtPrefix(app, prefix)(dict(environ), lambda *_: None)
    return seen["SCRIPT_NAME"], seen["PATH_INFO"]


def test_the_prefix_is_known_however_the_request_comes():
    assert _path("/home", PATH_INFO="/home/notes") == ("/home", "/notes")
    assert _path("/home", SCRIPT_NAME="/home", PATH_INFO="/notes") == ("/home", "/notes")
    assert _path("/home", SCRIPT_NAME="/home", PATH_INFO="/home") == ("/home", "/home")
    assert _path("/home", PATH_INFO="/livez") == ("/home", "/livez")
    assert _path("/home", PATH_INFO="/homework") == ("/home", "/homework")


class TestCharts:
    def test_bars_are_shares_of_the_largest_and_a_gap_is_no_zero(self):
        drawn = charts.bars([{"label": "a", "value": 20}, {"label": "b", "value": 5}, {"label": "c", "value": None}])
        assert [bar.width for bar in drawn.rows] == [Decimal(100), Decimal(25), Decimal(0)]
        assert drawn.table("withheld") == [("a", "20"), ("b", "5"), ("c", "withheld")]

    def test_no_float_is_drawn(self):
        with pytest.raises(TypeError):
            charts.bars([{"label": "a", "value": 1.5}])

    def test_parts_of_a_stack_fill_it(self):
        drawn = charts.stacks([{"label": "a", "counts": [1, 2, 5]}, {"label": "b", "counts": None}], ["x", "y", "z"])
        parts = drawn.rows[0].parts
        assert sum(part.width for part in parts) == 100
        assert [part.x for part in parts] == [Decimal(0), Decimal("12.5"), Decimal("37.5")]
        assert drawn.rows[1].parts == () and drawn.rows[1].total is None
        assert drawn.table("withheld")[1] == ("b", "withheld", "withheld", "withheld", "withheld")

    def test_an_empty_stack_is_drawn_without_parts_of_a_width(self):
        drawn = charts.stacks([{"label": "a", "counts": [0, 0]}], ["x", "y"])
        assert [part.width for part in drawn.rows[0].parts] == [0, 0]

    def test_heat_runs_from_low_to_high_and_shows_nothing_where_nothing_is_known(self):
        drawn = charts.heat([{"label": "a", "values": [1, 4, None, Decimal("2.5")]}], ["1a", "1b", "1c", "1d"], 1, 4)
        assert [cell.shade for cell in drawn.rows[0][2]] == [1, 5, 0, 3]
        assert drawn.table("withheld") == [("a", "1", "4", "withheld", "2.5")]

    def test_a_value_stands_in_its_band(self):
        bands = [{"name": "low", "low": 0, "high": 4}, {"name": "high", "low": 5, "high": 10}]
        drawn = charts.bands(Decimal("7.5"), bands, name="high")
        assert drawn.marker == 75
        assert [(band.x, band.width, band.here) for band in drawn.bands] == [(0, 50, False), (50, 50, True)]
