"""Which lines of two texts differ, and which words of theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile
from math import isqrt
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

COMPARED = 400
"""Words of a line between those that both begin and end with; more count as changed, all of them."""
WORK = 4_000_000
"""Pairs of words in all; where many lines gave way, fewer words of each are compared."""
ALIKE = 0.4
"""How like each other two lines are, at least, of which words are told apart."""
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a line."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of the old text, of the new one, or of both; or what stands for the same lines left out."""

    kind: Literal["-", "+", " ", "…"]
    pieces: tuple[Piece, ...] = ()

    def __str__(self) -> str:
        words = "".join(piece.text for piece in self.pieces)
        return f"{self.kind} {words}".rstrip() if self.kind != "…" else "  ..."


def diff(old: Sequence[str], new: Sequence[str], context: int = 3) -> tuple[DiffLine, ...]:
    """Return how `old` becomes `new`, with so many same lines around each change; nothing for equal texts."""
    lines: list[DiffLine] = []
    end = 0
    groups = list(SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(context))
    compared = _words_compared(change for group in groups for change in group)
    for group in groups:
        if group[0][1] > end:
            lines.append(DiffLine("…"))
        for tag, first, last, start, stop in group:
            if tag == "equal":
                lines += [DiffLine(" ", (Piece(line),)) for line in old[first:last]]
            else:
                lines += _replaced(old[first:last], new[start:stop], compared)
        end = group[-1][2]
    if lines and end < len(old):
        lines.append(DiffLine("…"))
    return tuple(lines)


def plain_lines(lines: Sequence[DiffLine]) -> list[str]:
    """Return the lines of a diff as text: `- old`, `+ new`, `  same`, `  ...`."""
    return [str(line) for line in lines]


def _words_compared(changes: Iterable[tuple[str, int, int, int, int]]) -> int:
    """Return how many words of each line there is time to compare."""
    pairs = sum(min(last - first, stop - start) for tag, first, last, start, stop in changes if tag == "replace")
    return min(COMPARED, isqrt(WORK // max(1, pairs)))


def _replaced(old: Sequence[str], new: Sequence[str], compared: int) -> Iterator[DiffLine]:
    """Yield lines that gave way, then those that came; counterparts are told apart word by word."""
    pairs = [_told_apart(one, other, compared) for one, other in zip(old, new, strict=False)]
    gone = [*(one for one, _ in pairs), *((Piece(line),) for line in old[len(pairs) :])]
    come = [*(other for _, other in pairs), *((Piece(line),) for line in new[len(pairs) :])]
    yield from (DiffLine("-", pieces) for pieces in gone)
    yield from (DiffLine("+", pieces) for pieces in come)


def _told_apart(old: str, new: str, compared: int) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Return the pieces of two lines, the changed ones marked; those of lines that are unlike are whole."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    same = _same_runs(before, after, compared)
    if 2 * sum(size for _, _, size in same) < ALIKE * (len(before) + len(after)):
        return (Piece(old),), (Piece(new),)
    return (
        tuple(_pieces(before, [(start, size) for start, _, size in same])),
        tuple(_pieces(after, [(start, size) for _, start, size in same])),
    )


def _same_runs(old: Sequence[str], new: Sequence[str], compared: int) -> list[tuple[int, int, int]]:
    """Return where runs of words start that both lines have, and how long they are."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    inner = (old[head : len(old) - tail], new[head : len(new) - tail])
    runs = [(0, 0, head)]
    if max(map(len, inner)) <= compared:
        matching = SequenceMatcher(None, *inner, autojunk=False).get_matching_blocks()
        runs += [(head + one, head + other, size) for one, other, size in matching]
    return [*runs, (len(old) - tail, len(new) - tail, tail)]


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))
    return sum(1 for _ in pairs)


def _pieces(words: Sequence[str], same: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    end = 0
    for start, size in same:
        if start > end:
            yield Piece("".join(words[end:start]), changed=True)
        if size:
            yield Piece("".join(words[start : start + size]))
        end = start + size
