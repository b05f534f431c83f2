"""Which blocks run, in which order: embeds are read in their place."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never, get_args

from mdrun.attachments import size_of
from mdrun.names import did_you_mean
from mdrun.note import CodeBlock, Embed, Note, OptionValue
from mdrun.region import STAMPED, Provenance
from mdrun.settings import Compare
from mdrun.text import Span
from mdrun.vault import Attachment, Nowhere, Resolution, Section, section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mdrun.note import Element

ProblemKind: TypeAlias = Literal[
    "unresolved", "unclosed", "cycle", "repeat", "ambiguous", "option", "orphan", "properties", "comment"
]
Resolver: TypeAlias = "Callable[[Embed, Note], Resolution]"
"""Says what an embed in a note means."""

GUESSES = 20
"""Embeds that lead nowhere for which a nearest name is looked up: among ten thousand that takes a while."""

_FLAG = ("true or false", lambda value: isinstance(value, bool))
_TEXT = ("a text", lambda value: isinstance(value, str))
_COMPARE = get_args(Compare)
OPTIONS: Mapping[str, tuple[str, Callable[[OptionValue], bool]]] = {
    "skip": _FLAG,
    "raises": ("an exception's name", lambda value: isinstance(value, str) and value.replace(".", "").isidentifier()),
    "may_fail": _FLAG,
    "timeout": ("a number of seconds above 0", lambda value: type(value) in {int, float} and float(value) > 0),
    "hide": _FLAG,
    "compare": (f"one of {', '.join(_COMPARE)}", lambda value: value in _COMPARE),
    "label": _TEXT,
    "width": ("a number of pixels, or two such as '400x300'", lambda value: bool(size_of(value))),
    "alt": _TEXT,
}
"""The options of a block: what each may be, in words and as a test."""
EXECUTE_CODE_OPTIONS = ("import", "export", "pre", "post", "ignore")


@dataclass(frozen=True, slots=True)
class Hop:
    """One embed on the way to a block."""

    note: str
    line: int
    """From 1."""
    embed: Embed

    def __str__(self) -> str:
        return f"{self.note}:{self.line}"


Trail: TypeAlias = "tuple[Hop, ...]"


@dataclass(frozen=True, slots=True)
class Step:
    """A block that is to run."""

    block: CodeBlock
    note: Note
    """The note the block stands in."""
    trail: Trail
    """The embeds that led to it, outermost first; empty for a block read in its own place."""
    ordinal: int
    """From 1: its place among the Python blocks of the note that is run, or of the section it is embedded with."""
    provenance: str
    """Hash of what produces its output, whole: no two steps of a plan have the same."""

    @property
    def made(self) -> str:
        """Return what of it stands in a stamp (G9)."""
        return self.provenance[:STAMPED]

    @property
    def options(self) -> dict[str, OptionValue]:
        """Return the options of its block."""
        return dict(self.block.info.options)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a plan cannot do as it is written."""

    kind: ProblemKind
    note: str
    line: int
    """From 1."""
    embed: str
    """The embed's linktext in brackets; empty when none is concerned."""
    message: str

    @property
    def fatal(self) -> bool:
        """Tell whether it is a failure of the note before its kernel starts."""
        return self.kind in {"unresolved", "unclosed"}

    def __str__(self) -> str:
        return f"{self.note}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of a note, in the order they run, and what stands in the way."""

    note: Note
    steps: tuple[Step, ...]
    problems: tuple[Problem, ...]


def plan(note: Note, resolve: Resolver, *, prefixed_only: bool = False) -> Plan:
    """Return what would run; `prefixed_only` leaves out blocks that are not behind `run-`."""
    walk = _Walk(note, resolve, prefixed_only)
    walk.through()
    return Plan(note, tuple(walk.steps), tuple(walk.problems))


@dataclass(slots=True)
class _Passage:
    """A section being read: what is left of it, and the way here."""

    rest: Iterator[Element]
    note: Note
    trail: Trail
    blocks: int = 0


