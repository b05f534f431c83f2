"""What a change reaches: the notes that embed a note, directly or not."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from mdrun.note import Embed
from mdrun.parsing.inline import destination_target, wikilink_target

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from mdrun.note import Note
    from mdrun.vault import Place

Finder: TypeAlias = "Callable[[str, str], Place | None]"
"""Says which file a linkpath names in the note at a path."""

_MARK = re.compile(
    r"""
    !\[\[(?=(?P<wikilink>(?:(?!\[\[)[^\r\n])*?)\]\])
    | !\[[^\[\]\\\r\n]*\](?: \((?P<destination>[^()<>\\\s`!]+)\) | \(<(?P<pointed>[^<>\\\r\n`!]+)>\) | (?!\() )
    | (?P<doubt>!\[(?!\[))
    """,
    re.VERBOSE,
)
"""What may start an embed, and where it leads if it is one; or that this is hard to tell."""


@dataclass(frozen=True, slots=True)
class Changed:
    """Files of a vault that are not as they were, as paths relative to its root."""

    new: frozenset[str] = frozenset()
    altered: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()

    @property
    def all(self) -> frozenset[str]:
        """Return them all."""
        return self.new | self.altered | self.gone


def above(changed: Collection[str], embeds: Mapping[str, Collection[str]]) -> set[str]:
    """Return `changed`, and the notes that embed one of them, directly or not; `embeds` says which embeds which."""
    embedders: dict[str, list[str]] = defaultdict(list)
    for note, embedded in embeds.items():
        for other in embedded:
            embedders[other].append(note)
    found, pending = set(changed), list(changed)
    while pending:
        more = {*embedders[pending.pop()]} - found
        found |= more
        pending += more
    return found


def embedded_in(note: Note, find: Finder) -> set[str]:
    """Return the files that a note embeds, whether they hold what it names or not."""
    linkpaths = {element.target.linkpath for element in note.elements if isinstance(element, Embed)}
    return _found(linkpaths, note.path, find)


def named_in(text: str, path: str, find: Finder) -> set[str] | None:
    """Return files among which is all that the note of this text embeds; None where only the parser can tell.

    What looks like an embed in code or in a comment leads to some that are not embedded.
    """
    linkpaths: set[str] = set()
    for mark in _MARK.finditer(text):
        if mark["doubt"]:
            return None
        if mark["wikilink"] is not None:
            linkpaths.add(wikilink_target(mark["wikilink"]).linkpath)
        elif destination := mark["destination"] or mark["pointed"]:
            linkpaths.add(destination_target(destination).linkpath)
    return _found(linkpaths, path, find)


def _found(linkpaths: Iterable[str], path: str, find: Finder) -> set[str]:
    places = (find(linkpath, path) for linkpath in linkpaths if linkpath)
    return {place.path for place in places if place is not None}
