"""Each operator alone: what it comes to, the sentence that says why, and what it refuses."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from services.evaluation.core.domain.instrument import Level, Scale
from services.evaluation.core.domain.scoring.bands import Band, Bands
from services.evaluation.core.domain.scoring.cap import Cap, Condition
from services.evaluation.core.domain.scoring.carry_forward import CarryForward, Raise
from services.evaluation.core.domain.scoring.gate import Gate
from services.evaluation.core.domain.scoring.integer_sum import IntegerSum
from services.evaluation.core.domain.scoring.kinds import Kind, Levels, Numbers, YesOrNo
from services.evaluation.core.domain.scoring.operator import Finding, Grounds, Operator, Reading
from services.evaluation.core.domain.scoring.values import (
    Judgment,
    Lack,
    NotComputable,
    Number,
    Rated,
    Result,
    Value,
)


def scale(name: str, **points: str | None) -> Scale:
    levels = (Level(key, None if value is None else Decimal(value), key.title(), "") for key, value in points.items())
    return Scale(name, name.title(), tuple(levels))


FOUR = scale("four", poor="1", fair="2", good="3", fine="4")
HALF = scale("half", none="0", some="0.5", all="1")
THREE = scale("three", low=None, average=None, high=None)
SCALES = {one.id: one for one in (FOUR, HALF, THREE)}
ANY_FOUR = Levels("four", ("poor", "fair", "good", "fine"))
ANY_THREE = Levels("three", ("low", "average", "high"))
ANY_HALF = Levels("half", ("none", "some", "all"))
TO_TEN = Numbers(Decimal(0), Decimal(10), Decimal(1))
TITLES = {name: f"The {name}" for name in ("a", "b", "c", "sum", "level", "impact", "last", "best")}


def four(level: str) -> Rated:
    return Rated("four", level)


def applied(operator: Operator, **values: Value) -> tuple[Result, str]:
    outcome = operator.apply(Reading(values, TITLES, SCALES))
    return outcome.result, str(outcome.sentence)


def checked(operator: Operator, **kinds: Kind) -> Kind | None:
    found = operator.check(Grounds(kinds, SCALES))
    assert found.findings == ()
    return found.kind


def refused(operator: Operator, **kinds: Kind) -> Mapping[str, str]:
    found = operator.check(Grounds(kinds, SCALES))
    assert found.kind is None
    assert found.findings
    assert all(one.remedy.endswith(".") for one in found.findings)
    return {one.where: one.what for one in found.findings}


class TestIntegerSum:
    def test_adds_points_and_shows_them(self) -> None:
        result, said = applied(IntegerSum(("a", "b", "c")), a=four("fine"), b=four("poor"), c=Number(Decimal(7)))
        assert result == Number(Decimal(12))
        assert said == "The points add up: 4 + 1 + 7 = 12."

    def test_knows_how_far_it_can_go(self) -> None:
        kind = checked(IntegerSum(("a", "b")), a=ANY_FOUR, b=Levels("four", ("fair", "good")))
        assert kind == Numbers(Decimal(3), Decimal(7), Decimal(1))
        assert checked(IntegerSum(("sum",)), sum=TO_TEN) == TO_TEN

    def test_refuses_what_is_no_whole_number(self) -> None:
        found = refused(IntegerSum(("a", "b", "c")), a=ANY_HALF, b=ANY_THREE, c=YesOrNo())
        assert set(found) == {"of[0]", "of[1]", "of[2]"}
        assert found["of[0]"] == "a does not always come to a whole number of points"
        quarter = Numbers(Decimal(0), Decimal(2), Decimal("0.25"))
        shifted = Numbers(Decimal("0.5"), Decimal("2.5"), Decimal(1))
        for kind in (quarter, shifted):
            assert set(refused(IntegerSum(("sum",)), sum=kind)) == {"of[0]"}

    def test_a_number_that_is_already_known_stays(self) -> None:
        known = Numbers(Decimal(3), Decimal(3), Decimal(1))
        assert checked(IntegerSum(("sum",)), sum=known) == known


THIRDS = Bands(
    "sum",
    "three",
    Decimal(1),
    (
        Band("low", Decimal(0), Decimal(3)),
        Band("average", Decimal(4), Decimal(6)),
        Band("high", Decimal(7), Decimal(10)),
    ),
)


def bands(
    *bounds: tuple[str, str], precision: str = "1", levels: tuple[str, ...] = ("low", "average", "high")
) -> Bands:
    made = (Band(level, Decimal(low), Decimal(high)) for level, (low, high) in zip(levels, bounds, strict=False))
    return Bands("sum", "three", Decimal(precision), tuple(made))


class TestBands:
    @pytest.mark.parametrize(
        ("number", "level"),
        [("0", "low"), ("3", "low"), ("4", "average"), ("6", "average"), ("7", "high"), ("10", "high")],
    )
    def test_both_bounds_belong_to_a_band(self, number: str, level: str) -> None:
        assert applied(THIRDS, sum=Number(Decimal(number)))[0] == Rated("three", level)

    def test_says_where_the_number_falls(self) -> None:
        assert applied(THIRDS, sum=Number(Decimal(5)))[1] == "The sum is 5, in the band from 4 to 6: Average."

    def test_gives_the_levels_of_its_bands(self) -> None:
        assert checked(THIRDS, sum=TO_TEN) == ANY_THREE
        assert checked(bands(("0", "9"), ("10", "10")), sum=TO_TEN) == Levels("three", ("low", "average"))

    def test_bounds_may_be_finer_than_the_number(self) -> None:
        fine = bands(("0", "3.99"), ("4", "6.99"), ("7", "10"), precision="0.01")
        assert checked(fine, sum=TO_TEN) == ANY_THREE

    @pytest.mark.parametrize(
        ("made", "where", "what"),
        [
            (bands(("0", "3"), ("5", "6"), ("7", "10")), "bands[1].min", "a gap: 4 falls in no band"),
            (bands(("0", "3"), ("4", "5"), ("8", "10")), "bands[2].min", "a gap: 6 to 7 falls in no band"),
            (bands(("0", "3"), ("3", "6"), ("7", "10")), "bands[1].min", "an overlap: 3 falls in low and in average"),
            (
                bands(("0", "5"), ("4", "6"), ("7", "10")),
                "bands[1].min",
                "an overlap: 4 to 5 falls in low and in average",
            ),
            (bands(("1", "3"), ("4", "6"), ("7", "10")), "bands[0].min", "sum can be as low as 0, below every band"),
            (bands(("0", "3"), ("4", "6"), ("7", "9")), "bands[2].max", "sum can be as high as 10, above every band"),
            (
                bands(("0", "3"), ("4", "10"), ("11", "12")),
                "bands[2]",
                "high can't be reached: sum goes from 0 to 10",
            ),
            (bands(("-4", "-1"), ("0", "6"), ("7", "10")), "bands[0]", "low can't be reached: sum goes from 0 to 10"),
            (bands(("0", "3"), ("6", "4"), ("7", "10")), "bands[1].max", "the band ends at 4, below its start 6"),
            (bands(("0", "3.5"), ("4", "6"), ("7", "10")), "bands[0].max", "3.5 is finer than the precision 1"),
            (
                bands(("7", "10"), ("4", "6"), ("0", "3")),
                "bands[1].min",
                "the band of average starts below that of low",
            ),
            (
                bands(("3", "5"), ("1", "3"), ("6", "10")),
                "bands[1].min",
                "the band of average starts below that of low",
            ),
            (
                bands(("3", "5"), ("3", "6"), ("7", "10")),
                "bands[1].min",
                "an overlap: 3 to 5 falls in low and in average",
            ),
            (
                bands(("0", "3"), ("4", "6"), ("7", "10"), levels=("average", "low", "high")),
                "bands[1].level",
                "low does not stand above average",
            ),
            (
                bands(("0", "3"), ("4", "6"), ("7", "10"), levels=("low", "high", "high")),
                "bands[2].level",
                "high does not stand above high",
            ),
            (
                bands(("0", "3"), ("4", "6"), ("7", "10"), levels=("low", "middling", "high")),
                "bands[1].level",
                "scale three has no level middling",
            ),
            (bands(("0", "10"), precision="0"), "precision", "the precision is not above zero"),
            (bands(), "bands", "there is no band"),
            (Bands("sum", "five", Decimal(1), THIRDS.bands), "scale", "there is no scale five"),
        ],
    )
    def test_refuses(self, made: Bands, where: str, what: str) -> None:
        assert refused(made, sum=TO_TEN)[where] == what

    def test_refuses_numbers_finer_than_its_bounds(self) -> None:
        tenths = Numbers(Decimal(0), Decimal(10), Decimal("0.1"))
        assert refused(THIRDS, sum=tenths) == {
            "precision": "sum is known to 0.1, finer than the bands' 1",
        }
        shifted = Numbers(Decimal("0.5"), Decimal("9.5"), Decimal(1))
        assert set(refused(THIRDS, sum=shifted)) == {"precision"}

    def test_refuses_levels(self) -> None:
        assert refused(THIRDS, sum=ANY_FOUR) == {"of": "sum is no number"}


GATE = Gate(("a", "b"), "poor", "low", "level")


class TestGate:
    def test_one_rating_is_enough(self) -> None:
        result, said = applied(GATE, a=four("fine"), b=four("poor"), level=Rated("three", "high"))
        assert result == Rated("three", "low")
        assert said == "At Poor: The b. One is enough, so the result is Low."

    def test_names_every_rating_that_decides(self) -> None:
        _, said = applied(GATE, a=four("poor"), b=four("poor"), level=Rated("three", "high"))
        assert said == "At Poor: The a, The b. One is enough, so the result is Low."

    def test_otherwise_the_other_node_decides(self) -> None:
        result, said = applied(GATE, a=four("fair"), b=four("fine"), level=Rated("three", "high"))
        assert result == Rated("three", "high")
        assert said == "None of these is at Poor: The a, The b. So The level decides: High."

    def test_may_watch_a_single_rating(self) -> None:
        one = Gate(("a",), "poor", "low", "level")
        assert applied(one, a=four("poor"), level=Rated("three", "high"))[0] == Rated("three", "low")

    def test_can_give_what_either_way_gives(self) -> None:
        kind = checked(GATE, a=ANY_FOUR, b=ANY_FOUR, level=Levels("three", ("average", "high")))
        assert kind == ANY_THREE

    @pytest.mark.parametrize(
        ("gate", "kinds", "where", "what"),
        [
            (GATE, {"b": ANY_THREE}, "any_of[1]", "b can't be at level poor, so the gate never closes on it"),
            (
                GATE,
                {"a": Levels("four", ("good",))},
                "any_of[0]",
                "a can't be at level poor, so the gate never closes on it",
            ),
            (GATE, {"level": TO_TEN}, "otherwise", "level is no level of a scale"),
            (Gate(("a", "b"), "poor", "worst", "level"), {}, "gives", "scale three has no level worst"),
            (Gate((), "poor", "low", "level"), {}, "any_of", "the gate watches nothing"),
        ],
    )
    def test_refuses(self, gate: Gate, kinds: dict[str, Kind], where: str, what: str) -> None:
        given: dict[str, Kind] = {"a": ANY_FOUR, "b": ANY_FOUR, "level": ANY_THREE}
        assert refused(gate, **(given | kinds))[where] == what

    def test_refuses_different_scales(self) -> None:
        other = scale("other", poor="1", rich="2")
        grounds = Grounds(
            {"a": ANY_FOUR, "b": Levels("other", ("poor", "rich")), "level": ANY_THREE}, SCALES | {"other": other}
        )
        assert GATE.check(grounds).findings == (
            Finding("any_of", "these are rated on different scales", "Write one gate for each scale."),
        )


CAP = Cap("level", (Condition("level", "fine"), Condition("impact", "low")), "good")


class TestCap:
    def test_holds_the_level_where_every_condition_is_so(self) -> None:
        result, said = applied(CAP, level=four("fine"), impact=Rated("three", "low"))
        assert result == four("good")
        assert said == "The cap applies (The level = Fine, The impact = Low): Fine is held at Good."

    @pytest.mark.parametrize(("level", "impact"), [("fine", "high"), ("good", "low"), ("poor", "average")])
    def test_stands_where_one_is_not_so(self, level: str, impact: str) -> None:
        result, said = applied(CAP, level=four(level), impact=Rated("three", impact))
        assert result == four(level)
        assert said == (
            "The cap needs The level = Fine, The impact = Low, which is not so here. "
            f"The level stands: {level.title()}."
        )

    @pytest.mark.parametrize("level", ["poor", "fair"])
    def test_never_raises(self, level: str) -> None:
        cap = Cap("level", (Condition("impact", "low"),), "fair")
        result, said = applied(cap, level=four(level), impact=Rated("three", "low"))
        assert result == four(level)
        assert said == f"The cap applies (The impact = Low), and {level.title()} is not above its limit Fair."

    def test_reads_each_once(self) -> None:
        assert CAP.reads == ("level", "impact")

    def test_gives_the_levels_of_what_it_caps(self) -> None:
        kind = checked(CAP, level=Levels("four", ("poor", "fine")), impact=ANY_THREE)
        assert kind == Levels("four", ("poor", "good", "fine"))

    def test_binds_where_one_level_can_stand_above_it(self) -> None:
        cap = Cap("level", (Condition("impact", "low"),), "good")
        assert checked(cap, level=ANY_FOUR, impact=ANY_THREE) == ANY_FOUR

    @pytest.mark.parametrize(
        ("cap", "where", "what"),
        [
            (
                Cap("level", (Condition("impact", "lowest"),), "good"),
                "when[0].is",
                "impact can't be at level lowest, so the cap never applies",
            ),
            (Cap("level", CAP.when, "best"), "at_most", "scale four has no level best"),
            (
                Cap("level", CAP.when, "fine"),
                "at_most",
                "the cap can't bind: where it applies, level is never above fine",
            ),
            (
                Cap("level", (Condition("level", "fair"), Condition("impact", "low")), "good"),
                "at_most",
                "the cap can't bind: where it applies, level is never above good",
            ),
            (Cap("impact", CAP.when, "good"), "at_most", "scale three has no level good"),
        ],
    )
    def test_refuses(self, cap: Cap, where: str, what: str) -> None:
        assert refused(cap, level=ANY_FOUR, impact=ANY_THREE)[where] == what

    def test_refuses_a_number(self) -> None:
        assert refused(CAP, level=TO_TEN, impact=ANY_THREE) == {"of": "level is no level of a scale"}


CARRY = CarryForward("last", ("good", "fine"), Raise("best", "good", "fine"))


class TestCarryForward:
    def test_carries_forward(self) -> None:
        result, said = applied(CARRY, last=four("good"), best=Judgment(False))
        assert result == four("good")
        assert said == "The last is carried forward: Good."

    def test_raises_on_judgment(self) -> None:
        result, said = applied(CARRY, last=four("good"), best=Judgment(True))
        assert result == four("fine")
        assert said == "The last is Good and is raised to Fine: The best."

    def test_does_not_raise_from_another_level(self) -> None:
        assert applied(CARRY, last=four("fine"), best=Judgment(True))[0] == four("fine")

    @pytest.mark.parametrize("level", ["poor", "fair"])
    @pytest.mark.parametrize("best", [True, False])
    def test_a_level_it_does_not_accept_is_not_computable(self, level: str, best: bool) -> None:
        result, said = applied(CARRY, last=four(level), best=Judgment(best))
        assert result == NotComputable((Lack("last", "not_accepted"),))
        assert said == f"The last is {level.title()}; only these can be carried forward: Good, Fine."

    def test_without_a_raise_it_asks_for_no_judgment(self) -> None:
        plain = CarryForward("last", ("good", "fine"))
        assert plain.reads == ("last",)
        assert applied(plain, last=four("good"))[0] == four("good")
        assert checked(plain, last=ANY_FOUR) == Levels("four", ("good", "fine"))

    def test_can_give_what_is_accepted_and_what_is_raised_to(self) -> None:
        only_good = CarryForward("last", ("good",), Raise("best", "good", "fine"))
        assert checked(only_good, last=ANY_FOUR, best=YesOrNo()) == Levels("four", ("good", "fine"))

    @pytest.mark.parametrize(
        ("carry", "kinds", "where", "what"),
        [
            (CarryForward("last", ("good", "best")), {}, "accepts[1]", "last can't be at level best"),
            (CARRY, {"best": ANY_FOUR}, "raise.judgment", "best is no judgment"),
            (
                CarryForward("last", ("fine",), Raise("best", "good", "fine")),
                {},
                "raise.from",
                "good is never carried forward, so it can't be raised",
            ),
            (
                CarryForward("last", ("good",), Raise("best", "good", "fair")),
                {},
                "raise.to",
                "fair does not stand above good",
            ),
            (
                CarryForward("last", ("good",), Raise("best", "good", "good")),
                {},
                "raise.to",
                "good does not stand above good",
            ),
            (
                CarryForward("last", ("good",), Raise("best", "good", "great")),
                {},
                "raise.to",
                "great does not stand above good",
            ),
            (CARRY, {"last": TO_TEN}, "earlier", "last is no level of a scale"),
        ],
    )
    def test_refuses(self, carry: CarryForward, kinds: dict[str, Kind], where: str, what: str) -> None:
        given: dict[str, Kind] = {"last": ANY_FOUR, "best": YesOrNo()}
        assert refused(carry, **(given | kinds))[where] == what
