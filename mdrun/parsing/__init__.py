"""Text to `Note`, with exact spans."""

from __future__ import annotations

import re
from bisect import bisect_right
from operator import itemgetter
from typing import TYPE_CHECKING

from mdrun import region
from mdrun.note import BlockId, CodeBlock, Element, Embed, Heading, Note, Region
from mdrun.parsing.beneath import anchor_of, beneath, orphan
from mdrun.parsing.blocks import Block, blocks, has_distant_mark, is_closed
from mdrun.parsing.info import parse_info
from mdrun.parsing.inline import Inline
from mdrun.parsing.properties import frontmatter, read_properties
from mdrun.text import BOM, Lines, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parse"]

_BLOCK_ID = re.compile(r"(?:\A|(?<=[ \t\n\]]))\^([A-Za-z0-9-]+)[ \t]*\Z")
_CELL = re.compile(r"(?:[^|\\]|\\.|\\\Z)+", re.DOTALL)
_TELLING = {"fence", "paragraph", "heading", "table", "html_block"}
"""Blocks that hold elements, or end a comment."""
_UNINDENTED = re.compile(r"(?: {0,3}> ?)*")


def parse(text: str, path: str = "") -> Note:
    """Return the note that `text` is; `path` is its place in the vault."""
    source, body = frontmatter(text)
    properties, complaint = read_properties(source)
    reading = _Reading(text, body)
    elements = tuple(reading.elements())
    return Note(path, text, elements, properties, complaint, tuple(reading.orphans), reading.comment_line)


