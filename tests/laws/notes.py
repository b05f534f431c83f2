"""Nasty notes, outputs for their blocks, and what two parsers see in them."""

from __future__ import annotations

import re
from html import unescape
from importlib.metadata import distributions
from itertools import cycle
from typing import TYPE_CHECKING

import cmarkgfm
from cmarkgfm.cmark import Options
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mdrun.events import Error, Stream
from mdrun.mime import Body, render
from mdrun.note import Region
from mdrun.parsing import parse
from mdrun.region import Provenance
from mdrun.weave import Woven, weave

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

    from mdrun.note import Note
    from mdrun.text import Span

CONTAINERS = [
    ("> ", "> "),
    (">", ">"),
    (">\t", ">\t"),
    ("> [!note]\n> ", "> "),
    ("> [!tip]- Folded\n>\n> ", "> "),
    ("- ", "  "),
    ("-\t", "\t"),
    ("* a\n* ", "  "),
    ("- a\n\n  ", "  "),
    ("1. ", "   "),
    ("10) ", "    "),
    ("3.   ", "     "),
    ("- a\n  - ", "    "),
    ("- a\n\t- ", "\t  "),
    ("> a\n> - ", ">   "),
    ("- > ", "  > "),
    ("- a\n  > - ", "  >   "),
    ("> - > ", ">   > "),
    (" ", " "),
    ("   ", "   "),
]
"""What stands before a block's first line, and before each further one."""

OPENINGS = ["```python", "``` python", "~~~py", "````run-python {timeout=3}", "```python3 ", "  ```py"]
CODES = ["1 + 1", "", "x = 1\n\ny = 2  # two", "\tprint('tab')", "print('''\n```\n> q\n''')", "> no", "# ^id", "a  "]
OTHER_FENCES = ["```js\n1\n```", "```\n1\n```", "~~~text\n```python\n~~~", "```python\nnever closed"]

FOLLOWERS = [
    "",
    "text",
    "> q",
    ">q\nlazy",
    "> 5",
    "> `{'a': 1}`",
    "> - [1]\n>   2",
    "> [!note] own\n> text",
    "> [!output]\n> ```text\n> mine\n> ```",
    ">> deep",
    "> # quoted heading",
    "> ```python\n> 'in a quote'\n> ```",
    "\t> q",
    "    > q",
    "   > q",
    "    code",
    "\n    code",
    "- item",
    "1. item",
    "2) item",
    "* > q",
    "# heading",
    "===",
    "---",
    "***",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "<div>\n\n</div>",
    "<!-- comment -->",
    "<!--\n> q\n-->",
    "<!-- -->",
    "<!-- -->\n> q",
    "^id",
    "^id\n> q",
    "\n^id",
    "^id text",
    "^id\n===",
    "^a-b  \n\n> q",
    "[a]: /url",
    "[a]: /url\n> q",
    "[a]:\n> q",
    "```python\n'next'\n```",
    "~~~py\n'next'\n~~~\n> q",
    "%%",
    "%% comment %%",
    "\u2028",
    "\x0c",
    "\x85> q",
    "text\n===",
    "+ a\n\n+ b",
    "&nbsp;",
    "\\> q",
    "![[Embed]]",
]
LINE_ENDINGS = ["\n", "\r\n", "\r"]
SEEN = [
    "```python",
    "```",
    "~~~py",
    "~~~",
    "> ",
    ">",
    "> q",
    "- a",
    "  ",
    "1. b",
    "\t",
    "^id",
    "<!-- -->",
    "text",
    "    > x",
]
PIECES = st.sampled_from(["> ", ">", "- ", "  ", "1. ", "   ", "\t", "    ", " ", ">\t", "", "", ""])


def in_container(block: str, first: str, rest: str) -> str:
    """Return a block inside a container; blank lines of a list have no prefix, those of a quote do."""
    head, *lines = block.split("\n")
    return "\n".join([f"{first}{head}", *(f"{rest}{line}" if line else rest.rstrip(" \t") for line in lines)])


def in_containers(block: str, containers: Sequence[tuple[str, str]]) -> str:
    for first, rest in reversed(containers):
        block = in_container(block, first, rest)
    return block


