"""The pictures of a note on the disk: written before it, removed behind it, and only mdrun's own."""

from __future__ import annotations

import posixpath
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdrun import files
from mdrun.attachments import NAME, shown_in
from mdrun.errors import NoteBusy, NoteUnwritable
from mdrun.note import CodeBlock, Region
from mdrun.parse.inline import destination_target
from mdrun.pictures import alike, is_ours

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from mdrun.attachments import Shelf
    from mdrun.note import Note
    from mdrun.pictures import Picture
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
class Album:
    """Where the pictures of one note are."""

    root: Path
    vault: Vault
    shelf: Shelf

    def is_alike(self, destination: str, picture: Picture) -> bool:
        """Tell whether what a region shows at `destination` looks like `picture`."""
        path = self._place(destination)
        data = self._read(path) if path else None
        return data is not None and (data == picture.data or alike(data, picture.data, picture.suffix))

    def state(self, picture: Picture) -> str:
        """Return whether a picture is `there`, `missing`, or `altered` by a person."""
        data = self._read(self.shelf.path(picture))
        if data is None:
            return "missing"
        return "there" if data == picture.data else "altered"

    def shown(self, note: Note) -> set[str]:
        """Return the pictures that the regions of a note show, as paths in the vault."""
        blocks = (element.beneath for element in note.elements if isinstance(element, CodeBlock))
        regions = [*(below for below in blocks if isinstance(below, Region)), *note.orphans]
        destinations = (shown.destination for region in regions for shown in shown_in(region.body))
        return {path for path in map(self._place, destinations) if path}

    @contextmanager
    def turned(self, pictures: Mapping[str, bytes], leaving: Sequence[str]) -> Iterator[None]:
        """Write `pictures`, have the note written inside the block, then remove those that it showed before.

        Both are paths in the vault. When the note is not written, the pictures go again. Another
        run may be about to show one that leaves this note: they take turns. Raise NoteUnwritable.
        """
        if not pictures and not leaving:
            yield
            return
        with files.held(self.root):
            made = [path for path in pictures if not files.exists(self.root / path)]
            try:
                for path, data in pictures.items():
                    self._write(path, data)
                yield
            except BaseException:
                for path in made:
                    files.remove(self.root / path, self.root)
                raise
            self._remove(leaving)

    def _write(self, path: str, data: bytes) -> None:
        place = self.root / path
        if not files.is_inside(place, self.root):
            raise NoteUnwritable(f"{place}: leads out of the vault; the note is as it was")
        files.put(place, data)

    def _remove(self, leaving: Sequence[str]) -> None:
        """Remove pictures that nothing in the vault shows any more, if they are as mdrun wrote them."""
        ours = [path for path in leaving if files.is_inside(self.root / path, self.root) and _is_ours(self.root, path)]
        for path in files.unmentioned(self.root, ours, READERS):
            files.remove(self.root / path, self.root)

    def _read(self, path: str) -> bytes | None:
        place = self.root / path
        return files.contents(place) if files.is_inside(place, self.root) else None

    def _place(self, destination: str) -> str | None:
        """Return the file that a picture's destination leads to in the note, as a path in the vault (R19, R22)."""
        link = destination_target(destination).linkpath
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(self.shelf.note), link))
        if not beside.startswith("../") and not link.startswith("/") and files.exists(self.root / beside):
            return beside
        found = self.vault.find(link, self.shelf.note)
        return found.path if found else None
