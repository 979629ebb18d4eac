"""What is promised: one entry a goal, in the order in which they are told."""

from dataclasses import replace

from benchmarks.figures import Figure

PROMISES: dict[str, Figure] = {
    "submit": Figure("submit an observation, whole path", None, "x bare POST", 0.5),
    "autosave": Figure("autosave", None, "x bare POST", 0.8),
    "autosave p99": Figure("autosave, p99", None, "ms", 50, "at most"),
    "home": Figure("home page", None, "x bare GET", 0.6),
    "evaluation": Figure("evaluation page", None, "x bare GET", 0.6),
    "statements": Figure("statements of the page that takes most", None, "statements", 5, "at most"),
    "growth": Figure("100 times the staff: the page that slows most", None, "x its time", 1.1, "at most"),
    "weight": Figure("first load of the heaviest page", None, "kB", 100, "at most"),
    "inbox": Figure("commit to visible in the inbox, p99", None, "ms", 500, "at most"),
    "report": Figure("commit to visible in the report, p99", None, "ms", 500, "at most"),
    "replay": Figure("projector replay", None, "x kafka-python alone", 0.5),
    "fresh": Figure("accord up, fresh", None, "s", 90, "at most"),
    "again": Figure("accord up, again", None, "s", 5, "at most"),
    "memory": Figure("memory of the largest web worker", None, "MB", 150, "at most"),
}


def measured(promise: str, value: float, note: str = "") -> Figure:
    """What came of it."""
    return replace(PROMISES[promise], value=value, note=note)


def unmeasured(promise: str, why: str) -> Figure:
    return replace(PROMISES[promise], note=why)
