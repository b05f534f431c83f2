"""Text ends up as a terminal would show it."""

from __future__ import annotations

import json

from mdrun.clip import Text
from mdrun.terminal import COLUMNS, EDGE, ROWS, Terminal, plain
from tests.cases import cases


@cases("terminal.md")
def test_a_terminal_shows(given: str, expected: str) -> None:
    assert plain(json.loads(given)) == Text(json.loads(expected))


def test_rows_that_scrolled_out_cannot_be_reached() -> None:
    assert plain("x\n" * ROWS + "\x1b[1000A!").head == "x\n!\n" + "x\n" * (ROWS - 2)


def test_many_lines_at_once_are_as_many_lines_one_by_one() -> None:
    whole, parts = Terminal(), Terminal()
    lines = [f"{number}\n" for number in range(3 * ROWS)]
    whole.write("".join(lines) + "\x1b[99A!")
    for line in (*lines, "\x1b[99A!"):
        parts.write(line)
        parts.text()
    assert whole.text() == parts.text()


def test_a_long_line_wraps_without_a_line_ending() -> None:
    assert plain("a\n" + "x" * COLUMNS + "yz\r!").head == "a\n" + "x" * COLUMNS + "!z"


def test_overwriting_with_a_long_line_goes_on_behind_its_wrap() -> None:
    assert plain("ab\rc\r" + "x" * COLUMNS + "y\rz").head == "x" * COLUMNS + "z"


def test_a_line_wraps_above_the_last_one() -> None:
    assert plain("a\nb\nc\x1b[1A" + "x" * COLUMNS + "y").head == "a\nb" + "x" * (COLUMNS - 1) + "xy\nc"


def test_the_cursor_makes_no_sea_of_blanks() -> None:
    assert plain("\x1b[99999Cx").head == " " * EDGE + "x"


def test_a_sequence_may_be_split_anywhere() -> None:
    text = "a\x1b[31mb\x1b]0;title\x07c\x1b]8;;x\x1b\\d\r\ne\x1b(Bf\x9b1mg\x1b]0;open"
    for cut in range(len(text) + 1):
        terminal = Terminal()
        terminal.write(text[:cut])
        terminal.text()
        terminal.write(text[cut:])
        assert terminal.text() == Text("abcd\nefg")


def test_a_terminal_string_may_go_on_for_many_pieces() -> None:
    terminal = Terminal()
    for piece in ("\x1b]1337;", "File", "=", "data", "\x07shown"):
        terminal.write(piece)
        terminal.text()
    assert terminal.text() == Text("shown")
