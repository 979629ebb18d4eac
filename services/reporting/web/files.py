"""Reports as files: CSV that spreadsheets and programs read alike, sent row by row however long it is.

RFC 4180: comma, CRLF. UTF-8 with a byte order mark, because a spreadsheet that finds none reads the file in its machine's
old alphabet and spoils every name outside it; programs ask for "utf-8-sig". Column names are in English, stable, never
translated. A cell that a spreadsheet would take for a formula is given an apostrophe in front (CWE-1236).
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from flask import Response, stream_with_context

_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ROWS_AT_ONCE = 500


def csv_answer(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], day: date) -> Response:
    """A download called `<name>-<day>.csv`. Rows are read while they are sent, in the request's own transaction."""
    response = Response(stream_with_context(_chunks(columns, rows)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{day.isoformat()}.csv"'
    return response


def _chunks(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    line = _Line()
    writer = csv.writer(line, lineterminator="\r\n")
    writer.writerow(columns)
    line.gathered.insert(0, _MARK)
    for number, row in enumerate(rows, start=1):
        writer.writerow([safe(cell) for cell in row])
        if number % _ROWS_AT_ONCE == 0:
            yield line.take()
    yield line.take()


class _Line:
    """What the writer writes to."""

    def __init__(self) -> None:
        self.gathered: list[str] = []

    def write(self, words: str) -> None:
        self.gathered.append(words)

    def take(self) -> str:
        taken = "".join(self.gathered)
        self.gathered.clear()
        return taken


def safe(cell: Any) -> str:
    """A cell as text: yes and no for truth, nothing for None, and nothing a spreadsheet would calculate."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return str(cell)
    words = str(cell)
    return f"'{words}" if words.lstrip(" \u00a0").startswith(_FORMULA) else words
