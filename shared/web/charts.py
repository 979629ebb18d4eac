"""The geometry of the four charts, as percentages and pixels; the drawing is templates/components/charts.html.

Widths are percentages of whatever the chart stands in, so that letters keep their size on a phone and on paper.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

Number = Decimal | int
_ROW = 48
_SHADES = 5


def _percent(part: Number, whole: Number) -> Decimal:
    if not whole:
        return Decimal(0)
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Bar:
    label: str
    value: Number | None
    """None: withheld or not known; drawn as a gap with words, never as zero."""
    words: str
    y: int
    width: Decimal


@dataclass(frozen=True)
class Bars:
    rows: Sequence[Bar]
    height: int

    def table(self, withheld: str) -> list[tuple[str, ...]]:
        return [(bar.label, withheld if bar.value is None else bar.words) for bar in self.rows]


def bars(rows: Sequence[Mapping[str, object]], most: Number | None = None) -> Bars:
    """Rows {label, value, words?} as horizontal bars; `most`: what a full bar stands for (default: the largest value)."""
    values = [_number(row.get("value")) for row in rows]
    largest = most if most is not None else max((value for value in values if value is not None), default=0)
    drawn = [
        Bar(
            str(row["label"]),
            value,
            str(row["words"] if row.get("words") is not None else "" if value is None else value),
            place * _ROW,
            _percent(min(value, largest), largest) if value is not None else Decimal(0),
        )
        for place, (row, value) in enumerate(zip(rows, values, strict=True))
    ]
    return Bars(drawn, len(rows) * _ROW)


def _number(value: object) -> Number | None:
    if value is None or isinstance(value, Decimal | int):
        return value
    raise TypeError(f"a chart takes Decimal or int, not {type(value).__name__}")


@dataclass(frozen=True)
class Part:
    series: str
    shade: int
    count: int
    percent: int
    x: Decimal
    width: Decimal
    middle: Decimal
    wide: bool
    """Whether its number fits into it."""


@dataclass(frozen=True)
class Stack:
    label: str
    total: int | None
    y: int
    parts: Sequence[Part]
    words: str


@dataclass(frozen=True)
class Stacks:
    rows: Sequence[Stack]
    series: Sequence[tuple[str, int]]
    height: int

    def table(self, withheld: str) -> list[tuple[str, ...]]:
        return [
            (row.label, *(str(part.count) for part in row.parts), str(row.total))
            if row.total is not None
            else (row.label, *(withheld for _ in self.series), withheld)
            for row in self.rows
        ]


def stacks(rows: Sequence[Mapping[str, object]], series: Sequence[str]) -> Stacks:
    """Rows {label, counts (one per series, or None where withheld), words?} as bars of 100 %, lowest series first."""
    shades = [shade(place, len(series)) for place in range(len(series))]
    drawn = []
    for place, row in enumerate(rows):
        counts = row.get("counts")
        parts = _parts(counts, series, shades) if isinstance(counts, list | tuple) else ()
        total = sum(part.count for part in parts) if counts is not None else None
        drawn.append(Stack(str(row["label"]), total, place * _ROW, parts, str(row.get("words") or "")))
    return Stacks(drawn, list(zip(series, shades, strict=True)), len(rows) * _ROW)


def _parts(counts: Sequence[int], series: Sequence[str], shades: Sequence[int]) -> Sequence[Part]:
    total, reached = sum(counts), 0
    parts = []
    for name, count, tone in zip(series, counts, shades, strict=True):
        width = _percent(count, total)
        x = _percent(reached, total)
        whole = int(width.quantize(Decimal(1), ROUND_HALF_UP))
        parts.append(Part(name, tone, count, whole, x, width, x + width / 2, width >= 8))
        reached += count
    return parts


def shade(place: int, of: int) -> int:
    """The shade (1 light … 5 dark) of the place-th of so many steps, spread over the ramp."""
    return 3 if of <= 1 else 1 + round(place * (_SHADES - 1) / (of - 1))


@dataclass(frozen=True)
class Cell:
    value: Decimal | int | None
    words: str
    shade: int
    x: Decimal
    y: int


@dataclass(frozen=True)
class Heat:
    columns: Sequence[tuple[str, Decimal]]
    rows: Sequence[tuple[str, int, Sequence[Cell]]]
    width: Decimal
    height: int

    def table(self, withheld: str) -> list[tuple[str, ...]]:
        return [(label, *(cell.words or withheld for cell in cells)) for label, _, cells in self.rows]


_CELL = 32
_BAND = 58


def heat(rows: Sequence[Mapping[str, object]], columns: Sequence[str], low: Number, high: Number) -> Heat:
    """Rows {label, values (one per column, None where withheld)} as a grid; `low` to `high` is spread over five shades."""
    width = _percent(1, len(columns))
    grid: list[tuple[str, int, Sequence[Cell]]] = []
    for place, row in enumerate(rows):
        top = _CELL + place * _BAND
        values = row["values"]
        assert isinstance(values, list | tuple)
        cells = [
            Cell(value, "" if value is None else str(value), _tone(_number(value), low, high), width * column, top + 22)
            for column, value in enumerate(values)
        ]
        grid.append((str(row["label"]), top, cells))
    heads = [(name, width * column + width / 2) for column, name in enumerate(columns)]
    return Heat(heads, grid, width, _CELL + len(rows) * _BAND)


def _tone(value: Number | None, low: Number, high: Number) -> int:
    """0: nothing to show. 1 to 5: from low to high."""
    if value is None or high <= low:
        return 0
    share = (Decimal(value) - Decimal(low)) / (Decimal(high) - Decimal(low))
    return min(_SHADES, max(1, 1 + int(share * _SHADES)))


@dataclass(frozen=True)
class Band:
    name: str
    low: Number
    high: Number
    x: Decimal
    width: Decimal
    shade: int
    here: bool


@dataclass(frozen=True)
class Bands:
    bands: Sequence[Band]
    marker: Decimal
    anchor: str
    """Where the marker's letters stand: start, middle or end, so that they never leave the picture."""


def bands(value: Number, names: Sequence[Mapping[str, object]], *, name: str) -> Bands:
    """A value among bands {name, low, high}, in order and touching; `name`: the band it fell in, decided by the agreement."""
    lows = [_number(band["low"]) for band in names]
    highs = [_number(band["high"]) for band in names]
    start, end = lows[0], highs[-1]
    assert start is not None and end is not None
    span = Decimal(end) - Decimal(start)
    drawn = []
    for place, (band, low, high) in enumerate(zip(names, lows, highs, strict=True)):
        assert low is not None and high is not None
        edge = lows[place + 1] if place + 1 < len(lows) else high
        x = _percent(Decimal(low) - Decimal(start), span)
        width = _percent(Decimal(edge or 0) - Decimal(low), span)
        drawn.append(Band(str(band["name"]), low, high, x, width, shade(place, len(names)), band["name"] == name))
    marker = min(Decimal(100), max(Decimal(0), _percent(Decimal(value) - Decimal(start), span)))
    anchor = "start" if marker < 10 else "end" if marker > 90 else "middle"
    return Bands(drawn, marker, anchor)
