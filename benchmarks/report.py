"""The table a person reads, and the same figures as JSON for whoever compares two runs."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure

_COLOUR = {"met": "green", "missed": "bold red", "not measured": "yellow", None: ""}


def show(figures: Sequence[Figure]) -> None:
    """Every figure with its goal beside it."""
    table = Table(title="Figures and goals", title_justify="left", header_style="bold", pad_edge=False)
    for head, justify in (("", "left"), ("Goal", "right"), ("Figure", "right"), ("", "left"), ("How", "left")):
        table.add_column(head, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for one in figures:
        verdict = one.verdict
        said = f"[{_COLOUR[verdict]}]{verdict}[/]" if verdict else ""
        table.add_row(one.name, _goal(one), _value(one), said, one.note)
    Console(width=None if Console().is_terminal else 170).print(table)


def write(path: Path, figures: Sequence[Figure], seconds: float) -> None:
    """`path`: build/bench.json."""
    path.parent.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()
    told = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load_average": [round(one, 1) for one in load],
        "figures": [{**asdict(one), "verdict": one.verdict} for one in figures],
    }
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _goal(one: Figure) -> str:
    if one.goal is None:
        return ""
    return f"{'≥' if one.sense == 'at least' else '≤'} {_number(one.goal)} {one.unit}"


def _value(one: Figure) -> str:
    return "–" if one.value is None else f"{_number(one.value)} {one.unit}"


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 10 and value != int(value) else f"{value:.0f}"
