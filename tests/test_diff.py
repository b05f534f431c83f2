from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given as for_all
from hypothesis import strategies as st

from mdrun.diff import COMPARED, diff, plain_lines
from tests.cases import cases

if TYPE_CHECKING:
    from mdrun.diff import DiffLine

LINES = st.lists(st.text(alphabet="ab \u2026", max_size=6), max_size=12)


def marked(line: DiffLine) -> str:
    """Return a line with its changed words in brackets."""
    words = "".join(f"[{piece.text}]" if piece.changed else piece.text for piece in line.pieces)
    return str(line)[:2] + words if words else str(line)


@cases("diff.md")
def test_lines_and_words_that_differ_are_told(given: str, expected: str) -> None:
    old, new = (text.splitlines() for text in given.split("---\n"))
    assert "".join(f"{marked(line)}\n" for line in diff(old, new)) == expected.removeprefix("\n")


def test_a_diff_is_told_in_plain_lines() -> None:
    assert plain_lines(diff(["x 1", *"abcd"], ["x 2", *"abcd"])) == ["- x 1", "+ x 2", "  a", "  b", "  c", "  ..."]


def test_long_lines_are_told_apart_where_one_run_of_words_differs() -> None:
    """With two changes far from each other they come whole: word by word takes time by the square of the length."""
    words = [str(number) for number in range(2 * COMPARED)]
    one = ["x", *words[1:]]
    both = ["x", *words[1:-1], "y"]
    assert [marked(line)[:8] for line in diff([" ".join(words)], [" ".join(one)])] == ["- [0] 1 ", "+ [x] 1 "]
    assert not any(piece.changed for line in diff([" ".join(words)], [" ".join(both)]) for piece in line.pieces)


def test_of_many_lines_that_gave_way_fewer_words_are_compared() -> None:
    """Word by word, two hundred long lines would take seconds; each comes whole where there are so many."""
    old = [" ".join(f"{line} {word}" for word in range(70)) for line in range(200)]
    new = [line.replace(" 1 ", " one ").replace(" 60 ", " sixty ") for line in old]
    assert "[one]" in marked(diff(old[:1], new[:1])[1])
    assert not any(piece.changed for line in diff(old, new) for piece in line.pieces)


@for_all(LINES, LINES)
def test_both_texts_can_be_read_off_a_whole_diff(old: list[str], new: list[str]) -> None:
    found = diff(old, new, context=100)
    if old == new:
        assert found == ()
        return
    for kind, text in (("-", old), ("+", new)):
        words = ["".join(piece.text for piece in line.pieces) for line in found if line.kind in {kind, " "}]
        assert words == text
