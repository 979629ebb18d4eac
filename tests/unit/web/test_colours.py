"""Every pair of colours that letters stand in: 4.5 to 1 at least, 7 to 1 for text of record; edges of fields 3 to 1."""

import re
from pathlib import Path

import pytest

import shared.web

CSS = (Path(shared.web.__file__).parent / "static" / "css" / "accord.css").read_text(encoding="utf-8")
GROUNDS = ("paper", "raised", "sunk")


def tokens(scheme: str) -> dict[str, str]:
    light = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", CSS.split("@media", 1)[0]))
    dark = CSS.split("@media (prefers-color-scheme: dark)", 1)[1].split("@media", 1)[0]
    return light if scheme == "light" else {**light, **dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", dark))}


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


PAIRS = [
    *(("ink", ground, 7) for ground in (*GROUNDS, "accent-wash", "late-wash", "met-wash", "due-wash")),
    *(("quiet", ground, 7) for ground in GROUNDS),
    *((tone, ground, 4.5) for tone in ("accent", "accent-over", "late", "met", "due") for ground in GROUNDS),
    *((tone, f"{tone}-wash", 4.5) for tone in ("late", "met", "due", "accent")),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-over", 4.5),
    *((f"i{shade}", f"s{shade}", 4.5) for shade in range(1, 6)),
    *((mark, ground, 3) for mark in ("edge", "focus") for ground in GROUNDS),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("letters", "ground", "least"), PAIRS)
def test_letters_are_readable(scheme, letters, ground, least):
    found = tokens(scheme)
    assert contrast(found[letters], found[ground]) >= least, (scheme, letters, ground)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_shades_of_a_series_are_told_apart_in_grey(scheme):
    found = tokens(scheme)
    steps = [luminance(found[f"s{shade}"]) for shade in range(1, 6)]
    assert steps == sorted(steps, reverse=scheme == "light")
    assert all(contrast(found[f"s{shade}"], found[f"s{shade + 1}"]) >= 1.4 for shade in range(1, 5))
