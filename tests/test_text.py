"""Spans of a text, edits to it, and its lines."""

from __future__ import annotations

import pytest

from mdrun.text import Edit, Lines, Span, apply, longest_run, moved


def test_a_span_cuts_what_it_covers() -> None:
    assert Span(1, 3).cut("abcd") == "bc"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\n\n", ["a", ""]),
        ("\n", [""]),
        ("a\r\nb\rc\n\rd", ["a", "b", "c", "", "d"]),
        ("a\x0b\x0c\x1c\x85\u2028\u2029b", ["a\x0b\x0c\x1c\x85\u2028\u2029b"]),
    ],
)
def test_g1_lines_end_at_line_feeds_and_carriage_returns_only(text: str, lines: list[str]) -> None:
    found = Lines.of(text)
    assert [found.span(line, line).cut(text) for line in range(len(found))] == lines


def test_a_line_is_found_by_any_offset_in_it() -> None:
    lines = Lines.of("ab\r\nc\n")
    assert [lines.at(offset) for offset in range(7)] == [0, 0, 0, 0, 1, 1, 1]


def test_several_lines_are_a_span_without_the_last_line_ending() -> None:
    assert Lines.of("a\nb\r\nc\n").span(0, 1).cut("a\nb\r\nc\n") == "a\nb"


def test_edits_are_made_in_order_of_place() -> None:
    edits = [Edit(Span(4, 5), "!"), Edit(Span(0, 1), "A"), Edit(Span(2, 2), "-")]
    assert apply(edits, "abcde") == "Ab-cd!"


def test_no_edits_change_nothing() -> None:
    assert apply([], "text") == "text"


def test_insertions_at_one_place_keep_their_order() -> None:
    edits = [Edit(Span(1, 1), "z"), Edit(Span(1, 1), "a"), Edit(Span(1, 2), "X")]
    assert apply(edits, "abc") == "azaXc"


def test_edits_that_overlap_are_refused() -> None:
    with pytest.raises(ValueError, match="edits overlap at offset 1"):
        apply([Edit(Span(0, 2), ""), Edit(Span(1, 3), "")], "abc")


@pytest.mark.parametrize(("offset", "expected"), [(0, 0), (1, 1), (2, 4), (3, 5), (5, 6)])
def test_an_offset_moves_with_the_edits_before_it(offset: int, expected: int) -> None:
    edits = [Edit(Span(2, 2), "++"), Edit(Span(3, 5), "-")]
    assert moved(offset, edits) == expected


@pytest.mark.parametrize(("text", "length"), [("", 0), ("a", 0), ("`` ```` `", 4), ("~~", 0)])
def test_the_longest_run_is_of_one_character(text: str, length: int) -> None:
    assert longest_run("`", text) == length
