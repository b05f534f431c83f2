"""What git knows of a vault: which files changed since a revision, and what a note was in one."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING

from mdrun import files
from mdrun.errors import NoteUnreadable, SettingsError
from mdrun.impact import Changed
from mdrun.parsing import parse
from mdrun.planning import plan
from mdrun.vault import Listing, Vault, is_note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mdrun.note import Note
    from mdrun.planning import Plan

_OF_OTHERS = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
)
"""What git tells a hook of the repository it runs in; the vault may be in another."""
_OURS = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
"""Messages are in English, nothing is asked for or fetched, and git takes no lock that it can do without."""
_CONFIG = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}", "-c", "core.fileMode=false")
"""No program of the repository's own is started, and a file's mode is no change."""
_DIFF = ("diff", "--name-status", "-z", "--no-renames", "--relative", "--ignore-submodules=all")
_ORDER = f"-O{os.devnull}"
"""Else git would fail where the file that `diff.orderFile` names is not there."""
_FILES = {"100644", "100755"}
"""Modes of what is neither a link nor a repository within the repository."""


def changed_since(root: Path, ref: str) -> Changed:
    """Return the files of the vault that are not as they were where its branch left `ref`; raise SettingsError.

    Also work that is not committed counts, and files that git does not know yet, but for those it
    is to ignore. A file that was renamed is gone under one name and new under another.
    """
    git = _Git(root)
    base = branched_from(root, ref)
    if git.run("check-ignore", "--quiet", ".").returncode == 0:
        raise SettingsError(f"--since {ref}: git ignores {root} and all that is in it: leave --since out")
    fields = _fields(git.said(*_DIFF, _ORDER, base, "--", "."))
    status = dict(zip(fields[1::2], fields[::2], strict=True))
    unknown = {*_fields(git.said("ls-files", "-z", "--others", "--exclude-standard"))}
    gone = {path for path, letter in status.items() if letter == "D"} - unknown
    new = {path for path, letter in status.items() if letter == "A"} | unknown - status.keys()
    return Changed(frozenset(new), frozenset(status.keys() - new - gone), frozenset(gone))


def branched_from(root: Path, ref: str) -> str:
    """Return the commit that HEAD and `ref` last had in common; `ref` itself where HEAD has all of it.

    For a HEAD that has no commit yet it is a tree that holds nothing. Raise SettingsError.
    """
    if not ref or ref.startswith("-") or ".." in ref:
        raise SettingsError(f"--since {ref}: name one revision, such as origin/main, HEAD~3 or a commit")
    git = _Git(root)
    about = git.run("rev-parse", "--is-inside-work-tree", "--is-shallow-repository")
    if about.stdout.split()[:1] != [b"true"]:
        why = f" ({_complaint(about)})" if about.returncode else ""
        raise SettingsError(f"--since {ref}: {root} is in no work tree of git{why}: leave --since out")
    if ref == "HEAD" and git.run("rev-parse", "--verify", "--quiet", ref).returncode:
        # Before the first commit everything is new: as a hook of that commit sees it.
        return git.said("hash-object", "-t", "tree", "--stdin").decode().strip()
    found = git.run("merge-base", ref, "HEAD")
    if found.returncode == 0:
        return found.stdout.decode().strip()
    why = _complaint(found) or "it has no commit in common with HEAD"
    hint = _UNSHALLOW if about.stdout.split()[1:] == [b"true"] else "`git fetch` may bring it"
    raise SettingsError(f"--since {ref}: {why}; {hint}")


_UNSHALLOW = (
    "this clone is shallow: get the rest by `git fetch --unshallow`, or `fetch-depth: 0` of actions/checkout "
    "(on GitLab GIT_DEPTH: 0)"
)


@dataclass(frozen=True)
class Past:
    """A vault as it was in a revision, looked up when it is first asked for."""

    root: Path
    revision: str = "HEAD"

    def plan(self, note: str, *, prefixed_only: bool = False) -> Plan | None:
        """Return the plan of a note as it was; None where git has none, or mdrun could not read it."""
        try:
            return plan(self._vault.read(note), self._vault.resolve, prefixed_only=prefixed_only)
        except (NoteUnreadable, SettingsError):
            return None

    @cached_property
    def _vault(self) -> Vault:
        return Vault(lambda: Listing(tuple(self._objects)), cache(self._read))

    def _read(self, path: str) -> Note:
        data = self._contents.get(self._objects.get(path, ""))
        if data is None:
            raise NoteUnreadable(f"{path}: not in {self.revision}")
        return parse(files.decode(data, path), path)

    @cached_property
    def _objects(self) -> Mapping[str, str]:
        """The names git has for what is in the files, by their paths; of dot folders none (R8)."""
        listed = _Git(self.root).run("ls-tree", "-r", "-z", "--end-of-options", self.revision)
        entries = (entry.split("\t", 1) for entry in _fields(listed.stdout))
        found = {path: about.split()[2] for about, path in entries if about.split()[0] in _FILES}
        return {path: name for path, name in found.items() if not path.startswith(".") and "/." not in path}

    @cached_property
    def _contents(self) -> Mapping[str, bytes]:
        """What is in the notes, by the names git has for it; all at once, as one process is quicker than many."""
        wanted = dict.fromkeys(name for path, name in self._objects.items() if is_note(path))
        said = _Git(self.root).run("cat-file", "--batch", given="\n".join(wanted).encode())
        return dict(_batch(said.stdout))


def _batch(said: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents that `cat-file --batch` tells; what it does not have has no size."""
    place = 0
    while place < len(said):
        end = said.index(b"\n", place)
        name, *about = said[place:end].split()
        place = end + 1
        if about[-1].isdigit():
            size = int(about[-1])
            yield name.decode(), said[place : place + size]
            place += size + 1


@dataclass(frozen=True, slots=True)
class _Git:
    """The git program, in a folder."""

    folder: Path

    def run(self, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Return what it came to; raise SettingsError where there is no git."""
        program = shutil.which("git")
        if program is None:
            message = "--since needs git, which is not on PATH: install it, or leave --since out"
            raise SettingsError(message)
        environment = {name: value for name, value in os.environ.items() if name not in _OF_OTHERS}
        command = [program, *_CONFIG, *arguments]
        return subprocess.run(  # noqa: S603 - the user's own git, and no shell
            command, cwd=self.folder, env={**environment, **_OURS}, input=given, capture_output=True, check=False
        )

    def said(self, *arguments: str) -> bytes:
        """Return what it said; raise SettingsError where it failed."""
        done = self.run(*arguments)
        if done.returncode:
            raise SettingsError(f"--since: git {arguments[0]} failed: {_complaint(done)}")
        return done.stdout


def _fields(said: bytes) -> list[str]:
    return [os.fsdecode(field) for field in said.split(b"\0") if field]


def _complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return why git failed, in its own words."""
    said = os.fsdecode(done.stderr).rpartition("fatal: ")[2]
    words = " ".join(said.split())
    return words[:1].lower() + words[1:]
