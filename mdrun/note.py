"""What a note is made of: headings, code blocks, embeds, block ids, output regions."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mdrun.text import Span

_PUNCTUATION = re.compile(r"""[!"#$%&()*+,.:;<=>?@^`{|}~/\[\]\\\r\n\s]+""")
_HEADING_ID = re.compile(r"(?<=[ \t])\^[A-Za-z0-9-]+\Z")

OptionValue: TypeAlias = "bool | int | float | str"


@dataclass(frozen=True, slots=True)
class InfoString:
    """What stands behind the opening fence."""

    raw: str
    language: str = ""
    """The longest run of `[A-Za-z0-9_/+#-]` (R67), as written."""
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    """The `key=value` pairs in braces; a bare word stands for true."""

    @property
    def runs(self) -> bool:
        """Tell whether the language is Python's, with or without `run-`."""
        return self.language.lower().removeprefix("run-") in {"python", "py", "python3"}

    @property
    def prefixed(self) -> bool:
        """Tell whether the language is behind `run-`."""
        return self.language.lower().startswith("run-")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The line beneath which a block's region stands (G3)."""

    line: int
    """Index from 0."""
    offset: int
    """The end of that line, before its line ending: where a new region is inserted (G4)."""
    prefix: str
    """The bytes before the closing fence's characters; every line of the region carries them."""
    line_ending: str
    in_list_item: bool
    """Whether the innermost container is a list item, where a blank line would loosen the list (G6)."""
    quote_line: int | None
    """Index of the line where the next sibling starts, if that is a block quote (G6, G12)."""


@dataclass(frozen=True, slots=True)
class Region:
    """An output region whose text fits its stamp."""

    span: Span
    """From the end of the line above to the end of its last line, its separator included."""
    line: int
    """Index from 0 of its first line."""
    kind: Literal["output", "error"]
    title: str
    body: tuple[str, ...]
    """The lines between head and stamp, without prefix and quote mark."""
    made: str
    says: str
    separated: bool
    """Whether it brought a separator (G6)."""
    folded: bool
    resized: bool = False
    """Whether a person has changed the sizes of its pictures, and nothing else."""
    quote: Quote | None = None
    """The plain quote next below it (G10)."""


@dataclass(frozen=True, slots=True)
class EditedRegion:
    """A quote with a region's head that fits no stamp: a person wrote in it (G10)."""

    span: Span
    line: int


@dataclass(frozen=True, slots=True)
class Quote:
    """A plain quote beneath a block, written by hand (G10)."""

    span: Span
    line: int
    text: str
    """Its lines without quote marks, joined by newlines."""


Beneath: TypeAlias = Region | EditedRegion | Quote


@dataclass(frozen=True, slots=True)
class Heading:
    """A top-level heading (R34-R37)."""

    span: Span
    line: int
    level: int
    text: str
    """As written: backticks, emphasis and links stay (R37)."""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A fenced code block in whose place code would run."""

    span: Span
    """From the opening fence's line to the end of the closing fence's line."""
    line: int
    """Line of the opening fence, from 1."""
    info: InfoString
    source: str
    """The code without container prefixes, each line ending in a newline."""
    anchor: Anchor | None
    """None for a fence that never closes (G2)."""
    beneath: Beneath | None = None

    @property
    def first_line(self) -> str:
        """Return the first line of its code that is not blank."""
        return next((line.strip() for line in self.source.split("\n") if line.strip()), "")


@dataclass(frozen=True, slots=True)
class LinkTarget:
    """Where a link points: linktext is linkpath plus subpath (R6a)."""

    linkpath: str
    subpath: str = ""
    """Keeps its `#`; empty for the whole note."""

    def __str__(self) -> str:
        return f"[[{self.linkpath}{self.subpath}]]"


@dataclass(frozen=True, slots=True)
class Embed:
    """`![[linktext]]` or `![alt](destination)`."""

    span: Span
    line: int
    """From 1."""
    target: LinkTarget
    wikilink: bool


@dataclass(frozen=True, slots=True)
class BlockId:
    """`^id`, and the block it names (R41-R44)."""

    span: Span
    line: int
    name: str
    names: Span
    """The lines of the block it names."""


Element: TypeAlias = Heading | CodeBlock | Embed | BlockId


@dataclass(frozen=True)
class Note:
    """A note: its text, and what was found in it, in reading order."""

    path: str
    """Relative to the vault, parts joined by `/`."""
    text: str
    elements: tuple[Element, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    complaint: str | None = None
    """Why the properties could not be read (R72)."""
    orphans: tuple[Region, ...] = ()
    """Output regions that stand beneath no block."""
    unclosed_comment: int | None = None
    """Line, from 1, of a `%%` that hides all that follows it (R61)."""

    def blocks(self) -> Iterator[CodeBlock]:
        """Yield the code blocks whose language is Python's."""
        for element in self.elements:
            if isinstance(element, CodeBlock) and element.info.runs:
                yield element

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """Return the headings, in reading order."""
        return tuple(element for element in self.elements if isinstance(element, Heading))

    @cached_property
    def outline(self) -> Mapping[str, Sequence[int]]:
        """Return the places of headings among the headings, by what counts of their text.

        A block id behind a heading may be part of its text or not (R39a).
        """
        places: dict[str, list[int]] = {}
        for place, heading in enumerate(self.headings):
            for spelling in {heading.text, _HEADING_ID.sub("", heading.text)}:
                places.setdefault(strip_heading(spelling), []).append(place)
        return places

    @cached_property
    def block_ids(self) -> Mapping[str, BlockId]:
        """Return the block ids by their names in lower case (R44); of equal ones the first."""
        ids = [element for element in self.elements if isinstance(element, BlockId)]
        return {found.name.lower(): found for found in reversed(ids)}


def strip_heading(text: str) -> str:
    """Return what of a heading counts when it is compared (R30, R31)."""
    return _PUNCTUATION.sub(" ", unicodedata.normalize("NFC", text)).strip().lower()
