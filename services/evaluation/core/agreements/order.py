"""Whether steps can be done as written: names that exist, no circles, clocks that can start, one of each kind."""

from collections import Counter
from collections.abc import Iterable, Mapping

from services.evaluation.core.agreements.findings import Findings
from services.evaluation.core.agreements.parts import keyed, known
from services.evaluation.core.domain.agreement import DueAfter, OccasionType, Step, Track

ONCE_IN_TRACK = ("occasions", "summative", "signature", "response", "close")
"""Kinds of which a track has one at most: pages and reports speak of "the" summative, "the" signature."""
NEEDED_IN_TRACK = ("summative", "close")
IN_OCCASION = ("notice", "conference", "observation", "feedback")
ONCE_IN_OCCASION = ("notice", "observation", "feedback")


def check_occasion(occasion: OccasionType, path: str, findings: Findings) -> None:
    """Notes what would leave an occasion stuck; `path` is its own."""
    _check_steps(occasion.steps, path, findings)
    for index, step in enumerate(occasion.steps):
        if step.kind not in IN_OCCASION and not findings.under(f"{path}.steps[{index}].kind"):
            findings.add(
                f"{path}.steps[{index}].kind",
                f"{step.kind} is no step of an occasion",
                f"Use one of: {', '.join(IN_OCCASION)}; or move the step to a track.",
            )
    _check_once(occasion.steps, ONCE_IN_OCCASION, "an occasion", path, findings)


def check_track(track: Track, occasions: Mapping[str, OccasionType], path: str, findings: Findings) -> None:
    """Notes what would leave an evaluation on this track stuck; `path` is its own."""
    phases = {phase.id: phase for phase in track.phases}
    _check_steps(track.steps, path, findings)
    _check_once(track.steps, ONCE_IN_TRACK, "a track", path, findings)
    for kind in NEEDED_IN_TRACK:
        if all(step.kind != kind for step in track.steps):
            findings.add(f"{path}.steps", f"there is no step of kind {kind}", "Add one; without it no evaluation ends.")
    for index, step in enumerate(track.steps):
        here = f"{path}.steps[{index}]"
        known(step.phase or "", phases, f"{here}.phase", "phase", findings)
        for occasion in step.occasions:
            known(occasion, occasions, f"{here}.occasions.{occasion}", "occasion type", findings)


def _check_steps(steps: tuple[Step, ...], path: str, findings: Findings) -> None:
    by_id = keyed(steps, f"{path}.steps", findings)
    circle = _circle(by_id)
    for index, step in enumerate(steps):
        here = f"{path}.steps[{index}]"
        for place, name in enumerate(step.after):
            known(name, by_id, f"{here}.after[{place}]", "step", findings)
        _check_shape(step, here, findings)
        if circle and step.id == circle[0]:
            findings.add(
                f"{here}.after",
                f"the steps wait for one another: {' after '.join(circle)}",
                "Remove one of these, so that something can come first.",
            )
        if (
            isinstance(step.due, DueAfter)
            and not circle
            and known(step.due.step, by_id, f"{here}.due.after", "step", findings)
        ):
            _check_clock(step, step.due, by_id, here, findings)


def _check_shape(step: Step, path: str, findings: Findings) -> None:
    """Parts that belong to one kind of step only."""
    if findings.under(f"{path}.kind"):
        return
    parts = (
        ("occasions", step.occasions, "occasions"),
        ("rates", step.rates, "summative"),
        ("unsigned", step.unsigned, "signature"),
    )
    for name, value, kind in parts:
        if value and step.kind != kind:
            findings.add(f"{path}.{name}", f"{name} belongs to steps of kind {kind}", "Remove it, or change the kind.")
    if step.kind == "occasions" and not step.occasions:
        findings.add(path, "no occasion is asked for", "Write occasions: with how many of each type must be finished.")
    if step.kind == "form" and step.form is None:
        findings.add(path, "a step of kind form names no form", "Add form: with the id of one under forms.")
    if step.kind == "signature" and step.unsigned is not None:
        _check_unsigned(step, path, findings)


def _check_unsigned(step: Step, path: str, findings: Findings) -> None:
    """That a signature is lacking shows only after a day has passed, and somebody else notes it."""
    if step.due is None and not findings.under(f"{path}.due"):
        findings.add(
            f"{path}.unsigned", "there is no day after which it could be noted", "Add due:, or remove unsigned."
        )
    if step.unsigned == step.duty and not findings.under(f"{path}.duty"):
        findings.add(
            f"{path}.unsigned",
            f"the {step.duty} would note what the {step.duty} did not do",
            "Leave it to another duty than the step's own, or remove it.",
        )


def _check_clock(step: Step, due: DueAfter, by_id: Mapping[str, Step], path: str, findings: Findings) -> None:
    if due.step not in _before(step, by_id):
        findings.add(
            f"{path}.due.after",
            f"the clock starts with {due.step}, which need not be done when {step.id} is open",
            f"Add {due.step} to the step's after, or count from a step that comes before.",
        )


def _before(step: Step, by_id: Mapping[str, Step]) -> set[str]:
    """Every step that must be done before, near or far."""
    found: set[str] = set()
    waiting = list(step.after)
    while waiting:
        name = waiting.pop()
        if name not in found and name in by_id:
            found.add(name)
            waiting += by_id[name].after
    return found


def _circle(by_id: Mapping[str, Step]) -> list[str]:
    """Steps that wait for one another, first and last the same; empty where there are none."""
    for start, step in by_id.items():
        if start in _before(step, by_id):
            return _way_back(start, by_id)
    return []


def _way_back(start: str, by_id: Mapping[str, Step]) -> list[str]:
    ways = [[start]]
    seen = {start}
    while ways:
        way = ways.pop(0)
        for name in by_id[way[-1]].after:
            if name == start:
                return [*way, start]
            if name in by_id and name not in seen:
                seen.add(name)
                ways.append([*way, name])
    return []


def _check_once(steps: Iterable[Step], kinds: tuple[str, ...], where: str, path: str, findings: Findings) -> None:
    counts = Counter[str](step.kind for step in steps)
    for kind in kinds:
        if counts[kind] > 1:
            findings.add(
                f"{path}.steps",
                f"there are {counts[kind]} steps of kind {kind}",
                f"{where.capitalize()} has one at most.",
            )
