"""What an attacker does with published figures: everything they say about hidden numbers as equations, solved exactly."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product

from services.reporting.suppression import Cell, Figures, Span


def blanks(table: Mapping[str, Sequence[int]], minimum: int, _lot: object) -> Figures:
    """What many do: leave small numbers out of a table that adds up."""
    rows = {
        name: tuple(Cell(Span(place, place), people) for place, people in enumerate(levels) if people >= minimum)
        for name, levels in table.items()
    }
    whole = [sum(column) for column in zip(*table.values(), strict=True)]
    return Figures(tuple(Cell(Span(place, place), people) for place, people in enumerate(whole)), rows)


def equations(figures: Figures, names: Sequence[str], levels: int) -> list[list[Fraction]]:
    """One row an equation the attacker has: the sum of which hidden numbers is known."""

    def sums(groups: Sequence[str], span: Span) -> list[Fraction]:
        return [
            Fraction(int(name in groups and span.first <= level <= span.last))
            for name in names
            for level in range(levels)
        ]

    everything = Span(0, levels - 1)
    others = [name for name in names if name not in figures.groups]
    known = [sums([name], everything) for name in names]
    known += [sums(names, cell.span) for cell in figures.whole]
    known += [sums([name], cell.span) for name, row in figures.groups.items() for cell in row]
    known += [sums(others, cell.span) for cell in figures.others]
    return known


def row_echelon(rows: Sequence[Sequence[Fraction]]) -> dict[int, list[Fraction]]:
    """Leading place -> row."""
    reduced: dict[int, list[Fraction]] = {}
    for row in rows:
        rest = remainder(reduced, row)
        lead = next((place for place, value in enumerate(rest) if value), None)
        if lead is not None:
            reduced[lead] = [value / rest[lead] for value in rest]
    return reduced


def remainder(reduced: Mapping[int, Sequence[Fraction]], row: Sequence[Fraction]) -> list[Fraction]:
    rest = list(row)
    for lead in sorted(reduced):
        if rest[lead]:
            factor = rest[lead]
            rest = [value - factor * other for value, other in zip(rest, reduced[lead], strict=True)]
    return rest


def spanned(reduced: Mapping[int, Sequence[Fraction]], row: Sequence[Fraction]) -> bool:
    return not any(remainder(reduced, row))


def solved(figures: Figures, groups: Mapping[str, Sequence[int]]) -> list[tuple[str, int]]:
    """(group, level) of every number that is not published and that linear algebra finds all the same."""
    names = [name for name in groups if sum(groups[name])]
    if not names:
        return []
    levels = len(groups[names[0]])
    reduced = row_echelon(equations(figures, names, levels))
    found = []
    for place, level in product(range(len(names)), range(levels)):
        shown = figures.groups.get(names[place], figures.whole if len(names) == 1 else ())
        unit = [Fraction(int(n == place * levels + level)) for n in range(len(names) * levels)]
        if not any(cell.span == (level, level) for cell in shown) and spanned(reduced, unit):
            found.append((names[place], level))
    return found


def subtracted(figures: Figures, groups: Mapping[str, Sequence[int]]) -> list[tuple[str, int]]:
    """The same by plain subtraction, over and over: what is left of a sum for one unknown, or nothing left for several."""
    names = [name for name in groups if sum(groups[name])]
    levels = len(groups[names[0]]) if names else 0
    rows = {names[0]: figures.whole} if len(names) == 1 else figures.groups
    shown = {(name, cell.span.first) for name, row in rows.items() for cell in row if cell.span.first == cell.span.last}
    found: set[tuple[str, int]] = set()
    sums = [
        {(names[place // levels], place % levels) for place, value in enumerate(row) if value}
        for row in equations(figures, names, levels)
    ]
    while True:
        fresh = set[tuple[str, int]]()
        for cells in sums:
            unknown = cells - shown - found
            if len(unknown) == 1 or not sum(groups[name][level] for name, level in unknown):
                fresh |= unknown
        if not fresh:
            return sorted(found)
        found |= fresh
