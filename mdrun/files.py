"""Read notes; write whole files, atomically, when they changed."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING

from platformdirs import user_cache_path

from mdrun.errors import NoteBusy, NoteChanged, NoteUnreadable, NoteUnwritable
from mdrun.vault import Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LOCK_PATIENCE = 10.0
"""Seconds a second run waits for the first to leave a note."""
LOOK_AGAIN = 0.05
"""Seconds between two looks whether it has."""


def read(path: Path) -> str:
    """Return a file's text, byte order mark and line endings as they are; raise NoteUnreadable."""
    try:
        if path.exists() and not path.is_file():
            message = f"{path}: cannot be read: not a file"
            raise NoteUnreadable(message)
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise NoteUnreadable(message) from error


def decode(data: bytes, name: str) -> str:
    """Return the text that `data` is, in UTF-8; raise NoteUnreadable."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        message = f"{name}: not UTF-8: byte 0x{byte:02x} at offset {error.start:,}; convert the file to UTF-8"
        raise NoteUnreadable(message) from error


def check_writable(path: Path) -> None:
    """Raise NoteUnwritable when `write` could not do its work, before anything is run for it (F60)."""
    real = path.resolve()
    if not os.access(real, os.W_OK):
        message = f"{path}: the note is read-only; nothing was run"
        raise NoteUnwritable(message)
    if not os.access(real.parent, os.W_OK | os.X_OK):
        message = f"{path}: its folder {real.parent} takes no new files; nothing was run"
        raise NoteUnwritable(message)


def other_names(path: Path) -> int:
    """Return how many more hard links the file at `path` has."""
    try:
        return path.stat().st_nlink - 1
    except OSError:
        return 0


def write(path: Path, old: str, new: str) -> None:
    """Put `new` where the file at `path` holds `old`, whole or not at all.

    The text goes through a temporary file beside the real one, whose name starts with a dot and
    does not end in `.md`, so that no editor takes it for a note (F63). Symbolic links are written
    through, and the mode stays (F59). Another hard link keeps the text as it was: to write both,
    the file would have to be open, half written, for a while. Raise NoteChanged when the file no
    longer holds `old`, and NoteUnwritable when the disk does not take it.
    """
    real = path.resolve()
    try:
        with _temporary(real.parent, new.encode("utf-8")) as temporary:
            _replace(real, temporary, old)
    except FileNotFoundError as error:
        message = f"{path}: went away while it ran; its outputs are not written"
        raise NoteChanged(message) from error
    except NoteChanged as error:
        message = f"{path}: changed while its outputs were written; they are not"
        raise NoteChanged(message) from error
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror}; the note is as it was"
        raise NoteUnwritable(message) from error


def put(path: Path, content: str | bytes) -> None:
    """Make or replace the file at `path`, whole or not at all, and its folders; raise NoteUnwritable."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _temporary(path.parent, data, mode=0o666) as temporary:
            temporary.replace(path)
    except OSError as error:
        message = f"{path}: cannot be written: {error.strerror}"
        raise NoteUnwritable(message) from error


@contextmanager
def _temporary(folder: Path, data: bytes, mode: int = 0o600) -> Iterator[Path]:
    """Lend out a file in `folder` that holds `data`, safe on the disk, until it is moved or done with.

    Its `mode` is less what the user takes from new files.
    """
    path = folder / f".mdrun-{os.urandom(8).hex()}.tmp"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield path
    finally:
        path.unlink(missing_ok=True)


def _replace(real: Path, temporary: Path, old: str) -> None:
    """Let `temporary` take the place, mode and owner of `real`, if that still holds `old`."""
    mode = real.stat()
    shutil.copystat(real, temporary)
    os.utime(temporary)
    with suppress(OSError):
        os.chown(temporary, mode.st_uid, mode.st_gid)
    if real.read_bytes() != old.encode("utf-8"):
        raise NoteChanged
    temporary.replace(real)


def contents(path: Path) -> bytes | None:
    """Return the bytes of a file, None where there is none that can be read."""
    with suppress(OSError):
        if path.is_file():
            return path.read_bytes()
    return None


def exists(path: Path) -> bool:
    """Tell whether there is a file at `path`."""
    return path.is_file()


