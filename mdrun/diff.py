"""Which lines of two texts differ, and which of their words."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import ndiff
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a line."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of either text, or of both."""

    kind: str
    pieces: tuple[Piece, ...]


def diff(old: Sequence[str], new: Sequence[str], context: int = 3) -> tuple[DiffLine, ...]:
    """Return how `old` becomes `new`."""
    del context
    return tuple(DiffLine(line[0], (Piece(line[2:]),)) for line in ndiff(old, new) if line[0] != "?")


def plain_lines(lines: Sequence[DiffLine]) -> list[str]:
    """Return the lines of a diff as text."""
    return [f"{line.kind} {''.join(piece.text for piece in line.pieces)}" for line in lines]
