"""Markdown from an output, made inert: it looks as it was meant to, and takes no effect outside of its region.

The text is parsed and rendered anew, so that all it opens is closed; what Obsidian, GitHub or
mdrun would act on is rendered as what it says. That is done until there is nothing left to change,
and the text is shown as source where a note would still find something in it: nothing rests on
an escape alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from mdrun.clip import SHOWN_BYTES, SHOWN_COLUMNS, SHOWN_LINES, hole, size, spelled
from mdrun.mime.rendering import cuts, rendered
from mdrun.note import CodeBlock, Embed
from mdrun.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

READ_LINES = SHOWN_LINES + SHOWN_LINES // 4
READ_BYTES = SHOWN_BYTES + SHOWN_BYTES // 4
"""How much of a text is read; what is written more shortly than its source is an exception."""

PASSES = 4
"""How often a text is rendered; one that goes on changing is not made inert by it."""

_UNEMBEDDED = re.compile(r"(?<!!)\[\[")
_FOOTNOTE = re.compile(r"(?<!\\)(?:\\\\)*(?:\^\[|\[\^)")
_CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)|^(`{3,}).*?^\2", re.DOTALL | re.MULTILINE)


def inert(markdown: str, pictures: Collection[str] = ()) -> str | None:
    """Return `markdown` so that it shows what it says and does nothing; None where it cannot be made so.

    It is empty where there is nothing to see, as in a comment.

    `pictures` are embeds of mdrun's own, which stay. It is cut behind the blocks that fit the
    caps of a part, and says how much was left out.
    """
    try:
        text = _beginning(markdown if markdown.endswith("\n") else f"{markdown}\n", pictures)
        for _ in range(PASSES):
            before, text = text, rendered(text, pictures)
            if text == before:
                return text if _fits(text) and _finds_nothing(text, pictures) else None
    except (AssertionError, IndexError, KeyError, RecursionError, TypeError, ValueError):
        # The renderer is a library's; a text it cannot take is shown as it is.
        pass
    return None


def _beginning(markdown: str, pictures: Collection[str]) -> str:
    """Return as much of `markdown` as fits, rendered, and how much was left out behind it.

    It is cut behind a block, an item of a list or a row of a table. Raise ValueError when not
    even the first fits.
    """
    lines = markdown.split("\n")
    count = _readable(lines)
    if count == len(lines):
        whole = rendered(markdown, pictures, brackets=True)
        if _fits(whole):
            return whole
    ends = [end for end in cuts("\n".join(lines[:count])) if end < count or count == len(lines)]
    fitting = bisect_left(ends, 1, key=lambda end: not _fits(_until(end, lines, pictures)))
    if not fitting:
        raise ValueError
    return _until(ends[fitting - 1], lines, pictures)


def _readable(lines: Sequence[str]) -> int:
    """Return how many of the lines can be shown at the most."""
    room = READ_BYTES
    for count, line in enumerate(lines[:READ_LINES]):
        room -= size(line) + 1
        if room < 0:
            return count
    return min(len(lines), READ_LINES)


def _until(end: int, lines: Sequence[str], pictures: Collection[str]) -> str:
    shown = rendered("\n".join((*lines[:end], "")), pictures, brackets=True)
    left_out = size("\n".join(lines[end:]).rstrip())
    return f"{shown}\n\n{hole(spelled(left_out))}" if left_out else shown


def _fits(text: str) -> bool:
    lines = text.split("\n")
    whole = sum(size(line) + 1 for line in lines)
    return len(lines) <= SHOWN_LINES and whole <= SHOWN_BYTES and max(map(len, lines)) <= SHOWN_COLUMNS


def _finds_nothing(text: str, pictures: Collection[str]) -> bool:
    """Tell whether a note would find nothing in `text` to run, to link to or to embed."""
    # Embeds are looked for where wikilinks are, so that these are found as well.
    found = parse(_UNEMBEDDED.sub("![[", text))
    if found.unclosed_comment or found.properties or _FOOTNOTE.search(_CODE_SPAN.sub("", text)):
        return False
    for element in found.elements:
        match element:
            case CodeBlock(info=info, anchor=anchor):
                if info.runs or anchor is None:
                    return False
            case Embed(span=span):
                if span.cut(found.text) not in pictures:
                    return False
            case _:
                return False
    return True
