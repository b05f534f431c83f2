"""A region's head and stamp, and what they are made from (G5, G8, G9, G11)."""

from __future__ import annotations

import time

import pytest

from mdrun.essence import essence
from mdrun.events import Error
from mdrun.mime import render
from mdrun.region import (
    Provenance,
    Stamp,
    head,
    hides_code,
    is_head,
    says,
    stamp_in,
    unquote,
    with_fences,
    without_marks,
)
from tests.cases import cases

BODY = ["```text", "one", "", "  two", "```"]


@pytest.mark.parametrize(
    "line",
    [
        "[!output]",
        "[!output]-",
        "[!output]+",
        "[!output]  ",
        "[!error] `x`",
        "[!error]- `` a `b` ``",
        "[!error]- `x` \t",
    ],
)
def test_heads_are_known_folded_or_not(line: str) -> None:
    assert is_head(line)
    assert hides_code(line)


@pytest.mark.parametrize(
    "line",
    [
        "[!output] mine",
        "[!Output]",
        "[!error]",
        "[!error] mine",
        "[!error] `a` b",
        "[!error] `a``",
        "[!note]",
        "[!output]x",
    ],
)
def test_other_callouts_have_no_head_of_ours(line: str) -> None:
    assert not is_head(line)


@pytest.mark.parametrize("line", ["[!output] mine", "[!OUTPUT]", "[!output]x"])
def test_code_in_any_output_callout_is_hidden(line: str) -> None:
    assert hides_code(line)


@pytest.mark.parametrize(
    "message", ["x", "`", "``", "a ` b", "*em* <b> #tag [[x]] ^id", "\t", "a\nb", "x" * 999, "\x1b[1m"]
)
def test_g11_every_error_has_a_title_that_is_a_head(message: str) -> None:
    body = render([Error("ValueError", message)], place=str)
    assert body
    for folded in (False, True):
        assert is_head(head(body.kind, body.title, folded=folded))


@pytest.mark.parametrize(
    "stamp", [Stamp("3f9a1c", "77b0e2", separated=False), Stamp("000000", "ffffff", separated=True)]
)
def test_g5_a_stamp_is_read_as_it_was_written(stamp: Stamp) -> None:
    assert stamp_in(str(stamp)) == stamp
    assert stamp_in(f"{stamp} \t") == stamp


@pytest.mark.parametrize(
    "line",
    [
        "<!-- 3F9A1C-77b0e2 -->",
        "<!--3f9a1c-77b0e2-->",
        " <!-- 3f9a1c-77b0e2 -->",
        "<!-- 3f9a1c-77b0e2 --> x",
        "<!-- -->",
    ],
)
def test_g5_nothing_else_is_a_stamp(line: str) -> None:
    assert stamp_in(line) is None


@pytest.mark.parametrize(
    "body",
    [
        ["", *BODY, ""],
        [line + "  " for line in BODY],
        [line for line in BODY if line],
    ],
)
def test_g8_formatters_change_nothing_of_what_a_body_says(body: list[str]) -> None:
    assert says(body) == says(BODY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["| a | bb |", "|-|:--:|", "| 1 | 2 |"], ["| a   |  bb  |", "| --- | :--: |", "| 1   |  2   |"]),
        (["*a* and __b__"], ["_a_ and **b**"]),
        (["***"], ["---"]),
        (["- - -"], ["___"]),
    ],
)
def test_g8_a_table_and_marks_say_the_same_in_every_form(old: list[str], new: list[str]) -> None:
    assert says(old) == says(new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["| a | b |"], ["| a | b c |"]),
        (["| --- | --- |"], ["| --- | --: |"]),
        (["```text", "| a |", "```"], ["```text", "|a|", "```"]),
        (["a b"], ["a  b"]),
        (["--"], ["---"]),
    ],
)
def test_g8_what_changes_a_table_or_code_is_an_edit(old: list[str], new: list[str]) -> None:
    assert says(old) != says(new)


@pytest.mark.parametrize("body", [[], BODY[:-1], ["```text", "one", "two", "```"], ["```text", "one  two", "```"]])
def test_g8_every_other_change_is_an_edit(body: list[str]) -> None:
    assert says(body) != says(BODY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("![](./a.png)", "![](../files/a.png)"),
        ("![alt](<my files/a b.png>)", "![alt](<a b.png>)"),
        ("![[files/a.png]]", "![[a.png]]"),
        ("![[files/a.png|300]]", "![[other/a.png|300]]"),
    ],
)
def test_g8_a_picture_may_move(old: str, new: str) -> None:
    assert says([old]) == says([new])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("![](./a.png)", "![](./b.png)"),
        ("[](./a.png)", "[](../a.png)"),
        ("![a/b](c.png)", "![b](c.png)"),
    ],
)
def test_g8_nothing_else_of_it_may_change(old: str, new: str) -> None:
    assert says([old]) != says([new])


def test_g8_in_a_fence_a_picture_is_text() -> None:
    old, new = (["~~~text", "```", f"![]({folder}/a.png)", "~~~"] for folder in "ab")
    assert says(old) != says(new)
    assert says([*BODY, "![](x/a.png)"]) == says([*BODY, "![](a.png)"])


def test_fences_end_with_a_mark_that_is_long_enough_and_alone() -> None:
    lines = ["text", "````py", "```", "````x", "~~~~", "`````", "text"]
    assert [fenced for _, fenced in with_fences(lines)] == [False, True, True, True, True, True, False]


