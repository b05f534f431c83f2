"""What a terminal would show in the end, of text that arrives in pieces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdrun.clip import KEPT, Clip

if TYPE_CHECKING:
    from mdrun.clip import Text

ROWS = 100
"""How far up the cursor can go: what scrolls out is set."""

COLUMNS = 10_000
"""Longer lines wrap, as in a terminal: their beginning, and all above, is set."""

EDGE = 200
"""How far to the right of a line's text the cursor can be moved, so that few bytes make no sea of blanks."""

_SLICE = 65_536

_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROL = re.compile(
    r"""
    [\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]
    (?: (?<![\x1b\x9b])
      | (?<=\x9b) (?: [0-?]{0,64} [\ -/]{0,8} [@-~] )?
      | (?<=\x1b) (?! \[ [0-9;]{0,64} [A-GJK] )            # these move the cursor, or erase
        (?: [\]PX^_] [^\x07\x1b\x9c\n\x18\x1a]*           # a string for the terminal: title, link, picture
          | \[ [0-?]{0,64} [\ -/]{0,8} [@-~]
          | [\ -/]{0,8} [0-~]
        )?
    )
    """,
    re.VERBOSE,
)
"""All there is to remove. It begins with a set of characters, so that search skips text quickly."""
_OPEN_STRING = re.compile(r"\x1b[\]PX^_][^\x07\x1b\x9c\n\x18\x1a]*\Z")
_END_OF_STRING = re.compile(r"[\x07\x1b\x9c\n\x18\x1a]")
_INCOMPLETE = re.compile(r"(?:\x1b(?:\[[0-?]{0,64})?|\x9b[0-?]{0,64})[ -/]{0,8}\Z")
_LONGEST_INCOMPLETE = 80

