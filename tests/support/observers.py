"""Evaluators who send what they saw, one observation after another, and press again whenever nothing came back.

Each works as in a browser: opens the observation, fills it in, checks it, sends it. The form that is sent carries the
key `once`; where the connection is lost or the answer is 5xx, the very same bytes are sent again until there is an answer.
"""

import http.client
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from accord.demo.evaluations import ZONE
from benchmarks.district import Open
from shared.clock import now
from tests.support.visitor import Page, Visitor

_PATIENCE = 90.0
_TWICE = 0.1
"""How often somebody presses once more although the answer has come."""
_SEEN = (("Three hands are up before she calls on anyone.", "C2"), ("Groups compare drafts with the criteria.", "C1"))


class Observer(threading.Thread):
    """One evaluator at work. `acknowledged`: what was answered with 303, and when that observation was first sent."""

    def __init__(self, port: int, username: str, password: str, pile: Sequence[Open], pause: float) -> None:
        super().__init__(name=username)
        self.acknowledged: list[tuple[Open, float, float]] = []
        """Which, when it was first sent, when it was acknowledged; seconds of time.monotonic."""
        self.repeats = self.resent = self.pressed_twice = 0
        """Requests sent again because nothing came back; submissions among them; presses after the answer had come."""
        self.strange: list[str] = []
        """Answers that are neither an acknowledgement nor a reason to press again; there must be none."""
        self.is_done = False
        self._pile, self._pause = pile, pause
        self._chance = random.Random(username)
        self._stop_asked = threading.Event()
        self._visitor = Visitor(port)
        self._visitor.sign_in(username, password)
        self._typed = {"begins": "10:00", "ends": "10:45", "strengths": "You wait."}
        for number, (words, components) in enumerate(_SEEN, start=1):
            self._typed |= {f"text-{number}": words, f"for-{number}": components}

    def run(self) -> None:
        for one in self._pile:
            if self._stop_asked.wait(self._chance.uniform(0.5, 1.5) * self._pause):
                return
            try:
                self._observe(one)
            except Exception as error:
                self.strange.append(f"{self.name}: {error!r}")
                return
        self.is_done = True

    def sent_since(self, moment: float) -> bool:
        """Whether something sent after that moment has been acknowledged."""
        return bool(self.acknowledged) and self.acknowledged[-1][1] > moment

    def finish(self) -> None:
        """Let the observation under way be finished, and stop."""
        self._stop_asked.set()
        self.join()

    def _observe(self, one: Open) -> None:
        path = f"/teacher/evaluations/{one.evaluation_id}/occasions/{one.occasion_id}/observation"
        page = self._patiently(lambda: self._visitor.open(path))
        form = page.form("/observation")
        day = (now() - one.ago).astimezone(ZoneInfo(ZONE)).date().isoformat()
        check = self._patiently(
            lambda: self._visitor.send(form, page=page, button="Check, then send", day=day, **self._typed)
        )
        target, body = self._visitor.filled(check.form("Go back and change it"), page=check, button="Send to")
        assert b"once=" in body, "the form carries no key"
        sent = time.monotonic()
        if self._send(target, body):
            self.acknowledged.append((one, sent, time.monotonic()))
        if self._chance.random() < _TWICE:
            self.pressed_twice += 1
            self._send(target, body)

    def _send(self, target: str, body: bytes) -> bool:
        before = self.repeats
        answer = self._patiently(lambda: self._visitor.post(target, body))
        self.resent += self.repeats - before
        landed = answer.headers.get("location", "")
        if answer.status == 303 and "/occasions/" in landed and "sign-in" not in landed:
            return True
        self.strange.append(f"{self.name}: {answer.status} {landed} {answer.words[:400]}")
        return False

    def _patiently(self, ask: Callable[[], Page]) -> Page:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                answer = ask()
                trouble = f"{answer.status} {answer.words[:200]}"
                if answer.status < 500:
                    return answer
            except (OSError, http.client.HTTPException) as error:
                trouble = repr(error)
            assert time.monotonic() < deadline, f"no answer for {_PATIENCE:.0f} s; the last: {trouble}"
            self.repeats += 1
            time.sleep(0.2)


@contextmanager
def at_work(observers: Sequence[Observer]) -> Iterator[None]:
    """All of them, for the block; each finishes the observation she or he is at."""
    for observer in observers:
        observer.start()
    try:
        yield
    finally:
        for observer in observers:
            observer.finish()
