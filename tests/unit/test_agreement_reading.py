"""What the library's agreement says once it is read, and what its two hashes notice."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.evaluation.core.agreements import read_agreement
from services.evaluation.core.domain.agreement import Assumption, Citation, DueAfter, DueOn, Step
from tests.support.agreements import CRITERIA, GROWTH, LEVELS, edited, washington, washington_text


def step(track: str, step_id: str) -> Step:
    return next(one for one in washington().procedure.tracks[track].steps if one.id == step_id)


def test_who_signs_and_from_when() -> None:
    agreement = washington()
    assert (agreement.system, agreement.kind, agreement.in_force_from) == (
        "wa_tpep_teacher",
        "teacher",
        date(2020, 7, 1),
    )
    assert [party.role for party in agreement.parties] == ["management", "labor"]


def test_the_instrument() -> None:
    instrument = washington().instrument
    assert [(s.id, [c.id for c in s.components]) for s in instrument.standards] == [
        ("criterion_1", ["C1"]),
        ("criterion_2", ["C2"]),
        ("criterion_3", ["C3", "SG3.1", "SG3.2"]),
        ("criterion_4", ["C4"]),
        ("criterion_5", ["C5"]),
        ("criterion_6", ["C6", "SG6.1", "SG6.2"]),
        ("criterion_7", ["C7"]),
        ("criterion_8", ["C8", "SG8.1"]),
    ]
    assert instrument.component_ids == {*CRITERIA, *GROWTH}
    assert {c.id for c in instrument.components() if c.evidence_required} == set(CRITERIA)
    assert instrument.standard_of("SG6.2").id == "criterion_6"
    assert instrument.scale_of("SG6.2").id == "performance"
    for lookup in (instrument.component, instrument.standard_of):
        with pytest.raises(KeyError):
            lookup("C9")


def test_every_component_has_words_of_its_own_for_every_level() -> None:
    instrument = washington().instrument
    words = {instrument.descriptor(c.id, level) for c in instrument.components() for level in LEVELS}
    assert all(len(word) > 15 for word in words)
    assert set(instrument.component("C1").descriptors) == set(LEVELS)


def test_the_scale_speaks_where_a_component_is_silent() -> None:
    instrument = washington().instrument
    silent = replace(instrument.component("C1"), descriptors={})
    standard = replace(instrument.standards[0], components=(silent,))
    changed = replace(instrument, standards=(standard, *instrument.standards[1:]))
    assert changed.descriptor("C1", "basic") == instrument.scales["performance"].level("basic").descriptor
    assert instrument.descriptor("C1", "basic") != changed.descriptor("C1", "basic")


def test_levels_are_ranked() -> None:
    scale = washington().instrument.scales["performance"]
    assert [scale.rank(level) for level in LEVELS] == [0, 1, 2, 3]
    assert scale.level("basic").value == Decimal(2)
    assert "basic" in scale
    assert "low" not in scale
    for lookup in (scale.rank, scale.level):
        with pytest.raises(KeyError):
            lookup("low")


def test_the_comprehensive_track_in_order() -> None:
    assert [
        (one.id, one.kind, one.duty, one.after, one.required)
        for one in washington().procedure.tracks["comprehensive"].steps
    ] == [
        ("self_assessment", "form", "subject", (), True),
        ("goals", "form", "subject", (), True),
        ("goals_agreed", "agreement", "evaluator", ("goals",), True),
        ("observations", "occasions", "evaluator", (), True),
        ("mid_year", "conference", "evaluator", (), True),
        ("summative", "summative", "evaluator", ("goals_agreed", "observations", "mid_year"), True),
        ("signature", "signature", "subject", ("summative",), True),
        ("response", "response", "subject", ("summative",), False),
        ("close", "close", "evaluator", ("signature",), True),
    ]
    assert step("comprehensive", "observations").occasions == {"announced": 1, "walkthrough": 1}
    assert set(step("comprehensive", "summative").rates) == {*CRITERIA, *GROWTH}


def test_the_occasions_in_order() -> None:
    occasions = washington().procedure.occasions
    assert {name: [one.id for one in occasion.steps] for name, occasion in occasions.items()} == {
        "announced": ["notice", "pre_conference", "observation", "feedback", "post_conference"],
        "walkthrough": ["observation", "feedback"],
    }
    assert all(one.phase is None for occasion in occasions.values() for one in occasion.steps)


def test_dates_and_clauses_of_the_sources() -> None:
    announced = {one.id: one for one in washington().procedure.occasions["announced"].steps}
    first = announced["observation"]
    assert isinstance(first.due, DueOn)
    assert (first.due.month, first.due.day, first.due.first_only) == (1, 15, True)
    assert first.clause == "WA-06 (agreement clause on observation)"
    report = announced["feedback"]
    assert isinstance(report.due, DueAfter)
    assert (report.due.step, report.due.days, report.clause) == ("observation", 3, "WA-08 (WAC 392-191-040)")
    assert isinstance(report.due.source, Citation)
    focused = step("focused", "summative")
    assert isinstance(focused.due, DueOn)
    assert (focused.due.month, focused.due.day) == (6, 1)
    assert "1 May" in str(focused.note)
    assert step("focused", "signature").clause == "WA-18 (agreement clause on the focused conference)"
    assert "does not mean that you agree" in str(step("comprehensive", "signature").note)


def test_dates_without_a_source_say_so() -> None:
    for name, days in (("signature", 10), ("response", 10), ("goals_agreed", 10)):
        due = step("comprehensive", name).due
        assert isinstance(due, DueAfter)
        assert due.days == days
        assert isinstance(due.source, Assumption)
    assert step("comprehensive", "close").due is None


def test_every_number_has_a_source_or_says_it_is_assumed() -> None:
    agreement = washington()
    tracks = [*agreement.procedure.tracks.values(), *agreement.procedure.occasions.values()]
    for one in (one for track in tracks for one in track.steps):
        assert one.due is None or isinstance(one.due.source, Citation | Assumption)
        assert bool(one.occasions) == (one.occasions_basis is not None)
    assert isinstance(agreement.instrument.scales["performance"].basis, Citation)
    assert agreement.instrument.scales["impact"].basis is None
    assert all(node.basis for scoring in agreement.scoring.values() for node in scoring.nodes)


def test_what_each_track_asks_for() -> None:
    scoring = washington().scoring
    assert {(one.id, one.kind) for one in scoring["comprehensive"].inputs} == {
        (c, "rating") for c in (*CRITERIA, *GROWTH)
    }
    assert [(one.id, one.kind, one.scale, one.track) for one in scoring["focused"].inputs] == [
        ("last_comprehensive", "earlier", "performance", "comprehensive"),
        ("exemplary", "judgment", None, None),
    ]


def hashes(text: str) -> tuple[bool, bool]:
    """Whether the content hash and the structure hash stay those of the library's document."""
    agreement = read_agreement(text)
    return agreement.content_hash == washington().content_hash, agreement.structure_hash == washington().structure_hash