_TRICKY = re.compile(r"[\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Line and paragraph separators, bidirectional overrides, lone surrogates: shown as escapes."""

_WORDS = re.compile(r"\x1b\[([0-9;]*)(.)|([^\x1b]+)")
_STROKES = re.compile(r"\x08+|\r|[^\x08\r]+")
_STRUCK_OVER = re.compile(r"[^\n\r\x08]\x08(?=[^\n\r\x08])")

_STEPS = {"A": (-1, 0), "B": (1, 0), "C": (0, 1), "D": (0, -1), "E": (1, -COLUMNS), "F": (-1, -COLUMNS)}
"""Cursor movements by their final letter: rows down, columns to the right."""


def plain(text: str) -> Text:
    """Return `text` as a terminal would leave it: newlines and tabs are the only control characters in it."""
    terminal = Terminal()
    terminal.write(text)
    return terminal.text()


class Terminal:
    """A screen whose text is kept, but for the middle of a very long one.

    However a text is cut in pieces, the screen ends up the same.
    """

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._waiting_length = 0
        self._scrolled = Clip(KEPT)
        self._rows = [""]
        self._row = 0
        self._column = 0
        self._incomplete = ""
        """The beginning of a control sequence whose rest has not come yet."""
        self._in_string = False

    def write(self, text: str) -> None:
        """Show `text` from where the cursor is."""
        self._waiting.append(text)
        self._waiting_length += len(text)
        if self._waiting_length >= _SLICE:
            self._catch_up()

    def text(self) -> Text:
        """Return what the screen shows by now."""
        self._catch_up()
        return self._scrolled.text("\n".join(self._rows))

    def _catch_up(self) -> None:
        """Show what waits: many small pieces at once, and a large one in slices."""
        text = "".join(self._waiting)
        self._waiting.clear()
        self._waiting_length = 0
        for start in range(0, len(text), _SLICE):
            readable = self._readable(text[start : start + _SLICE])
            for numbers, letter, typed in _WORDS.findall(readable):
                if typed:
                    self._type(typed)
                else:
                    self._obey(letter, numbers)

    def _readable(self, text: str) -> str:
        """Return `text` with nothing left to obey but newlines, carriage returns, backspaces and the cursor's moves."""
        if not (self._incomplete or self._in_string or _UNREADABLE.search(text)):
            return _without_tricks(text)
        text = self._beyond_string(self._incomplete + text)
        held = _INCOMPLETE.search(text, max(0, len(text) - _LONGEST_INCOMPLETE))
        self._incomplete = held[0] if held else ""
        text = text[: held.start()] if held else text
        self._in_string = self._in_string or bool(_OPEN_STRING.search(text))
        text = _CONTROL.sub("", text).replace("\r\n", "\n")
        return _without_tricks(text)

    def _beyond_string(self, text: str) -> str:
        if not self._in_string:
            return text
        end = _END_OF_STRING.search(text)
        self._in_string = not end
        return text[end.start() :] if end else ""

    def _type(self, text: str) -> None:
        if "\b" in text:
            text = _STRUCK_OVER.sub("", text)
        lines = text.split("\n")
        if len(lines) > ROWS and not ("\r" in text or "\b" in text or self._row + 1 < len(self._rows)):
            self._put(lines[0])
            self._scroll(len(self._rows))
            self._scrolled.add("\n".join((*lines[1:-ROWS], "")))
            self._rows, self._row, self._column = [""], 0, 0
            lines = lines[-ROWS:]
        self._strike(lines[0])
        for line in lines[1:]:
            self._feed()
            self._strike(line)

    def _strike(self, line: str) -> None:
        """Show a line's text, in which carriage returns and backspaces may be."""
        if "\b" in line:
            for stroke in _STROKES.findall(line):
                if stroke[0] in "\r\b":
                    self._column = max(0, self._column - len(stroke)) if stroke != "\r" else 0
                else:
                    self._put(stroke)
        elif "\r" in line:
            first, *others = line.split("\r")
            self._put(first)
            for text in _not_hidden(others):
                self._column = 0
                self._put(text)
        else:
            self._put(line)

    def _put(self, text: str) -> None:
        while text:
            if self._column == COLUMNS:
                self._wrap()
            piece = text[: COLUMNS - self._column]
            text = text[len(piece) :]
            row = self._rows[self._row]
            end = self._column + len(piece)
            self._rows[self._row] = row[: self._column].ljust(self._column) + piece + row[end:]
            self._column = end

    def _wrap(self) -> None:
        self._scroll(self._row)
        self._scrolled.add(self._rows[0])
        self._rows[0] = ""
        self._column = 0

    def _feed(self) -> None:
        self._row += 1
        self._column = 0
        if self._row == len(self._rows):
            self._rows.append("")
        if self._row == ROWS:
            self._scroll(1)

    def _scroll(self, count: int) -> None:
        """Let the first `count` rows out at the top."""
        self._scrolled.add("".join(f"{row}\n" for row in self._rows[:count]))
        del self._rows[:count]
        self._row -= count

    def _obey(self, letter: str, numbers: str) -> None:
        number = int(numbers.partition(";")[0] or 0)
        match letter:
            case "G":
                self._column = 0
                self._step(0, number - 1)
            case "K":
                self._erase_line(number)
            case "J":
                self._erase_screen(number)
            case _:
                down, right = _STEPS[letter]
                self._step(down * max(number, 1), right * max(number, 1))

    def _step(self, down: int, right: int) -> None:
        self._row = min(max(self._row + down, 0), len(self._rows) - 1)
        edge = max(self._column, len(self._rows[self._row]), EDGE)
        self._column = min(max(self._column + right, 0), edge)

    def _erase_line(self, part: int) -> None:
        row = self._rows[self._row]
        before = row[: self._column] if part == 0 else ""
        after = row[self._column + 1 :] if part == 1 else ""
        self._rows[self._row] = f"{before}{after:>{len(row)}}" if after else before

    def _erase_screen(self, part: int) -> None:
        if part == 0:
            self._erase_line(0)
            del self._rows[self._row + 1 :]
        elif part > 1:
            self._rows, self._row, self._column = [""], 0, 0


def _not_hidden(texts: list[str]) -> list[str]:
    """Return those of `texts`, all written from column 0, that later ones leave something of to see.

    None are left away when one wraps: it moves where the others begin.
    """
    if max(map(len, texts)) > COLUMNS:
        return texts
    widest = -1
    seen = []
    for text in reversed(texts):
        if len(text) > widest:
            seen.append(text)
            widest = len(text)
    return seen[::-1]


def _without_tricks(text: str) -> str:
    return text if text.isascii() else _TRICKY.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