@dataclass(slots=True)
class _Walk:
    """Every section is read at most once, and every block runs at most once: like an import."""

    note: Note
    resolve: Resolver
    prefixed_only: bool
    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _read: set[tuple[str, Span]] = field(default_factory=set)
    """Sections that are read, or are being read."""
    _run: set[tuple[str, Span]] = field(default_factory=set)
    """Blocks that run."""
    _open_embeds: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    """By note, the embeds we are in: where each starts, and its place on the way here."""
    _guesses: int = 0
    _checked: set[str] = field(default_factory=set)
    _provenance: Provenance = field(default_factory=Provenance)
    _ordinals: dict[Span, int] = field(init=False)

    def __post_init__(self) -> None:
        self._ordinals = {block.span: place for place, block in enumerate(self.note.blocks(), 1)}

    def through(self) -> None:
        """Read the whole note; a stack instead of recursion, so that no depth is too deep."""
        whole = Section(self.note, Span(0, len(self.note.text)))
        passages = [self._open(whole, ())]
        while passages:
            passage = passages[-1]
            element = next(passage.rest, None)
            if element is None:
                self._close(passages.pop())
            elif isinstance(element, CodeBlock):
                self._block(element, passage)
            elif isinstance(element, Embed):
                hop = Hop(passage.note.path, element.line, element)
                if (target := self._follow(hop, passage)) is not None:
                    passages.append(self._open(target, (*passage.trail, hop)))

    def _open(self, section: Section, trail: Trail) -> _Passage:
        note = section.note
        self._read.add((note.path, section.span))
        if trail:
            self._open_embeds[trail[-1].note].append((trail[-1].embed.span.start, len(trail) - 1))
        if note.path not in self._checked:
            self._checked.add(note.path)
            self._complain_about(note)
        first, last = (bisect_left(note.elements, edge, key=_start) for edge in (section.span.start, section.span.end))
        return _Passage(iter(note.elements[first:last]), note, trail)

    def _close(self, passage: _Passage) -> None:
        if passage.trail:
            self._open_embeds[passage.trail[-1].note].pop()

    def _block(self, block: CodeBlock, passage: _Passage) -> None:
        passage.blocks += block.info.runs
        if not block.info.runs or (self.prefixed_only and not block.info.prefixed):
            return
        place = (passage.note.path, block.span)
        if place in self._run:
            self._tell("repeat", passage.note.path, block.line, "", "block already ran above")
            return
        self._run.add(place)
        self._check(block, passage)
        provenance = self._provenance.after(block.source, block.info.options)
        own = passage.note.path == self.note.path
        ordinal = self._ordinals[block.span] if own else passage.blocks
        self.steps.append(Step(block, passage.note, passage.trail, ordinal, provenance))

    def _check(self, block: CodeBlock, passage: _Passage) -> None:
        note = passage.note.path
        if block.anchor is None:
            way = _way(passage.trail)
            message = f"code block is never closed{way}: it needs a closing fence"
            self._tell("unclosed", note, block.line, "", message)
        for name, value in block.info.options.items():
            if complaint := _complaint(name, value):
                self._tell("option", note, block.line, "", complaint)

    def _follow(self, hop: Hop, passage: _Passage) -> Section | None:
        """Return the section an embed leads to, if there is anything in it that is still to be read."""
        resolution = self._resolved(hop.embed, passage.note)
        match resolution:
            case Attachment():
                return None
            case Nowhere(reason):
                hint = resolution.hint if self._guesses < GUESSES else ""
                self._guesses += 1
                self._embed("unresolved", hop, f"leads nowhere: {reason}{hint}{_way(passage.trail)}")
                return None
            case Section():
                return self._enter(resolution, hop, passage.trail)
            case _:
                assert_never(resolution)

    def _resolved(self, embed: Embed, source: Note) -> Resolution:
        """Return what an embed means; the note that is run is the one given, whatever the vault has read."""
        resolution = self.resolve(embed, source)
        if isinstance(resolution, Section) and resolution.note.path == self.note.path:
            own = section(self.note, embed.target.subpath)
            return replace(own, rivals=resolution.rivals) if isinstance(own, Section) else own
        return resolution

    def _enter(self, section: Section, hop: Hop, trail: Trail) -> Section | None:
        path, span = section.note.path, section.span
        if section.rivals:
            self._embed("ambiguous", hop, f"means {path}, could mean {_listed(section.rivals)}")
        sites = (*self._open_embeds[path], *([(hop.embed.span.start, len(trail))] if hop.note == path else ()))
        first = next((place for start, place in sites if span.start <= start < span.end), None)
        if first is not None:
            circle = " > ".join(f"{site.note} {site.embed.target}" for site in (*trail, hop)[first:])
            self._embed("cycle", hop, f"closes a circle: {circle}")
            return None
        if (path, span) in self._read:
            self._embed("repeat", hop, "was already read above")
            return None
        return section

    def _complain_about(self, note: Note) -> None:
        if note is self.note:
            for orphan in note.orphans:
                message = "this output stands beneath no block: mdrun clean takes it away"
                self._tell("orphan", note.path, orphan.line + 1, "", message)
        if note.complaint:
            self._tell("properties", note.path, 1, "", note.complaint)
        if note.unclosed_comment:
            message = "this %% comment never closes: nothing below it runs"
            self._tell("comment", note.path, note.unclosed_comment, "", message)

    def _embed(self, kind: ProblemKind, hop: Hop, what: str) -> None:
        target = str(hop.embed.target)
        self._tell(kind, hop.note, hop.line, target, f"embed {target} {what}")

    def _tell(self, kind: ProblemKind, note: str, line: int, embed: str, message: str) -> None:
        self.problems.append(Problem(kind, note, line, embed, message))


def _way(trail: Trail) -> str:
    """Return how a place was reached: ` (through A.md:9, B.md:3)`; empty for the note itself."""
    return f" (through {', '.join(str(hop) for hop in trail)})" if trail else ""


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 5} more" if len(paths) > 6 else ""  # noqa: PLR2004 - one more fits in its place
    return ", ".join(paths[:5] if more else paths) + more


def _complaint(name: str, value: OptionValue) -> str | None:
    """Return what is wrong with an option of a block."""
    if name in EXECUTE_CODE_OPTIONS:
        return None
    if name not in OPTIONS:
        return f"unknown option '{name}'{did_you_mean(name, OPTIONS)}"
    words, fits = OPTIONS[name]
    return None if fits(value) else f"option '{name}' is {value!r}, must be {words}"


def _start(element: Element) -> int:
    return element.span.start