class _Reading:
    """One pass over a text's blocks, in reading order."""

    def __init__(self, text: str, body: int) -> None:
        self.text = text
        self.lines = Lines.of(text)
        first = self.lines.at(body) if body < len(text) else len(self.lines)
        content = self.lines.cut(text, first, len(self.lines) - 1)
        if content and not first:
            content[0] = content[0].removeprefix(BOM)
        self.root = blocks(content, first)
        self.comment_line: int | None = None
        """Line, from 1, of the block comment that is open here (R61)."""
        self._comment_home: Block | None = None
        self._outputs_until = -1
        """Index of the last line of the output callout we are in."""
        self._ends: dict[int, int] = {}
        """Last line of each region, by its first; what its quote holds behind that is a person's (G7)."""
        self.orphans: list[Region] = []
        """Regions that stand beneath no block."""

    def elements(self) -> Iterator[Element]:
        for block in self.root.walk():
            if self._comment_home is not None:
                self._leave_container(block, self._comment_home)
            if block.kind == "blockquote" and region.hides_code(_first_quoted(block)):
                self._adopt_orphan(block)
                self._outputs_until = max(self._outputs_until, self._ends.get(block.first, block.last))
            if block.kind in _TELLING and block.first > self._outputs_until:
                yield from self._of(block)

    def _adopt_orphan(self, quote: Block) -> None:
        """Remember a region that no block above it claims."""
        if quote.first <= self._outputs_until or quote.first in self._ends or self.comment_line is not None:
            return
        if found := orphan(quote, self.lines, self.text):
            self.orphans.append(found)
            self._ends[found.line] = found.line + len(found.body) + 1

    def _of(self, block: Block) -> Iterator[Element]:
        match block.kind:
            case "fence":
                if self.comment_line is None:
                    yield self._code_block(block)
            case "paragraph" | "heading" | "table":
                yield from self._running_text(block)
            case "html_block":
                if "%%" in block.content:
                    self._comment_home = self.comment_line = None
            case _:
                pass

    def _leave_container(self, block: Block, home: Block) -> None:
        """End a comment that opened in a container, `home`, which this block is no longer in."""
        if home.parent and not home.first <= block.first <= home.last:
            self._comment_home = self.comment_line = None

    def _line(self, line: int) -> str:
        return self.text[self.lines.starts[line] : self.lines.ends[line]]

    def _code_block(self, fence: Block) -> CodeBlock:
        closed = is_closed(fence) and not has_distant_mark(fence, self.lines, self.text)
        anchor, below = None, None
        if closed:
            anchor, follower = anchor_of(fence, self.lines, self.text)
            below = beneath(anchor, follower, self.lines, self.text)
            if isinstance(below, Region):
                self._ends[below.line] = below.line + len(below.body) + 1
        return CodeBlock(
            span=self.lines.span(fence.first, fence.last),
            line=fence.first + 1,
            info=parse_info(fence.info),
            source=fence.content,
            anchor=anchor,
            beneath=below,
        )

    def _running_text(self, block: Block) -> Iterator[Element]:
        hidden = self.comment_line is not None
        source = self.text[self.lines.starts[block.first] : self.lines.ends[block.last]]
        if "![" not in source and "%%" not in source and "^" not in source:
            # As most texts are: no embed, no comment, no block id.
            yield from () if hidden else self._heading(block)
            return
        passages = list(self._passages(block))
        embeds = [embed for text, offsets in passages for embed in self._embeds(block, text, offsets)]
        hidden = hidden or self.comment_line is not None
        yield from () if hidden else self._heading(block)
        yield from embeds
        if not hidden:
            yield from self._block_id(block, *passages[-1])

    def _heading(self, block: Block) -> Iterator[Heading]:
        """Yield the heading that a block is, if it is one and stands in no container (R35)."""
        if block.kind == "heading" and block.parent is self.root:
            level = "=-".index(block.markup) + 1 if block.is_setext else len(block.markup)
            yield Heading(self._span(block), block.first + 1, level, block.content)

    def _embeds(self, block: Block, text: str, offsets: list[tuple[int, int]]) -> Iterator[Embed]:
        starts_lines = block.kind == "paragraph" or block.is_setext
        scan = Inline(text, starts_lines=starts_lines, in_comment=self.comment_line is not None)
        for found in scan.embeds():
            start, end = _offset(offsets, found.start), _offset(offsets, found.end - 1) + 1
            yield Embed(Span(start, end), self.lines.at(start) + 1, found.target, found.wikilink)
        if scan.opened_at is not None:
            self.comment_line = self.lines.at(_offset(offsets, scan.opened_at)) + 1
            self._comment_home = block.parent
        elif not scan.in_comment:
            self._comment_home = self.comment_line = None

    def _passages(self, block: Block) -> Iterator[tuple[str, list[tuple[int, int]]]]:
        """Yield the running texts of a block, each with (place in it, offset in the note) pairs."""
        if block.kind == "table":
            for line in range(block.first, block.last + 1):
                for cell in _CELL.finditer(self._line(line)):
                    yield cell[0], [(0, self.lines.starts[line] + cell.start())]
            return
        pieces, offsets, length = [], [], 0
        for index, content in enumerate(block.content.split("\n")):
            piece = content.strip(" \t")
            offsets.append((length, self._place(block, block.first + index, piece)))
            pieces.append(piece)
            length += len(piece) + 1
        yield "\n".join(pieces), offsets

    def _place(self, block: Block, line: int, piece: str) -> int:
        """Return the offset where `piece` stands in its line: at the end, but for an ATX heading."""
        source = self._line(line)
        if block.kind == "heading" and not block.is_setext:
            marks = re.search(r"#{1,6}(?:[ \t]+|\Z)", source)
            return self.lines.starts[line] + source.find(piece, marks.end() if marks else 0)
        return self.lines.starts[line] + len(source.rstrip(" \t")) - len(piece)

    def _block_id(self, block: Block, text: str, offsets: list[tuple[int, int]]) -> Iterator[BlockId]:
        if block.kind == "table":
            text, offsets = self._line(block.last), [(0, self.lines.starts[block.last])]
        if found := _BLOCK_ID.search(text):
            start = _offset(offsets, found.start())
            place = Span(start, start + len(found[1]) + 1)
            yield BlockId(place, self.lines.at(start) + 1, found[1], self._span(self._named(block, text, place)))

    def _named(self, block: Block, text: str, place: Span) -> Block:
        """Return what a block id names: the block above it, its list or item, or its own block."""
        parent = block.parent or self.root
        if block.kind != "paragraph":
            return block
        if len(text) == place.end - place.start and block.position:
            above = parent.children[block.position - 1]
            if parent.kind != "list_item" or above.kind != "paragraph":
                return above
        containers = block.containers()
        if parent.kind == "list_item":
            line = self._line(self.lines.at(place.start))
            before = line[: place.start - self.lines.starts[self.lines.at(place.start)]]
            return _outermost_list(containers) if _UNINDENTED.fullmatch(before) else parent
        return next((container for container in containers if container.kind == "blockquote"), block)

    def _span(self, block: Block) -> Span:
        return self.lines.span(block.first, block.last)


def _first_quoted(quote: Block) -> str:
    """Return the first line of a quote's text; empty where no text stands there."""
    first = quote.children[0] if quote.children else quote
    begins = first.kind in {"paragraph", "table"} or first.is_setext
    return first.content.split("\n")[0].strip(" \t") if begins and first.first == quote.first else ""


def _outermost_list(containers: list[Block]) -> Block:
    """Return the outermost of the lists that `containers` end with."""
    found = containers[-1]
    for container in reversed(containers):
        if container.kind == "blockquote":
            break
        found = container
    return found


def _offset(offsets: list[tuple[int, int]], place: int) -> int:
    start, offset = offsets[bisect_right(offsets, place, key=itemgetter(0)) - 1]
    return offset + place - start