@st.composite
def fences(draw: st.DrawFn) -> str:
    opening = draw(st.sampled_from(OPENINGS))
    mark = re.match("[`~]+", opening.strip())
    assert mark
    code = draw(st.sampled_from(CODES))
    longer = "`~"[mark[0][0] == "~"] * draw(st.sampled_from([0, 0, 1]))
    trail = draw(st.sampled_from(["", "", "  ", "\t"]))
    indent = draw(st.sampled_from(["", "", " ", "   "]))
    body = f"\n{code}" if code else ""
    return f"{opening}{body}\n{indent}{max(mark[0], '```') if '`' in mark[0] else mark[0]}{longer}{trail}"


@st.composite
def composed(draw: st.DrawFn) -> str:
    """A block in containers, with something below it in each of them."""
    containers = draw(st.lists(st.sampled_from(CONTAINERS), max_size=3))
    followers = st.lists(st.sampled_from(FOLLOWERS), max_size=3)
    inner = "\n".join([draw(fences()), *draw(followers)])
    if draw(st.booleans()):
        inner = "\n".join([inner, draw(fences()), *draw(followers)])
    for first, rest in reversed(containers):
        inner = "\n".join([in_container(inner, first, rest), *draw(followers)])
    above = draw(st.sampled_from(["", "", "text\n\n", "# Heading\n", "---\ntags: [a]\n---\n", "- a\n", "> a\n\n"]))
    return above + inner


@st.composite
def jumbled(draw: st.DrawFn) -> str:
    """Lines of nasty pieces in any order."""
    line = st.tuples(st.lists(PIECES, max_size=3).map("".join), st.sampled_from([*SEEN, *FOLLOWERS])).map("".join)
    return "\n".join(draw(st.lists(line, min_size=2, max_size=14)))


