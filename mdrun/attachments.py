"""Pictures beside notes: where they stand, and how a note shows them (R22, R102)."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from mdrun.region import OWN_EMBED, with_fences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mdrun.pictures import Picture

ALT_LENGTH = 120
"""Characters of a picture's name that stand in a note."""
NAMELESS = "picture"

_MARKUP = re.compile(
    r"""[\[\]|`\\$*{}\x00-\x1f]+ | %(?=%) | (?<=:):
    | \#(?!\d*(?:[\s'")!?,.:;]|\Z))          # a tag, unless what follows can be none
    | (?<![\w)])\^ | \^(?![\w(+-])           # a footnote or a block id, unless it is a power""",
    re.VERBOSE,
)
"""What would be more than text between the brackets of a picture.

Nothing is escaped: `mdrun.impact` takes no picture for harmless that has a backslash there.
"""
_OPENING = re.compile(r"<(?=[A-Za-z/!?])")
"""What would begin HTML or a link without a blank behind it."""
_SIZE = re.compile(r"[1-9]\d{0,3}(?:x[1-9]\d{0,3})?")
_UNSAFE = re.compile(r"[\x00-\x20\x7f%<>()\[\]|\\\"^`{}#?*]")


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the pictures of one note stand, and how it links to them."""

    note: str = ""
    """The note's path in the vault."""
    folder: str = ""
    """Of the pictures, as a path in the vault; empty for its root."""
    links: Literal["markdown", "wikilink"] = "markdown"

    def path(self, picture: Picture) -> str:
        """Return where a picture stands, as a path in the vault."""
        return posixpath.join(self.folder, picture.name)

    def embed(self, picture: Picture, alt: str, size: str) -> str:
        """Return the Markdown that shows a picture in Obsidian and, unless wikilinks are wanted, on GitHub."""
        width = f"|{size}" if size_of(size) else ""
        if self.links == "wikilink":
            return f"![[{picture.name}{width}]]"
        return f"![{_words(alt)}{width}]({self._destination(picture)})"

    def _destination(self, picture: Picture) -> str:
        path = posixpath.relpath(self.path(picture), posixpath.dirname(self.note) or ".")
        dotted = path if path.startswith("../") else f"./{path}"
        return _UNSAFE.sub(lambda found: quote(found[0], safe=""), dotted)


def _words(alt: str) -> str:
    """Return what a picture is called, in words that are no markup and no size (R55)."""
    words = " ".join(_OPENING.sub("< ", _MARKUP.sub(" ", alt)).split())[:ALT_LENGTH].strip()
    return f"{NAMELESS} {words}".strip() if size_of(words) or not words else words


_SIZED = re.compile(r"\|(\d+(?:x\d+)?)\Z")


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture of mdrun's as a line of a region shows it."""

    line: int
    """Index of the line."""
    start: int
    end: int
    """Where in the line the destination stands."""
    written: str
    """The destination as it stands there, in angle brackets perhaps."""
    wikilink: bool
    size: str = ""
    """`400` or `400x300`; empty for the picture's own."""

    @property
    def destination(self) -> str:
        """Return a linkpath, or a path that may be percent-encoded."""
        return self.written.strip("<>")

    @property
    def name(self) -> str:
        """Return the picture's file name."""
        return posixpath.basename(self.destination)


def shown_in(body: Sequence[str]) -> Iterator[Shown]:
    """Yield the pictures of mdrun's that the lines of a region show."""
    for index, (line, fenced) in enumerate(with_fences(body)):
        for found in () if fenced else OWN_EMBED.finditer(line):
            kind = "path" if found["path"] else "link"
            size = _SIZED.search(found["size"] if kind == "link" else found["before"].removesuffix("]("))
            told = size[1] if size else ""
            yield Shown(index, found.start(kind), found.end(kind), found[kind], wikilink=kind == "link", size=told)


def destinations_in(text: str) -> set[str]:
    """Return where a text, of a whole note say, shows pictures of mdrun's."""
    return {(found["path"] or found["link"]).strip("<>") for found in OWN_EMBED.finditer(text)}


def without_embeds(text: str) -> str:
    """Return a text without what `destinations_in` finds; it may name pictures in other ways."""
    return OWN_EMBED.sub("", text)


def size_of(option: object) -> str:
    """Return what the option `width` stands for, `400` or `400x300`; empty for anything else."""
    text = str(option).removesuffix("px") if isinstance(option, str | int) and not isinstance(option, bool) else ""
    return text if _SIZE.fullmatch(text) else ""


def with_old_places(
    body: Sequence[str], old: Sequence[str], alike: Callable[[str, str], bool]
) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the lines of a body with each picture where it stood before, and the names of those that stand anew.

    `alike(destination, name)` tells whether what an old line shows at `destination` is the picture
    of that `name`, or looks like it.
    """
    lines, anew = list(body), set()
    before = list(shown_in(old))
    # From the end of a line to its start, so that places found in it stay good.
    for place, new in reversed(list(enumerate(shown_in(body)))):
        namesakes = [shown for shown in before if shown.name == new.name]
        candidates = [*before[place : place + 1], *namesakes]
        found = next((one for one in candidates if _fits(one, new) and alike(one.destination, new.name)), None)
        if found is None:
            anew.add(new.name)
            continue
        line = lines[new.line]
        lines[new.line] = line[: new.start] + found.written + line[new.end :]
    return tuple(lines), frozenset(anew)


def with_old_sizes(body: Sequence[str], old: Sequence[str]) -> tuple[str, ...]:
    """Return the lines of a body with the sizes that pictures in their places had before, where they have none."""
    lines = list(body)
    # From the end of a line to its start, so that places found in it stay good.
    for new, before in reversed([*zip(shown_in(body), shown_in(old), strict=False)]):
        if before.size and not new.size and before.wikilink == new.wikilink:
            line, at = lines[new.line], new.end if new.wikilink else new.start - len("](")
            lines[new.line] = f"{line[:at]}|{before.size}{line[at:]}"
    return tuple(lines)


def _fits(old: Shown, new: Shown) -> bool:
    return old.wikilink == new.wikilink and posixpath.splitext(old.name)[1] == posixpath.splitext(new.name)[1]


def attachment_folder(setting: str | None, note: str) -> str:
    """Return where Obsidian's `attachmentFolderPath` has the attachments of a note, as a path in the vault.

    `/`, or nothing, is the root, `./` the note's folder, `./sub` a folder in that, anything else a
    path from the root (R102). Raise ValueError for one that leads out of the vault, or into a
    folder that Obsidian does not show (R8), and for none: settings that cannot be read may have one.
    """
    if setting is None:
        message = "cannot be read, and may say where pictures stand"
        raise ValueError(message)
    beside = setting in {".", "./"} or setting.startswith("./")
    home = posixpath.dirname(note) if beside else ""
    path = posixpath.normpath(posixpath.join(home, setting.strip("/") or "."))
    parts = [] if path == "." else path.split("/")
    if any(part.startswith(".") for part in parts):
        where = "leads out of the vault" if ".." in parts else "is a dot folder, which Obsidian does not show"
        message = f"attachmentFolderPath {setting!r} {where}"
        raise ValueError(message)
    return "" if path == "." else path
