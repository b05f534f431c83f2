"""A difference, short enough to be read in a report."""

from __future__ import annotations

from dataclasses import dataclass

from mdrun.volatile import STAND_IN

MOST = 20
"""Differences that are told."""
SHOWN = 60
"""Characters of a value that are told."""
PATH = 200
"""Characters of a path that are told."""
BEFORE = 20
"""Of them, those before the place where two long values part."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two values differ."""

    path: str
    """How Python would get there: `['history'][1].content`; empty for the whole."""
    old: str
    """As it is written there; empty where there is nothing."""
    new: str


def told(path: str, old: str, new: str) -> Difference:
    """Return a difference with each value in one line; long ones from a little before they part."""
    before, after = (_in_one_line(text) for text in (old, new))
    start = 0
    if max(len(before), len(after)) > SHOWN:
        pairs = enumerate(zip(before, after, strict=False))
        parting = next((place for place, (one, other) in pairs if one != other), min(len(before), len(after)))
        start = parting - BEFORE if parting > SHOWN // 2 else 0
    return Difference(_clipped(_in_one_line(path), PATH), _from(before, start), _from(after, start))


def _in_one_line(text: str) -> str:
    return text.replace(STAND_IN, "...").strip("\n").replace("\n", " ")


def _from(text: str, start: int) -> str:
    return _clipped(f"...{text[start:]}" if start else text, SHOWN)


def _clipped(text: str, size: int) -> str:
    return text if len(text) <= size else f"{text[: size - 3]}..."
