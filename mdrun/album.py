"""The pictures of a note on the disk: written before it, removed behind it, and only mdrun's own."""

from __future__ import annotations

import posixpath
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mdrun import files
from mdrun.attachments import destinations_in, without_embeds
from mdrun.errors import NoteBusy, NoteUnwritable
from mdrun.pictures import alike, is_ours
from mdrun.pictures.picture import NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from mdrun.attachments import Shelf
    from mdrun.note import Note
    from mdrun.pictures import Picture
    from mdrun.text import Span
    from mdrun.vault import Vault

READERS = (".md", ".canvas")
"""What may show a picture; a canvas names its files as they are."""


def leftovers(root: Path) -> list[str]:
    """Return mdrun's pictures that nothing in a vault shows, as paths in it: a person took their regions away."""
    named = [path for path in files.list_vault(root).files if NAME.fullmatch(posixpath.basename(path))]
    ours = [path for path in files.unmentioned(root, named, READERS) if _is_ours(root, path)]
    return sorted(ours)


def remove_leftovers(root: Path) -> list[str]:
    """Remove what `leftovers` returns, unless another run is about to show it; return what is removed."""
    if not leftovers(root):
        return []
    with suppress(NoteBusy, NoteUnwritable), files.held(root):
        removed = leftovers(root)
        for path in removed:
            files.remove(root / path, root)
        return removed
    return []


def _is_ours(root: Path, path: str) -> bool:
    data = files.contents(root / path)
    return data is not None and is_ours(posixpath.basename(path), data)


@dataclass(frozen=True, slots=True)
class Lacking:
    """A picture that a region shows, and that is not there as it should be."""

    block: Span
    path: str
    """In the vault."""
    altered: bool
    """Whether a person changed it; else it is missing."""


@dataclass(frozen=True, slots=True)
class Album:
    """Where the pictures of one note are."""

    root: Path
    vault: Vault
    shelf: Shelf
    barred: str = ""
    """Why Obsidian's settings name no place for them, if they name none."""

    def is_alike(self, destination: str, picture: Picture) -> bool:
        """Tell whether what a region shows at `destination` looks like `picture`."""
        path = self._place(destination)
        data = self._read(path) if path else None
        return data is not None and alike(data, picture.data, picture.suffix)

    def obstacle(self) -> str:
        """Return why no picture can be put where the note's pictures stand; empty where it can."""
        return self.barred or files.obstacle(self.root / self.shelf.folder, self.root)

    def lacking(self, pictures: Mapping[Span, Sequence[Picture]]) -> Iterator[Lacking]:
        """Yield those of `pictures`, by the spans of their blocks, that are missing or were changed by a person."""
        for block, shown in pictures.items():
            for picture in shown:
                path = self.shelf.path(picture)
                data = self._read(path)
                if data != picture.data:
                    yield Lacking(block, path, altered=data is not None)

    def write(
        self,
        write_note: Callable[[str, str], None],
        note: Note,
        text: str,
        pictures: Mapping[str, bytes] | None = None,
    ) -> None:
        """Write `text` for a note, the `pictures` it shows before it; then remove those it showed before.

        `write_note` is called with the old text and the new one. Pictures are told by their paths
        in the vault. They go again when the note is not written. Raise NoteChanged or NoteUnwritable.
        """
        shown, changed = pictures or {}, text != note.text
        before = self._places(note.text) if changed else set()
        concerned = changed and (shown or before)
        # Another run may be about to remove just what this note will show.
        with files.held(self.root) if concerned or not all(map(self._stands, shown.items())) else nullcontext():
            with self._put(shown):
                if changed:
                    write_note(note.text, text)
            self._remove(before - self._places(text), without_embeds(text))

    @contextmanager
    def _put(self, pictures: Mapping[str, bytes]) -> Iterator[None]:
        """Put pictures in their places; those that were not there go again when the block fails."""
        new = [path for path in pictures if not files.exists(self.root / path)]
        try:
            for path, data in pictures.items():
                if not self._stands((path, data)):
                    files.put(self.root / path, data)
            yield
        except BaseException:
            for path in new:
                files.remove(self.root / path, self.root)
            raise

    def _stands(self, picture: tuple[str, bytes]) -> bool:
        path, data = picture
        return self._read(path) == data

    def _remove(self, leaving: Collection[str], text: str) -> None:
        """Remove pictures that nothing shows, nor the note's `text` names, if they are as mdrun wrote them."""
        unnamed = [path for path in leaving if posixpath.basename(path) not in text]
        ours = [path for path in unnamed if files.is_inside(self.root / path, self.root) and _is_ours(self.root, path)]
        for path in files.unmentioned(self.root, ours, READERS, but=self.shelf.note):
            files.remove(self.root / path, self.root)

    def _read(self, path: str) -> bytes | None:
        place = self.root / path
        return files.contents(place) if files.is_inside(place, self.root) else None

    def _places(self, text: str) -> set[str]:
        """Return the pictures that a text of the note shows, in its regions or elsewhere, as paths in the vault."""
        return {path for path in map(self._place, destinations_in(text)) if path}

    def _place(self, destination: str) -> str | None:
        """Return the file that a picture's destination leads to in the note, as a path in the vault (R19, R22)."""
        link = unquote(destination)
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(self.shelf.note), link))
        if not beside.startswith("../") and not link.startswith("/") and files.exists(self.root / beside):
            return beside
        found = self.vault.find(link, self.shelf.note)
        return found.path if found else None
