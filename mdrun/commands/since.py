"""`--since`: which notes of a vault nothing has touched since a git revision."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mdrun import files
from mdrun.errors import NoteUnreadable
from mdrun.git import changed_since
from mdrun.impact import above, embedded_in, named_in
from mdrun.vault import Vault, is_note

if TYPE_CHECKING:
    from collections.abc import Collection

    from mdrun.impact import Changed, Finder
    from mdrun.roots import Home

SETTINGS = ("mdrun.toml", "pyproject.toml")
RECORDINGS = ".mdrun/llm/"


def untouched(home: Home, ref: str) -> frozenset[str]:
    """Return the notes that are as where their branch left `ref`, and embed none that is not, directly or not.

    Other settings may mean something else for every note, and so may a recording that says
    something else, or is gone: then there is none. A new recording answers what a note asks anew,
    and that note has changed. Raise SettingsError.
    """
    changed = changed_since(home.root, ref)
    if _is_for_all(changed):
        return frozenset()
    notes = [path for path in home.vault.listing.files if is_note(path)]
    return frozenset(notes) - _touched(home, changed, notes)


def _is_for_all(changed: Changed) -> bool:
    others = any(path.startswith(RECORDINGS) for path in changed.altered | changed.gone)
    return others or not changed.all.isdisjoint(SETTINGS)


def _touched(home: Home, changed: Changed, notes: Collection[str]) -> set[str]:
    """Return the files that changed, and the notes that embed one of them, directly or not.

    A link means the best of the files it could name. Among those of now and those that are gone it
    means one that is new or gone just where it means another now than it did. Most notes need not
    be parsed: what they may embed is found first.
    """
    found = changed.all | {path for path in notes if _link(home, path) in changed.all}
    if not any(map(is_note, found)):
        return {*found}
    listing = home.vault.listing
    listing = replace(listing, files=(*listing.files, *changed.gone))
    find = Vault(lambda: listing, home.vault.read).find
    maybe = {path: _named(home, path, find) for path in notes}
    reached = above(found, maybe)
    return above(found, {path: _embedded(home, path, find) for path in reached if maybe.get(path)})


def _link(home: Home, path: str) -> str:
    """Return the file that a symbolic link in the vault stands for; empty for what is none."""
    place = home.root / path
    if not place.is_symlink():
        return ""
    real, root = place.resolve(), home.root.resolve()
    return real.relative_to(root).as_posix() if real.is_relative_to(root) else ""


def _named(home: Home, path: str, find: Finder) -> set[str]:
    """Return files among which is all that a note embeds; none for one that cannot be read."""
    try:
        named = named_in(files.read(home.root / path), path, find)
    except NoteUnreadable:
        return set()
    return _embedded(home, path, find) if named is None else named


def _embedded(home: Home, path: str, find: Finder) -> set[str]:
    return embedded_in(home.vault.read(path), find)
