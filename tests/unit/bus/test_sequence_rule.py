"""The sequence rule by itself: whatever the order and however often, each event is applied once and in order."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.bus.port import Received, TopicPartition
from shared.inbox.reading import Item, read
from shared.inbox.streams import Streams, Verdict
from tests.support.bus import APPLIERS, message

KEY = UUID(int=7)
COMPACTED = frozenset({"accord.results"})


def _item(sequence: int) -> Item:
    sent = message(KEY, sequence)
    return read(Received(TopicPartition(sent.topic, 0), sequence, sent), APPLIERS)


def _deliver(streams: Streams, sequences: list[int]) -> list[int]:
    """Sequences in the order applied, what waited included."""
    applied: list[int] = []
    for sequence in sequences:
        item = _item(sequence)
        verdict = streams.judge(item)
        if verdict is Verdict.APPLY:
            applied.append(sequence)
            streams.reach(item.stream, sequence)
        elif verdict is Verdict.WAIT:
            streams.park(item.stream, sequence)
        while streams.released():
            following = streams.last[item.stream] + 1
            streams.parked[item.stream].remove(following)
            applied.append(following)
            streams.reach(item.stream, following)
    return applied


@st.composite
def _shuffled_with_duplicates(draw: st.DrawFn) -> list[int]:
    count = draw(st.integers(1, 12))
    every = list(range(1, count + 1))
    again = draw(st.lists(st.sampled_from(every), max_size=10))
    return draw(st.permutations(every + again))


@given(_shuffled_with_duplicates())
def test_any_order_ends_in_the_one_order(sequences: list[int]) -> None:
    assert _deliver(Streams(frozenset()), sequences) == list(range(1, max(sequences) + 1))


@given(_shuffled_with_duplicates())
def test_a_compacted_topic_goes_forward_only_and_ends_at_the_newest(sequences: list[int]) -> None:
    applied = _deliver(Streams(COMPACTED), sequences)
    assert applied == sorted(set(applied))
    assert applied[-1] == max(sequences)


@given(st.integers(1, 50), st.integers(1, 50))
def test_verdicts(reached: int, sequence: int) -> None:
    stream = _item(1).stream
    verdict = Streams(frozenset(), last={stream: reached}).judge(_item(sequence))
    if sequence <= reached:
        assert verdict is Verdict.DUPLICATE
    elif sequence == reached + 1:
        assert verdict is Verdict.APPLY
    else:
        assert verdict is Verdict.WAIT


def test_a_fault_is_poison_once() -> None:
    item = _item(1)
    broken = Item(item.received, item.envelope, None, "it is broken")
    streams = Streams(frozenset())
    assert streams.judge(broken) is Verdict.POISON
    streams.park(broken.stream, 1)
    assert streams.judge(broken) is Verdict.DUPLICATE
    assert streams.judge(_item(2)) is Verdict.WAIT
    assert streams.released() == []
