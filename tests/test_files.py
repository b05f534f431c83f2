from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mdrun import files
from mdrun.errors import NoteBusy, NoteChanged, NoteUnreadable, NoteUnwritable
from tests.runs import held_back, vault


def names_in(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    """F51."""
    text = "\ufeffa\r\nb\nc\rd\u2028 \x0c"
    assert files.read(vault(tmp_path, {"a.md": text.encode()}) / "a.md") == text


def test_bytes_that_are_no_utf8_are_named(tmp_path: Path) -> None:
    """F52."""
    note = vault(tmp_path, {"a.md": b"caf\xe9\n"}) / "a.md"
    with pytest.raises(NoteUnreadable, match=r"a\.md: not UTF-8: byte 0xe9 at offset 3; convert"):
        files.read(note)


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    with pytest.raises(NoteUnreadable, match=r"a\.md: cannot be read: not a file"):
        files.read(tmp_path / "a.md")
    with pytest.raises(NoteUnreadable, match=r"b\.md: cannot be read: No such file"):
        files.read(tmp_path / "b.md")
    with pytest.raises(NoteUnreadable, match=r"b\.md: cannot be read: No such file"):
        files.state(tmp_path / "b.md")


def test_a_file_is_replaced_with_its_mode(tmp_path: Path) -> None:
    """F59."""
    note = vault(tmp_path, {"a.md": "old"}) / "a.md"
    note.chmod(0o640)
    files.write(note, "old", "new\r\n")
    assert note.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(note.stat().st_mode) == 0o640
    assert names_in(tmp_path) == ["a.md"]


def test_a_symbolic_link_is_written_through(tmp_path: Path) -> None:
    """F59."""
    vault(tmp_path, {"real/a.md": "old"})
    link = tmp_path / "link.md"
    link.symlink_to("real/a.md")
    files.write(link, "old", "new")
    assert link.is_symlink()
    assert (tmp_path / "real" / "a.md").read_text() == "new"


def test_another_hard_link_keeps_the_old_text(tmp_path: Path) -> None:
    """F59."""
    note = vault(tmp_path, {"a.md": "old"}) / "a.md"
    os.link(note, tmp_path / "b.md")
    assert files.other_names(note) == 1
    files.write(note, "old", "new")
    assert (note.read_text(), (tmp_path / "b.md").read_text()) == ("new", "old")
    assert files.other_names(tmp_path / "c.md") == 0


def test_a_file_that_changed_meanwhile_is_not_written(tmp_path: Path) -> None:
    """F55."""
    note = vault(tmp_path, {"a.md": "newer"}) / "a.md"
    with pytest.raises(NoteChanged, match=r"a\.md: changed while its outputs were written; they are not"):
        files.write(note, "old", "new")
    assert note.read_text() == "newer"
    assert names_in(tmp_path) == ["a.md"]


def test_a_file_that_went_away_is_not_brought_back(tmp_path: Path) -> None:
    """F56."""
    with pytest.raises(NoteChanged, match=r"a\.md: went away"):
        files.write(tmp_path / "a.md", "old", "new")
    with pytest.raises(NoteChanged, match=r"a\.md: went away"):
        files.write(tmp_path / "folder" / "a.md", "old", "new")
    assert names_in(tmp_path) == []


def test_a_write_that_fails_half_way_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """F58, F63."""
    note = vault(tmp_path, {"a.md": "old"}) / "a.md"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(NoteUnwritable, match=r"a\.md: cannot be written: File too large; the note is as it was"):
            files.write(note, "old", "new" * 4096)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert note.read_text() == "old"
    assert names_in(tmp_path) == ["a.md"]


def test_no_editor_takes_the_temporary_file_for_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F63."""
    note = vault(tmp_path, {"a.md": "old"}) / "a.md"
    seen: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda _: seen.extend(names_in(tmp_path)))
    files.write(note, "old", "new")
    (temporary,) = set(seen) - {"a.md"}
    assert temporary.startswith(".")
    assert not temporary.endswith(".md")


@pytest.mark.parametrize(
    ("name", "mode", "message"),
    [
        ("a.md", 0o444, "a.md: the note is read-only; nothing was run"),
        (".", 0o555, "takes no new files; nothing was run"),
    ],
)
def test_what_cannot_be_written_is_told_beforehand(tmp_path: Path, name: str, mode: int, message: str) -> None:
    """F60."""
    (vault(tmp_path, {"a.md": ""}) / name).chmod(mode)
    code = "from pathlib import Path; from mdrun import files; files.check_writable(Path('a.md'))"
    command = [*held_back(), sys.executable, "-c", code]
    tried = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    tmp_path.chmod(0o755)
    assert "NoteUnwritable: a.md: " in tried.stderr
    assert tried.stderr.rstrip().endswith(message)


def test_what_can_be_written_is_not_told_of(tmp_path: Path) -> None:
    files.check_writable(vault(tmp_path, {"a.md": ""}) / "a.md")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(files, "user_cache_path", lambda _: tmp_path / "cache")
    return tmp_path / "cache"


def test_a_second_run_waits_for_the_first(tmp_path: Path) -> None:
    """F61."""
    order: list[str] = []
    entered = threading.Event()

    def first() -> None:
        with files.held(tmp_path / "a.md"):
            entered.set()
            time.sleep(0.1)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    entered.wait()
    with files.held(tmp_path / "x" / ".." / "a.md", patience=5):
        order.append("second")
    thread.join()
    assert order == ["first", "second"]


def test_a_second_run_waits_in_vain_and_says_so(tmp_path: Path) -> None:
    """F61."""
    with files.held(tmp_path / "a.md"):
        with (
            pytest.raises(NoteBusy, match=r"a\.md: another run has held this note for 0\.1 s"),
            files.held(tmp_path / "a.md", patience=0.1),
        ):
            pass
        with files.held(tmp_path / "b.md", patience=0):
            pass


def test_who_waits_can_be_stopped(tmp_path: Path) -> None:
    """F18."""

    def check() -> None:
        raise InterruptedError

    with (
        files.held(tmp_path / "a.md"),
        pytest.raises(InterruptedError),
        files.held(tmp_path / "a.md", check=check),
    ):
        pass


def test_an_error_under_a_lock_is_not_the_lock_s(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), files.held(tmp_path / "a.md"):
        raise FileNotFoundError


def test_where_the_cache_takes_no_files_locks_stand_elsewhere(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write_text("not a folder")
    monkeypatch.setattr("mdrun.files.tempfile.gettempdir", lambda: str(tmp_path / "tmp"))
    with files.held(tmp_path / "a.md"):
        (folder,) = (tmp_path / "tmp").iterdir()
    assert folder.name == f"mdrun-{os.getuid()}"
    assert len(names_in(folder)) == 1


def test_a_folder_for_locks_is_the_users_own(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write_text("not a folder")
    monkeypatch.setattr("mdrun.files.tempfile.gettempdir", lambda: str(tmp_path / "tmp"))
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    with pytest.raises(NoteUnwritable, match="no folder for locks"), files.held(tmp_path / "a.md"):
        pass


def test_without_a_home_no_lock_lands_in_the_vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "user_cache_path", lambda _: Path("~/.cache/mdrun"))
    monkeypatch.setattr("mdrun.files.tempfile.gettempdir", lambda: str(tmp_path / "tmp"))
    monkeypatch.chdir(vault(tmp_path / "v", {"a.md": ""}))
    with files.held(Path("a.md")):
        assert names_in(Path()) == ["a.md"]


def test_a_lock_that_cannot_be_opened_is_told(tmp_path: Path, cache: Path) -> None:
    with files.held(tmp_path / "a.md"):
        pass
    (lock,) = (cache / "locks").iterdir()
    lock.unlink()
    lock.mkdir()
    with pytest.raises(NoteUnwritable, match=r"cannot be opened: Is a directory; without this lock"):
        files.held(tmp_path / "a.md").__enter__()


def test_a_vault_s_files_are_listed_without_those_of_others(tmp_path: Path) -> None:
    """R8, R10, F67."""
    root = vault(tmp_path / "v", {"b.md": "", "sub/a.md": "", ".dot/c.md": "", ".hidden.md": "", "x.md/in.md": ""})
    vault(tmp_path, {"out.md": ""})
    (root / "leads-out.md").symlink_to("../out.md")
    (root / "leads-in.md").symlink_to("sub/a.md")
    (root / "folder").symlink_to("sub")
    (root / "broken.md").symlink_to("gone.md")
    (root / "loop.md").symlink_to("loop.md")
    listing = files.list_vault(root)
    assert listing.files == ("b.md", "leads-in.md", "sub/a.md", "x.md/in.md")
    assert listing.outside == {"leads-out.md"}


def test_folders_that_cannot_be_read_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = vault(tmp_path, {"a.md": "", "sub/b.md": ""})
    scan = os.scandir

    def refuse(folder: str) -> object:
        if folder.rstrip("/").endswith("sub"):
            raise PermissionError
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    refused: list[str] = []
    assert files.list_vault(root, refused.append).files == ("a.md",)
    assert files.list_vault(root).files == ("a.md",)
    assert refused == ["sub/"]
