"""`make bench`: about five minutes on two idle processors; everything happens in a folder that is thrown away."""

import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import report
from benchmarks.figures import Figure
from benchmarks.installation import ROOT
from benchmarks.promises import PROMISES, unmeasured
from benchmarks.run import everything

LONGEST = 360
"""Seconds after which what is under way is given up and the rest told as not measured."""


class TimeIsUpError(Exception):
    """The run has taken too long."""


def main() -> int:
    found: list[Figure] = []
    started = time.monotonic()
    with TemporaryDirectory(prefix="accord-bench-") as folder, _bounded(LONGEST):
        trouble = _carried_out(Path(folder), found.append)
    by_name = {one.name: one for one in found}
    figures = [by_name.get(one.name) or unmeasured(promise, str(trouble)) for promise, one in PROMISES.items()]
    report.show(figures)
    report.write(ROOT / "build" / "bench.json", figures, time.monotonic() - started)
    return 1 if trouble else 0


def _carried_out(folder: Path, tell: Callable[[Figure], None]) -> str | None:
    """None, or why it ended early. What was measured until then stands."""
    try:
        everything(folder, tell)
    except TimeIsUpError:
        return f"the {LONGEST} seconds of a run were over"
    except KeyboardInterrupt:
        return "interrupted"
    except Exception as error:
        traceback.print_exc()
        return f"{type(error).__name__}: {error}".splitlines()[0][:120]
    return None


@contextmanager
def _bounded(seconds: int) -> Iterator[None]:
    def end(_number: int, _frame: object) -> None:
        raise TimeIsUpError

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


if __name__ == "__main__":
    sys.exit(main())
