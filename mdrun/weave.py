"""Outputs to edits beneath their blocks; nothing outside of regions changes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from mdrun import region
from mdrun.attachments import shown_in, with_old_places, with_old_sizes
from mdrun.compare import body_differences, quote_differences
from mdrun.compare.reading import read
from mdrun.compare.trees import Anything, Call, Items, Number, Opaque, Pairs, String
from mdrun.errors import WeaveFailed
from mdrun.mime import Body
from mdrun.note import CodeBlock, EditedRegion, Note, Quote, Region
from mdrun.parsing import parse
from mdrun.text import Edit, Span, apply
from mdrun.volatile import same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mdrun.compare import Difference
    from mdrun.compare.trees import Tree
    from mdrun.note import Anchor, Beneath
    from mdrun.pictures import Picture
    from mdrun.settings import Compare


@dataclass(frozen=True, slots=True)
class Woven:
    """What a block's run leaves beneath it."""

    body: Body | None
    """None when there is nothing to show, which takes an old region away."""
    made: str
    compare: Compare = "text"
    """When an old region says the same, and stays."""
    resized: bool = False
    """Whether pictures have sizes that a person gave them."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A person's text that stands where an output could."""

    block: CodeBlock
    line: int
    """Of its first line, from 1."""
    edited: bool
    """Whether it is a region a person edited; else it is a quote written by hand."""
    same: bool
    """Whether it says what the new output says."""
    yields: bool = True
    """Whether `adopt` would put an output in its place."""
    differences: tuple[Difference, ...] = ()
    """Where a quote, read as a Python value, differs from the new output."""


@dataclass(frozen=True, slots=True)
class Weaving:
    """A note's new text, the edits that make it, and what of a person's was kept."""

    text: str
    edits: tuple[Edit, ...] = ()
    kept: tuple[Kept, ...] = ()
    adopted: int = 0
    """How many texts of a person's gave way to outputs."""
    pictures: Mapping[Span, tuple[Picture, ...]] = field(default_factory=dict)
    """What regions show, but for the pictures that stay where they were, by the spans of their blocks."""


def _never(_destination: str, _picture: Picture) -> bool:
    return False


def weave(
    note: Note,
    outputs: Mapping[Span, Woven],
    *,
    adopt: bool = False,
    volatile: Iterable[re.Pattern[str]] = (),
    alike: Callable[[str, Picture], bool] = _never,
) -> Weaving:
    """Put each output beneath the block whose span it is given for; raise WeaveFailed on our own bugs.

    A new region stands where it would if the note had none of its own (G6). A picture stays where
    an old region shows it when it is `alike` what stands at that destination.
    """
    loom = _Loom(note, outputs, adopt, tuple(volatile), alike)
    edits = tuple(loom.edits())
    if not edits:
        return Weaving(note.text, (), tuple(loom.kept), pictures=loom.pictures)
    text = apply(edits, note.text)
    after = parse(text, note.path)
    if not _is_sound(note, loom.bare.text, after) or not loom.fits(after):
        raise WeaveFailed(note.path)
    return Weaving(text, edits, tuple(loom.kept), len(loom.adopted), loom.pictures)


def clean(note: Note) -> Weaving:
    """Take the regions out again (promise 1); edited ones are a person's and stay."""
    edits = (*_removals(note), *(Edit(orphan.span, "") for orphan in note.orphans))
    kept = tuple(
        Kept(block, block.beneath.line + 1, edited=True, same=False)
        for block in _fences(note)
        if isinstance(block.beneath, EditedRegion)
    )
    if not edits:
        return Weaving(note.text, (), kept)
    text = apply(edits, note.text)
    if _sources(note) != _sources(parse(text)):
        raise WeaveFailed(note.path)
    return Weaving(text, edits, kept)


