"""Markdown of outputs, made inert."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mdrun.clip import SHOWN_BYTES, SHOWN_COLUMNS, SHOWN_LINES, size
from mdrun.mime import prose
from mdrun.mime.formulas import formula_in
from mdrun.mime.prose import inert
from tests.cases import cases

if TYPE_CHECKING:
    from collections.abc import Callable


FOUND = ["# heading", "![[embed]]", "[[link]]", "a ^id", "```python\n1\n```", "```js", "%%", "^[foot]", "a[^1]"]
"""What a note would find."""


@cases("prose.md")
def test_markdown_shows_what_it_says_and_does_nothing(given: str, expected: str) -> None:
    assert inert(given) == expected.rstrip("\n")


@cases("prose.md")
def test_what_is_inert_stays_as_it_is(given: str, expected: str) -> None:
    assert given
    assert inert(expected) == expected.rstrip("\n")


@cases("formulas.md")
def test_latex_is_a_formula_or_none(given: str, expected: str) -> None:
    assert str(formula_in(given)) == expected.rstrip("\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"Euler: \(e^{i\pi} + 1 = 0\)", r"Euler: $e^{i\pi} + 1 = 0$"),
        ("so\n\\[\n\\int_0^1 x\\,dx\n\\]\nthen", "so\n\n$$\n\\int_0^1 x\\,dx\n$$\n\nthen"),
        ("so\n\\[\nx\n- y\n\\] then", "so\n\n$$\nx\n-y\n$$\n\nthen"),
        ("1. so\n   \\[ x = y \\]", "1. so\n   $$\n   x = y\n   $$"),
        ("\\[ x = y \\] and \\[ a^2 \\]", "$$ x = y $$ and $$ a^2 $$"),
        ("so\n\\[\nx\n\nthen", "so\n\\[\nx\n\nthen"),
        ("\\[a note\\]", "[a note]"),
        (r"[\(x\)](https://a.b)", "[$x$](https://a.b)"),
        (r"\[a note\] and `\(x\)`", r"[a note] and `\(x\)`"),
    ],
)
def test_formulas_as_language_models_write_them_are_formulas(text: str, expected: str) -> None:
    assert inert(text) == expected


def test_a_long_line_breaks_in_no_formula() -> None:
    shown = inert("with $a_i + b$ words, $$x = y$$ and $f x$ more " * 60)
    assert shown
    assert shown.count("$a_i + b$") == 60


def test_pictures_that_were_kept_stay() -> None:
    own = "![chart](./mdrun-0123456789abcdef.png)"
    assert inert(f"# See\n\n{own}", [own]) == f"**See**\n\n{own}"
    assert inert(own) == "chart"


@pytest.mark.parametrize(
    "long",
    [
        "word " * 100_000,
        "x" * 3_000,
        "```js\n" + "x\n" * 300 + "```",
        "$a" * 40_000,
        f"| {'a' * 2_001} | b |\n|---|---|",
    ],
)
def test_one_block_that_does_not_fit_is_not_cut(long: str) -> None:
    assert inert(long) is None


def test_what_does_not_fit_is_left_out_behind_whole_blocks() -> None:
    shown = inert("\n\n".join(f"Paragraph {number}." for number in range(300)))
    assert shown
    first, *_, last = shown.split("\n\n")
    assert first == "Paragraph 0."
    assert last == "... 3.2 kB left out ..."
    assert len(shown.split("\n")) <= SHOWN_LINES
    assert size(shown) <= SHOWN_BYTES


@pytest.mark.parametrize(
    ("long", "last", "missing"),
    [
        ("- item\n" * 300, "- item", "713 B"),
        ("1. item\n   more\n" * 300, "99. item\n    more", "3.2 kB"),
        ("| a |\n|---|\n" + "| 1 |\n" * 300, "| 1   |", "623 B"),
        ("> a\n\n" * 5_000, "> a", "24.5 kB"),
        ("- word *x* [[a]] #t $a$ \n" * 7_000, r"- word *x* \[[a]\] \#t $a$", "170 kB"),
    ],
)
def test_long_lists_and_tables_are_cut_behind_an_item_or_row(long: str, last: str, missing: str) -> None:
    shown = inert(long)
    assert shown
    assert shown.endswith(f"{last}\n\n... {missing} left out ...")
    assert len(shown.split("\n")) <= SHOWN_LINES


def test_a_long_paragraph_has_several_lines() -> None:
    shown = inert("Words - and 1. more words of *one* paragraph. " * 100)
    assert shown
    lines = shown.split("\n")
    assert len(lines) == 3
    assert all(len(line) <= SHOWN_COLUMNS for line in lines)
    assert " ".join(lines).count("*one*") == 100


def test_a_wide_table_is_not_padded() -> None:
    shown = inert(f"| a | b |\n|---|---|\n| {'x' * 150} | 1 |\n| 2 | 3 |")
    assert shown
    assert shown.split("\n")[-1] == "| 2 | 3 |"


def test_a_text_that_never_comes_to_rest_is_not_shown_as_markdown(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: Callable[..., str] = lambda text, *_, **__: f"{text}."  # noqa: E731
    monkeypatch.setattr(prose, "rendered", rendered)
    assert inert("a") is None


def test_a_text_that_the_renderer_cannot_take_is_not_shown_as_markdown() -> None:
    assert inert(">" * 50_000) is None
    assert inert("> " * 60 + "deep") is None
    assert inert("<!-- nothing to see -->") == ""


@pytest.mark.parametrize("found", [*FOUND, "a: b"])
def test_what_a_note_would_find_is_not_let_through(found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unchanged: Callable[..., str] = lambda text, *_, **__: text  # noqa: E731
    monkeypatch.setattr(prose, "rendered", unchanged)
    assert (inert(found) is None) == (found != "a: b")