SAME, CONTENT_ONLY, BOTH = (True, True), (False, True), (False, False)


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("# Structure, names", "# Names", SAME),
        ("system: wa_tpep_teacher", 'system:   "wa_tpep_teacher"', SAME),
        ("parties:\n", "parties:\n\n", SAME),
        ("{id: district, title: The school district,", "{title: The school district, id: district,", SAME),
        ("title: High expectations", "title: Great expectations", CONTENT_ONLY),
        ("label: Basic,", "label: Developing,", CONTENT_ONLY),
        ("in_force_from: 2020-07-01", "in_force_from: 2021-07-01", CONTENT_ONLY),
        ("days: 3\n", "days: 5\n", CONTENT_ONLY),
        ("evidence_required: true", "evidence_required: false", CONTENT_ONLY),
        ("title: Sum of the eight criteria", "title: The sum", CONTENT_ONLY),
        ("as_of: archive of 2022", "as_of: 2022 archive", CONTENT_ONLY),
        (
            "after: [goals_agreed, observations, mid_year]",
            "after: [mid_year, observations, goals_agreed]",
            CONTENT_ONLY,
        ),
        ("at_most: proficient", "at_most: basic", BOTH),
        ("gives: low", "gives: average", BOTH),
        ("accepts: [proficient, distinguished]", "accepts: [distinguished, proficient]", BOTH),
    ],
)
def test_what_the_hashes_notice(old: str, new: str, kept: tuple[bool, bool]) -> None:
    assert hashes(edited(old, new)) == kept


@pytest.mark.parametrize(
    "edits",
    [
        {"max: 21}": "max: 22}", "min: 22,": "min: 23,"},
        {"id: criteria_sum\n": "id: total\n", "of: criteria_sum": "of: total"},
        {"value: 4,": "value: 5,", "max: 32}": "max: 40}", "max: 20}": "max: 25}"},
    ],
)
def test_bands_names_and_points_are_structure(edits: dict[str, str]) -> None:
    text = washington_text()
    for old, new in edits.items():
        text = edited(old, new, text)
    assert hashes(text) == BOTH


def test_hashes_are_sha256_in_hex() -> None:
    for found in (washington().content_hash, washington().structure_hash):
        assert len(found) == 64
        assert int(found, 16)


def test_the_text_may_come_as_bytes_with_windows_line_ends() -> None:
    text = washington_text().replace("\n", "\r\n")
    assert read_agreement(text.encode("utf-8-sig")).content_hash == washington().content_hash
