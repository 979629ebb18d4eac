"""YAML to a plain tree that knows its lines. Data only: no anchors, aliases, tags, merges or repeated keys."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from services.evaluation.core.agreements.findings import AgreementError, Finding

SIZE_LIMIT = 1_000_000
"""Bytes. The largest published system is under a tenth of it; a bigger file is a mistake or an attack."""
DEPTH_LIMIT = 24
VALUES_LIMIT = 50_000
"""Names, values, lists and mappings together: what bounds the time to read a file within the size."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER = yaml.resolver.Resolver()
_SCALAR_TAGS = {f"tag:yaml.org,2002:{name}": name for name in ("str", "int", "float", "bool", "null", "timestamp")}


@dataclass(frozen=True)
class Scalar:
    """Text as written. `tag`: what YAML readers take it for: str, int, float, bool, null or timestamp."""

    text: str
    tag: str


@dataclass(frozen=True)
class Sequence:
    items: "tuple[Tree, ...]"


@dataclass(frozen=True)
class Mapping:
    items: "dict[str, Tree]"


Tree = Scalar | Sequence | Mapping


@dataclass(frozen=True)
class Document:
    """A tree, and the line each path of it starts on ("" is the whole; keys by `.`, places in a list by `[0]`)."""

    file: str
    root: Tree
    lines: dict[str, int]


@dataclass
class _Open:
    """A collection that is being read."""

    path: str
    is_mapping: bool
    line: int
    key: str | None = None
    items: list[Tree] = field(default_factory=list)
    pairs: dict[str, Tree] = field(default_factory=dict)

    def child_path(self) -> str:
        if not self.is_mapping:
            return f"{self.path}[{len(self.items)}]"
        return f"{self.path}.{self.key}" if self.path else str(self.key)

    def put(self, tree: Tree) -> None:
        if self.is_mapping:
            assert self.key is not None, "a value comes after its key"
            self.pairs[self.key], self.key = tree, None
        else:
            self.items.append(tree)

    def closed(self) -> Tree:
        return Mapping(self.pairs) if self.is_mapping else Sequence(tuple(self.items))


class _Refused(Exception):  # noqa: N818 (never leaves this file)
    def __init__(self, line: int, path: str, what: str, remedy: str) -> None:
        super().__init__(what)
        self.finding = (line, path, what, remedy)


def parse(content: bytes, file: str) -> Document:
    """The one YAML document in `content`; `file` is the name that findings show. Raises AgreementError.

    What can't be read at all ends at the first finding, because what follows it would be guessed.
    """
    try:
        if len(content) > SIZE_LIMIT:
            raise _Refused(1, "", f"the file has more than {SIZE_LIMIT} bytes", "Split it, or cut it.")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise _Refused(line, "", "the text is not UTF-8", "Save the file as UTF-8.") from None
        return _build(text, file)
    except _Refused as refused:
        raise AgreementError((Finding(file, *refused.finding),)) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        what = f"this is not YAML: {error.problem or error.context}"
        remedy = "Mend the line, or the one above it: indentation, a missing colon, an unclosed quote or bracket."
        raise AgreementError((Finding(file, line, "", what, remedy),)) from None
    except yaml.reader.ReaderError as error:
        what = "the text holds a character that YAML forbids"
        line = text.count("\n", 0, error.position) + 1
        raise AgreementError((Finding(file, line, "", what, "Remove control characters."),)) from None


def load(path: Path) -> Document:
    """The document in a file; raises AgreementError."""
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        finding = Finding(str(path), 1, "", f"the file can't be read ({error.strerror})", "Check the path.")
        raise AgreementError((finding,)) from None
    return parse(content, str(path))


def _build(text: str, file: str) -> Document:
    lines: dict[str, int] = {}
    stack: list[_Open] = []
    roots: list[Tree] = []
    for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
        assert event.start_mark is not None, "the parser marks every event"
        line = event.start_mark.line + 1
        if count > VALUES_LIMIT:
            raise _Refused(
                line, "", f"the file holds more than {VALUES_LIMIT} names and values", "Split it, or cut it."
            )
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            _place(stack.pop().closed(), stack, roots)
        elif isinstance(event, yaml.NodeEvent):
            _refuse_references(event, stack, line)
            if isinstance(event, yaml.ScalarEvent):
                _scalar(event, line, stack, roots, lines)
            else:
                _open(event, line, stack, lines)
        elif isinstance(event, yaml.DocumentStartEvent) and roots:
            raise _Refused(line, "", "there is a second document in the file", "Keep one document to a file.")
    if not roots:
        raise _Refused(1, "", "the file is empty", "Write the document in it.")
    return Document(file, roots[0], lines)


def _refuse_references(event: yaml.NodeEvent, stack: list[_Open], line: int) -> None:
    path = ""
    if stack:
        path = stack[-1].path if _at_key(stack) else stack[-1].child_path()
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        what = f"the anchor or alias {_short(event.anchor)} is not allowed"
        raise _Refused(line, path, what, "Write the value out where it is meant.")
    tag = getattr(event, "tag", None)
    if tag not in (None, "!"):
        raise _Refused(line, path, f"the tag {_short(tag)} is not allowed", "Leave the tag out; write plain data.")


def _short(text: str | None) -> str:
    return str(text)[:60]


def _at_key(stack: list[_Open]) -> bool:
    return bool(stack) and stack[-1].is_mapping and stack[-1].key is None


def _open(event: yaml.NodeEvent, line: int, stack: list[_Open], lines: dict[str, int]) -> None:
    if _at_key(stack):
        raise _Refused(line, stack[-1].path, "a key is a list or a mapping", "Use a word as the key.")
    if len(stack) >= DEPTH_LIMIT:
        raise _Refused(line, stack[-1].path, f"the nesting is deeper than {DEPTH_LIMIT}", "Flatten the structure.")
    path = stack[-1].child_path() if stack else ""
    lines.setdefault(path, line)
    stack.append(_Open(path, isinstance(event, yaml.MappingStartEvent), line))


def _scalar(event: yaml.ScalarEvent, line: int, stack: list[_Open], roots: list[Tree], lines: dict[str, int]) -> None:
    if _at_key(stack):
        here = stack[-1]
        if event.value in here.pairs:
            raise _Refused(line, here.path, f"the key {_short(event.value)} stands here twice", "Keep one of the two.")
        here.key = event.value
        lines[here.child_path()] = line
        return
    if stack:
        lines.setdefault(stack[-1].child_path(), line)
    tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, event.implicit)  # type: ignore[no-untyped-call]
    _place(Scalar(event.value, _SCALAR_TAGS.get(tag, "str")), stack, roots)


def _place(tree: Tree, stack: list[_Open], roots: list[Tree]) -> None:
    if stack:
        stack[-1].put(tree)
    else:
        roots.append(tree)
