"""Outputs stand beneath their blocks, and all else stays, byte for byte (G1-G12)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mdrun.errors import WeaveFailed
from mdrun.events import Error, Stream
from mdrun.mime import Body, render
from mdrun.parsing import parse
from mdrun.pictures import Picture
from mdrun.region import Provenance
from mdrun.weave import Weaving, Woven, clean, looks_like_output, weave
from tests.cases import cases

if TYPE_CHECKING:
    from mdrun.note import Note
    from mdrun.settings import Compare
    from mdrun.text import Span

MARKS = {"␍": "\r", "␄\n": "", "→": "\t", "·": " ", "␂": "\ufeff"}
"""How fixtures show a carriage return, a missing final newline, a tab, a blank that matters, a BOM."""


def raw(shown: str) -> str:
    for mark, character in MARKS.items():
        shown = shown.replace(mark, character)
    return shown


def body_in(source: str) -> Body | None:
    """Return what a block of a fixture puts out: its comments `# = text`, `# ! error` or `# + line of the body`."""
    said = re.findall(r"# ([=!+]) ?(.*)", source)
    lines = [line for kind, line in said if kind == "+"]
    if lines:
        return Body("output", None, tuple(lines), folded=False)
    stdout = "".join(f"{line}\n" for kind, line in said if kind == "=")
    errors = [Error("", line) for kind, line in said if kind == "!"]
    return render([Stream("stdout", stdout), *errors], place=str)


def outputs_of(note: Note) -> dict[Span, Woven]:
    provenance = Provenance()
    made = [(block, provenance.after(block.source, block.info.options)[:6]) for block in note.blocks()]
    return {block.span: Woven(body_in(block.source), key) for block, key in made if not block.info.options.get("skip")}


def woven(shown: str, *, adopt: bool = False) -> Weaving:
    note = parse(raw(shown))
    return weave(note, outputs_of(note), adopt=adopt)


@cases("weave.md")
def test_outputs_are_woven_into_a_note(given: str, expected: str) -> None:
    assert woven(given).text == raw(expected)


@cases("weave.md")
def test_a_second_run_changes_nothing(given: str, expected: str) -> None:
    del given
    assert woven(expected).edits == ()


@cases("adopt.md")
def test_outputs_take_the_place_of_what_is_adopted(given: str, expected: str) -> None:
    adopted = woven(given, adopt=True)
    assert adopted.text == raw(expected)
    assert woven(expected, adopt=True).edits == ()


@cases("clean.md")
def test_outputs_are_taken_out_again(given: str, expected: str) -> None:
    assert clean(parse(raw(given))).text == raw(expected)


BLOCK = "```python\n1 + 1  # = 2\n```\n"
OLD = woven(BLOCK).text


def test_g10_quotes_kept_are_counted_and_those_that_say_the_same() -> None:
    note = f"{BLOCK}> 2\n\n{BLOCK}> `3`\n\n{BLOCK}> prose\n\n{BLOCK}"
    assert [(kept.line, kept.edited, kept.same) for kept in woven(note).kept] == [(4, False, True), (9, False, False)]


def test_g10_they_are_counted_in_every_run() -> None:
    again = woven(woven(f"{BLOCK}> 2\n").text)
    assert [(kept.line, kept.edited, kept.same) for kept in again.kept] == [(10, False, True)]


def test_g10_edited_regions_are_told() -> None:
    edited = OLD.replace("> 2", "> two")
    weaving = woven(edited)
    assert (weaving.text, weaving.edits) == (edited, ())
    assert [(kept.line, kept.edited) for kept in weaving.kept] == [(4, True)]
    assert [(kept.line, kept.edited) for kept in clean(parse(edited)).kept] == [(4, True)]
    assert woven(edited, adopt=True).text == OLD


def test_g10_an_empty_quote_says_nothing_an_output_could() -> None:
    assert woven("```python\npass\n```\n>\n").kept == ()


@pytest.mark.parametrize(
    "quote",
    [
        "5",
        "-5",
        "None",
        "'Hi'",
        '"it\'s"',
        "b'a'",
        "1+2j",
        "[]",
        "[1, [nan, -inf]]",
        "(1,)",
        "{1, 2}",
        "{'a': {'b': ...}}",
        "HumanMessage(content='Hi', extra={})",
        "np.array([1, 2])",
        "Set()",
        "`x y`",
        "`` a ` b ``",
        "```\nx\n```",
        "{'a': 1,\n 'b': 2}",
        r"['\d']",
    ],
)
def test_g10_values_reprs_and_code_spans_look_like_output(quote: str) -> None:
    assert looks_like_output(f"  {quote}\n")


@pytest.mark.parametrize(
    "quote",
    [
        'print("keep me?")',
        "add(1, 2)",
        "",
        "text",
        "nan",
        "-inf",
        "+1",
        "1 # a remark",
        "None#tag",
        "Hello (1)",
        ".add(1)",
        "_mdrun_hidden_99",
        "[2024-01-02, 1]",
        "...",
        '"A person said so"',
        "1 + 1",
        "x",
        "not True",
        "~1",
        "f(x)",
        "f(**{'a': 1})",
        "{**{}}",
        "[*[]]",
        "f'{1}'",
        "<object>",
        "`a` and `b`",
        "`a``",
        r"'\d'",
        "1\n2",
        "\0",
        "- " * 3_000 + "1",
        "(" * 500,
        "-" * 19_000 + "1",
        "`" + "x" * 20_000 + "`",
    ],
)
def test_g10_anything_else_does_not(quote: str) -> None:
    assert not looks_like_output(quote)


def test_volatile_text_stays_but_nothing_else_does() -> None:
    block = "```python\nprint()  # = {}\n```\n"
    old = woven(block.format("<a at 0x7f0000000000>")).text
    assert woven(old.replace("0x7f0000000000>\n```", "0x7f1111111111>\n```")).text.endswith(old[len(block) :][-30:])
    changed = woven(old.replace("# = <a", "# = <b"))
    assert "> <b at 0x7f0000000000>" in changed.text


def test_a_blank_line_more_is_another_output() -> None:
    block = "```python\nprint()\n# = a\n# = b\n```\n"
    old = woven(block).text
    new = woven(old.replace("# = a\n", "# = a\n# =\n")).text
    assert "> a\n>\n> b\n" in new


def test_users_say_what_else_is_volatile() -> None:
    note = parse(OLD)
    body = Body("output", None, ("```text", "3", "```"), folded=False)
    outputs = {span: replace(output, body=body) for span, output in outputs_of(note).items()}
    assert weave(note, outputs, volatile=[re.compile(r"\d")]).edits == ()
    assert weave(note, outputs).edits != ()


def test_a_changed_provenance_changes_the_stamp_alone() -> None:
    note = parse(OLD)
    outputs = {span: replace(w, made="abcdef") for span, w in outputs_of(note).items()}
    text = weave(note, outputs).text
    assert re.sub("<!-- ......", "<!-- abcdef", OLD) == text


def test_a_stray_mark_goes() -> None:
    stray = OLD.replace(" -->", "+ -->")
    assert woven(stray).text == OLD


def test_g7_where_the_region_stands_above_a_block_id_it_stays() -> None:
    moved = f"{OLD}^id\n> q\n"
    assert woven(moved).text == moved


def test_a_block_that_is_not_given_an_output_is_left_alone() -> None:
    assert weave(parse(OLD), {}).text == OLD
    assert weave(parse("```python\n1"), outputs_of(parse("```python\n1"))).text == "```python\n1"


def test_a_body_that_would_leave_its_region_is_not_woven() -> None:
    note = parse(BLOCK)
    (span,) = outputs_of(note)
    body = Body("output", None, ("```text", "a\n\nb", "```"), folded=False)
    with pytest.raises(WeaveFailed):
        weave(note, {span: Woven(body, "000000")})


def test_a_body_whose_fence_is_open_is_not_woven() -> None:
    note = parse(f"{BLOCK}{BLOCK}")
    span, _ = outputs_of(note)
    with pytest.raises(WeaveFailed):
        weave(note, {span: Woven(Body("output", None, ("```text", "a"), folded=False), "000000")})


def test_where_a_note_would_run_other_code_without_its_regions_nothing_is_written() -> None:
    region = OLD.removeprefix(BLOCK)
    note = parse(f"{BLOCK}^id\n{region}2. ```python\n   3\n   ```\n")
    assert len(list(note.blocks())) == 2
    with pytest.raises(WeaveFailed):
        clean(note)
    with pytest.raises(WeaveFailed):
        weave(note, outputs_of(note))


def test_edits_come_in_the_order_of_the_note() -> None:
    edits = woven(f"{BLOCK}> {BLOCK.replace(chr(10), chr(10) + '> ')[:-2]}{BLOCK}").edits
    assert list(edits) == sorted(edits)


def region_of(body: Body | None, made: str = "aaaaaa") -> str:
    """Return the note of one block with this beneath it."""
    note = parse(BLOCK)
    return weave(note, {block.span: Woven(body, made) for block in note.blocks()}).text


NEW = Body("output", None, ("```text", "3", "```"), folded=True)
FAILURE = Body("error", "`KeyError: 'q'`", ("```text", "KeyError: 'q'", "```"), folded=False)


@pytest.mark.parametrize("old", [NEW, FAILURE])
@pytest.mark.parametrize("new", [None, replace(NEW, lines=("```text", "4", "```")), FAILURE])
@pytest.mark.parametrize("made", ["aaaaaa", "bbbbbb"])
def test_a_region_that_is_ignored_stays_whatever_a_block_shows(old: Body, new: Body | None, made: str) -> None:
    """Where its code changed, too: only its stamp says so."""
    note = parse(region_of(old))
    weaving = weave(note, {block.span: Woven(new, made, "ignore") for block in note.blocks()})
    assert weaving.text == note.text.replace("aaaaaa", made)
    assert len(weaving.edits) == (made != "aaaaaa")


def test_of_a_region_that_is_ignored_no_new_picture_is_kept() -> None:
    picture = Picture(b"new", "png")
    shown = replace(NEW, lines=("", f"![](./{picture.name})"), pictures=(picture,))
    note = parse(region_of(NEW))
    outputs = {block.span: Woven(shown, "bbbbbb", "ignore") for block in note.blocks()}
    assert weave(note, outputs).pictures == {}


@pytest.mark.parametrize("new", [None, NEW])
def test_a_block_that_is_ignored_and_has_no_region_gets_its_output(new: Body | None) -> None:
    note = parse(BLOCK)
    assert weave(note, {block.span: Woven(new, "aaaaaa", "ignore") for block in note.blocks()}).text == region_of(new)


def test_an_edited_region_is_told_though_it_is_ignored() -> None:
    note = parse(OLD.replace("> 2", "> two"))
    weaving = weave(note, {block.span: Woven(NEW, "aaaaaa", "ignore") for block in note.blocks()})
    assert (weaving.edits, [kept.edited for kept in weaving.kept]) == ((), [True])


@pytest.mark.parametrize(
    ("quote", "body", "compare", "same", "path"),
    [
        ("{'a': 3.0000001}", "{'a': 3.0}", "text", True, None),
        ("{'a': 4}", "{'a': 3}", "text", False, "['a']"),
        ("`{'a': 4}`", "{'a': 3}", "exact", False, "['a']"),
        ("{'a': 4}", "{'a': 3}", "ignore", False, None),
        ("{'a': 3}", "{'a': 3}", "ignore", True, None),
    ],
)
def test_a_quote_is_compared_as_a_value_unless_its_block_is_ignored(
    quote: str, body: str, compare: Compare, *, same: bool, path: str | None
) -> None:
    note = parse(f"{BLOCK}> {quote}\n")
    shown = replace(NEW, lines=("```text", body, "```"))
    (kept,) = weave(note, {block.span: Woven(shown, "aaaaaa", compare) for block in note.blocks()}).kept
    assert (kept.same, [difference.path for difference in kept.differences]) == (same, [path] if path else [])


def test_a_quote_beneath_a_block_that_failed_is_compared_with_nothing() -> None:
    note = parse(f"{BLOCK}> [1]\n")
    (kept,) = weave(note, {block.span: Woven(FAILURE, "aaaaaa") for block in note.blocks()}).kept
    assert (kept.same, kept.differences) == (False, ())
