"""Reading on while what was read is being applied, so that the broker and the database are waited for at the same time."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from shared.bus.port import Received, Subscriber, TopicPartition
from shared.inbox.reading import Item

_MOST, _MANY = 5_000, 500
"""Messages of a run at most; and how many in one answer of the broker say that there are more."""
_RUNS = 2
"""Runs that are read ahead where there is much to read; none where nothing comes."""
_SECONDS = 0.1


class ReadAhead:
    """A subscriber whose one thread it keeps, and which reads ahead of what is asked for.

    `read`: what a message turns out to be. Every method raises BusUnavailableError.
    """

    def __init__(self, subscriber: Subscriber, read: Callable[[Received], Item]) -> None:
        self._subscriber = subscriber
        self._read = read
        self._thread = ThreadPoolExecutor(1, "reader")
        self._ahead: deque[Future[list[Item]]] = deque()

    def assign(self, positions: Mapping[TopicPartition, int]) -> None:
        """Read from there on; what was read ahead is forgotten."""
        self._forget()
        self._thread.submit(self._subscriber.assign, positions).result()

    def next(self) -> list[Item]:
        """The next run, an empty one where nothing has come for a moment."""
        if not self._ahead:
            self._begin()
        items = self._ahead.popleft().result()
        while items and len(self._ahead) < _RUNS:
            self._begin()
        return items

    def _begin(self) -> None:
        self._ahead.append(self._thread.submit(self._poll))

    def _poll(self) -> list[Item]:
        received = self._subscriber.poll(_SECONDS, _MOST)
        while _MANY <= len(received) < _MOST and (more := self._subscriber.poll(_SECONDS, _MOST - len(received))):
            received += more
        return [self._read(one) for one in received]

    def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return self._thread.submit(self._subscriber.end_offsets, places).result()

    def log_ids(self, topics: Sequence[str]) -> dict[str, str]:
        return self._thread.submit(self._subscriber.log_ids, topics).result()

    def close(self) -> None:
        self._forget()
        self._thread.shutdown()
        self._subscriber.close()

    def _forget(self) -> None:
        for run in self._ahead:
            run.cancel()
        self._ahead.clear()
