"""Texts too long to keep or to show: their two ends, and how much stood between."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

KEPT = 512_000
"""Characters kept at each end of a text, far more than are ever shown."""

SHOWN_LINES = 200
SHOWN_BYTES = 20_000
SHOWN_COLUMNS = 2_000

_MARK = 40
"""No mark of a hole is longer."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text with at most one hole in it."""

    head: str
    left_out: int = 0
    """Bytes of UTF-8 that stood between head and tail; 0 where all of it is in the head."""
    tail: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to see."""
        return not (self.left_out or self.head.strip() or self.tail.strip())


class Clip:
    """Takes a text piece by piece, and keeps `kept` characters at each of its ends."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._head: list[str] = []
        self._room = kept
        self._tail: deque[str] = deque()
        self._tail_length = 0
        self._left_out = 0

    def add(self, text: str) -> None:
        """Append `text`."""
        if self._room:
            self._head.append(text[: self._room])
            self._room -= len(self._head[-1])
            text = text[len(self._head[-1]) :]
        if not text:
            return
        self._tail.append(text)
        self._tail_length += len(text)
        while self._tail_length - len(self._tail[0]) >= self._kept:
            dropped = self._tail.popleft()
            self._tail_length -= len(dropped)
            self._left_out += size(dropped)

    def text(self, rest: str = "") -> Text:
        """Return what is kept, with `rest` behind it."""
        rest_of_head, rest_of_tail = rest[: self._room], rest[self._room :]
        head = "".join((*self._head, rest_of_head))
        tail = "".join((*self._tail, rest_of_tail))
        excess = max(0, len(tail) - self._kept)
        left_out = self._left_out + size(tail[:excess])
        return Text(head, left_out, tail[excess:]) if left_out else Text(head + tail)


def size(text: str) -> int:
    """Return how many bytes `text` is in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def spelled(count: int) -> str:
    """Return a number of bytes as people say it: `999 B`, `12 kB`, `49.9 MB`; never rounded up."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            whole, tenth = divmod(count * 10 // unit, 10)
            return f"{whole}.{tenth} {name}" if tenth else f"{whole} {name}"
    return f"{count} B"


def hole(missing: str) -> str:
    """Return what stands in place of what is `missing`."""
    return f"... {missing} left out ..."


def joined(texts: Iterable[Text]) -> Text:
    """Return `texts` as one: its hole reaches from the first of theirs to the last."""
    head: list[str] = []
    tail: list[str] = []
    left_out = 0
    for text in texts:
        if not left_out:
            head.append(text.head)
        elif not text.left_out:
            tail.append(text.head)
        else:
            left_out += size("".join((*tail, text.head)))
            tail.clear()
        left_out += text.left_out
        tail.append(text.tail)
    return Text("".join(head), left_out, "".join(tail))


def capped(text: Text, count: int = SHOWN_LINES, room: int = SHOWN_BYTES) -> tuple[str, ...]:
    """Return the lines of `text` a reader is shown, without trailing blanks.

    At most `count` lines, `room` bytes and `SHOWN_COLUMNS` characters a line are left, marks included.
    """
    lines = _lines(text)
    shown = _fitting(lines, count, room)
    if len(shown) == len(lines):
        return shown
    half = (room - _MARK) // 2
    head = _fitting(lines, count // 2, half)
    tail = _fitting(reversed(lines), (count - 1) // 2, half)
    between = lines[len(head) : len(lines) - len(tail)]
    return (*head, hole(spelled(sum(map(_line_size, between)))), *reversed(tail))


def _lines(text: Text) -> Sequence[str | Text]:
    """Return the lines of `text`; the one with the hole is still a `Text`."""
    if not text.left_out:
        return text.head.rstrip().split("\n")
    *before, first = text.head.split("\n")
    last, *after = text.tail.rstrip().split("\n")
    return (*before, Text(first, text.left_out, last), *after)


def _fitting(lines: Iterable[str | Text], count: int, room: int) -> tuple[str, ...]:
    """Return the first of `lines`, each cut to its width: at most `count`, in `room` bytes."""
    return tuple(within(room, map(_cut, islice(lines, count))))


def within(room: int, lines: Iterable[str]) -> Iterator[str]:
    """Yield the first of `lines`, as many as fit in `room` bytes with their line ends."""
    for line in lines:
        room -= size(line) + 1
        if room < 0:
            return
        yield line


def _cut(line: str | Text) -> str:
    text = Text(line.rstrip()) if isinstance(line, str) else line
    if not text.left_out and len(text.head) <= SHOWN_COLUMNS:
        return text.head
    width = (SHOWN_COLUMNS - _MARK) // 2
    head, tail = text.head[:width], (text.tail if text.left_out else text.head)[-width:]
    missing = _line_size(text) - _line_size(head + tail)
    return f"{head}{hole(spelled(missing))}{tail}".rstrip()


def _line_size(line: str | Text) -> int:
    if isinstance(line, str):
        return size(line) + 1
    return size(line.head) + line.left_out + size(line.tail) + 1
