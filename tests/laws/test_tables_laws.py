"""What holds for all HTML, tables or not."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mdrun.clip import SHOWN_BYTES, size
from mdrun.mime.tables import tables_in

if TYPE_CHECKING:
    from markdown_it.token import Token

GFM = MarkdownIt("commonmark").enable("table")

WORDS = st.lists(
    st.sampled_from(
        [*"*_`|\\[](){}<>!#~&=+-.:;^$%'\"/ 1ab\0\ud800\x1b\x85\u2028\xa0é가😀", "1. ", "- ", "&amp;", "<br>"]
    )
    | st.text(max_size=3),
    max_size=12,
).map("".join)

PARTS = ["table", "/table", "thead", "tbody", "/tbody", "tfoot", "tr", "/tr", "td", "th", "/td", "caption", "col"]
INLINE = ["b", "/b", "i", "/i", "code", "/code", "a href='http://x/|)*'", "/a", "a", "br", "p", "/p", "li", "pre", "x"]
SPANS = ["", "", "", "", " colspan=2", " colspan=999", " rowspan=2", " rowspan=0", " hidden"]
STRANGE = ["<!--", "-->", "<", ">", "<td", "'", '"', "white-space: pre", "<style>", "\n", "&#", "|" * 400, "x" * 200]


def soup(names: list[str]) -> st.SearchStrategy[str]:
    tags = st.builds("<{}{}>".format, st.sampled_from(names), st.sampled_from(SPANS))
    return st.lists(tags | tags | WORDS.map(escape) | WORDS | st.sampled_from(STRANGE), max_size=12).map("".join)


CELLS = st.builds("<td{}>{}".format, st.sampled_from(SPANS), soup(INLINE))
ROWS = st.lists(CELLS, max_size=5).map(lambda cells: f"<tr>{''.join(cells)}")
TABLES = st.lists(ROWS, max_size=8).map(lambda rows: f"<table>{''.join(rows)}</table>")
HTML = st.lists(TABLES | soup([*PARTS, "b", "p", "h2"]) | soup([*PARTS, *INLINE]), max_size=3).map("".join)


@given(HTML)
def test_what_is_made_of_html_is_paragraphs_and_whole_tables(html: str) -> None:
    markdown = tables_in(html)
    if markdown is None:
        return
    assert size(markdown) <= SHOWN_BYTES
    tokens = GFM.parse(markdown)
    outer = [token for token in tokens if token.level == 0 and token.nesting == 1]
    assert {token.type for token in outer} <= {"paragraph_open", "table_open"}
    assert "table_open" in {token.type for token in outer}
    lines = markdown.split("\n")
    for token in outer:
        first, last = token.map or (0, 0)
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in lines[first:last]}
        assert len(widths) == 1 if token.type == "table_open" else last == first + 1


@given(WORDS, WORDS)
def test_text_stands_for_itself(cell: str, around: str) -> None:
    markdown = tables_in(f"{escape(around)}<table><tr><td>{escape(cell)}<td><code>{escape(cell)}</code><td>x")
    assert markdown
    said = [said_in(token) for token in GFM.parse(markdown) if token.type == "inline"]
    text = shown(cell)
    assert said == [*filter(None, [shown(around)]), *[""] * (3 if text else 1), *filter(None, [text, text]), "x"]


def said_in(inline: Token) -> str:
    parts = inline.children or ()
    assert {part.type for part in parts} <= {"text", "code_inline"}
    return "".join(part.content for part in parts)


def shown(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", " ".join(text.split()))
