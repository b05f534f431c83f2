"""Linkpath to note, subpath to section, as Obsidian resolves them (R7-R46)."""

from __future__ import annotations

import posixpath
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from mdrun.names import did_you_mean
from mdrun.note import Embed, Heading, Note, strip_heading
from mdrun.text import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_MEDIA = frozenset(
    [
        "avif",
        "bmp",
        "gif",
        "jpeg",
        "jpg",
        "png",
        "svg",
        "webp",
        "flac",
        "m4a",
        "mp3",
        "ogg",
        "wav",
        "3gp",
        "webm",
        "mkv",
        "mov",
        "mp4",
        "ogv",
        "pdf",
        "canvas",
        "base",
    ]
)
"""Extensions of what Obsidian shows but no code can come from (R55)."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


NO_HEADING = "no such heading"
"""Why an embed leads nowhere whose note is there."""
_UNLINKABLE = re.compile(r"[:#|^\\\r\n`]|%%|\[\[|\]\]")


@dataclass(frozen=True, slots=True)
class Section:
    """A note, or the part of it a subpath names."""

    note: Note
    span: Span
    rivals: tuple[str, ...] = ()
    """Other notes the link could have meant (R17)."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, a page of a PDF, a footnote: nothing that holds code (R45, R46, R55)."""


@dataclass(frozen=True, slots=True)
class Nowhere:
    """No note, heading or block by that name; `reason` says which."""

    reason: str
    name: str = ""
    """What was looked for."""
    known: Callable[[], Iterable[str]] = tuple
    """Names it could have been."""

    @property
    def hint(self) -> str:
        """Return the nearest of the known names, as a question; looked up anew each time."""
        return did_you_mean(self.name, self.known())


Resolution: TypeAlias = Section | Attachment | Nowhere


@dataclass(frozen=True, slots=True)
class Place:
    """The file a linkpath names, and the others it could have named."""

    path: str
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a vault, as paths relative to its root, spelled as the file system does."""

    files: tuple[str, ...]
    outside: frozenset[str] = frozenset()
    """Symbolic links whose file lies outside of the root (F67)."""


@dataclass(frozen=True)
class Vault:
    """What a vault holds, asked for when a link first needs it."""

    list_files: Callable[[], Listing]
    read: Callable[[str], Note]
    """Returns the note at one of the listed paths; raises NoteUnreadable."""

    @cached_property
    def listing(self) -> Listing:
        """Return the vault's files, listed once."""
        return self.list_files()

    def resolve(self, embed: Embed, source: Note) -> Resolution:
        """Return what `embed` means in the note `source`; raise NoteUnreadable as `read` does."""
        target, wikilink = embed.target, embed.wikilink
        if not target.linkpath:
            return section(source, target.subpath)
        if not wikilink and _SCHEME.match(target.linkpath):
            return Attachment()
        place = self.find(target.linkpath, source.path)
        if place is None:
            return self._missing(target.linkpath, source.path, wikilink=wikilink)
        if not is_note(place.path):
            return Attachment()
        note = source if place.path == source.path else self.read(place.path)
        found = section(note, target.subpath)
        return replace(found, rivals=place.rivals) if isinstance(found, Section) else found

    def find(self, linkpath: str, source: str) -> Place | None:
        """Return the file `linkpath` names in the note at `source` (R13-R20)."""
        wanted = _tidy(linkpath)
        if wanted.startswith("/"):
            return self._exactly(wanted.lstrip("/"))
        if wanted.startswith(("./", "../")):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(source), wanted))
            return None if path.startswith("../") else self._exactly(path)
        return self._exactly(wanted) or self._anywhere(wanted, posixpath.dirname(source))

    @cached_property
    def _by_path(self) -> dict[str, list[str]]:
        paths: dict[str, list[str]] = defaultdict(list)
        for file in sorted(self.listing.files):
            paths[_key(file)].append(file)
        return paths

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = defaultdict(list)
        for file in sorted(self.listing.files):
            names[posixpath.basename(_key(file))].append(file)
        return names

    def _exactly(self, path: str) -> Place | None:
        for name in _spellings(path):
            if found := self._by_path.get(_key(name)):
                same_case = [file for file in found if _normal(file) == name]
                return Place((same_case or found)[0])
        return None

    def _anywhere(self, path: str, folder: str) -> Place | None:
        for name in _spellings(path):
            key = _key(name)
            found = [
                file
                for file in self._by_name.get(posixpath.basename(key), ())
                if _key(file) == key or _key(file).endswith("/" + key)
            ]
            if found:
                return _best(found, folder)
        return None

    def _missing(self, linkpath: str, source: str, *, wikilink: bool) -> Resolution:
        """Say why a linkpath leads nowhere, or that nothing was to be had from it."""
        extension = posixpath.splitext(linkpath)[1].lower().removeprefix(".")
        if extension in _MEDIA or (not wikilink and extension not in {"", "md"}):
            return Attachment()
        wanted = _tidy(linkpath)
        if "://" in linkpath:
            return Nowhere("a URL is no note")
        if (
            wanted.startswith("../")
            and posixpath.normpath(posixpath.join(posixpath.dirname(source), wanted))[:2] == ".."
        ):
            return Nowhere("it leads out of the vault")
        if self._is_outside(wanted):
            return Nowhere("its file lies outside the vault")
        return Nowhere("no such note", posixpath.basename(wanted), self._note_names)

    def _is_outside(self, wanted: str) -> bool:
        """Tell whether a path is, leads through or is the name of a link that leads out (F67)."""
        keys = [_key(name) for name in _spellings(re.sub(r"\A(?:\.{0,2}/)+", "", wanted))]
        links = [_key(path) for path in self.listing.outside]
        return any(f"{key}/".startswith(f"{link}/") or link.endswith(f"/{key}") for key in keys for link in links)

    def _note_names(self) -> list[str]:
        return [posixpath.basename(file)[:-3] for file in self.listing.files if is_note(file)]


