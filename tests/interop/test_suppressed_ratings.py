"""Real counts of teachers by rating, from which states had left out small numbers: subtraction brought them back.

The compiler of the data says so himself (codebook: New Jersey and Louisiana). Here districts stand for the schools of one
district, eight at a time. The attack recovers numbers from the usual blanks, and none from what this service publishes.
"""

import csv
import gzip
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from services.reporting.suppression import publish
from tests.support.attacks import blanks, solved, subtracted

DATA = Path(__file__).resolve().parents[3] / "shared/data/teacher-evaluation-db/evaluationDB.csv.gz"
LEVELS = [f"count_level{level}" for level in range(1, 5)]
MINIMUM = 10
Groups = dict[str, list[int]]


def counted(state: str, year: str) -> Iterator[tuple[str, list[int]]]:
    if not DATA.is_file():
        pytest.skip("The collected ratings of real districts are not there: they lie beside the repository.")
    with gzip.open(DATA, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if (row["state"], row["year"]) == (state, year) and "NA" not in {row[level] for level in LEVELS}:
                yield row["localid"], [int(float(row[level])) for level in LEVELS]


def by_eight(state: str, year: str) -> list[Groups]:
    rows = counted(state, year)
    found = []
    while some := dict(islice(rows, 8)):
        found.append(some)
    return found


@pytest.mark.parametrize(("state", "year"), [("NJ", "2014"), ("NJ", "2016"), ("MA", "2016"), ("RI", "2019")])
def test_subtraction_finds_nothing(state: str, year: str) -> None:
    tables = by_eight(state, year)
    assert len(tables) >= 7
    left_out = sum(people < MINIMUM for groups in tables for levels in groups.values() for people in levels)
    recovered = sum(len(subtracted(blanks(groups, MINIMUM, ()), groups)) for groups in tables)
    assert recovered > left_out / 5, "the attack is expected to succeed on blanks"
    for place, groups in enumerate(tables):
        lots = set(list(groups)[:: place % 5 + 2])
        for figures in (publish(groups, MINIMUM), publish(groups, MINIMUM, lots)):
            assert subtracted(figures, groups) == []
            assert solved(figures, groups) == []


def test_something_is_still_told() -> None:
    """Not by publishing nothing: most of New Jersey's people are in a figure by level, many districts in one of their own."""
    people = split = alone = districts = 0
    for groups in by_eight("NJ", "2016"):
        figures = publish(groups, MINIMUM)
        people += sum(map(sum, groups.values()))
        split += sum(cell.people for cell in figures.whole) if len(figures.whole) > 1 else 0
        districts += len(groups)
        alone += len(figures.groups)
    assert split > 0.95 * people
    assert alone > 0.25 * districts
