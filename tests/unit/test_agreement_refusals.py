"""Every way an agreement can be wrong, made from the library's by one edit: refused with line, path and remedy."""

from pathlib import Path

import pytest
import yaml

from services.evaluation.core.agreements import AgreementError, load_agreement, read_agreement
from tests.support.agreements import edited, findings_of, washington_text

SCALE = "instrument.scales[0]"
NODES = "scoring[0].nodes"
OCCASIONS = "procedure.occasions"
TRACK = "procedure.tracks[0]"
EDITS = yaml.safe_load(Path(__file__).with_name("agreement_refusals.yaml").read_text(encoding="utf-8"))


def test_the_document_itself_holds() -> None:
    assert read_agreement(washington_text()).system == "wa_tpep_teacher"


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: f"{edit['path']}: {edit['what']}")
def test_refused(edit: dict[str, str]) -> None:
    text, path, what = edited(edit["replace"], edit["with"]), edit["path"], edit["what"]
    found = [one for one in findings_of(text) if one.path == path and one.what.startswith(what)]
    assert len(found) == 1, [str(one) for one in findings_of(text)]
    finding = found[0]
    assert finding.file == "draft.yaml"
    assert finding.remedy.endswith((".", "?"))
    last = path.rpartition(".")[2]
    if last and not last.endswith("]") and not what.endswith("is missing"):
        assert last in text.splitlines()[finding.line - 1], str(finding)


def test_a_line_is_that_of_the_place() -> None:
    text = edited("{level: basic, min: 15, max: 21}", "{level: basic, min: 16, max: 21}")
    (finding,) = findings_of(text)
    assert text.splitlines()[finding.line - 1].strip() == "- {level: basic, min: 16, max: 21}"


def test_everything_is_found_in_one_look() -> None:
    text = edited("kind: teacher", "kind: pilot")
    text = edited("cite: WAC 392-191-030\n", "cite: 392\n", text)
    text = edited("op: bands", "op: median", text)
    text = edited("{level: high, min: 18, max: 20}", "{level: high, min: 19, max: 20}", text)
    text = edited("after: [notice]", "after: [note]", text)
    text = edited("clause: WA-12", "clause: WA-99", text)
    found = findings_of(text)
    assert [one.path for one in found] == [
        "kind",
        "clauses[0].cite",
        f"{NODES}[1].op",
        f"{NODES}[3].bands[2].min",
        f"{OCCASIONS}[0].steps[1].after[0]",
        f"{TRACK}.steps[4].clause",
    ]
    assert [one.line for one in found] == sorted(one.line for one in found)


def test_tracks_must_end_on_one_scale() -> None:
    text = edited(
        "id: final\n        title: Summative rating\n        op: cap",
        "id: capped\n        title: Summative rating\n        op: cap",
    )
    text = edited(
        "  - track: focused\n    inputs:",
        "      - id: final\n        title: Other\n        op: gate\n        any_of: [capped]\n        equals: basic\n"
        "        gives: high\n        otherwise: student_growth_impact\n        assumption: ours\n"
        "  - track: focused\n    inputs:",
        text,
    )
    assert [(one.path, one.what) for one in findings_of(text)] == [
        (
            "scoring[1].inputs",
            "the earlier result last_comprehensive is on scale performance, and results are on impact",
        ),
        ("scoring[1].nodes", "the result of track focused is on scale performance, that of the first track on impact"),
    ]


@pytest.mark.parametrize("text", ["just words", "- a\n- list", "1", "~"])
def test_what_is_no_mapping_is_refused_once(text: str) -> None:
    assert [one.what for one in findings_of(text)] == ["names with values are meant here"]


def test_text_is_limited() -> None:
    (finding,) = findings_of(edited("jurisdiction: Washington", "jurisdiction: " + "x" * 2001))
    assert (finding.path, finding.what.partition(" ")[2]) == ("jurisdiction", "characters are too many")


def test_text_that_is_no_unicode_is_refused() -> None:
    assert findings_of("title: \ud800")[0].what == "the text is not UTF-8"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AgreementError, match="can't be read"):
        load_agreement(tmp_path / "none.yaml")


def test_any_line_may_be_lost_without_a_crash() -> None:
    """Whatever line is missing, the document is read or refused, never a traceback."""
    lines = washington_text().splitlines(keepends=True)
    for index in range(len(lines)):
        try:
            read_agreement("".join(lines[:index] + lines[index + 1 :]))
        except AgreementError as refused:
            assert refused.findings
            assert all(one.line <= len(lines) and one.remedy for one in refused.findings)
