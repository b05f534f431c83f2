"""Edits that mend a note, where just one is right: renamed headings in embeds, moved imports."""

from __future__ import annotations

import re
from collections import defaultdict
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, unquote

from mdrun.linting.imports import OLD_MODULE, moved_in
from mdrun.note import Embed, strip_heading
from mdrun.parsing import parse
from mdrun.text import Edit, Lines, Span, apply
from mdrun.vault import NO_HEADING, Nowhere, Section

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from mdrun.linting.found import Found
    from mdrun.linting.imports import Moved, NewHome
    from mdrun.note import Note
    from mdrun.planning import Resolver

Mend: TypeAlias = "tuple[Found, tuple[Edit, ...]]"
"""A fault, and what takes it away; two faults may be mended by the same edit."""
_Placed: TypeAlias = "tuple[int, str, Edit]"
"""A line, what is wrong there, and what to do about it."""

RENAMED, REDIRECTED = "MR101", "MR203"

_CLOSE = 0.6
_SEGMENTS = {
    "[[": re.compile(r"#(?P<name>(?:(?!\]\]|[#|]).)*)"),
    "](<": re.compile(r"#(?P<name>[^#>]*)"),
    "](": re.compile(r"#(?P<name>[^#)\s]*)"),
}
"""The parts of an embed's subpath, by what its target stands behind."""
_RAW = ";/?:@&=+$,"
"""What a destination keeps when it is decoded, and so must not be encoded (R22)."""


def mends(note: Note, faults: Sequence[Found], resolve: Resolver, new_home: NewHome) -> list[Mend]:
    """Return those of the faults in a note's own text that can be mended, and how.

    None are where the note would read as another one but for what is mended.
    """
    edits: dict[tuple[str, int, str], list[Edit]] = defaultdict(list)
    dead_ends = {fault.line for fault in faults if fault.code == RENAMED}
    for line, subject, edit in _renamed(note, dead_ends, resolve):
        edits[RENAMED, line, subject].append(edit)
    for line, subject, edit in _redirected(note, new_home):
        edits[REDIRECTED, line, subject].append(edit)
    keys = ((fault, (fault.code, fault.line, fault.subject or fault.message)) for fault in faults)
    found = [(fault, tuple(edits[key])) for fault, key in keys if key in edits]
    return found if _shape(mended(note, found), note.path) == _shape(note.text, note.path) else []


def mended(note: Note, made: Iterable[Mend]) -> str:
    """Return the text of a note with its faults mended."""
    return apply({edit for _, edits in made for edit in edits}, note.text)


def _shape(text: str, path: str) -> list[type]:
    return [type(element) for element in parse(text, path).elements]


def _renamed(note: Note, lines: Collection[int], resolve: Resolver) -> Iterator[_Placed]:
    """Yield what gives the embeds in `lines` the new names of their headings, where one alone is near."""
    for embed in note.elements:
        if not isinstance(embed, Embed) or embed.line not in lines:
            continue
        missing = resolve(embed, note)
        if not isinstance(missing, Nowhere) or missing.reason != NO_HEADING:
            continue
        names = _near(missing.name, missing.known())
        if len(names) == 1 and (edit := _segment_edit(note, embed, missing.name, names[0], resolve)):
            yield embed.line, str(embed.target), edit


def _near(name: str, headings: Iterable[str]) -> Sequence[str]:
    """Return the headings, as links write them, that `name` may be an older name of."""
    wanted = strip_heading(name)
    spelled = {strip_heading(heading): heading for heading in headings}
    close = set(get_close_matches(wanted, spelled, n=2, cutoff=_CLOSE))
    close |= {word for word in spelled if wanted and word and (wanted in word or word in wanted)}
    return [spelled[word] for word in sorted(close)]


def _segment_edit(note: Note, embed: Embed, name: str, new: str, resolve: Resolver) -> Edit | None:
    """Return the edit of the one part of an embed's subpath that names no heading, if it leads somewhere then."""
    text = embed.span.cut(note.text)
    opening = "[[" if embed.wikilink else next(mark for mark in ("](<", "](") if mark in text)
    for segment in _SEGMENTS[opening].finditer(text, text.rindex(opening)):
        raw = segment["name"].removesuffix("\\")
        if strip_heading(raw if embed.wikilink else unquote(raw)) != strip_heading(name):
            continue
        start = segment.start("name") + len(raw) - len(raw.lstrip())
        end = start + len(raw.strip())
        written = quote(new, safe=_RAW) if opening == "](" else new
        if _leads(f"{text[:start]}{written}{text[end:]}", note, resolve):
            return Edit(Span(embed.span.start + start, embed.span.start + end), written)
    return None


def _leads(text: str, note: Note, resolve: Resolver) -> bool:
    """Tell whether a text is an embed as a whole, and leads somewhere from `note`."""
    found = parse(text, note.path).elements
    return any(
        isinstance(each, Embed) and each.span == Span(0, len(text)) and isinstance(resolve(each, note), Section)
        for each in found
    )


def _redirected(note: Note, new_home: NewHome) -> Iterator[_Placed]:
    """Yield what writes where the modules of imports are now."""
    lines = Lines.of(note.text)
    for block in note.blocks():
        if block.anchor is None or OLD_MODULE not in block.source:
            continue
        for found in moved_in(block.source, new_home):
            edit = _in_note(note, lines, block.line + found.line, found)
            if edit is not None:
                yield block.line + found.line, found.message, edit


def _in_note(note: Note, lines: Lines, line: int, found: Moved) -> Edit | None:
    """Return the edit of a line of code as one of the note, if the line stands there as Python reads it."""
    start, end = lines.starts[line - 1], lines.ends[line - 1]
    written = note.text[start:end]
    if found.edit is None or not written.endswith(found.written):
        return None
    left = written[: len(written) - len(found.written)]
    joint = f"{note.text[end : lines.starts[line]]}{left}"
    place = Span(start + len(left) + found.edit.span.start, start + len(left) + found.edit.span.end)
    return Edit(place, joint.join(found.edit.replacement.split("\n")))
