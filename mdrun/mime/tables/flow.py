"""Text that flows: lines of inline HTML, well formed and of bounded length whatever is put in."""

from __future__ import annotations

import re
from html import escape, unescape
from itertools import takewhile
from operator import eq

_BLANKS = re.compile(r"\s+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_TAG = re.compile(r"<[^>]*>")


class Flow:
    """Collects text and the marks on it, line by line, until its room is used up."""

    def __init__(self, room: int) -> None:
        self.lines: list[str] = []
        """The lines that say something."""
        self.is_cut = False
        self.length = 0
        self._room = room
        self._line = ""
        self._marks: list[str] = []
        """Start tags without their brackets: one for each mark on what comes."""
        self._written: list[str] = []
        """The marks that are open in the line; they are written when there is text to put in them."""

    def add(self, text: str) -> None:
        """Append `text`, its blanks collapsed."""
        text = text if self._line else text.lstrip()
        if self.is_cut or not text:
            return
        text = _UNSEEN.sub("\ufffd", _BLANKS.sub(" ", text))
        if self.length + len(text.rstrip()) > self._room:
            text = f"{text[: self._room - self.length]}..."
            self.is_cut = True
        self.length = min(self._room, self.length + len(text))
        self._line += f"{self._turn_to(self._marks, only_close=text.isspace())}{escape(text)}"

    def _turn_to(self, marks: list[str], *, only_close: bool = False) -> str:
        """Return the tags that are missing before text under `marks`."""
        kept = sum(takewhile(bool, map(eq, self._written, marks)))
        closed = (f"</{_name(mark)}>" for mark in reversed(self._written[kept:]))
        opened = [] if only_close else marks[kept:]
        self._written = [*self._written[:kept], *opened]
        return "".join((*closed, *(f"<{mark}>" for mark in opened)))

    def mark(self, tag: str) -> None:
        """Put a mark on the text that comes, given as a start tag without its brackets; no mark twice, none in code."""
        if not {"code", _name(tag)}.intersection(map(_name, self._marks)):
            self._marks.append(tag)

    def unmark(self, name: str) -> None:
        """Take a mark off the text that comes."""
        self._marks = [mark for mark in self._marks if _name(mark) != name]

    def end_line(self) -> None:
        """Begin a new line, under the same marks."""
        if self._line:
            self.lines.append(f"{self._line}{self._turn_to([])}")
            self._line = ""


def _name(tag: str) -> str:
    return tag.partition(" ")[0]


def bare(line: str) -> str:
    """Return the text of a line, without its marks."""
    return unescape(_TAG.sub("", line)).strip()
