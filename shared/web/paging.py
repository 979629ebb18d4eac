"""Lists in pages, with the place in the address."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request

MOST = 100
MOST_COUNTED = 200
"""Rows that are counted to the end. Of a longer list a page says "more than", and knows only whether it goes on."""
_SAID = ("begun", "assigned", "passed_over", "said")
"""What an address says about something just done: not to be said again on the next page."""


@dataclass(frozen=True)
class Page:
    """One page of a list. `number` counts from 1; `total` is of all rows."""

    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return min(self.total, (self.number - 1) * self.size + 1)

    @property
    def last(self) -> int:
        return min(self.total, self.number * self.size)

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def shown(self) -> list[int | None]:
        """The numbers to link to: first, last and those around the present one; None for a gap."""
        near = [n for n in range(self.number - 2, self.number + 3) if 1 <= n <= self.pages]
        numbers: list[int | None] = list(near)
        if near[0] > 1:
            numbers = [1, *([None] if near[0] > 2 else []), *numbers]
        if near[-1] < self.pages:
            numbers = [*numbers, *([None] if near[-1] < self.pages - 1 else []), self.pages]
        return numbers

    def href(self, number: int) -> str:
        """This address with another page, everything else kept."""
        return _href(number)


@dataclass(frozen=True)
class Stretch:
    """One page of a list that nobody counted, because counting would read all of it. `more`: whether another follows."""

    number: int
    more: bool

    def href(self, number: int) -> str:
        """This address with another page, everything else kept."""
        return _href(number)


def _href(number: int) -> str:
    return this_page(page=str(number))


def this_page(**otherwise: str | None) -> str:
    """This address with parts of its query otherwise (None: without), everything else kept."""
    query = [(name, value) for name, value in request.args.items(multi=True) if name not in (*otherwise, *_SAID)]
    more = [(name, value) for name, value in otherwise.items() if value is not None]
    path = f"{request.script_root}{request.path}"
    return f"{path}?{urlencode([*query, *more])}" if query or more else path


def page_or_stretch(number: int, size: int, counted: int, *, more: bool) -> Page | Stretch:
    """The page where `counted` is all there is; a stretch where counting stopped at more than MOST_COUNTED."""
    return Page(number, size, counted) if counted <= MOST_COUNTED else Stretch(number, more)


def asked_page(*, size: int = 50) -> tuple[int, int]:
    """(page number, page size) from the address; what can't be read counts as the first page of the usual size."""
    number = request.args.get("page", 1, type=int)
    wanted = request.args.get("page_size", size, type=int)
    return max(1, min(number, 1_000_000)), max(1, min(wanted, MOST))
