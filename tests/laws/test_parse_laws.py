"""What holds for every text that is parsed."""

from __future__ import annotations

import re
import site
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mdrun.note import BlockId, CodeBlock, Element, Embed, Heading, Note
from mdrun.parsing import parse
from mdrun.parsing.info import parse_info
from mdrun.text import BOM, LINE_ENDING, Lines

PREFIXES = ["", "", "", "> ", ">", "- ", "10. ", "  ", "    ", "\t", "> - ", "- > "]
PIECES = [
    *("```py", "```", "~~~ run-python {skip}", "~~~", "````", "x = 1", "", "# H ^id", "## `H` ##", "===", "---"),
    *("![[A#B|c]] ^id", "a ![[", "]]", "![x](<A B.md> 't')", "![x](a%20b.md", ")", "| ![[A\\|b]] | c |", "| - | - |"),
    *("`", "``", "\\", "%%", "%% a %%", "<!--", "-->", "<div>", "</div>", "^id", "> [!output]", "[!output]-", "[a]: b"),
    *("> <!-- 3f9a1c-77b0e2 -->", "---\na: [\n---", "\xa0", "\u2028x", "\x0c", "\0", BOM, "é"),
]
ENDINGS = ["\n", "\n", "\n", "\r\n", "\r"]

lines = st.tuples(st.lists(st.sampled_from(PREFIXES), max_size=2), st.lists(st.sampled_from(PIECES), max_size=3))
markdown = st.lists(st.tuples(lines, st.sampled_from(ENDINGS)), max_size=14).map(
    lambda found: "".join("".join(prefixes) + " ".join(pieces) + ending for (prefixes, pieces), ending in found)
)
texts = markdown | st.text() | st.builds("".join, st.lists(st.sampled_from(PIECES) | st.characters(), max_size=30))


def check(note: Note) -> None:
    """Check that each element is where it says it is, and in reading order."""
    found = Lines.of(note.text)
    starts = [element.span.start for element in note.elements]
    assert starts == sorted(starts)
    for element in note.elements:
        check_source(element, element.span.cut(note.text))
        assert element.line == found.at(element.span.start) + 1
        if isinstance(element, CodeBlock | Heading):
            assert element.span.start in found.starts
            assert element.span.end in found.ends


def check_source(element: Element, source: str) -> None:
    """Check that `source` could be an element's own."""
    match element:
        case Embed(wikilink=wikilink):
            assert source.startswith("![[" if wikilink else "![")
            assert source.endswith("]]" if wikilink else ")")
        case BlockId(name=name):
            assert source == f"^{name}"
        case Heading(text=text, level=level):
            assert "".join(text.split()) in "".join(source.split())
            assert "#" * level in source or source.rstrip(" \t").endswith("=-"[level - 1])
        case CodeBlock(info=info):
            opening = LINE_ENDING.split(source)[0]
            assert re.search(r"(?:`{3,}|~{3,})" + re.escape(info.raw) + r"\Z", opening)
            assert element.anchor is None or re.search(r"(?:`{3,}|~{3,})[ \t]*\Z", source)


@given(texts)
def test_every_span_cuts_its_own_source_out_of_any_text(text: str) -> None:
    check(parse(text))


@given(markdown)
def test_line_endings_change_nothing_but_offsets(text: str) -> None:
    plain = LINE_ENDING.sub("\n", text)
    expected = shape(parse(plain))
    assert shape(parse(plain.replace("\n", "\r\n"))) == expected
    assert shape(parse(plain.replace("\n", "\r"))) == expected


def shape(note: Note) -> object:
    """Return what a note is, but for offsets and line endings."""
    lines = Lines.of(note.text)
    spans = [(lines.at(element.span.start), lines.at(element.span.end)) for element in note.elements]
    said = [_said(element) for element in note.elements]
    return spans, said, repr(note.properties), note.complaint, note.unclosed_comment


def _said(element: Element) -> object:
    match element:
        case Embed(target=target):
            return target
        case Heading(text=text, level=level):
            return text, level
        case BlockId(name=name):
            return name
        case CodeBlock(info=info, source=source, anchor=anchor, beneath=beneath):
            return info, source, anchor and (anchor.line, anchor.prefix), type(beneath)


@given(markdown)
def test_every_python_fence_that_markdown_it_sees_is_found_unless_it_is_hidden(text: str) -> None:
    text = re.sub(r"%%|\[!output\]|---|[\0\x0b-\x1f\x85\xa0\u2028]|\ufeff", "", LINE_ENDING.sub("\n", text))
    expected = [
        (token.map[0] + 1, token.content)
        for token in MarkdownIt("commonmark", {"maxNesting": 100}).enable("table").parse(text)
        if token.type == "fence" and token.map and parse_info(token.info).runs
    ]
    assert [(block.line, block.source) for block in parse(text).blocks()] == expected


fences = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["> ", ">", "- ", "1. ", "10. ", "  ", "   ", "    ", " "]), max_size=3),
        st.sampled_from(["```py", "```", "~~~py", "~~~", "````", "x", "  x", "", "# h", "==="]),
    ).map(lambda line: f"{''.join(line[0])}{line[1]}\n"),
    max_size=10,
).map("".join)


class Fences(HTMLParser):
    """The languages and codes of a page's `<pre>`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "pre":
            self.found.append((dict(attrs).get("lang") or "", ""))
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self.inside:
            language, code = self.found.pop()
            self.found.append((language, code + data))


@given(fences)
def test_a_closed_fence_holds_the_code_that_github_shows(text: str) -> None:
    shown = Fences(cmarkgfm.github_flavored_markdown_to_html(text)).found
    closed = [block for block in parse(text).blocks() if block.anchor]
    assert [block.source for block in closed if ("py", block.source) not in shown] == []


def test_real_texts_are_parsed_exactly() -> None:
    folders = [Path(folder) for folder in site.getsitepackages()]
    found = {path for folder in folders for glob in ("**/*.md", "*/METADATA") for path in folder.glob(glob)}
    for path in [path for path in sorted(found) if path.stat().st_size < 20_000][::3]:
        check(parse(path.read_bytes().decode("utf-8")))
