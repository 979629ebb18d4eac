"""The benchmark's own arithmetic: rates, percentiles, ratios of interleaved rounds, and whether a goal is met."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

Verdict = Literal["met", "missed", "not measured"]


@dataclass(frozen=True)
class Round:
    """A short run of one lane. `seconds`: from the first request sent to the last answer. `latencies`: seconds each."""

    seconds: float
    latencies: Sequence[float]
    statuses: Counter[int] = field(default_factory=Counter)
    client_cpu: float = 0.0
    """Processor seconds that the load generator itself took."""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True)
class Figure:
    """One line of the table. `goal` None: told for comparison, promised nothing. `value` None: not measured, `note` says why."""

    name: str
    value: float | None
    unit: str
    goal: float | None = None
    sense: Literal["at least", "at most"] = "at least"
    note: str = ""

    @property
    def verdict(self) -> Verdict | None:
        """None where there is no goal."""
        if self.goal is None:
            return None
        if self.value is None:
            return "not measured"
        return "met" if (self.value >= self.goal if self.sense == "at least" else self.value <= self.goal) else "missed"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all values do not exceed (nearest rank). Raises ValueError on none."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    rank = -(-len(ordered) * round(share * 1000) // 1000)
    return ordered[max(0, min(len(ordered), rank) - 1)]


def median_ratio(ours: Sequence[float], bare: Sequence[float]) -> float:
    """The median of ours to bare, pair by pair: a drift of the whole machine falls out of each pair."""
    if not ours or len(ours) != len(bare):
        raise ValueError("pairs are wanted: as many of ours as of the bare")
    return median(mine / theirs for mine, theirs in zip(ours, bare, strict=True))


def rates(rounds: Sequence[Round]) -> list[float]:
    return [one.rate for one in rounds]


def all_latencies(rounds: Sequence[Round]) -> list[float]:
    return [latency for one in rounds for latency in one.latencies]


def rate_note(ours: Sequence[Round], bare: Sequence[Round]) -> str:
    """Both sides in plain numbers, for the reader of a ratio."""
    mine, theirs = all_latencies(ours), all_latencies(bare)
    return (
        f"{median(rates(ours)):.0f}/s, p50 {percentile(mine, 0.5) * 1000:.1f} ms, p99 {percentile(mine, 0.99) * 1000:.0f} ms; "
        f"bare {median(rates(bare)):.0f}/s, p50 {percentile(theirs, 0.5) * 1000:.1f} ms"
    )
