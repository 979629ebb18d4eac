"""The geometry of the heat map: components down, levels across; levels counted together are one wide cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.reporting.releases import NOT_APPLICABLE
from services.reporting.reports.ratings import Class, Component, PublishedRow
from services.reporting.web.words import level_words
from shared.web.charts import heat as shades_of

_TOP, _BAND = 44, 58
"""Pixels: where the first row begins, below the names of the levels in two lines; the height of a row."""


@dataclass(frozen=True)
class Cell:
    """A cell of the drawing and of the table beneath it. `columns`: how many levels it covers; `words`: which."""

    words: str
    people: int
    percent: int
    columns: int
    x: Decimal
    width: Decimal
    shade: int


@dataclass(frozen=True)
class Line:
    """One component. `cells` is empty where nothing is published of it."""

    label: str
    y: int
    people: int
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Heat:
    """Widths and places across are percentages, heights are pixels."""

    columns: Sequence[tuple[str, Decimal]]
    """(name of the level, middle of its column)."""
    lines: Sequence[Line]
    height: int


def heat(components: Sequence[Component], rows: Mapping[str, PublishedRow]) -> Heat:
    """The heat map of a part. Components of one scale share the columns; the longest scale sets them."""
    lowest = min((row.classes[0].first for row in rows.values() if row.classes), default=0)
    scale = max((one.levels for one in components), key=len, default=())
    places = range(lowest, len(scale))
    names = [level_words(scale, Class(place, place, 0, 0)) for place in places]
    step = Decimal(100) / max(1, len(places))
    lines = []
    for number, one in enumerate(components):
        row = rows.get(one.component_id)
        cells = [_cell(one, each, lowest, step) for each in row.classes] if row is not None else []
        lines.append(Line(f"{one.component_id} {one.title}", _TOP + number * _BAND, row.people if row else 0, cells))
    heads = [(name, round(step * place + step / 2, 2)) for place, name in enumerate(names)]
    return Heat(heads, lines, _TOP + len(lines) * _BAND)


def _cell(component: Component, found: Class, lowest: int, step: Decimal) -> Cell:
    first = max(found.first, NOT_APPLICABLE)
    columns = found.last - first + 1
    return Cell(
        level_words(component.levels, found),
        found.people,
        found.percent,
        columns,
        round(step * (first - lowest), 2),
        round(step * columns, 2),
        _shade(found.percent),
    )


def _shade(percent: int) -> int:
    """1 (few) to 5 (nearly all), as the other charts have it."""
    return shades_of([{"label": "", "values": [percent]}], [""], 0, 100).rows[0][2][0].shade
