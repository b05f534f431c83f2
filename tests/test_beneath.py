"""What stands beneath a block: its region, one a person edited, or a plain quote (G3, G7, G10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import pytest

from mdrun.note import EditedRegion, Quote, Region
from mdrun.parsing import parse
from mdrun.region import Stamp, says
from mdrun.text import Lines
from tests.cases import cases

if TYPE_CHECKING:
    from mdrun.note import Anchor, Beneath

TWO = f"> [!output]\n> ```text\n> 2\n> ```\n> {Stamp('3f9a1c', says(['```text', '2', '```']), separated=False)}"


def told(below: Beneath | None, lines: Lines) -> str:
    """Return what stands beneath a block in words, its lines counted from 1."""
    match below:
        case None:
            return "nothing"
        case Region(span=span, line=line, kind=kind):
            marks = "".join([", separated" * below.separated, ", folded" * below.folded])
            quote = f", above a {told(below.quote, lines)}" if below.quote else ""
            return f"{kind} {line + 1}-{lines.at(span.end) + 1}{marks}{quote}"
        case EditedRegion(span=span, line=line):
            return f"edited {line + 1}-{lines.at(span.end) + 1}"
        case Quote(span=span, line=line, text=text):
            return f"quote {line + 1}-{lines.at(span.end) + 1} {text!r}"
        case _:
            assert_never(below)


@cases("beneath.md")
def test_what_stands_beneath_a_block_is_known(given: str, expected: str) -> None:
    lines = Lines.of(given)
    assert [told(block.beneath, lines) for block in parse(given).blocks()] == expected.splitlines()


def anchor_in(text: str) -> Anchor:
    anchor = next(parse(text).blocks()).anchor
    assert anchor
    return anchor


@pytest.mark.parametrize(
    ("text", "line", "prefix"),
    [
        ("```py\n```", 1, ""),
        ("- ```py\n  ```  \n", 1, "  "),
        (">\t```py\n>  ````\n", 1, ">  "),
        ("> - ~~~py\n>   ~~~~\n", 1, ">   "),
        ("```py\n```\n\n\n^id-1", 4, ""),
        ("```py\n```\n^id text", 1, ""),
        ("```py\n```\n^id_1", 1, ""),
        ("```py\n```\n- ^id", 1, ""),
        ("> ```py\n> ```\n\n^id", 1, "> "),
    ],
)
def test_g3_the_anchor_is_the_closing_fence_or_the_block_id_below(text: str, line: int, prefix: str) -> None:
    anchor = anchor_in(text)
    assert (anchor.line, anchor.prefix, anchor.offset) == (line, prefix, Lines.of(text).ends[line])


@pytest.mark.parametrize(
    ("text", "ending"),
    [("```py\n```\r\ntext\n", "\r\n"), ("```py\n```\rtext", "\r"), ("```py\r\n```", "\r\n"), ("```py\n```\n", "\n")],
)
def test_g1_the_anchor_knows_the_line_ending_its_region_takes(text: str, ending: str) -> None:
    assert anchor_in(text).line_ending == ending


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("```py\n```\n> q", 2),
        ("```py\n```\n\n> q", 3),
        ("```py\n```\n\t> q", 2),
        ("```py\n```\n    q", None),
        ("```py\n```\ntext\n> q", None),
        ("- ```py\n  ```\n> q", None),
        ("```py\n```", None),
    ],
)
def test_g6_the_anchor_knows_where_a_quote_starts_next(text: str, line: int | None) -> None:
    assert anchor_in(text).quote_line == line


@pytest.mark.parametrize("text", ["- ```py\n  ```", "> - ```py\n>   ```"])
def test_g6_the_anchor_knows_where_a_blank_line_would_loosen_a_list(text: str) -> None:
    assert anchor_in(text).in_list_item


@pytest.mark.parametrize("text", ["- > ```py\n  > ```", "```py\n```"])
def test_g6_and_where_it_would_not(text: str) -> None:
    assert not anchor_in(text).in_list_item


@pytest.mark.parametrize(
    "text", ["```py\n", "- ```py\n\ntext", "> ```py\ntext", "> ```py\n>     > ```", "```py\n~~~", "````py\n```"]
)
def test_g2_an_unclosed_fence_has_no_anchor(text: str) -> None:
    assert next(parse(text).blocks()).anchor is None


@pytest.mark.parametrize(
    "text",
    [
        TWO.replace("\n", "\r\n"),
        TWO.replace("> ", "  > "),
        TWO.replace("]\n", "]-\n"),
        TWO.replace("]\n", "]\n>\n"),
        TWO.replace("\n", "  \n"),
        TWO.replace("> ", ">"),
    ],
)
def test_g8_a_region_is_known_after_a_formatter(text: str) -> None:
    found = next(parse(f"```py\n```\n{text}").blocks()).beneath
    assert isinstance(found, Region)
    assert [line.rstrip() for line in found.body if line] == ["```text", "2", "```"]


def test_g7_what_a_person_wrote_behind_the_end_line_may_run() -> None:
    note = parse(f"```py\n1\n```\n{TWO}\n> ```py\n> 'mine'\n> ```\n> ![[Mine]]\n")
    assert [block.source for block in note.blocks()] == ["1\n", "'mine'\n"]
    assert len(note.elements) == 3


def test_code_in_a_region_never_runs_edited_or_not() -> None:
    body = ["```python", "1", "```"]
    quoted = "\n".join(f"> {line}" for line in ["[!output]", *body, str(Stamp("000000", says(body), separated=False))])
    assert len(list(parse(f"```py\n```\n{quoted}").blocks())) == 1
    assert len(list(parse(f"```py\n```\n{quoted.replace('1', '2')}").blocks())) == 1


def test_a_quote_of_many_end_lines_takes_no_longer_than_it_is_long() -> None:
    stamps = f"> {Stamp('000000', '000000', separated=True)}\n" * 2_000
    assert isinstance(next(parse(f"```py\n```\n> [!output]\n{stamps}").blocks()).beneath, EditedRegion)
