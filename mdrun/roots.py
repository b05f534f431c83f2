"""Where a vault is: its root, its settings, its notes (contract 3)."""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from platformdirs import user_config_path

from mdrun import files, settings
from mdrun.errors import NoteUnreadable, SettingsError
from mdrun.parsing import parse
from mdrun.vault import Vault, is_note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mdrun.note import Note


@dataclass(frozen=True, slots=True)
class Root:
    """A vault's folder, and why it was taken for one."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path} ({self.reason})"


def find_root(path: Path, vault: Path | None = None) -> Root:
    """Return the root of the vault that `path`, a note or folder as named by the user, is in.

    A folder that a symbolic link brings into a vault from elsewhere is not in it. Raise
    NoteUnreadable when `vault` is given and `path` is not in it.
    """
    named = path.is_dir()
    place = _absolute(path if named else path.parent)
    if vault is not None:
        root = _absolute(vault)
        if not _is_in(place, root):
            message = f"{path}: not in the vault {vault}"
            raise NoteUnreadable(message)
        return Root(root, "--vault")
    found = _marked(place, named=named)
    return found if _is_in(place, found.path) else _marked(place.resolve(), named=named)


def _absolute(folder: Path) -> Path:
    """Return an absolute path; symbolic links in it stay, unless a `..` may have to step back from one."""
    return folder.resolve() if ".." in folder.parts else folder.absolute()


def _is_in(place: Path, root: Path) -> bool:
    return place.resolve().is_relative_to(root.resolve())


def _marked(place: Path, *, named: bool) -> Root:
    marked = _holding(place, ".obsidian", "mdrun.toml")
    if marked is None and named:
        return Root(place, "the folder named on the command line")
    return marked or _holding(place, ".git") or Root(place, "the note's folder")


def _holding(place: Path, *marks: str) -> Root | None:
    """Return the nearest folder, from `place` upwards, that holds one of `marks`."""
    for folder in (place, *place.parents):
        for mark in marks:
            if (folder / mark).exists():
                return Root(folder, f"it holds {mark}")
    return None


@dataclass(frozen=True, slots=True)
class Home:
    """A vault with its notes at hand and its settings read."""

    root: Path
    vault: Vault
    settings: settings.Settings
    """The user's and the vault's."""
    templates: str
    """Obsidian's template folder with a `/` behind it; empty without one."""
    attachments: str | None
    """Obsidian's `attachmentFolderPath`; empty where it has none, None where its settings cannot be read."""
    unreadable: list[str]
    """Folders that could not be looked into, relative to the root; known once its files were listed."""


def open_home(root: Path, defaults: settings.Settings) -> Home:
    """Return the vault at `root`; raise SettingsError.

    Its notes are read and parsed on demand, and again only once they changed.
    """
    known: dict[str, tuple[tuple[int, int, int], Note]] = {}
    unreadable: list[str] = []

    def read(path: str) -> Note:
        state = files.state(root / path)
        if path not in known or known[path][0] != state:
            known[path] = state, parse(files.read(root / path), path)
        return known[path][1]

    vault = Vault(partial(files.list_vault, root, unreadable.append), read)
    templates, attachments = _template_folder(root), _obsidian(root, "app", "attachmentFolderPath")
    return Home(root, vault, vault_settings(root, defaults), templates, attachments, unreadable)


def vault_settings(root: Path, defaults: settings.Settings) -> settings.Settings:
    """Return `defaults` as the user and the vault change them; raise SettingsError."""
    values = defaults
    own = user_config_path("mdrun") / "config.toml"
    # A relative one, which a missing HOME leads to, would be one of the vault's (F70).
    if own.is_absolute() and own.is_file():
        values = settings.of_user(values, _toml(own), str(own))
    pyproject = root / "pyproject.toml"
    if (root / "mdrun.toml").is_file():
        values = settings.of_vault(values, _toml(root / "mdrun.toml"), str(root / "mdrun.toml"))
    elif pyproject.is_file():
        values = settings.of_vault(values, _table(_toml(pyproject)), f"{pyproject} [tool.mdrun]")
    return values


