"""Which figures about ratings may be published so that no rating of a small group can be worked out. Pure functions.

A table counts people by group (a school) and by level, lowest first. What is published is coarsened until *every* number
counts at least `minimum` people: neighbouring levels are counted together ("Unsatisfactory to Basic"), and schools that
can't be shown alone are counted together. Nothing is blanked out inside a table that adds up: totals are sums of what is
shown, so that adding and subtracting reaches only what is published already.

1. The whole is published in the most classes of neighbouring levels of which each holds `minimum` people.
2. Groups are published in two classes, the most even ones that can be made of the whole's. A group is shown alone where
   both hold `minimum` people and no lot has put it with the others. All others are shown as one; where that one would not
   hold `minimum` people in each class, or where its people outside any one of its groups would be fewer than `minimum`,
   the smallest groups shown alone join it.

How many people a group has is taken as known to everyone (the completion board tells it). The lot is what makes the rule
safe against those who know it: without it, being counted with the others would say "fewer than the minimum at one level",
and several such sentences can add up to a number. With it, what can be said of a number that is not published is a range
at least min(minimum - 1, the group's size) wide. docs/decisions/small-groups.md has the argument,
tests/unit/reporting/test_suppression.py the attacks.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import NamedTuple

Levels = Sequence[int]
"""How many people stand at each level, lowest level first."""


class Span(NamedTuple):
    """Neighbouring levels counted together, by their places in the scale, both inclusive."""

    first: int
    last: int


class Cell(NamedTuple):
    span: Span
    people: int


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Figures:
    """What may be published of one table. Empty where the whole has fewer people than the minimum."""

    whole: Row = ()
    groups: Mapping[str, Row] = field(default_factory=dict)
    """The groups shown alone."""
    others: Row = ()
    """All other groups, counted as one; empty where there are none, or where no group is shown alone."""


def publish(table: Mapping[str, Levels], minimum: int, by_lot: Collection[str] = ()) -> Figures:
    """What may be published of `table` (group -> people by level; every group names the same levels).

    `minimum`: 2 or more people. `by_lot`: the groups that a lot, drawn without looking at any rating and told to nobody,
    has put with the others. Groups without anyone are left out.
    """
    groups = {name: levels for name, levels in table.items() if sum(levels)}
    whole = _together(groups.values())
    if sum(whole) < minimum:
        return Figures()
    fine = _finest(whole, minimum)
    coarse = _two_classes(whole, fine)
    alone = _shown_alone(groups, coarse, minimum, by_lot) if coarse and len(groups) > 1 else frozenset()
    if not alone:
        return Figures(_row(whole, fine))
    others = _together(levels for name, levels in groups.items() if name not in alone)
    return Figures(
        _row(whole, fine),
        {name: _row(groups[name], coarse) for name in sorted(alone)},
        _row(others, coarse) if others else (),
    )


def _finest(levels: Levels, minimum: int) -> tuple[Span, ...]:
    """The most classes of neighbouring levels that hold `minimum` people each; of several such, the one that joins lower
    levels. (To take the most even of them would tell more than its numbers: 3, 4 + 0, 2 for a minimum of 2.)"""
    one_each = tuple(Span(place, place) for place in range(len(levels)))
    allowed = [spans for spans in _joined(one_each) if min(_counts(levels, spans)) >= minimum]
    return max(allowed, key=lambda spans: (len(spans), spans))


def _two_classes(levels: Levels, spans: Sequence[Span]) -> tuple[Span, ...]:
    """The most even two classes that can be made of `spans`; empty where there is only one. Chosen by numbers that are
    published anyway, so that the choice tells nothing."""
    pairs = [pair for pair in _joined(spans) if len(pair) == 2]
    return max(pairs, key=lambda pair: (min(_counts(levels, pair)), pair), default=())


def _joined(spans: Sequence[Span]) -> Iterator[tuple[Span, ...]]:
    """Every way to count neighbours among `spans` together, from all as one to each for itself."""
    for kept in range(len(spans)):
        for cuts in combinations(range(1, len(spans)), kept):
            edges = (0, *cuts, len(spans))
            yield tuple(Span(spans[start].first, spans[end - 1].last) for start, end in pairwise(edges))


def _shown_alone(
    groups: Mapping[str, Levels], classes: Sequence[Span], minimum: int, by_lot: Collection[str]
) -> frozenset[str]:
    """The groups that may be shown alone in these classes."""
    alone = {name for name, levels in groups.items() if min(_counts(levels, classes)) >= minimum and name not in by_lot}
    smallest_first = sorted(alone, key=lambda name: (sum(groups[name]), name))
    for name in smallest_first:
        if _may_stand_as_one([levels for name, levels in groups.items() if name not in alone], classes, minimum):
            break
        alone.remove(name)
    return frozenset(alone)


def _may_stand_as_one(groups: Sequence[Levels], classes: Sequence[Span], minimum: int) -> bool:
    """Whether these groups may be published as one. None at all may."""
    if not groups:
        return True
    together = _together(groups)
    largest = max(sum(levels) for levels in groups)
    return min(_counts(together, classes)) >= minimum and sum(together) - largest >= minimum


def _together(groups: Collection[Levels] | Iterator[Levels]) -> list[int]:
    return [sum(column) for column in zip(*groups, strict=True)]


def _counts(levels: Levels, spans: Sequence[Span]) -> list[int]:
    return [sum(levels[span.first : span.last + 1]) for span in spans]


def _row(levels: Levels, spans: Sequence[Span]) -> Row:
    return tuple(Cell(span, people) for span, people in zip(spans, _counts(levels, spans), strict=True))
