"""The clients of the load generator: who reads a page, saves as they type, sends an observation, or uses the bare application."""

import json
import re
import secrets
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from accord.demo.evaluations import ZONE
from benchmarks.district import Open
from benchmarks.visitor import Visitor
from shared.clock import now

_REVISION = re.compile(rb'"revision" ?: ?(\d+)')
LINES = (
    ("She asks for a second way to solve it and waits until three hands are up.", "C2"),
    ("Two groups compare their drafts against the criteria on the board.", "C1 SG3.1"),
    ("A pupil explains the graph to a neighbour in Spanish, then to the class in English.", "C3"),
    ("The exit question is read aloud; everyone writes for two minutes.", "C6"),
    ("He names what was better than last week before he names what is missing.", "C5"),
    ("Materials for three levels lie ready; pupils choose and say why.", "C3 SG3.2"),
    ("A quarrel over a chair is settled with a glance and one sentence.", "C5"),
    ("The goal of the lesson is said at the start and asked for at the end.", "C1"),
    ("Four pupils have not spoken by minute twenty; she calls on two of them.", "C2"),
    ("The lab sheet is collected and sorted into three piles while the class packs up.", "C6 SG6.1"),
    ("The aide knows which two pupils to sit with and what they are to reach.", "C8"),
    ("Homework follows from the exit question, not from the page after.", "C4"),
)
"""Twelve lines of an observation: words, and the components they are evidence for."""
STRENGTHS = "You wait for thought, and the class has learned to use the wait. " * 3
NEXT_STEPS = (
    "Plan now which four pupils you will hear from first, and how you will know that they have understood. " * 2
)


class BarePoster:
    """One INSERT and COMMIT after another, with a body as long as a line of an observation."""

    def __init__(self) -> None:
        body = urlencode({"title": "Observation", "body": LINES[2][0] * 2}).encode()
        head = "POST /notes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        self._request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def request(self) -> bytes:
        return self._request

    def answered(self, status: int, head: bytes, body: bytes) -> None: ...


class Reader:
    """Asks for the same pages in turn."""

    def __init__(self, requests: Iterable[bytes]) -> None:
        self._requests = cycle(requests)

    def request(self) -> bytes:
        return next(self._requests)

    def answered(self, status: int, head: bytes, body: bytes) -> None: ...


def bare_readers(clients: int, rows: int) -> list[Reader]:
    """Each asks for rows of its own, spread over the table."""
    step = max(1, rows // 97)
    return [
        Reader(
            f"GET /notes/{number} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
            for number in range(1 + client, rows, step)
        )
        for client in range(clients)
    ]


class Autosaver:
    """Types on in one line of an observation; each save carries the line as it has grown, as draft.js sends it."""

    def __init__(self, visitor: Visitor, person_id: UUID) -> None:
        self._visitor = visitor
        self._path = f"/teacher/drafts/observation:{secrets.token_hex(8)}"
        self._sent = {
            "resolved": [],
            "tab": secrets.token_hex(6),
            "person": str(person_id),
            "once": secrets.token_hex(8),
        }
        self._revision = self._count = 0

    def request(self) -> bytes:
        self._count += 1
        line = self._count // 10 % len(LINES)
        words = LINES[line][0][: 8 + 7 * (self._count % 10)]
        sent = {"base": self._revision, "fields": {f"text-{line + 1}": words}, **self._sent}
        return self._visitor.put_json(self._path, json.dumps(sent).encode())

    def answered(self, status: int, head: bytes, body: bytes) -> None:
        found = _REVISION.search(body)
        if found is not None:
            self._revision = int(found[1])


@dataclass(frozen=True)
class Sending:
    """An observation that is ready to be sent: which, by whom, on which version."""

    open: Open
    visitor: Visitor
    version: int


class Submitter:
    """Sends observations until the pile it shares with the others is empty. `sent`: those that were answered with 303."""

    def __init__(self, pile: deque[Sending], sent: list[Open]) -> None:
        self._pile = pile
        self._sent = sent
        self._under_way: Open | None = None

    def request(self) -> bytes | None:
        if not self._pile:
            return None
        one = self._pile.popleft()
        self._under_way = one.open
        path = f"/teacher/evaluations/{one.open.evaluation_id}/occasions/{one.open.occasion_id}"
        fields = observation_fields((now() - one.open.ago).astimezone(ZoneInfo(ZONE))) | {
            "version": str(one.version),
            "once": secrets.token_urlsafe(16),
            "draft": f"observation:{one.open.occasion_id}",
            "draft_revision": "0",
            "page": f"{path}/observation",
            "do": "send",
        }
        return one.visitor.post_form(f"{path}/feedback", fields)

    def answered(self, status: int, head: bytes, body: bytes) -> None:
        if status == 303 and self._under_way is not None:
            self._sent.append(self._under_way)


def observation_fields(held_from: datetime) -> dict[str, str]:
    """The form of an observation of twelve items, filled in."""
    fields = {"day": held_from.date().isoformat(), "begins": "10:00", "ends": "10:45"}
    for number, (words, components) in enumerate(LINES, start=1):
        fields |= {f"text-{number}": words, f"at-{number}": f"10:{3 * number:02d}", f"for-{number}": components}
    return fields | {"strengths": STRENGTHS, "next_steps": NEXT_STEPS}


def piled(waiting: Sequence[Open], visitors: Mapping[UUID, Visitor], versions: Mapping[UUID, int]) -> Iterator[Sending]:
    """`waiting` as they can be sent now; of one evaluation only the first, whose version is the one named."""
    taken: set[UUID] = set()
    for one in waiting:
        if one.evaluation_id not in taken and one.evaluator_id in visitors:
            taken.add(one.evaluation_id)
            yield Sending(one, visitors[one.evaluator_id], versions[one.evaluation_id])
