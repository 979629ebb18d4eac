"""Reading a mapping of a document by name and type. What doesn't fit is noted and a stand-in returned, so that reading
goes on and one look shows every finding; a document with findings is never built."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

from services.evaluation.core.agreements import document as tree
from services.evaluation.core.agreements.findings import Findings

T = TypeVar("T")
ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,8})")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,9})?")
TEXT_LIMIT = 2000
_READ_AS = {"int": "a number", "float": "a number", "bool": "yes or no", "null": "nothing", "timestamp": "a date"}


class Fields:
    """A mapping at `path`. Names that are neither required nor optional are refused, missing required ones noted."""

    def __init__(
        self,
        at: tree.Tree,
        path: str,
        findings: Findings,
        *,
        required: tuple[str, ...],
        optional: tuple[str, ...] = (),
    ) -> None:
        self.path = path
        self.findings = findings
        self._items = _mapping(at, path, findings)
        known = (*required, *optional)
        for name in self._items:
            if name not in known:
                self._note(name, f"{name[:60]} is not known here", f"Known here: {', '.join(known)}.")
        if isinstance(at, tree.Mapping):
            for name in required:
                if name not in self._items:
                    findings.add(path, f"{name} is missing", "Add it.")

    def __contains__(self, name: str) -> bool:
        return name in self._items

    def at(self, name: str) -> str:
        """The path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def part(self, name: str) -> tree.Tree | None:
        """The part as it is; None where it is absent."""
        return self._items.get(name)

    def belongs(self, names: tuple[str, ...], to: str) -> None:
        """Note each of `names` that stands here although it belongs to something else."""
        for name in names:
            if name in self:
                self._note(name, f"{name} belongs to {to}", "Remove it.")

    def text(self, name: str) -> str:
        """Words; "" where absent or refused."""
        return self._text(self._items.get(name), self.at(name))

    def id(self, name: str) -> str:
        """A name others refer to; "" where absent or refused."""
        return self._id(self._items.get(name), self.at(name))

    def optional_id(self, name: str) -> str | None:
        return self.id(name) if name in self else None

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if name in self else None

    def choice(self, name: str, among: tuple[str, ...]) -> str:
        """One of a few words; the first of them where absent or refused."""
        if name not in self:
            return among[0]
        word = self.text(name)
        if word and word not in among:
            self._note(name, f"{word[:60]} is not known here", f"Use one of: {', '.join(among)}.")
        return word if word in among else among[0]

    def flag(self, name: str, *, default: bool) -> bool:
        """true or false."""
        if name not in self:
            return default
        scalar = self._items[name]
        if not isinstance(scalar, tree.Scalar) or scalar.tag != "bool" or scalar.text not in ("true", "false"):
            self._note(name, "this is neither true nor false", "Write true or false.")
            return default
        return scalar.text == "true"

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`; `low` where absent or refused."""
        if name not in self:
            return low
        return self._whole(self._items[name], self.at(name), low, high)

    def decimal(self, name: str) -> Decimal:
        """An exact number: whole and bare, or in quotes with its places; 0 where absent or refused."""
        if name not in self:
            return Decimal(0)
        scalar = self._items[name]
        if isinstance(scalar, tree.Scalar) and scalar.tag == "float":
            self._note(
                name,
                f"{scalar.text[:60]} is read as a binary fraction, which is not exact",
                f'Write it in quotes: "{scalar.text[:60]}".',
            )
        elif (
            not isinstance(scalar, tree.Scalar)
            or scalar.tag not in ("int", "str")
            or not DECIMAL.fullmatch(scalar.text)
        ):
            self._note(
                name, "this is no decimal number", 'Write a whole number, or a decimal in quotes such as "2.50".'
            )
        else:
            return Decimal(scalar.text)
        return Decimal(0)

    def optional_decimal(self, name: str) -> Decimal | None:
        return self.decimal(name) if name in self else None

    def date(self, name: str) -> date:
        """A calendar day such as 2026-09-01; the first of all days where absent or refused."""
        scalar = self._items.get(name)
        try:
            if isinstance(scalar, tree.Scalar) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", scalar.text):
                return date.fromisoformat(scalar.text)
        except ValueError:
            pass
        if scalar is not None:
            self._note(name, "this is no date", "Write year, month and day: 2026-09-01.")
        return date.min

    def ids(self, name: str) -> tuple[str, ...]:
        """A list of names, each once."""
        names = self.each(name, lambda item, path, _: self._id(item, path))
        for index, one in enumerate(names):
            if one and one in names[:index]:
                self.findings.add(f"{self.at(name)}[{index}]", f"{one} stands here twice", "Name it once.")
        return names

    def items(self, name: str) -> list[tuple[tree.Tree, str]]:
        """The items of a list with their paths; none where it is absent."""
        found = self._items.get(name)
        if found is None:
            return []
        if not isinstance(found, tree.Sequence):
            self._note(name, "this is no list", "Write each item on its own line after a dash.")
            return []
        return [(item, f"{self.at(name)}[{index}]") for index, item in enumerate(found.items)]

    def each(self, name: str, read: Callable[[tree.Tree, str, Findings], T]) -> tuple[T, ...]:
        """A list whose items are read by `read`; refused where it is there and empty."""
        items = self.items(name)
        if not items and isinstance(self._items.get(name), tree.Sequence):
            self._note(name, "the list is empty", "Add an item, or leave the name out if it may be left out.")
        return tuple(read(item, path, self.findings) for item, path in items)

    def counts(self, name: str) -> Mapping[str, int]:
        """Name -> how many, 1 to 100."""
        return {key: self._whole(value, f"{self.at(name)}.{key}", 1, 100) for key, value in self.named(name).items()}

    def texts(self, name: str) -> Mapping[str, str]:
        """Name -> words."""
        return {key: self._text(value, f"{self.at(name)}.{key}") for key, value in self.named(name).items()}

    def named(self, name: str) -> Mapping[str, tree.Tree]:
        """Parts under names of the document's own; none where it is absent."""
        found = self._items.get(name)
        return {} if found is None else _mapping(found, self.at(name), self.findings)

    def _whole(self, scalar: tree.Tree, path: str, low: int, high: int) -> int:
        if not isinstance(scalar, tree.Scalar) or scalar.tag != "int" or not WHOLE.fullmatch(scalar.text):
            self.findings.add(path, "this is no whole number", f"Write a number from {low} to {high}.")
        elif not low <= int(scalar.text) <= high:
            self.findings.add(path, f"{scalar.text} is not from {low} to {high}", "Correct the number.")
        else:
            return int(scalar.text)
        return low

    def _id(self, scalar: tree.Tree | None, path: str) -> str:
        text = self._text(scalar, path)
        if text and not ID.fullmatch(text):
            self.findings.add(
                path,
                f"{text[:60]!r} can't be a name",
                "Start with a letter; go on with letters, digits, dots, dashes and underscores, 64 at most.",
            )
            return ""
        return text

    def _text(self, scalar: tree.Tree | None, path: str) -> str:
        if scalar is None:
            return ""
        if not isinstance(scalar, tree.Scalar):
            self.findings.add(
                path, "words are meant here, not a list or a mapping", "Write them on one line, or after >-."
            )
        elif scalar.tag != "str":
            self.findings.add(
                path,
                f"{scalar.text[:60] or 'an empty value'} is read as {_READ_AS[scalar.tag]}, and words are meant here",
                f'Write it in quotes: "{scalar.text[:60]}".' if scalar.text else "Write the words, or remove the name.",
            )
        elif not scalar.text.strip():
            self.findings.add(path, "there are no words here", "Write them, or remove the name.")
        elif len(scalar.text) > TEXT_LIMIT:
            self.findings.add(path, f"{len(scalar.text)} characters are too many", f"Keep to {TEXT_LIMIT}.")
        else:
            return scalar.text
        return ""

    def _note(self, name: str, what: str, remedy: str) -> None:
        self.findings.add(self.at(name), what, remedy)


def _mapping(at: tree.Tree, path: str, findings: Findings) -> Mapping[str, tree.Tree]:
    if isinstance(at, tree.Mapping):
        return at.items
    findings.add(path, "names with values are meant here", "Write each as `name: value` on a line of its own.")
    return {}
