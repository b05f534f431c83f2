"""What holds for rich outputs, whatever is in them: nothing gets out of its region, or takes effect outside."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import cmarkgfm
from cmarkgfm.cmark import Options
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mdrun.attachments import Shelf
from mdrun.events import DisplayData, Frame
from mdrun.mime import Manner, render
from mdrun.mime.parts import LANGUAGES
from mdrun.mime.prose import inert
from mdrun.mime.rendering import FORMATTING, rendered
from mdrun.note import CodeBlock, Embed, Heading, Region
from mdrun.parsing import parse
from mdrun.pictures.picture import NAME
from mdrun.weave import Woven, weave
from tests.laws.test_outputs_laws import AT_ANY_PACE, HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

    from mdrun.mime import Body

MARKS = st.sampled_from(
    [
        *(
            "# h\n",
            "\n# h ^id\n",
            "a\n===\n",
            "b\n---\n",
            "#tag",
            " #tag ",
            "(#a/b)",
            " ^id",
            "\n^id\n",
            "^[a]",
            "[^1]",
        ),
        *("[[Note]]", "![[Note]]", "[[[a]]]", "![[a|b]]", "[[", "]]", "[", "]", "![", "](x.md)", "](https://a.b)", "!"),
        *(
            "![a](b.png)",
            "![a](https://a.b/c)",
            "[a](Note.md)",
            "[a](obsidian://x)",
            "<https://a.b>",
            "[a]: b\n",
            "[a]",
        ),
        *(
            "[^1]: note\n",
            "%%",
            "%%\n",
            "%",
            "<!--",
            "-->",
            "<b>",
            "</b>",
            "<br>",
            "<script>",
            "<pre>",
            "<div>\n",
            "&lt;",
        ),
        *(
            "```python\n",
            "```\n",
            "````\n",
            "~~~dataview\n",
            "```js\n",
            "    code\n",
            "`",
            "``",
            "`[[a]]`",
            "`%%`",
            "\\",
        ),
        *(
            "$",
            "$$",
            "\n$$\n",
            "\n\\[\n",
            "\n\\]\n",
            "$x^2$",
            "\\def\\x{y}",
            "\\href{a}{b}",
            "\\[",
            "\\]",
            "\\begin{align}",
            "\\end{align}",
        ),
        *(
            "| a | b |\n|---|---|\n| c | d |\n",
            "|",
            "\n|---|\n",
            "---\n",
            "***\n",
            "> ",
            "> [!output]\n",
            "\n> [!note]\n",
        ),
        *(
            "- ",
            "* [ ] ",
            "1. ",
            "  - ",
            "\n\n",
            "\n",
            " ",
            "*",
            "**",
            "_",
            "~~",
            "==",
            "a",
            "x",
            "é",
            "@",
            "://",
            "www.a.b",
        ),
        *(
            "---\nmdrun-skip: true\n---\n",
            "<!-- 3f9a1c-77b0e2 -->\n",
            "&#91;&#91;a]]",
            "&#35;tag",
            "&#37;%",
            "\x00",
            "\t",
        ),
        *(
            "[[a]](https://a.b)",
            "^[a](https://a.b)",
            "![[a]](https://a.b/c.png)",
            "![a](https://a.b/c.png)",
            "^",
            "&lt;",
        ),
        *(
            "`= x`",
            "`$= x`",
            "key:: v",
            "- [ ] a\n",
            "- [x] b\n",
            "- [/] c\n",
            "<!-- c -->",
            'click a "x"',
            "https://a.b",
            "[!note]",
        ),
        *("![chart](./mdrun-0123456789abcdef.png)", "![[mdrun-0123456789abcdef.png]]"),
    ]
)
MARKDOWN = st.lists(MARKS | HOSTILE, max_size=30).map("".join)
CELLS = st.lists(MARKS, max_size=4).map("".join)
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=4).map(
    lambda rows: "".join(
        ("<table>", *(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows), "</table>")
    )
)
PAGES = st.lists(
    MARKDOWN.map(escape)
    | MARKS
    | st.builds(
        "<{}>{}</{}>".format, st.sampled_from(["h1", "li", "p", "b", "code", "a href='https://a.b'"]), CELLS, CELLS
    )
    | CELLS.map(lambda alt: f"<img src='https://a.b/c.png' alt='{alt}'>")
    | CELLS.map(lambda path: f"<iframe src='https://a.b/{path}'></iframe>"),
    max_size=4,
).map("".join)
DRAWINGS = MARKDOWN.map(lambda text: f'<svg xmlns="http://www.w3.org/2000/svg"><title>{text}</title></svg>')
BUNDLES = st.one_of(
    st.builds(lambda text: {"text/markdown": text}, MARKDOWN),
    st.builds(lambda text: {"text/latex": text}, MARKDOWN),
    st.builds(lambda text: {"text/latex": f"$${text}$$"}, MARKDOWN),
    st.builds(lambda text: {"text/html": text}, TABLES | MARKDOWN),
    st.builds(lambda text: {"text/html": text, "text/plain": "<a.B object at 0x7f>"}, PAGES | MARKDOWN),
    st.builds(lambda text: {"image/svg+xml": text}, DRAWINGS),
    st.builds(lambda text: {"text/vnd.mermaid": text}, MARKDOWN),
    st.builds(lambda text: {"application/json": {"a": text}}, MARKDOWN),
    st.builds(lambda text: {"text/plain": text}, MARKDOWN),
)
DISPLAYS = st.lists(BUNDLES, min_size=1, max_size=3)

NOTE = "# Before\n\n```python\n1\n```\n\nBehind [a] it. ^here\n\n## After\n"
ALLOWED = LANGUAGES | {""}
ITEM = "list_item_open"


def place(frame: Frame) -> str:
    return f"line {frame.line} of this block"


def shown(bundles: list[dict[str, Any]], alt: str = "") -> Body | None:
    manner = Manner(Shelf("Note.md", "attachments"), alt=alt)
    return render([DisplayData(bundle) for bundle in bundles], place=place, manner=manner)


def inlines(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from inlines(token.children or [])


def tasks(tokens: list[Token]) -> list[str]:
    """Return the items of lists that have a box: to Obsidian, any sign in one makes a task."""
    firsts = [third for first, _, third in zip(tokens, tokens[1:], tokens[2:], strict=False) if first.type == ITEM]
    return [token.content for token in firsts if re.match(r"\[.\]\s", token.content)]


@AT_ANY_PACE
@given(DISPLAYS, CELLS)
def test_a_region_gives_its_note_nothing_but_pictures(bundles: list[dict[str, Any]], alt: str) -> None:
    body = shown(bundles, alt)
    if body is None:
        return
    before = parse(NOTE, "Note.md")
    (block,) = before.blocks()
    woven = weave(before, {block.span: Woven(body, "000000")})
    after = parse(woven.text, "Note.md")
    (found,) = after.blocks()
    assert isinstance(found.beneath, Region)
    assert found.beneath.body == body.lines
    assert after.properties == {}
    assert [type(element) for element in after.elements] == [type(element) for element in before.elements]
    assert weave(after, {found.span: Woven(body, "000000")}).text == woven.text


@AT_ANY_PACE
@given(DISPLAYS, CELLS)
def test_taken_out_of_its_region_an_output_is_still_harmless(bundles: list[dict[str, Any]], alt: str) -> None:
    body = shown(bundles, alt)
    if body is None:
        return
    names = {picture.name for picture in body.pictures}
    note = parse("\n".join(body.lines))
    assert note.unclosed_comment is None
    assert not note.orphans
    for element in note.elements:
        match element:
            case CodeBlock(info=info, anchor=anchor):
                assert anchor is not None
                assert info.raw in ALLOWED
            case Embed(target=target):
                assert target.linkpath.rpartition("/")[2] in names
            case _:
                raise AssertionError(element)


@AT_ANY_PACE
@given(DISPLAYS, CELLS)
def test_obsidian_finds_no_tag_wikilink_comment_or_footnote_in_a_region(
    bundles: list[dict[str, Any]], alt: str
) -> None:
    body = shown(bundles, alt)
    if body is None:
        return
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    env: dict[str, Any] = {}
    tokens = parser.parse("\n".join(body.lines), env)
    assert not env.get("references")
    assert not tasks(tokens)
    for token in inlines(tokens):
        assert token.type not in {"heading_open", "html_block"}
        if token.type == "html_inline":
            assert token.content == "<br>" or FORMATTING.fullmatch(token.content)
        if token.type == "link_open":
            assert re.match(r"(?i)(?:https?|mailto):", str(token.attrs["href"]))
        if token.type == "code_inline":
            assert not token.content.strip().startswith(("=", "$="))
        if token.type == "image":
            assert NAME.fullmatch(str(token.attrs["src"]).rpartition("/")[2])
        if token.type == "inline":
            source = without_code_and_formulas(token.content)
            assert not re.search(r"(?<!\\)(?:\\\\)*\[\[|%%|(?<!\\)\[\^|(?<!\\)\^\[", source), source
            assert not re.search(r"(?:^|[\s(])#[^\s#\d\]]", source, re.MULTILINE), source
            assert not re.search(r"(?:^|\s)\^[A-Za-z0-9-]+\s*$", source), source
            assert "::" not in source


def without_code_and_formulas(text: str) -> str:
    """Return inline source without code spans, formulas and the addresses of links: nothing in them is markup."""
    text = re.sub(r"(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)", "…", text, flags=re.DOTALL)
    text = re.sub(r"(?<!\\)\$\$?.*?(?<!\\)\$\$?", "…", text, flags=re.DOTALL)
    return re.sub(r"\]\([^()\s]*\)|<\w+:[^<>]*>", "]", text)


@AT_ANY_PACE
@given(DISPLAYS, CELLS)
@example([{"text/markdown": "https://a.b)<div> www.a.b<script> a@b.cd<b> https://a.b[[x]]"}], "")
@example([{"text/markdown": "www.a.b`<!-- -->` https://a.b*`<!-- -->`*"}], "")
def test_on_github_a_region_is_one_quote_without_headings_scripts_or_foreign_pictures(
    bundles: list[dict[str, Any]], alt: str
) -> None:
    body = shown(bundles, alt)
    if body is None:
        return
    region = "\n".join(f"> {line}".rstrip() for line in ("[!output]", *body.lines, "<!-- 3f9a1c-77b0e2 -->"))
    html = cmarkgfm.github_flavored_markdown_to_html(f"{region}\nbehind [a] it\n", options=Options.CMARK_OPT_UNSAFE)
    assert html.startswith("<blockquote>")
    assert html.endswith("</blockquote>\n<p>behind [a] it</p>\n")
    outside = re.sub(r"<pre.*?</pre>|<code>.*?</code>", "", html, flags=re.DOTALL)
    assert not re.search(r"<(?:h[1-6]|script|iframe|style|div)[ >]|<b [^>]", outside)
    assert outside.count("<!--") == 1
    for address in re.findall(r'<img src="([^"]*)"', outside):
        assert address.rpartition("/")[2] in {quote(picture.name) for picture in body.pictures}


@AT_ANY_PACE
@given(MARKDOWN)
@example("[" + "<!-- -->" + "[x]]")
@example(r"\[A\begin{align}[[a]](https://a.b)")
def test_what_is_inert_is_so_for_good(text: str) -> None:
    once = inert(text)
    if once is not None:
        assert rendered(once, ()) == once
        assert not any(isinstance(element, Heading) for element in parse(once).elements)
