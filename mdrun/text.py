"""Spans of a text, edits to it, and its lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LINE_ENDING = re.compile(r"\r\n|\n|\r")
"""A line ends here and nowhere else: not at form feeds, U+0085 or U+2028 (G1, F49)."""

_TAG = re.compile(r"<[^<>]*>")
_LINES = re.compile(f"({LINE_ENDING.pattern})")

BOM = "\ufeff"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The characters of a text from `start` up to, not including, `end`."""

    start: int
    end: int

    def cut(self, text: str) -> str:
        """Return what this span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Put `replacement` where `span` is; an empty span inserts."""

    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a text: where each starts, and where its content ends."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    """Offsets of the line endings; the last line may have none."""

    @classmethod
    def of(cls, text: str) -> Lines:
        """Find the lines of `text`; a final line ending opens no further line."""
        # Texts and endings in turn: where each of them ends the next one starts.
        places = [0, *accumulate(map(len, _LINES.split(text)))]
        starts, ends = places[0::2], places[1::2]
        if starts[-1] == len(text) and len(starts) > 1:
            starts.pop()
            ends.pop()
        return cls(tuple(starts), tuple(ends))

    def __len__(self) -> int:
        return len(self.starts)

    def at(self, offset: int) -> int:
        """Return the index, from 0, of the line that holds `offset`."""
        return bisect_right(self.starts, offset) - 1

    def span(self, first: int, last: int) -> Span:
        """Return the span of the lines `first` to `last`, both included, without the last line ending."""
        return Span(self.starts[first], self.ends[last])

    def cut(self, text: str, first: int, last: int) -> list[str]:
        """Return the lines `first` to `last` of the text, both included, without line endings."""
        places = zip(self.starts[first : last + 1], self.ends[first : last + 1], strict=True)
        return [text[start:end] for start, end in places]


def apply(edits: Iterable[Edit], text: str) -> str:
    """Return `text` with every edit made; insertions at one place keep their order.

    Raise ValueError when two edits overlap: which of them should win is not ours to guess.
    """
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=attrgetter("span")):
        if edit.span.start < done:
            message = f"edits overlap at offset {edit.span.start}"
            raise ValueError(message)
        pieces += text[done : edit.span.start], edit.replacement
        done = edit.span.end
    return "".join((*pieces, text[done:]))


def moved(offset: int, edits: Iterable[Edit]) -> int:
    """Return where `offset` is once the edits before it are made."""
    before = (edit for edit in edits if edit.span.end <= offset)
    return offset + sum(len(edit.replacement) - (edit.span.end - edit.span.start) for edit in before)


def fenced(info: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Return a fenced code block whose fence is longer than any run of backticks in it (R101)."""
    fence = "`" * max(3, longest_run("`", "\n".join(lines)) + 1)
    return (f"{fence}{info}", *lines, fence)


def without_tags(html: str, stand_in: str = "") -> str:
    """Return a little HTML without its tags; `stand_in` takes the place of each."""
    return _TAG.sub(stand_in, html)


def longest_run(character: str, text: str) -> int:
    """Return the length of the longest run of `character` in `text`."""
    return max((len(run) for run in re.findall(f"{re.escape(character)}+", text)), default=0)