@pytest.mark.parametrize(
    ("line", "depth", "rest"),
    [
        ("> text", 1, "text"),
        (">text", 1, "text"),
        (">  text", 1, " text"),
        (">", 1, ""),
        (" >\t> text", 2, "text"),
        ("  > > > q", 2, "> q"),
        ("> text", 2, None),
        ("text", 0, "text"),
    ],
)
def test_quote_marks_are_taken_off(line: str, depth: int, rest: str | None) -> None:
    assert unquote(line, depth) == rest


def test_lines_count_up_to_the_first_without_marks() -> None:
    assert without_marks(["> a", ">", "b", "> c"], 1) == ("a", "")


@cases("essence.md")
def test_g9_comments_blank_lines_and_trailing_blanks_do_not_count(given: str, expected: str) -> None:
    assert f"{essence(given.replace('·', ' '))}\n" == expected.replace("·", " ")


@pytest.mark.parametrize(
    "source",
    [
        "!ls  # a\n",
        "x = !ls  # a\n",
        "%time x  # a\n",
        "x = %time x  # a\n",
        "if x:\n    %time x  # a\n",
        "%%bash\n# a\n",
        "x?  # a\n",
        "?x  # a\n",
        "/f x  # a\n",
        ",f x  # a\n",
        ";f x  # a\n",
        "$x  # a\n",
        "(1  # a\n",
        "1)  # a\n",
        "(1]  # a\n",
        "x = 'a  # a\n",
        "x = '''a  # a\n",
        "x = f'a  # a\n",
        "x = f'''a  # a\n",
        "x = f'{a'  # a\n",
        "x = f'{a]}'  # a\n",
        "x = f'}'  # a\n",
        "x = f'{a!x}'  # a\n",
        "x = f'{a:\n}'  # a\n",
        "x = f'{a:'}'  # a\n",
        "x = f'{a:",
        "x = f'\\",
        "x = a!r}  # a\n",
        "x = 1 \\ # a\n",
        "`x`  # a\n",
    ],
)
def test_g9_what_is_not_python_counts_as_it_is(source: str) -> None:
    assert essence(source) == source


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1 + \\\n2\n", "x = 1 + \\\n\n2\n"),
        ("x = 1 + \\\n2\n", "x = 1 + \\\n# a\n2\n"),
        ("x = 1 + \\\n2\n", "x = 1 + \\ \n2\n"),
        ("x = 1\n", "x = 1\xa0\n"),
        ("x = 'a '\n", "x = 'a'\n"),
        ("x = '#a'\n", "x = '#'\n"),
        ("x = '''a \n'''\n", "x = '''a\n'''\n"),
        ("x = '''a\n\n'''\n", "x = '''a\n'''\n"),
        ("x = f'''{a}\n\n'''\n", "x = f'''{a}\n'''\n"),
        ('x = f"{a["#1"]}"\n', 'x = f"{a["#2"]}"\n'),
        ("x = f'{a:#x}'\n", "x = f'{a:#o}'\n"),
        ("if x:\n  y\n", "if x:\n y\n"),
    ],
)
def test_g9_everything_else_counts(one: str, other: str) -> None:
    assert essence(one) != essence(other)


@pytest.mark.parametrize(
    "source",
    [
        "f'{" * 9_999,
        "f'{x:" * 9_999,
        "(" * 19_999,
        "'" * 99_999,
        '"""' + "a\\" * 49_999,
        "a # c\n" * 9_999,
        "\\N{" * 9_999,
    ],
)
def test_g9_the_work_grows_with_the_code_and_no_faster(source: str) -> None:
    start = time.perf_counter()
    essence(source)
    assert time.perf_counter() - start < 5


def test_g8_the_work_grows_with_the_line_and_no_faster() -> None:
    start = time.perf_counter()
    for hostile in ("![" * 50_000, "![](" * 50_000, "![[a/" * 50_000, "![](" + "a/" * 50_000):
        says([hostile])
    assert time.perf_counter() - start < 5


def test_g9_made_covers_every_step_up_to_its_own() -> None:
    one, other = Provenance(), Provenance()
    assert one.after("x = 1\n", {}) == other.after("x = 1  # one\n\n", {})
    assert one.after("x\n", {}) == other.after("x\n", {"timeout": 5, "label": "a"})
    assert one.after("x\n", {}) != other.after("y\n", {})
    assert one.after("x\n", {}) != other.after("x\n", {})


@pytest.mark.parametrize("options", [{"skip": True}, {"raises": "NameError"}, {"may_fail": True}, {"may_fail": False}])
def test_g9_made_covers_the_options_that_say_how_a_block_may_end(options: dict[str, bool | str]) -> None:
    assert Provenance().after("x\n", options) != Provenance().after("x\n", {})


def test_g9_steps_do_not_run_together() -> None:
    one, other = Provenance(), Provenance()
    one.after("a\n", {})
    other.after("a\nb\n", {})
    assert one.after("b\nc\n", {}) != other.after("c\n", {})


def test_g9_made_is_the_same_in_every_version_of_python() -> None:
    source = "x = f'{a!r:>{w}}' + f\"{b['#']}\"  # comment\n\ny = t'{x}'; z = f'{c!s}!'\n"
    assert essence(source) == "x = f'{a!r:>{w}}' + f\"{b['#']}\"\ny = t'{x}'; z = f'{c!s}!'"
    assert Provenance().after(source, {"raises": "é"})[:6] == "6a42ad"
