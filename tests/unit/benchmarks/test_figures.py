"""The benchmark's arithmetic and its load generator, on real sockets and without a clock to beat."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.figures import Figure, Round, median_ratio, percentile
from benchmarks.load import LoadError, interleave, run_round
from benchmarks.promises import PROMISES, measured, unmeasured


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([1.0], 0.99, 1.0),
        ([4.0, 1.0, 3.0, 2.0], 0.5, 2.0),
        ([float(one) for one in range(1, 101)], 0.99, 99.0),
        ([float(one) for one in range(1, 101)], 0.5, 50.0),
        ([float(one) for one in range(1, 1001)], 0.999, 999.0),
        ([1.0] * 98 + [7.0, 9.0], 0.99, 7.0),
        ([1.0, 2.0, 3.0], 0.0, 1.0),
        ([1.0, 2.0, 3.0], 1.0, 3.0),
    ],
)
def test_a_percentile_is_the_smallest_value_that_share_does_not_exceed(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == expected


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


def test_a_drift_of_the_whole_machine_falls_out_of_a_ratio_taken_pair_by_pair() -> None:
    bare = [100.0, 50.0, 10.0]  # it gets slower and slower
    assert median_ratio([50.0, 25.0, 5.0], bare) == 0.5


def test_one_disturbed_pair_does_not_move_the_ratio() -> None:
    assert median_ratio([50.0, 1.0, 50.0], [100.0, 100.0, 100.0]) == 0.5


def test_a_ratio_wants_pairs() -> None:
    with pytest.raises(ValueError, match="pairs"):
        median_ratio([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="pairs"):
        median_ratio([], [])


def test_a_goal_is_met_on_its_own_side_of_the_line() -> None:
    assert measured("submit", 0.5).verdict == "met"
    assert measured("submit", 0.49).verdict == "missed"
    assert measured("autosave p99", 50.0).verdict == "met"
    assert measured("autosave p99", 50.1).verdict == "missed"
    assert measured("inbox", float("inf")).verdict == "missed"
    assert unmeasured("replay", "no Java").verdict == "not measured"
    assert Figure("told for comparison", 3.0, "ms").verdict is None


def test_every_promise_has_a_goal_and_a_name_of_its_own() -> None:
    assert all(one.goal is not None and one.value is None for one in PROMISES.values())
    assert len({one.name for one in PROMISES.values()}) == len(PROMISES)


def test_a_rate_counts_answers_over_the_time_to_the_last() -> None:
    assert Round(2.0, [0.1] * 10).rate == 5.0
    assert Round(0.0, []).rate == 0.0


def test_lanes_take_turns_backwards_each_second_time_and_the_first_time_is_left_out() -> None:
    order: list[str] = []

    def lane(name: str) -> Round:
        order.append(name)
        return Round(1.0, [float(len(order))])

    found = interleave({"a": lambda: lane("a"), "b": lambda: lane("b")}, rounds=2)
    assert order == ["b", "a", "a", "b", "b", "a"]
    assert [one.latencies for one in found["a"]] == [[3.0], [6.0]]
    assert [one.latencies for one in found["b"]] == [[4.0], [5.0]]


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"x" * 100_000 if self.path == "/long" else b"short"
        self.send_response(404 if self.path == "/gone" else 200)
        if self.path != "/endless":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def _served() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Asker:
    """Asks for some paths, then has nothing left."""

    def __init__(self, *paths: str) -> None:
        self._paths = list(paths)
        self.bodies: list[int] = []

    def request(self) -> bytes | None:
        return f"GET {self._paths.pop(0)} HTTP/1.1\r\nHost: x\r\n\r\n".encode() if self._paths else None

    def answered(self, status: int, head: bytes, body: bytes) -> None:
        self.bodies.append(len(body))


def test_a_round_ends_when_nobody_has_anything_left_and_counts_every_answer() -> None:
    askers = [_Asker("/a", "/long", "/gone"), _Asker("/long"), _Asker()]
    with _served() as port:
        found = run_round(port, askers, seconds=30)
    assert found.statuses == {200: 3, 404: 1}
    assert len(found.latencies) == 4
    assert [asker.bodies for asker in askers] == [[5, 100_000, 5], [100_000], []]


def test_a_round_ends_with_its_time() -> None:
    class Endless(_Asker):
        def request(self) -> bytes:
            return b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

    with _served() as port:
        found = run_round(port, [Endless()], seconds=0.05)
    assert 0.05 <= found.seconds < 20
    assert found.statuses[200] == len(found.latencies) > 0


def test_an_answer_without_a_length_is_no_measurement() -> None:
    with _served() as port, pytest.raises(LoadError, match="without a length"):
        run_round(port, [_Asker("/endless")], seconds=1)