def is_note(path: str) -> bool:
    """Tell whether a path is a note's."""
    return path.lower().endswith(".md")


def section(note: Note, subpath: str) -> Resolution:
    """Return the part of a note that a subpath names, its subsections included (R33, R36, R41)."""
    names = [name.strip() for name in subpath.split("#") if name.strip()]
    if not names:
        return Section(note, Span(0, len(note.text)))
    if names[-1].startswith("^"):
        return _block(note, names[-1][1:])
    if names[0].startswith("[^"):
        return Attachment()
    return _under_headings(note, names)


def _block(note: Note, name: str) -> Resolution:
    found = note.block_ids.get(name.lower())
    if found:
        return Section(note, found.names)
    return Nowhere("no such block id", name, lambda: [known.name for known in note.block_ids.values()])


def _under_headings(note: Note, names: Sequence[str]) -> Resolution:
    headings = note.headings
    level, index = 0, -1
    for name in names:
        places = note.outline.get(strip_heading(name), ())
        index = next((place for place in places if place > index and headings[place].level > level), -1)
        if index < 0:
            return Nowhere(NO_HEADING, name, lambda: map(_written, headings))
        level = headings[index].level
    ends = (other.span.start for other in islice(headings, index + 1, None) if other.level <= level)
    return Section(note, Span(headings[index].span.start, next(ends, len(note.text))))


def _written(heading: Heading) -> str:
    """Return a heading's text as a link writes it (R39)."""
    return " ".join(_UNLINKABLE.sub(" ", heading.text).split())


def _best(found: Sequence[str], folder: str) -> Place:
    """Choose as Obsidian does: the own folder, then the shortest path, then the alphabet (R16, R17)."""
    beside = [file for file in found if posixpath.dirname(file) == folder]
    if beside:
        return Place(beside[0])
    first, *others = sorted(found, key=lambda file: (len(file), file))
    return Place(first, tuple(others))


def _spellings(path: str) -> tuple[str, ...]:
    """Return the file names a linkpath may stand for (R13)."""
    if "." in posixpath.basename(path):
        return path, f"{path}.md"
    return (f"{path}.md",)


def _tidy(linkpath: str) -> str:
    return re.sub(r"/+", "/", _normal(linkpath).replace("\\", "/"))


def _normal(path: str) -> str:
    return unicodedata.normalize("NFC", path).replace("\xa0", " ")


def _key(path: str) -> str:
    return _normal(path).lower()
