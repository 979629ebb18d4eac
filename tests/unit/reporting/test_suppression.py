"""Attacks on what is published about small groups.

The attacker knows every published number, how many people each group has, the rules and the minimum; not the lots, and no
rating. Small worlds are attacked whole: every table there can be, with every lot, so that what is shown is what the rules
themselves give away. Large tables are attacked by linear algebra over everything published.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, combinations, pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.suppression import Cell, Figures, Span, publish
from tests.support.attacks import blanks, solved, subtracted

Publish = Callable[..., Figures]
Table = tuple[tuple[int, ...], ...]
NAMES = "ABCDEFGH"


def compositions(people: int, levels: int) -> Iterator[tuple[int, ...]]:
    """Every way so many people can stand at so many levels."""
    if levels == 1:
        yield (people,)
        return
    for first in range(people + 1):
        for rest in compositions(people - first, levels - 1):
            yield (first, *rest)


def worlds(
    sizes: Sequence[int], levels: int, minimum: int, method: Publish = publish
) -> Mapping[object, tuple[Figures, set[Table]]]:
    """What can be published of any table with groups of these sizes -> every table of which it may have been published."""
    names = NAMES[: len(sizes)]
    lots = list(chain.from_iterable(combinations(names, count) for count in range(len(names) + 1)))
    found: dict[object, tuple[Figures, set[Table]]] = {}
    for table in product(*(list(compositions(size, levels)) for size in sizes)):
        for lot in lots:
            figures = method(dict(zip(names, table, strict=True)), minimum, lot)
            key = (figures.whole, tuple(figures.groups.items()), figures.others)
            found.setdefault(key, (figures, set()))[1].add(table)
    return found


def narrowest(sizes: Sequence[int], levels: int, minimum: int, method: Publish = publish) -> int:
    """How much narrower than promised the range of any hidden number is; 0 or less: the promise holds."""
    worst = -minimum
    for figures, tables in worlds(sizes, levels, minimum, method).values():
        for place, level in product(range(len(sizes)), range(levels)):
            row = figures.groups.get(NAMES[place], figures.whole if len(sizes) == 1 else ())
            if any(cell.span == (level, level) for cell in row):
                continue
            worst = max(worst, min(minimum - 1, sizes[place]) - width(table[place][level] for table in tables))
        for level in range(levels):
            if not any(cell.span == (level, level) for cell in figures.whole):
                worst = max(worst, minimum - 1 - width(sum(row[level] for row in table) for table in tables))
    return worst


def width(values: Iterator[int]) -> int:
    seen = set(values)
    return max(seen) - min(seen)


SMALL_WORLDS = [
    ((7,), 3, 2), ((12,), 4, 3), ((8,), 5, 2), ((5, 4, 3), 3, 2), ((6, 6), 3, 3), ((5, 4), 4, 2), ((4, 4, 4), 3, 2),
    ((3, 3, 2, 2), 3, 2), ((1, 6, 5), 3, 2), ((8, 1, 3), 3, 3), ((10, 10), 2, 3), ((10, 9, 9, 1), 2, 4),
    ((6, 6, 6, 6), 2, 3), ((2, 2, 2, 2, 2), 2, 2),
]  # fmt: skip


@pytest.mark.parametrize(("sizes", "levels", "minimum"), SMALL_WORLDS)
def test_who_knows_the_rules_learns_a_range_never_a_number(sizes: tuple[int, ...], levels: int, minimum: int) -> None:
    assert narrowest(sizes, levels, minimum) <= 0


def without_lots(table: Mapping[str, Sequence[int]], minimum: int, _lot: object) -> Figures:
    return publish(table, minimum)


def most_even(table: Mapping[str, Sequence[int]], minimum: int, _lot: object) -> Figures:
    """The classes of the whole chosen as evenly as can be: what the rules once did."""
    levels = next(iter(table.values()))
    edges = chain.from_iterable(combinations(range(1, len(levels)), cuts) for cuts in range(len(levels)))
    rows = []
    for cut in edges:
        ends = (0, *cut, len(levels))
        row = tuple(Cell(Span(a, b - 1), sum(levels[a:b])) for a, b in pairwise(ends))
        if min(cell.people for cell in row) >= minimum:
            rows.append(row)
    if not rows:
        return Figures()
    return Figures(max(rows, key=lambda row: (len(row), min(cell.people for cell in row))))


@pytest.mark.parametrize("method", [without_lots, most_even, blanks])
def test_the_attack_breaks_what_is_weaker(method: Publish) -> None:
    sizes, levels, minimum = ((9,), 4, 2) if method is most_even else ((4, 4, 4), 3, 2)
    assert narrowest(sizes, levels, minimum, method) > 0


tables = st.integers(2, 5).flatmap(
    lambda levels: st.lists(st.lists(st.integers(0, 40), min_size=levels, max_size=levels), min_size=1, max_size=8)
)


@given(table=tables, minimum=st.integers(2, 12), lots=st.sets(st.sampled_from(NAMES)))
def test_every_number_counts_the_minimum_and_rows_add_up(table: list[list[int]], minimum: int, lots: set[str]) -> None:
    groups = dict(zip(NAMES, table, strict=False))
    figures = publish(groups, minimum, lots)
    rows = [figures.whole, figures.others, *figures.groups.values()]
    assert all(cell.people >= minimum for row in rows for cell in row)
    assert not lots & figures.groups.keys()
    total = sum(map(sum, table))
    assert sum(cell.people for cell in figures.whole) == (total if total >= minimum else 0)
    if figures.groups:
        parts = [*figures.groups.values(), *([figures.others] if figures.others else [])]
        assert len(parts) > 1
        for cell in figures.groups[min(figures.groups)]:
            of_all = sum(part.people for row in parts for part in row if part.span == cell.span)
            of_whole = sum(
                one.people
                for one in figures.whole
                if cell.span.first <= one.span.first <= one.span.last <= cell.span.last
            )
            assert of_all == of_whole
    for name, row in figures.groups.items():
        assert sum(cell.people for cell in row) == sum(groups[name])


@given(table=tables, minimum=st.integers(2, 12), lots=st.sets(st.sampled_from(NAMES)))
def test_linear_algebra_finds_no_hidden_number(table: list[list[int]], minimum: int, lots: set[str]) -> None:
    groups = dict(zip(NAMES, table, strict=False))
    figures = publish(groups, minimum, lots)
    if figures.whole:
        assert subtracted(figures, groups) == []
        assert solved(figures, groups) == []


def test_linear_algebra_does_find_what_blanks_leave() -> None:
    """The check above can fail: blanks in a table that adds up are solved for."""
    table = {"A": [3, 12], "B": [11, 14]}
    assert solved(blanks(table, 10, ()), table) == [("A", 0)]


def test_a_school_below_the_minimum_is_not_shown_and_takes_another_with_it() -> None:
    figures = publish({"A": [10, 12], "B": [15, 15], "C": [4, 6]}, 10)
    assert set(figures.groups) == {"B"}
    assert figures.others == (Cell(Span(0, 0), 14), Cell(Span(1, 1), 18))


def test_levels_with_few_people_are_counted_with_their_neighbours() -> None:
    assert publish({"A": [1, 6, 40, 13]}, 10).whole == (Cell(Span(0, 2), 47), Cell(Span(3, 3), 13))
    assert publish({"A": [2, 8, 38, 12]}, 10).whole == (
        Cell(Span(0, 1), 10), Cell(Span(2, 2), 38), Cell(Span(3, 3), 12),
    )  # fmt: skip
    assert publish({"A": [0, 0, 60, 0]}, 10).whole == (Cell(Span(0, 3), 60),)
    assert publish({"A": [0, 4, 5, 0]}, 10) == Figures()


def test_groups_without_anyone_change_nothing() -> None:
    table = {"A": [12, 14], "B": [15, 15]}
    assert publish({**table, "C": [0, 0]}, 10) == publish(table, 10)


def test_everything_counted_by_the_attack_is_really_different() -> None:
    """Guards the attack itself: it has more than one published picture, and none with two wholes."""
    seen: dict[object, set[tuple[int, ...]]] = defaultdict(set)
    for figures, tables_of in worlds((4, 4), 2, 2).values():
        for table in tables_of:
            seen[figures.whole].add(tuple(sum(column) for column in zip(*table, strict=True)))
    assert len(seen) > 3