def is_inside(path: Path, root: Path) -> bool:
    """Tell whether `path`, wherever links lead on its way, is below `root` (F67)."""
    return _is_within(os.path.realpath(path), os.path.realpath(root))


def remove(path: Path, root: Path) -> None:
    """Remove a file, and the folders below `root` that it leaves empty."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
        for folder in path.relative_to(root).parents[:-1]:
            (root / folder).rmdir()


def obstacle(folder: Path, root: Path) -> str:
    """Return why no file can be put into `folder`, which need not be there yet; empty where one can."""
    if not is_inside(folder, root):
        return f"{folder} leads out of the vault"
    there = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    if not there.is_dir():
        return f"{there} is no folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} takes no new files"


def unmentioned(root: Path, paths: Sequence[str], suffixes: tuple[str, ...], but: str = "") -> list[str]:
    """Return those of `paths` whose file names stand in no file of the vault that ends in one of `suffixes`.

    The file `but` is not looked into. One that cannot be read may name them all.
    """
    left = list(paths)
    for reader in list_vault(root).files if left else ():
        if reader == but or not reader.lower().endswith(suffixes):
            continue
        text = contents(root / reader)
        left = [path for path in left if text is not None and os.path.basename(path).encode() not in text]
    return left


@contextmanager
def held(path: Path, patience: float = LOCK_PATIENCE, check: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Keep other runs from a note meanwhile; raise NoteBusy after `patience` seconds (F61).

    The lock is a file outside of the vault which the system lets go of when mdrun ends, however
    it ends (F21). `check` is asked again and again while waiting, and may raise.
    """
    name = sha256(os.fsencode(path.resolve())).hexdigest()[:32]
    until = time.monotonic() + patience
    with _opened(_lock_folder() / f"{name}.lock") as file:
        while not _taken(file):
            check()
            if time.monotonic() >= until:
                message = f"{path}: another run has held this note for {patience:g} s; try again when it is done"
                raise NoteBusy(message)
            time.sleep(LOOK_AGAIN)
        yield


def _opened(lock: Path) -> IO[bytes]:
    try:
        return lock.open("ab")
    except OSError as error:
        message = f"{lock}: cannot be opened: {error.strerror}; without this lock two runs could meet in a note"
        raise NoteUnwritable(message) from error


def _taken(file: IO[bytes]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_folder() -> Path:
    """Return a folder of the user's own: in the cache, or where that takes no files, beside other temporary ones."""
    cache = user_cache_path("mdrun") / "locks"
    own = Path(tempfile.gettempdir()) / f"mdrun-{os.getuid()}"
    # A relative one, which a missing HOME leads to, would be one of the vault's.
    if cache.is_absolute() and _takes_files(cache):
        return cache
    # In a shared place anybody can make a folder of that name.
    if _takes_files(own) and _is_private(own):
        return own
    message = f"no folder for locks: neither {cache} nor {own} can be written"
    raise NoteUnwritable(message)


def _is_private(folder: Path) -> bool:
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _takes_files(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def state(path: Path) -> tuple[int, int, int]:
    """Return what tells whether a file is still the one that was read; raise NoteUnreadable."""
    try:
        found = path.stat()
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise NoteUnreadable(message) from error
    return found.st_mtime_ns, found.st_size, found.st_ino


def list_vault(root: Path, unreadable: Callable[[str], None] = lambda _: None) -> Listing:
    """Return every file below `root` but those in dot folders (R8); follow no link out of it.

    Folders behind symbolic links are left out, as Obsidian leaves out those that lead back into
    the vault (R10). Folders that cannot be read are told to `unreadable`.
    """
    real_root = os.path.realpath(root)
    files: list[str] = []
    outside: set[str] = set()
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            entries = _entries(os.path.join(root, folder))
        except OSError:
            unreadable(folder or ".")
            continue
        for entry in entries:
            path = f"{folder}{entry.name}"
            if entry.is_symlink() and not _is_within(os.path.realpath(entry.path), real_root):
                outside.add(path)
            elif entry.is_dir(follow_symlinks=False):
                pending.append(f"{path}/")
            elif os.path.isfile(entry.path):
                files.append(path)
    return Listing(tuple(sorted(files)), frozenset(outside))


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return [entry for entry in entries if not entry.name.startswith(".")]


def _is_within(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip(os.sep) + os.sep)
