"""The block structure of a Markdown text, as markdown-it sees it, with the lines of each block."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from string import digits
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

    from mdrun.text import Lines

MAX_NESTING = 100
"""Containers within containers; markdown-it stops at 20 and drops what is deeper."""

_WITHOUT_TABLES = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
_MARKDOWN = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable("table")
_UNDER_A_HEAD = re.compile(r"-[:| \t]*\n")
"""Ends the line beneath the head of every table; in most texts no line, and a tenth of the time is saved."""

_BLANKS = "\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)
"""Blanks to Python, letters to CommonMark; markdown-it strips them, each version others."""
_LETTERS = "".join(chr(code) for code in range(0xDC00, 0xDC00 + len(_BLANKS)))
"""Surrogates, which no text read from UTF-8 holds, stand for them while markdown-it reads."""
_TO_LETTERS = str.maketrans(_BLANKS, _LETTERS)
_TO_BLANKS = str.maketrans(_LETTERS, _BLANKS)
_BLANK = re.compile(f"[{_BLANKS}]")
_ASCII_BLANKS = [blank for blank in _BLANKS if blank.isascii()]


@dataclass(slots=True, eq=False)
class Block:
    """A block of the text, and the blocks inside it."""

    kind: str
    """markdown-it's token type without `_open`: `fence`, `paragraph`, `blockquote`, ..."""
    first: int
    """Index of its first line in the text, from 0."""
    last: int
    """Index of its last line, included."""
    parent: Block | None
    content: str = ""
    """Code of a fence, inline text of a paragraph, heading or table; prefixes taken off."""
    info: str = ""
    markup: str = ""
    children: list[Block] = field(default_factory=list)
    position: int = 0
    """Its place among its parent's children."""

    @property
    def is_setext(self) -> bool:
        """Tell whether it is a heading by the line beneath it."""
        return self.kind == "heading" and not self.markup.startswith("#")

    def sibling(self) -> Block | None:
        """Return the next block of the same container."""
        siblings = self.parent.children if self.parent else []
        return siblings[self.position + 1] if self.position + 1 < len(siblings) else None

    def containers(self) -> list[Block]:
        """Return the blocks this one stands in, outermost first, without the document."""
        found: list[Block] = []
        block = self.parent
        while block and block.parent:
            found.append(block)
            block = block.parent
        return found[::-1]

    def walk(self) -> Iterator[Block]:
        """Yield every block below this one, in reading order."""
        pending = self.children[::-1]
        while pending:
            block = pending.pop()
            yield block
            pending.extend(reversed(block.children))


def blocks(lines: list[str], offset: int) -> Block:
    """Return the document made of `lines`, whose first has the index `offset` in the text."""
    source = "\n".join(lines) + "\n"
    has_blanks = _has_blanks(source)
    tokens: list[Token] = []
    markdown = _MARKDOWN if _UNDER_A_HEAD.search(source) else _WITHOUT_TABLES
    markdown.block.parse(source.translate(_TO_LETTERS) if has_blanks else source, markdown, {}, tokens)
    root = _tree(tokens, offset, offset + len(lines) - 1)
    if has_blanks:
        for block in root.walk():
            block.content, block.info = block.content.translate(_TO_BLANKS), block.info.translate(_TO_BLANKS)
    return root


def _has_blanks(source: str) -> bool:
    # Most texts are ASCII, where one look for each of them is quickest.
    return any(blank in source for blank in _ASCII_BLANKS) or (not source.isascii() and bool(_BLANK.search(source)))


_LEAVES = {
    "fence": "fence",
    "code_block": "code_block",
    "html_block": "html_block",
    "hr": "hr",
    "paragraph_open": "paragraph",
    "heading_open": "heading",
    "table_open": "table",
}
_CONTAINERS = {
    "blockquote_open": "blockquote",
    "bullet_list_open": "bullet_list",
    "ordered_list_open": "ordered_list",
    "list_item_open": "list_item",
}
_KINDS = {**_LEAVES, **_CONTAINERS}
"""Of blocks, by the types of markdown-it's tokens."""
_ENDS = {"blockquote_close", "bullet_list_close", "ordered_list_close", "list_item_close"}


def _tree(tokens: list[Token], first: int, last: int) -> Block:
    """Return the document whose lines are `first` to `last`, each block where it belongs."""
    here = root = Block("document", first, last, None)
    for token in tokens:
        if token.type in _KINDS and token.map is not None:
            block = _block(token, token.map, here, first)
            here.children.append(block)
            here = block if token.type in _CONTAINERS else here
        elif token.type == "inline" and here.children and not here.children[-1].content:
            here.children[-1].content = token.content
        elif token.type in _ENDS and here.parent is not None:
            _trim(here)
            here = here.parent
    return root


def _block(token: Token, lines: list[int], parent: Block, offset: int) -> Block:
    kind, position = _KINDS[token.type], len(parent.children)
    first, last = lines[0] + offset, lines[1] - 1 + offset
    return Block(kind, first, last, parent, token.content, token.info, token.markup, [], position)


def _trim(container: Block) -> None:
    """Let no list end in blank lines, which markdown-it counts to it."""
    if container.kind != "blockquote":
        container.last = container.children[-1].last if container.children else container.first


def is_closed(fence: Block) -> bool:
    """Tell whether a fence has a closing line.

    A line of the block that is neither its opening nor code can only be that.
    """
    return fence.last - fence.first - fence.content.count("\n") == 1


_DISTANT_MARK = re.compile(r"(?:^|>)(?: {4}| {0,3}\t)[ \t]*>")


def has_distant_mark(fence: Block, lines: Lines, text: str) -> bool:
    """Tell whether a quote mark before the fence stands too far right to be one (G12).

    CommonMark allows three columns before a `>`; markdown-it allows any number on lines that go
    on with a quote. Where others see the quote end, the fence in it ends without a closing line.
    """
    containers = fence.containers()
    if not any(container.kind == "blockquote" for container in containers):
        return False
    source = (lines.span(line, line).cut(text) for line in range(fence.first, fence.last + 1))
    suspects = [line.expandtabs(4) for line in source if _DISTANT_MARK.search(line)]
    if not suspects:
        return False
    widths = _item_widths(containers, lines, text)
    return any(_is_distant(line, containers, widths) for line in suspects)


def _is_distant(line: str, containers: list[Block], widths: dict[int, int]) -> bool:
    rest = line
    for container in containers:
        indent = len(rest) - len(rest.lstrip(" "))
        if container.kind == "blockquote" and indent > 3:  # noqa: PLR2004 - CommonMark, section 5.1
            return True
        rest = _behind(rest, container, widths)
    return False


def _behind(line: str, container: Block, widths: dict[int, int]) -> str:
    """Return what stands behind a container's mark or indent in a line."""
    if container.kind == "blockquote":
        return line.lstrip(" ")[1:].removeprefix(" ")
    return line[widths.get(id(container), 0) :]


def _item_widths(containers: list[Block], lines: Lines, text: str) -> dict[int, int]:
    """Return how many columns each list item indents its content by, by the item's identity."""
    widths: dict[int, int] = {}
    for depth, item in enumerate(containers):
        if item.kind != "list_item":
            continue
        rest = lines.span(item.first, item.first).cut(text).expandtabs(4)
        for container in containers[:depth]:
            rest = _behind(rest, container, widths)
        content = rest.lstrip(" ").lstrip(digits)[1:]
        blanks = len(content) - len(content.lstrip(" "))
        own = blanks if 1 <= blanks <= 4 else 1  # noqa: PLR2004 - more start an indented block
        widths[id(item)] = len(rest) - len(content) + own
    return widths
