"""Ctrl-C waits where it would break something, and nowhere else."""

import signal
from collections.abc import Iterator

import pytest

from accord.interrupts import Interrupts


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    found = Interrupts()
    found.listen()
    yield found
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_at_once_where_nothing_is_held(interrupts: Interrupts, number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


def test_held_to_the_place_that_may_end(interrupts: Interrupts) -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt), interrupts.held():
        signal.raise_signal(signal.SIGINT)
        reached.append("the statement's end")
        interrupts.raise_if_came()
        reached.append("further")
    assert reached == ["the statement's end"]


def test_held_to_the_end_of_the_block(interrupts: Interrupts) -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt):
        with interrupts.held():
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
            reached.append("its end")
        reached.append("further")
    assert reached == ["its end"]
    interrupts.raise_if_came()  # once for both


def test_what_fails_while_held_is_told_as_it_is(interrupts: Interrupts) -> None:
    with pytest.raises(ValueError, match="its own"), interrupts.held():
        raise ValueError("its own")