@st.composite
def with_endings(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text with line endings of one kind or of all, perhaps a BOM, perhaps no final newline."""
    text = draw(texts) + draw(st.sampled_from(["", "\n", "\n\n", "\n  ", "\n> q", "\n- last\n"]))
    endings = draw(st.lists(st.sampled_from(LINE_ENDINGS), min_size=1, max_size=3))
    each = cycle(endings)
    bom = draw(st.sampled_from(["", "", "", "\ufeff"]))
    return bom + re.sub("\n", lambda _: next(each), text)


NOTES = with_endings(composed() | jumbled())
"""Notes that may hold quotes with a region's head, but no intact region."""

SAID = [
    "hello",
    "{'a': [1, 2]}",
    "5",
    "```\n```python\n1\n```\n",
    "> q\n>> q\n\n> [!output]",
    "# heading\n===\n---\n\ntext ^id",
    "%% <!-- ![[x]] $$ #tag <div>",
    "<!-- 3f9a1c-77b0e2 -->\n<!-- -->",
    "~~~\n~~~~~~\n`````````",
    "    indented\n\tTAB\n \n  ",
    "a\rb\r\nc\x0cd\x85e\u2028f",
    "| a |\n|---|",
    "[a]: /x\n- item\n1. item",
    "line\n" * 30,
    "\x1b[31mred\x1b[0m",
    "<object at 0x7f3a1c2b4d50>",
]
PARTS = [
    ("![](./x.png)",),
    ("| a |", "|---|", "| 1 |"),
    ("$$", "x", "$$"),
    ("```text", "fenced", "```"),
    ("text",),
    ("- item", "- [ ] task", "  1. nested", "", "     ```js", "     x", "", "     y", "     ```"),
    ("> [!note] quoted", "> - item", ">", "> ![](./mdrun-0123456789abcdef.png)"),
    ("**bold**", "", "1. one", "", "   $$", "   x", "   $$", "", "___"),
    ("![rain|400](../my%20pictures/mdrun-0123456789abcdef.png)",),
]


def body_of(said: str) -> Body | None:
    return render([Stream("stdout", said)], place=str)


def error_of(message: str) -> Body | None:
    return render([Error("ValueError", message)], place=str)


def parts_of(parts: Sequence[tuple[str, ...]]) -> Body:
    """Return a body as G5 forms it of pictures, tables and formulas."""
    lines = tuple(line for part in parts for line in ("", *part))
    fenced = parts[0][0].startswith("```")
    return Body("output", None, lines[1:] if fenced else lines, folded=False)


SAYINGS = st.sampled_from(SAID) | st.text(st.sampled_from("`~> \n\t-#|<!$%[]^ab1\r"), max_size=30)
BODIES = (
    SAYINGS.map(body_of)
    | SAYINGS.map(body_of)
    | SAYINGS.map(error_of)
    | st.lists(st.sampled_from(PARTS), min_size=1, max_size=3).map(parts_of)
)
OUTPUTS = st.lists(st.none() | BODIES, min_size=1, max_size=4)


def wovens(note: Note, bodies: Sequence[Body | None]) -> dict[Span, Woven]:
    """Give every closed block of a note one of `bodies`, in turn."""
    provenance, turns = Provenance(), cycle(bodies)
    made = {block.span: provenance.after(block.source, block.info.options)[:6] for block in note.blocks()}
    return {b.span: Woven(next(turns), made[b.span]) for b in note.blocks() if b.anchor}


def woven(text: str, bodies: Sequence[Body | None], *, adopt: bool = False) -> str:
    note = parse(text)
    return weave(note, wovens(note, bodies), adopt=adopt).text


def regions(text: str) -> list[Region]:
    return [block.beneath for block in parse(text).blocks() if isinstance(block.beneath, Region)]


_MARKDOWN = MarkdownIt("commonmark", {"maxNesting": 100}).enable("table")


def tree(text: str) -> list[tuple[object, ...]]:
    """Return what markdown-it sees, without regions and their separators."""
    region_lines = {region.line: region for region in regions(text)}
    separators = {r.line + len(r.body) + 2 for r in region_lines.values() if r.separated}
    shown: list[tuple[object, ...]] = []
    depth = 0
    for token in _MARKDOWN.parse(text.removeprefix("\ufeff")):
        line = token.map[0] if token.map else None
        if depth or (token.type == "blockquote_open" and line in region_lines):
            depth += token.nesting
        elif not (token.type == "html_block" and line in separators):
            shown.append(_seen(token))
    return shown


def _seen(token: Token) -> tuple[object, ...]:
    return token.type, token.tag, token.hidden, token.info, token.content, tuple(token.attrs.items())


def html(text: str) -> str:
    """Return what cmark-gfm makes of a text, without regions and their separators."""
    page = cmarkgfm.markdown_to_html_with_extensions(
        text, options=Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_SOURCEPOS, extensions=["table"]
    )
    for region in regions(text):
        first = region.line + 1
        last = first + len(region.body) + 1
        stamp = rf"<!-- {region.made}-{region.says}\+? -->"
        quote = rf'<blockquote data-sourcepos="{first}:\d+-{last}:\d+">.*?{stamp}\n</blockquote>\n?'
        comment = r"(?: *<!-- -->\n?)?" if region.separated else ""
        page, found = re.subn(quote + comment, "", page, count=1, flags=re.DOTALL)
        assert found == 1, (region, page)
    # Whether a line ends before an item does depends on the item's last block, here a region.
    return re.sub(r' data-sourcepos="[^"]*"|\n(?=</li>)', "", page)


def parsers_agree(text: str) -> bool:
    """Tell whether both parsers see the same code; on tabs in three quotes deep they do not (G12)."""
    page = cmarkgfm.markdown_to_html_with_extensions(text, options=Options.CMARK_OPT_UNSAFE, extensions=["table"])
    theirs = [unescape(code) for code in re.findall(r"<pre><code[^>]*>([^<]*)</code></pre>", page)]
    tokens = _MARKDOWN.parse(text.removeprefix("\ufeff"))
    return theirs == [token.content for token in tokens if token.type in {"fence", "code_block"}]


def readmes() -> Iterator[tuple[str, str]]:
    """Yield the Markdown descriptions of the installed packages, those with Python in them."""
    for distribution in distributions():
        _, _, text = (distribution.read_text("METADATA") or "").partition("\n\n")
        if re.search(r"^ *(```|~~~) *(python|py)", text, re.MULTILINE):
            yield distribution.metadata["Name"], text
