"""The lines of an observation as they are typed: a field each for the words, the time and the components.

Line 3 has the fields text-3, at-3 ("10:05") and for-3 ("C1 SG3.1"). A component may also be named in the words with a
slash before it, "/C1" or "/1"; static/script.js reads the same sign while one types.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache

from services.evaluation.core.domain.commands import LINE_LIMIT, NOTES_LIMIT
from services.evaluation.core.domain.evaluation import Note
from services.evaluation.core.web.local_time import NoSuchTimeError, moment_of, typed_time

FIRST_LINES = 8
"""Lines of an empty script, for those who type without JavaScript."""
MORE_LINES = 8
_FIELD = re.compile(r"(text|at|for)-([1-9][0-9]{0,2})")
_SIGN = re.compile(r"(?<!\S)/([A-Za-z0-9.]{1,64})(?!\S)[ \t]?")
_WORDS = re.compile(r"[\s,;/]+")


@dataclass(frozen=True)
class Line:
    """A line as it stands in the form."""

    number: int
    text: str = ""
    at: str = ""
    components: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.text.strip() or self.components.strip())


class Components:
    """Finds the component that somebody means: by its id, however written, or by its number alone where that is enough."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._by_word: dict[str, str | None] = {}
        known = list(ids)
        for one in known:
            number = _plain(one).lstrip("abcdefghijklmnopqrstuvwxyz")
            if number:
                self._by_word[number] = None if number in self._by_word else one
        self._by_word |= {_plain(one): one for one in known}

    def find(self, word: str) -> str | None:
        found = self._by_word.get(word.casefold())
        return found if found is not None else self._by_word.get(_plain(word))


@lru_cache(maxsize=64)
def components_of(ids: tuple[str, ...]) -> Components:
    """The components of an instrument, found by word; made once for each instrument."""
    return Components(ids)


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.casefold())


def is_line_field(name: str) -> bool:
    """Whether a posted field belongs to a line."""
    return _FIELD.fullmatch(name) is not None


def lines_of(fields: Mapping[str, object]) -> list[Line]:
    """The lines that a form's fields hold, in order, empty ones between them included."""
    found: dict[int, dict[str, str]] = {}
    for name, value in fields.items():
        match = _FIELD.fullmatch(name)
        if match is not None:
            text = " ".join(value) if isinstance(value, list) else str(value or "")
            found.setdefault(int(match[2]), {})[match[1]] = text
    return [
        Line(number, parts.get("text", ""), parts.get("at", ""), parts.get("for", ""))
        for number, parts in sorted(found.items())
    ]


def lines_shown(fields: Mapping[str, object], *, more: int = 0) -> list[Line]:
    """The lines to show, numbered from 1 without gaps, with some empty ones at the end, and `more` where asked for."""
    filled = {line.number: line for line in lines_of(fields)}
    last = max((line.number for line in filled.values() if not line.is_empty), default=0)
    spare = 2 if last >= FIRST_LINES else FIRST_LINES - last
    count = max(last, min(NOTES_LIMIT, max([last + spare + more, *filled])))
    return [filled.get(number, Line(number)) for number in range(1, count + 1)]


def fields_of(notes: Sequence[Note], zone: str) -> dict[str, str]:
    """Stored notes as the fields of a form."""
    fields: dict[str, str] = {}
    for number, note in enumerate(notes, 1):
        fields[f"text-{number}"] = note.text
        fields[f"at-{number}"] = typed_time(note.at, zone) if note.at else ""
        fields[f"for-{number}"] = " ".join(note.components)
    return fields


@dataclass(frozen=True)
class Read:
    """What the lines come to. `faults`: field -> (code, what was typed there)."""

    notes: tuple[Note, ...]
    faults: Mapping[str, tuple[str, str]]


def read_lines(lines: Iterable[Line], *, day: date, zone: str, components: Components, order: Sequence[str]) -> Read:
    """Notes of the lines that hold words. Codes of faults: line_too_long, time_unreadable, no_such_component.

    `order`: component ids in the instrument's order, in which a note names its own.
    """
    notes: list[Note] = []
    faults: dict[str, tuple[str, str]] = {}
    for line in lines:
        text, tagged = signs_of(line.text, components)
        for word in filter(None, _WORDS.split(line.components)):
            component = components.find(word)
            if component is None:
                faults[f"for-{line.number}"] = ("no_such_component", word[:64])
            else:
                tagged.add(component)
        if not text.strip():
            continue
        if len(text) > LINE_LIMIT:
            faults[f"text-{line.number}"] = ("line_too_long", str(len(text)))
        try:
            at = moment_of(day, time.fromisoformat(line.at.strip()), zone) if line.at.strip() else None
        except (ValueError, NoSuchTimeError):
            at = None
            faults[f"at-{line.number}"] = ("time_unreadable", line.at[:20])
        notes.append(Note(text.strip(), at, tuple(one for one in order if one in tagged)))
    return Read(tuple(notes), faults)


def signs_of(text: str, components: Components) -> tuple[str, set[str]]:
    """The words without the signs that name a component, and the components named. Other slashes stay as they are."""
    tagged: set[str] = set()
    if "/" not in text:
        return text.strip(" \t"), tagged

    def take(match: re.Match[str]) -> str:
        component = components.find(match[1])
        if component is None:
            return match[0]
        tagged.add(component)
        return ""

    return _SIGN.sub(take, text).strip(" \t"), tagged