@dataclass(slots=True)
class _Loom:
    """A note beside itself without its regions, which is what says where separators are due (G6)."""

    note: Note
    outputs: Mapping[Span, Woven]
    adopt: bool
    volatile: tuple[re.Pattern[str], ...]
    alike: Callable[[str, Picture], bool]
    kept: list[Kept] = field(default_factory=list)
    pictures: dict[Span, tuple[Picture, ...]] = field(default_factory=dict)
    bare: Note = field(init=False)
    adopted: dict[Span, EditedRegion | Quote] = field(default_factory=dict)
    """A person's text that gives way to an output, by the span of its block."""
    _settled: set[Span] = field(default_factory=set)
    """Spans of the blocks whose regions are left alone because a person edited them."""

    def __post_init__(self) -> None:
        for block in self._woven():
            self._consider(block, self.outputs[block.span])
        adopted = (Edit(written.span, "") for written in self.adopted.values())
        taken = (*_removals(self.note), *adopted)
        self.bare = parse(apply(taken, self.note.text), self.note.path) if taken else self.note
        if _sources(self.note) != _sources(self.bare):
            raise WeaveFailed(self.note.path)

    def edits(self) -> Iterator[Edit]:
        """Yield the edits that put every output in its place."""
        for block, alone in zip(self.note.blocks(), self.bare.blocks(), strict=True):
            if block.span in self.outputs and block.anchor and alone.anchor and block.span not in self._settled:
                yield from self._edits(block, block.anchor, alone, alone.anchor)

    def fits(self, after: Note) -> bool:
        """Tell whether every output is found again in the note woven, where it was put."""
        return all(
            _is_found(block.beneath, self._due(old))
            for old, block in zip(self.note.blocks(), after.blocks(), strict=True)
            if old.span in self.outputs and old.anchor and old.span not in self._settled
        )

    def _woven(self) -> Iterator[CodeBlock]:
        return (block for block in self.note.blocks() if block.span in self.outputs)

    def _consider(self, block: CodeBlock, woven: Woven) -> None:
        """Decide what becomes of a person's text beneath a block: it gives way, or is kept (G10)."""
        below = block.beneath
        written = below.quote if isinstance(below, Region) else below
        if written is None:
            return
        edited, says_it = isinstance(written, EditedRegion), False
        differences: tuple[Difference, ...] = ()
        if isinstance(written, Quote):
            says_it = woven.body is not None and _squeezed(written.text) == _plain(woven.body)
            if not says_it and not looks_like_output(written.text):
                return
            judged = woven.compare != "ignore" and (woven.body is None or woven.body.kind == "output")
            if not says_it and judged:
                lines = woven.body.lines if woven.body else ()
                differences = quote_differences(written.text, lines, self.volatile)
                says_it = not differences
        yields = woven.body is not None and not self._holds_code(written.span)
        if self.adopt and yields:
            self.adopted[block.span] = written
            return
        self.kept.append(Kept(block, written.line + 1, edited, says_it, yields, differences))
        if edited:
            self._settled.add(block.span)

    def _holds_code(self, span: Span) -> bool:
        return any(span.start < block.span.start < span.end for block in self.note.blocks())

    def _due(self, block: CodeBlock) -> Woven:
        """Return what is to stand beneath a block: an old region where it is to be ignored that it differs."""
        woven, old = self.outputs[block.span], block.beneath
        if woven.compare == "ignore" and isinstance(old, Region):
            return replace(woven, body=Body(old.kind, old.title or None, old.body, folded=old.folded))
        return woven

    def _edits(self, block: CodeBlock, anchor: Anchor, alone: CodeBlock, bare: Anchor) -> Iterator[Edit]:
        woven, adopted = self._due(block), self.adopted.get(block.span)
        old = block.beneath if isinstance(block.beneath, Region) else None
        first = old or adopted
        gap = first.line - anchor.line if first else 1
        same_anchor = bare.line - alone.line == anchor.line - block.line
        crowded = same_anchor and bare.quote_line == bare.line + gap
        if old:
            woven = self._with_old_pictures(old, woven)
        if woven.body and woven.body.pictures:
            self.pictures[block.span] = woven.body.pictures
        if old:
            yield from self._replace(anchor, old, woven, crowded=crowded)
            if adopted:
                yield Edit(adopted.span, "")
            return
        text = _compose(anchor, woven, separated=crowded)
        if text:
            yield Edit(adopted.span if adopted else Span(anchor.offset, anchor.offset), text)

    def _replace(self, anchor: Anchor, old: Region, woven: Woven, *, crowded: bool) -> Iterator[Edit]:
        before = old.span.cut(self.note.text)
        woven = self._lasting(old, woven)
        body = woven.body
        marked = f"-{old.says}+ -->" in before
        unchanged = (
            body is not None
            and (body.kind, body.title or "", body.lines) == (old.kind, old.title, old.body)
            and (woven.made, crowded, crowded) == (old.made, old.separated, marked)
        )
        text = _compose(anchor, woven, separated=crowded)
        if not unchanged and text != before:
            yield Edit(old.span, text)

    def _with_old_pictures(self, old: Region, woven: Woven) -> Woven:
        """Return `woven` with the pictures that are alike where they stood, and without those among its own."""
        body = woven.body
        if body is None or not body.pictures:
            return woven
        named = {picture.name: picture for picture in body.pictures}
        lines, anew = with_old_places(
            body.lines, old.body, lambda place, name: name in named and self.alike(place, named[name])
        )
        pictures = tuple(picture for name, picture in named.items() if name in anew)
        sized = with_old_sizes(lines, old.body) if old.resized else lines
        return replace(woven, body=replace(body, lines=sized, pictures=pictures), resized=sized != lines)

    def _lasting(self, old: Region, woven: Woven) -> Woven:
        """Return `woven` with the old body where the new one differs in nothing that counts."""
        body = woven.body
        if body is not None and self._is_same(old, body, woven.compare):
            body = replace(body, title=old.title or None, lines=old.body, folded=old.folded)
            return replace(woven, body=body, resized=old.resized)
        return woven

    def _is_same(self, old: Region, body: Body, compare: Compare) -> bool:
        if compare == "exact" or body.kind != old.kind:
            return False
        if _pictures(old.body) != _pictures(body.lines):
            return False
        if compare == "value" and not body_differences(old.body, body.lines, self.volatile):
            return same(old.title, body.title or "", self.volatile)
        before = "\n".join((old.title, *old.body))
        after = "\n".join((body.title or "", *body.lines))
        return _blanks(old.body) == _blanks(body.lines) and same(before, after, self.volatile)


