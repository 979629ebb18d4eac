"""YAML as data only: what is refused before anything is read, and how fast."""

import time

import pytest

from services.evaluation.core.agreements.document import DEPTH_LIMIT, SIZE_LIMIT, Mapping, Scalar, Sequence, parse
from services.evaluation.core.agreements.findings import AgreementError, Finding


def only_finding(content: bytes) -> Finding:
    with pytest.raises(AgreementError) as refused:
        parse(content, "draft.yaml")
    assert len(refused.value.findings) == 1
    return refused.value.findings[0]


def test_a_tree_that_knows_its_lines() -> None:
    document = parse(b'a: 1\nb:\n  - x: "1.5"\n  - [no, 2026-09-01,\n     ~]\n', "draft.yaml")
    assert document.root == Mapping(
        {
            "a": Scalar("1", "int"),
            "b": Sequence(
                (
                    Mapping({"x": Scalar("1.5", "str")}),
                    Sequence((Scalar("no", "bool"), Scalar("2026-09-01", "timestamp"), Scalar("~", "null"))),
                )
            ),
        }
    )
    lines = document.lines
    assert (lines["a"], lines["b"], lines["b[0].x"], lines["b[1]"], lines["b[1][2]"]) == (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("content", "line", "path", "what"),
    [
        (b"a: &x 1", 1, "a", "the anchor or alias x is not allowed"),
        (b"a: 1\nb: *a", 2, "b", "the anchor or alias a is not allowed"),
        (b"- &all [1]\n- *all", 1, "[0]", "the anchor or alias all is not allowed"),
        (
            b"a: !!python/object/apply:os.system [ls]",
            1,
            "a",
            "the tag tag:yaml.org,2002:python/object/apply:os.system is not",
        ),
        (b"a: !!str 1", 1, "a", "the tag tag:yaml.org,2002:str is not allowed"),
        (b"a: !mine {b: 1}", 1, "a", "the tag !mine is not allowed"),
        (b"a: 1\nb: 2\na: 3", 3, "", "the key a stands here twice"),
        (b"x:\n  a: 1\n  a: 1", 3, "x", "the key a stands here twice"),
        (b"{a: 1, a: 2}", 1, "", "the key a stands here twice"),
        (b"? [a]\n: 1", 1, "", "a key is a list or a mapping"),
        (b"", 1, "", "the file is empty"),
        (b"# only words about it", 1, "", "the file is empty"),
        (b"a: 1\n---\nb: 1", 2, "", "there is a second document in the file"),
        (b"a: 1\nb: [1,\n", 3, "", "this is not YAML: did not find expected node content"),
        (b"a: 1\nb: c: d", 2, "", "this is not YAML: mapping values are not allowed in this context"),
        (b"a: 1\nb: \xff", 2, "", "the text is not UTF-8"),
        (b"a: 1\nb: \x07", 2, "", "the text holds a character that YAML forbids"),
        (
            b"a: 1\n\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9: 1\nb: \x07",
            3,
            "",
            "the text holds a character that YAML forbids",
        ),
    ],
)
def test_refused_with_its_place(content: bytes, line: int, path: str, what: str) -> None:
    finding = only_finding(content)
    assert (finding.file, finding.line, finding.path) == ("draft.yaml", line, path)
    assert finding.what.startswith(what)
    assert finding.remedy.endswith(".")


def test_a_merge_is_only_a_name_nobody_knows() -> None:
    assert parse(b"<<: {a: 1}", "draft.yaml").root == Mapping({"<<": Mapping({"a": Scalar("1", "int")})})


def test_size_is_limited() -> None:
    assert parse(b"a: " + b"x" * (SIZE_LIMIT - 3), "draft.yaml").root
    assert only_finding(b"a: " + b"x" * (SIZE_LIMIT - 2)).what == "the file has more than 1000000 bytes"


def test_the_number_of_values_is_limited() -> None:
    assert parse(b"[" + b"1, " * 40_000 + b"]", "draft.yaml").root
    finding = only_finding(b"- 1\n" * 60_000)
    assert finding.what == "the file holds more than 50000 names and values"
    assert 49_000 < finding.line < 50_001


def test_depth_is_limited() -> None:
    assert parse(b"[" * DEPTH_LIMIT + b"]" * DEPTH_LIMIT, "draft.yaml").root
    deeper = DEPTH_LIMIT + 1
    assert only_finding(b"[" * deeper + b"]" * deeper).what == "the nesting is deeper than 24"


@pytest.mark.parametrize(
    "content",
    [
        b"[" * 900_000,
        b"{" * 900_000,
        b"- " * 450_000,
        b"? " * 450_000,
        b"[a, " * 200_000,
        b"!" * 900_000,
        b'a: "' + b"x" * 900_000,
        b"a: &a [x]\n" + b"b: [*a, *a, *a, *a]\n" * 40_000,
        b"\n".join(b"k%d: 1" % number for number in range(70_000)),
        b"a: [" + b"1, " * 300_000 + b"]",
    ],
    ids=lambda content: repr(content[:12]),
)
def test_nothing_within_the_size_takes_long(content: bytes) -> None:
    started = time.thread_time()  # of this work alone, however busy the machine is
    try:
        parse(content, "draft.yaml")
    except AgreementError as refused:
        assert len(str(refused)) < 500
    assert time.thread_time() - started < 5, "a second would be long; the rest is for a slow machine"


def test_a_finding_reads_as_one_line() -> None:
    said = str(only_finding(b"x:\n  a: 1\n  a: 1"))
    assert said == "draft.yaml:3: x: the key a stands here twice. Keep one of the two."