def _table(pyproject: dict[str, Any]) -> dict[str, Any]:
    tool = pyproject.get("tool")
    table = tool.get("mdrun") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else {}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A note, or a folder that could not be looked into, that a folder's run leaves out."""

    path: str
    """Relative to the vault."""
    reason: str
    wrong: bool = False
    """Whether nobody wanted it left out."""

    def __str__(self) -> str:
        return f"{self.path} ({self.reason})"


@dataclass(frozen=True, slots=True)
class Found:
    """The notes a folder stands for, as paths relative to the vault."""

    inside: str
    """The folder's own path in the vault, with a `/` behind it; empty for the vault itself."""
    notes: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


_NOTHING: Mapping[str, str] = MappingProxyType({})


def runnable_notes(folder: Path, home: Home, aside: Mapping[str, str] = _NOTHING) -> Found:
    """Return the notes below `folder` that have a block to run, and what was left out.

    Left out are the vault's template folder, what `exclude` names, notes with `mdrun-skip`, links
    that lead out of the vault (F59), and what is put `aside`, with why; that is not parsed, and may
    have no block. A note that cannot be read is among those that run: whoever reads it next says why.
    """
    inside = os.path.relpath(folder.resolve(), home.root.resolve()).replace(os.sep, "/")
    found = Found("" if inside == "." else f"{inside}/")
    listing = home.vault.listing
    for path in sorted({*listing.files, *listing.outside}):
        if not is_note(path) or not path.startswith(found.inside):
            continue
        if path in listing.outside:
            found.left_out.append(LeftOut(path, "a link that leads out of the vault"))
        elif _may_have_block(path, home) and (path in aside or _has_block(path, home)):
            _sort(path, home, found, aside.get(path, ""))
    for place in home.unreadable:
        if place.startswith(found.inside) and not _exclusion(place.rstrip("/"), home):
            found.left_out.append(LeftOut(place, "a folder that cannot be read", wrong=True))
    return found


def _sort(path: str, home: Home, found: Found, aside: str) -> None:
    reason = _exclusion(path, home) or aside or _skipped(path, home)
    if reason:
        found.left_out.append(LeftOut(path, reason))
    else:
        found.notes.append(path)


def _exclusion(path: str, home: Home) -> str:
    if home.templates and path.startswith(home.templates):
        return "a template"
    return "excluded" if any(_matches(path, glob) for glob in home.settings.exclude) else ""


def _matches(path: str, glob: str) -> bool:
    """Tell whether `glob` names `path`, or a folder it is in; `**/` stands for no folder as well."""
    globs = {glob.strip("/"), glob.strip("/").removeprefix("**/")}
    return any(fnmatchcase(part, each) for part in _path_and_folders(path) for each in globs)


def _path_and_folders(path: str) -> Iterator[str]:
    parts = path.split("/")
    for end in range(len(parts), 0, -1):
        yield "/".join(parts[:end])


_FENCED_PYTHON = re.compile(r"(?:```|~~~)[^\r\n]*py", re.IGNORECASE)
"""Stands in every note with a block to run; parsing all the others would take its time."""


def _may_have_block(path: str, home: Home) -> bool:
    try:
        return bool(_FENCED_PYTHON.search(files.read(home.root / path)))
    except NoteUnreadable:
        return True


def _has_block(path: str, home: Home) -> bool:
    try:
        return next(home.vault.read(path).blocks(), None) is not None
    except NoteUnreadable:
        return True


def _skipped(path: str, home: Home) -> str:
    try:
        return "mdrun-skip" if home.vault.read(path).properties.get("mdrun-skip") is True else ""
    except NoteUnreadable:
        return ""


def _template_folder(root: Path) -> str:
    folder = (_obsidian(root, "templates", "folder") or "").strip("/")
    return f"{folder}/" if folder else ""


def _obsidian(root: Path, file: str, key: str) -> str | None:
    """Return a text of Obsidian's own settings; empty where they have none, None where they cannot be read."""
    try:
        values = json.loads((root / ".obsidian" / f"{file}.json").read_text("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, ValueError):
        return None
    value = values.get(key) if isinstance(values, dict) else None
    return value if isinstance(value, str) else ""


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        message = f"{path}: cannot be read: {error}"
        raise SettingsError(message) from error
