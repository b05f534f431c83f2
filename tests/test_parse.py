"""Text to `Note`, with exact spans."""

from __future__ import annotations

from typing import Any

import pytest

from mdrun.note import BlockId, CodeBlock, Embed, Heading, Note
from mdrun.parsing import parse
from mdrun.parsing.inline import Inline
from mdrun.region import Stamp, says
from mdrun.text import Span
from tests.cases import cases
from tests.noted import noted


@cases("embeds.md")
def test_embeds_are_found_where_a_reader_sees_them(given: str, expected: str) -> None:
    assert noted(parse(given)) == expected


@cases("headings.md")
def test_headings_are_those_that_sections_start_at(given: str, expected: str) -> None:
    assert noted(parse(given)) == expected


@cases("ids.md")
def test_block_ids_name_blocks(given: str, expected: str) -> None:
    assert noted(parse(given)) == expected


@cases("blocks.md")
def test_code_blocks_are_those_a_reader_sees(given: str, expected: str) -> None:
    assert noted(parse(given)) == expected


def cut(text: str) -> list[str]:
    """Return the source of every element of a text."""
    return [element.span.cut(text) for element in parse(text).elements]


def test_a_note_keeps_its_text_and_path() -> None:
    assert parse("text\r\n", "Folder/Note.md") == Note("Folder/Note.md", "text\r\n")


def test_an_empty_note_has_no_elements() -> None:
    assert [parse(text).elements for text in ("", "\n", "\ufeff", "\r", "---\n---", "---\n---\n")] == [()] * 6


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_r73_every_line_ending_reads_the_same(end: str) -> None:
    text = end.join(["---", "a: 1", "---", "# A", "x ![[B]] ^id", "", "> ```py", "> x", "> y", "> ```", ""])
    note = parse(text)
    heading, embed, block_id, block = note.elements
    assert note.properties == {"a": 1}
    assert isinstance(block, CodeBlock)
    assert block.anchor
    assert (block.source, block.anchor.line_ending) == ("x\ny\n", end)
    assert isinstance(block_id, BlockId)
    assert block_id.names.cut(text) == "x ![[B]] ^id"
    assert [heading.line, embed.line, block_id.line, block.line] == [4, 5, 5, 7]
    assert cut(text) == ["# A", "![[B]]", "^id", end.join(["> ```py", "> x", "> y", "> ```"])]


def test_f49_nothing_else_ends_a_line() -> None:
    text = "a\u2028# b ![[C]]\x85\n```py\nx\x0cy\u2029z\x1c\n```\n# \x0bD\u2028\n"
    embed, block, heading = parse(text).elements
    assert embed == Embed(Span(6, 12), 1, embed.target, wikilink=True)  # type: ignore[union-attr]
    assert isinstance(block, CodeBlock)
    assert block.source == "x\x0cy\u2029z\x1c\n"
    assert heading == Heading(Span(text.index("# \x0b"), len(text) - 1), 5, 1, "\x0bD\u2028")


@pytest.mark.parametrize("blank", ["\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\xa0", "\u2003", "\u2028", "\u3000"])
def test_blanks_that_are_none_to_markdown_move_no_span(blank: str) -> None:
    text = f"{blank}\n{blank}a ![[B]]{blank}\n{blank}\n\n{blank}# no heading\n\n# ![[C]]{blank}\n\nx{blank}\n==\n"
    assert cut(text) == ["![[B]]", f"# ![[C]]{blank}", "![[C]]", f"x{blank}\n=="]


def test_a_nul_is_a_character_like_any_other() -> None:
    assert cut("a\0 ![[B\0]]\n```py\n\0\n```\n") == ["![[B\0]]", "```py\n\0\n```"]


def test_r71_a_byte_order_mark_hides_neither_properties_nor_the_first_line() -> None:
    assert parse("\ufeff---\na: 1\n---\n").properties == {"a": 1}
    assert cut("\ufeff# A\n") == ["\ufeff# A"]
    assert cut("\ufeff![[A]]") == ["![[A]]"]
    assert cut("\ufeff| ![[A]] |\n|-|\n") == ["![[A]]"]
    (block,) = parse("\ufeff```py\nx\n```").blocks()
    assert (block.line, block.source) == (1, "x\n")


def test_embeds_behind_prefixes_are_cut_out_exactly() -> None:
    text = "> -\t![[A]] b\n>   *c* ![d](<E F.md>\n>   'g')\n> 1. x\n\t![[H]]\n"
    assert cut(text) == ["![[A]]", "![d](<E F.md>\n>   'g')", "![[H]]"]


def test_a_destination_may_stand_on_the_next_line() -> None:
    assert cut("![a](\nB.md\n)") == ["![a](\nB.md\n)"]


def test_blocks_are_those_whose_language_is_python_s() -> None:
    text = "".join(f"```{language}\n```\n" for language in ("py", "js", "Run-Python", "python3", "pycon", "RUN-py"))
    assert [block.info.language for block in parse(text).blocks()] == ["py", "Run-Python", "python3", "RUN-py"]


def test_g7_code_that_a_person_puts_behind_a_region_in_its_quote_is_a_block() -> None:
    stamp = Stamp("3f9a1c", says(["1"]), separated=False)
    text = f"```py\n1\n```\n> [!output]\n> 1\n> {stamp}\n> ```py\n> 2\n> ```\n"
    assert [block.source for block in parse(text).blocks()] == ["1\n", "2\n"]
    assert [block.source for block in parse(text.replace("> 1", "> 3")).blocks()] == ["1\n"]


def test_containers_are_seen_to_a_hundred_deep() -> None:
    deep = "> " * 99
    assert len(parse(f"{deep}```py\n{deep}x\n{deep}```\n").elements) == 1
    assert parse(f"{'> ' * 2000}```py\n").elements == ()


def test_properties_keep_their_complaint() -> None:
    assert parse("---\na: [\n---\n").complaint


HOSTILE = {
    "openings": "![[",
    "links": "[[x",
    "images": "![x",
    "destinations": "![](x",
    "angles": "![](<",
    "titles": '![](x "',
    "comments": "%%x",
    "percents": "% %% ",
    "HTML comments": "a<!--x",
    "tags": "<a b='",
    "brackets": "[",
    "backslashes": "\\",
    "backticks": "`x``y",
}


class Counted(str):
    """A text that counts the characters that are looked at."""

    __slots__ = ("looks",)
    looks: int

    def find(self, needle: str, start: int = 0) -> int:  # type: ignore[override]
        found = super().find(needle, start)
        self.looks += (found if found >= 0 else len(self)) - start
        return found

    def rfind(self, needle: str, start: int, end: int) -> int:  # type: ignore[override]
        found = super().rfind(needle, start, end)
        self.looks += end - found
        return found

    def __getitem__(self, key: Any) -> str:
        found = super().__getitem__(key)
        self.looks += len(found)
        return found


def looks(text: str) -> int:
    """Return how many characters of a text are looked at when it is scanned for embeds."""
    counted = Counted(text)
    counted.looks = 0
    assert all(found.end <= len(text) for found in Inline(counted).embeds())
    return counted.looks


@pytest.mark.parametrize("end", ["", "\n"], ids=["one line", "many lines"])
@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE)
def test_twice_the_text_is_twice_the_looks(piece: str, end: str) -> None:
    text = f"a{end}" + f"{piece}{end}" * 300
    assert looks(text * 4) <= 4.2 * looks(text) + 500


def test_backtick_runs_of_every_length_are_looked_at_once() -> None:
    text = "x".join("`" * length for length in range(1, 100))
    assert looks(f"{text}![[A]]") < 20