def _compose(anchor: Anchor, woven: Woven, *, separated: bool) -> str:
    """Return a region's lines, each with the line ending before it (G4, G5)."""
    body = woven.body
    if body is None:
        return ""
    stamp = region.Stamp(woven.made, region.says(body.lines, resized=woven.resized), separated)
    head = region.head(body.kind, body.title, folded=body.folded)
    lines = [f"{anchor.prefix}> {line}" if line else f"{anchor.prefix}>" for line in (head, *body.lines, str(stamp))]
    if separated:
        mark = anchor.prefix + region.LIST_SEPARATOR
        lines.append(mark if anchor.in_list_item else anchor.prefix.rstrip(" \t"))
    return "".join(anchor.line_ending + line for line in lines)


QUOTED_OUTPUT = 20_000
"""Characters; a longer quote is not looked at to see whether it could be output."""


def looks_like_output(text: str) -> bool:
    """Tell whether a quote is wholly in backticks, or wholly a Python value or `Name(...)` (G10)."""
    bare = text.strip()
    if len(bare) > QUOTED_OUTPUT:
        return False
    return bool(_IN_BACKTICKS.fullmatch(bare)) or _is_expression(bare)


_IN_BACKTICKS = re.compile(r"(`+)(?!`)(?:(?!\1).)+\1", re.DOTALL)


def _is_expression(text: str) -> bool:
    source = " ".join(line.strip() for line in text.split("\n"))
    tree = read(source)
    match tree:
        case None | Anything():
            return False
        case String(value):
            # A person quotes in double quotes; Python does so only where it must.
            return repr(value) == source
        case Opaque(shown):
            return bool(_CONSTANT.fullmatch(shown))
        case Number():
            return any(map(str.isdigit, source))
        case _:
            return _is_value(tree)


_CONSTANT = re.compile(r"None|True|False|b(?:'.*'|\".*\")", re.DOTALL)
_PLAIN_VALUE = re.compile(rf"<.*>|{_CONSTANT.pattern}", re.DOTALL)
_LOWER_CASE_REPRS = frozenset(
    "array bytearray date datetime defaultdict deque dict dict_items dict_keys dict_values dtype frozenset list "  # noqa: SIM905
    "mappingproxy matrix range set slice tensor time timedelta timezone tuple".split()
)
"""Names that stand before a bracket in a repr, not only in a call."""


def _is_value(tree: Tree) -> bool:
    match tree:
        case Opaque(shown):
            return bool(_PLAIN_VALUE.fullmatch(shown))
        case Items(members=members):
            return all(map(_is_value, members))
        case Pairs(items):
            return all(_is_value(key) and _is_value(value) for key, value in items)
        case Call(name, arguments, keywords):
            last = name.rpartition(".")[2]
            if not last[:1].isupper() and last not in _LOWER_CASE_REPRS:
                return False
            return all(map(_is_value, (*arguments, *(value for _, value in keywords))))
        case Anything() | Number() | String():
            return True
        case _:
            assert_never(tree)


def _plain(body: Body) -> str:
    """Return what a body says, its fences and blanks aside."""
    return _squeezed("\n".join(line for line in body.lines if not re.match(r"`{3,}", line)))


def _squeezed(text: str) -> str:
    return " ".join(text.replace("`", "").split())


def _blanks(body: Sequence[str]) -> list[bool]:
    """Tell of each line whether it is blank; blank lines between parts do not count."""
    lines = ((bool(line.strip()), fenced) for line, fenced in region.with_fences(body))
    return [told for told, fenced in lines if told or fenced]


def _pictures(body: Sequence[str]) -> list[str]:
    return [shown.name for shown in shown_in(body)]


def _fences(note: Note) -> list[CodeBlock]:
    return [element for element in note.elements if isinstance(element, CodeBlock)]


def _sources(note: Note) -> list[tuple[str, str]]:
    return [(block.info.raw, block.source) for block in note.blocks()]


def _removals(note: Note) -> Iterator[Edit]:
    for block in _fences(note):
        if isinstance(block.beneath, Region):
            yield Edit(block.beneath.span, "")


def _is_sound(before: Note, bare: str, after: Note) -> bool:
    """Tell whether two notes run the same code, and `after` without its regions is `bare`."""
    return _sources(before) == _sources(after) and apply(_removals(after), after.text) == bare


def _is_found(below: Beneath | None, woven: Woven) -> bool:
    """Tell whether what stands beneath a block is its output, and nothing where there is none."""
    if woven.body is None:
        return not isinstance(below, Region)
    return isinstance(below, Region) and (below.made, below.kind) == (woven.made, woven.body.kind)
