"""What stands beneath a code block: its region, one a person edited, or a plain quote (G7, G10)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mdrun import region
from mdrun.note import Anchor, Beneath, EditedRegion, Quote, Region
from mdrun.text import LINE_ENDING, Lines, Span

if TYPE_CHECKING:
    from mdrun.parsing.blocks import Block

_BLOCK_ID_LINE = re.compile(r"\^[A-Za-z0-9-]+")
_CLOSING_FENCE = re.compile(r"(?:`{3,}|~{3,})[ \t]*\Z")


def anchor_of(fence: Block, lines: Lines, text: str) -> tuple[Anchor, Block | None]:
    """Return where a closed fence's region goes, and the block that stands there now."""
    closing = lines.span(fence.last, fence.last).cut(text)
    fence_characters = _CLOSING_FENCE.search(closing)
    prefix = closing[: fence_characters.start()] if fence_characters else ""
    line, follower = fence.last, fence.sibling()
    if follower and follower.kind == "paragraph" and _BLOCK_ID_LINE.fullmatch(follower.content):
        line, follower = follower.last, follower.sibling()
    parent = fence.parent
    return Anchor(
        line=line,
        offset=lines.ends[line],
        prefix=prefix,
        line_ending=_line_ending(lines, text, line),
        in_list_item=parent is not None and parent.kind == "list_item",
        quote_line=follower.first if follower and _quotes(follower) else None,
    ), follower


def beneath(anchor: Anchor, follower: Block | None, lines: Lines, text: str) -> Beneath | None:
    """Return what the quote below an anchor is."""
    if follower is None or follower.kind != "blockquote" or not _is_next(anchor.line, follower, lines, text):
        return None
    depth = _depth(follower)
    bare = region.without_marks(_source(follower, lines, text), depth)
    if not bare or not region.HEAD.fullmatch(bare[0]):
        return _quote(follower, lines, text)
    if region.is_head(bare[0]) and (found := _intact(bare, follower, lines, text)):
        return found
    if not region.is_head(bare[0]) and not any(map(region.stamp_in, bare)):
        return None
    stamp = region.stamp_in(bare[-1])
    separated = stamp is not None and stamp.separated
    last = _separator(follower.last, depth - 1, lines, text) if separated else follower.last
    return EditedRegion(Span(lines.ends[follower.first - 1], lines.ends[last]), follower.first)


def orphan(quote: Block, lines: Lines, text: str) -> Region | None:
    """Return the region a quote is, although no block is above it: that one went away, or text came between."""
    bare = region.without_marks(_source(quote, lines, text), _depth(quote))
    if not quote.first or not bare or not region.is_head(bare[0]):
        return None
    return _intact(bare, quote, lines, text)


def _is_next(above: int, quote: Block, lines: Lines, text: str) -> bool:
    """Tell whether nothing but blank lines is between a quote and the line `above` it."""
    return not any(line.strip(" \t>") for line in lines.cut(text, above + 1, quote.first - 1))


def _source(quote: Block, lines: Lines, text: str) -> list[str]:
    return lines.cut(text, quote.first, quote.last)


def _depth(quote: Block) -> int:
    """Return how many quote marks the lines of a quote start with, its own included."""
    return sum(container.kind == "blockquote" for container in quote.containers()) + 1


def _quote(block: Block, lines: Lines, text: str) -> Quote | None:
    """Return a quote as a plain one, None if it is a callout."""
    depth = _depth(block)
    bare = (region.unquote(line, depth) for line in _source(block, lines, text))
    # A line with too few marks goes on with the paragraph above it.
    source = zip(bare, _source(block, lines, text), strict=True)
    quoted = "\n".join(line.lstrip(" \t>") if rest is None else rest for rest, line in source)
    if quoted.lstrip().startswith("[!"):
        return None
    return Quote(Span(lines.ends[block.first - 1], lines.ends[block.last]), block.first, quoted)


def _intact(bare: tuple[str, ...], quote: Block, lines: Lines, text: str) -> Region | None:
    """Return the region that stands at the start of a quote, if its text fits its stamp."""
    head, index = region.HEAD.fullmatch(bare[0]), _end_line(bare, quote)
    stamp = region.stamp_in(bare[index])
    if head is None or stamp is None:
        return None
    resized = not region.is_said(bare[1:index], stamp.says)
    if resized and region.says(bare[1:index], resized=True) != stamp.says:
        return None
    last = quote.first + index
    end = _separator(last, _depth(quote) - 1, lines, text) if stamp.separated else last
    return Region(
        span=Span(lines.ends[quote.first - 1], lines.ends[end]),
        line=quote.first,
        kind="error" if head["kind"] == "error" else "output",
        title=head["title"] or "",
        body=bare[1:index],
        made=stamp.made,
        says=stamp.says,
        separated=end > last,
        folded=head["fold"] == "-",
        resized=resized,
        quote=_next_quote(quote, end, lines, text),
    )


def _end_line(bare: tuple[str, ...], quote: Block) -> int:
    """Return the index of a region's end line, 0 where there is none.

    Only the parser's word makes a line the end line: an output may hold what looks like one (F45).
    """
    comments = (block.first - quote.first for block in quote.children if block.kind == "html_block")
    return next((index for index in comments if index < len(bare) and region.stamp_in(bare[index])), 0)


def _next_quote(region_block: Block, last: int, lines: Lines, text: str) -> Quote | None:
    """Return the plain quote next below a region whose last line is `last`."""
    below = region_block.sibling()
    while below and below.last <= last:
        below = below.sibling()
    if region_block.last > last or below is None or below.kind != "blockquote":
        return None
    found = _quote(below, lines, text) if _is_next(last, below, lines, text) else None
    return found if found and not region.HEAD.fullmatch(found.text.split("\n")[0]) else None


def _separator(region_end: int, depth: int, lines: Lines, text: str) -> int:
    """Return the last line of the separator below a region, or the region's own where it has none.

    A formatter may have put blank lines before the comment that is one in lists.
    """
    for line in range(region_end + 1, len(lines)):
        rest = region.unquote(lines.span(line, line).cut(text), depth)
        said = None if rest is None else rest.strip(" \t")
        if said == region.LIST_SEPARATOR:
            return line
        if said != "":
            return min(line - 1, region_end + 1)
    return min(len(lines) - 1, region_end + 1)


def _quotes(block: Block) -> bool:
    """Tell whether a parser could take a block's first line for a quote's (G6, G12)."""
    return block.kind == "blockquote" or (block.kind == "code_block" and block.content.lstrip(" \t").startswith(">"))


def _line_ending(lines: Lines, text: str, line: int) -> str:
    """Return the line's ending, or the one above where it has none (G1)."""
    ending = LINE_ENDING.match(text, lines.ends[line]) or LINE_ENDING.match(text, lines.ends[line - 1])
    return ending[0] if ending else "\n"
