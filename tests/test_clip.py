"""Long texts keep their ends, and say how much stood between."""

from __future__ import annotations

import pytest

from mdrun.clip import KEPT, SHOWN_BYTES, SHOWN_COLUMNS, SHOWN_LINES, Clip, Text, capped, joined, size, spelled


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (12_345, "12.3 kB"),
        (999_999, "999.9 kB"),
        (49_900_000, "49.9 MB"),
        (2_000_000_000, "2 GB"),
    ],
)
def test_sizes_are_spelled(count: int, words: str) -> None:
    assert spelled(count) == words


def test_a_text_that_fits_is_whole() -> None:
    clip = Clip(kept=3)
    clip.add("abcd")
    assert clip.text("ef") == Text("abcdef")


def test_a_text_that_does_not_fit_keeps_its_ends() -> None:
    clip = Clip(kept=3)
    for piece in ("ab", "c", "déf", "", "gh", "i", "jklmn"):
        clip.add(piece)
    assert clip.text("o") == Text("abc", 10, "mno")


def test_looking_at_a_clip_changes_nothing() -> None:
    clip = Clip(kept=3)
    clip.add("abcdefgh")
    assert clip.text("i") == clip.text("i") == Text("abc", 3, "ghi")


def test_joined_texts_have_one_hole() -> None:
    assert joined([Text("a"), Text("b")]) == Text("ab")
    assert joined([Text("a"), Text("b", 2, "c"), Text("d")]) == Text("ab", 2, "cd")
    assert joined([Text("a", 1, "bb"), Text("é"), Text("c", 3, "d"), Text("e")]) == Text("a", 9, "de")


def test_short_lines_are_shown_as_they_are() -> None:
    assert capped(Text("one  \n\n two\t\n\n")) == ("one", "", " two")


def test_of_many_lines_the_middle_is_left_out() -> None:
    lines = [f"{number:05}" for number in range(10_000)]
    shown = capped(Text("\n".join(lines)))
    assert shown == (*lines[:100], "... 58.8 kB left out ...", *lines[-99:])
    assert len(shown) == SHOWN_LINES


def test_of_many_bytes_the_middle_is_left_out() -> None:
    shown = capped(Text("가" * 99 + "\n" + ("나" * 99 + "\n") * 98 + "다" * 99))
    assert sum(size(line) + 1 for line in shown) <= SHOWN_BYTES
    assert [line for line in shown if "left out" in line] == ["... 10.1 kB left out ..."]


def test_a_long_line_is_cut_inside() -> None:
    (line,) = capped(Text("x" * 5_000_000))
    assert line == "x" * 980 + "... 4.9 MB left out ..." + "x" * 980
    assert len(line) <= SHOWN_COLUMNS


def test_a_hole_lies_inside_its_line() -> None:
    assert capped(Text("one\ntwo", 1000, "three\nfour\n")) == ("one", "two... 1 kB left out ...three", "four")
    assert capped(Text("x" * KEPT, 48_976_000, "x" * KEPT)) == ("x" * 980 + "... 49.9 MB left out ..." + "x" * 980,)


def test_what_is_left_out_by_both_caps_is_counted_once() -> None:
    line = "x" * 49 + "\n"
    shown = capped(Text(line * 10_240, 50_000_000 - 2 * 512_000, line * 10_240))
    assert shown[100] == "... 49.9 MB left out ..."
    assert len(shown) == SHOWN_LINES
