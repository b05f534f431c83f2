"""What git knows of a vault."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mdrun.errors import SettingsError
from mdrun.git import Past, branched_from, changed_since
from mdrun.impact import Changed
from tests.repositories import commit, git, repository, without_git
from tests.runs import block, vault

if TYPE_CHECKING:
    from pathlib import Path

NOTES = {"a.md": "a", "b.md": "b", "c.md": "c", "sub dir/d.md": "d"}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository of a few notes."""
    return repository(tmp_path / "home", NOTES, monkeypatch)


def changed(new: str = "", altered: str = "", gone: str = "") -> Changed:
    """Return what changed, of paths with a comma between."""
    return Changed(*(frozenset(filter(None, paths.split(","))) for paths in (new, altered, gone)))


def test_nothing_has_changed_since_the_commit_one_is_at(home: Path) -> None:
    assert changed_since(home, "HEAD") == changed()


def test_what_is_changed_staged_untracked_and_gone_is_told(home: Path) -> None:
    vault(home, {"a.md": "A", "b.md": "B", "sub dir/ü\n.md": "new", "staged.md": "new"})
    git(home, "add", "b.md", "staged.md")
    (home / "c.md").unlink()
    git(home, "rm", "--quiet", "sub dir/d.md")
    assert changed_since(home, "HEAD") == changed("sub dir/ü\n.md,staged.md", "a.md,b.md", "c.md,sub dir/d.md")


def test_what_was_committed_since_is_told_and_what_was_undone_is_not(home: Path) -> None:
    vault(home, {"a.md": "A", "b.md": "B"})
    commit(home)
    vault(home, {"b.md": "b"})
    assert changed_since(home, "HEAD~1") == changed(altered="a.md")


def test_a_renamed_file_is_new_under_one_name_and_gone_under_the_other(home: Path) -> None:
    git(home, "mv", "a.md", "z.md")
    commit(home)
    assert changed_since(home, "HEAD~1") == changed("z.md", gone="a.md")


def test_what_git_is_to_ignore_does_not_count_unless_it_is_tracked(home: Path) -> None:
    vault(home, {".gitignore": "*.md", "a.md": "A", "private.md": "x"})
    assert changed_since(home, "HEAD") == changed(".gitignore", "a.md")


def test_a_file_that_git_was_told_to_forget_is_there_all_the_same(home: Path) -> None:
    git(home, "rm", "--quiet", "--cached", "a.md")
    assert changed_since(home, "HEAD") == changed(altered="a.md")


def test_modes_and_times_are_no_changes(home: Path) -> None:
    (home / "a.md").chmod(0o755)
    os.utime(home / "b.md", (1, 1))
    assert changed_since(home, "HEAD") == changed()


def test_a_file_that_became_a_link_changed(home: Path) -> None:
    (home / "a.md").unlink()
    (home / "a.md").symlink_to("b.md")
    assert changed_since(home, "HEAD") == changed(altered="a.md")


def test_both_sides_of_a_conflict_are_one_change(home: Path) -> None:
    git(home, "checkout", "--quiet", "-b", "other")
    commit(vault(home, {"a.md": "theirs"}))
    git(home, "checkout", "--quiet", "main")
    commit(vault(home, {"a.md": "ours"}))
    with pytest.raises(AssertionError):
        git(home, "merge", "other")
    assert changed_since(home, "HEAD") == changed(altered="a.md")


def test_paths_are_those_of_a_vault_inside_of_the_repository(home: Path) -> None:
    vault(home, {"a.md": "A", "sub dir/d.md": "D", "sub dir/deep/e.md": "new"})
    assert changed_since(home / "sub dir", "HEAD") == changed("deep/e.md", "d.md")


def test_a_vault_may_be_reached_through_a_link(home: Path, tmp_path: Path) -> None:
    vault(home, {"sub dir/d.md": "D"})
    (tmp_path / "link").symlink_to(home / "sub dir")
    assert changed_since(tmp_path / "link", "HEAD") == changed(altered="d.md")


def test_a_branch_is_compared_with_where_it_left_the_other(home: Path) -> None:
    git(home, "checkout", "--quiet", "-b", "mine")
    commit(vault(home, {"a.md": "mine"}))
    git(home, "checkout", "--quiet", "main")
    commit(vault(home, {"b.md": "theirs"}))
    git(home, "checkout", "--quiet", "mine")
    assert changed_since(home, "main") == changed(altered="a.md")
    assert branched_from(home, "main") == git(home, "rev-parse", "main~1")


@pytest.mark.parametrize("ref", ["v1", "HEAD^{commit}", "HEAD@{0}", "main~0"])
def test_a_revision_is_whatever_git_takes_for_a_commit(home: Path, ref: str) -> None:
    git(home, "tag", "--annotate", "--message=one", "v1")
    vault(home, {"a.md": "A"})
    assert changed_since(home, ref) == changed(altered="a.md")


def test_another_work_tree_of_a_repository_has_its_own_changes(home: Path, tmp_path: Path) -> None:
    git(home, "worktree", "add", "--quiet", str(tmp_path / "tree"))
    vault(home, {"a.md": "A"})
    vault(tmp_path / "tree", {"b.md": "B"})
    assert changed_since(tmp_path / "tree", "main") == changed(altered="b.md")


def test_repositories_in_the_repository_are_left_to_themselves(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = repository(tmp_path / "part", {"x.md": "x"}, monkeypatch)
    git(home, "submodule", "--quiet", "add", str(part), "part")
    commit(home)
    vault(home, {"part/x.md": "X"})
    assert changed_since(home, "HEAD") == changed()


def test_what_the_user_has_set_changes_nothing_and_starts_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    touched = tmp_path / "touched"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{touched}'\n")
    program.chmod(0o755)
    settings = {
        "diff.external": str(program),
        "core.fsmonitor": str(program),
        "diff.orderFile": "nowhere",
        "diff.renames": "copies",
        "diff.relative": "false",
        "diff.mnemonicPrefix": "true",
        "core.quotePath": "true",
        "color.ui": "always",
        "status.showUntrackedFiles": "no",
    }
    for name, value in settings.items():
        git(home, "config", name, value)
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(program))
    (home / ".git" / "hooks" / "post-index-change").symlink_to(program)
    os.utime(home / "b.md", (1, 1))
    (home / "a.md").rename(home / "ä.md")
    vault(home, {"sub dir/d.md": "D"})
    assert changed_since(home, "HEAD") == changed("ä.md", "sub dir/d.md", "a.md")
    assert changed_since(home / "sub dir", "HEAD") == changed(altered="d.md")
    assert not touched.exists()


def test_a_hook_of_another_repository_may_run_mdrun(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository(tmp_path / "other", {"x.md": "x"}, monkeypatch)
    vault(home, {"a.md": "A"})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert changed_since(home, "HEAD") == changed(altered="a.md")


@pytest.mark.parametrize("ref", ["", "-h", "--output=x", "main..HEAD", "main...HEAD"])
def test_what_is_not_one_revision_is_refused(home: Path, ref: str) -> None:
    with pytest.raises(SettingsError, match=r"--since .*: name one revision, such as origin/main"):
        changed_since(home, ref)
    assert sorted(path.name for path in home.iterdir()) == [".git", "a.md", "b.md", "c.md", "sub dir"]


@pytest.mark.parametrize("ref", ["nowhere", "0" * 40, "HEAD~9", "HEAD:a.md", "a\tb"])
def test_a_revision_that_is_not_there_is_told_with_the_next_step(home: Path, ref: str) -> None:
    with pytest.raises(
        SettingsError, match=r"(?s)--since .*: not a valid (object|commit) name .*; `git fetch` may bring it"
    ):
        changed_since(home, ref)


def test_a_shallow_clone_says_how_to_get_the_rest(home: Path, tmp_path: Path) -> None:
    commit(home)
    git(tmp_path, "clone", "--quiet", "--depth=1", home.as_uri(), "shallow")
    with pytest.raises(SettingsError, match=r"shallow.*`git fetch --unshallow`, or `fetch-depth: 0`"):
        changed_since(tmp_path / "shallow", "HEAD~1")


def test_histories_with_nothing_in_common_are_told(home: Path) -> None:
    git(home, "checkout", "--quiet", "--orphan", "lone")
    commit(vault(home, {"lone.md": "lone"}))
    with pytest.raises(SettingsError, match="--since main: it has no commit in common with HEAD"):
        changed_since(home, "main")


def test_a_folder_in_no_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"is in no work tree of git \(not a git repository .*\): leave --since out"
    ):
        changed_since(tmp_path, "HEAD")


def test_a_folder_of_git_s_own_is_no_vault(home: Path) -> None:
    with pytest.raises(SettingsError, match="is in no work tree of git: leave --since out"):
        changed_since(home / ".git", "HEAD")


def test_a_repository_without_a_commit_has_no_revision(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(SettingsError, match="not a valid object name"):
        changed_since(tmp_path, "main")


def test_before_the_first_commit_everything_is_new(tmp_path: Path) -> None:
    """As for a hook of that commit."""
    git(vault(tmp_path, {"a.md": "", "sub/b.md": ""}), "init", "--quiet")
    git(tmp_path, "add", "a.md")
    assert changed_since(tmp_path, "HEAD") == Changed(frozenset({"a.md", "sub/b.md"}))


def test_a_vault_that_git_ignores_has_no_changes_to_tell(home: Path) -> None:
    vault(home, {".gitignore": "vault/\n", "vault/a.md": "a"})
    with pytest.raises(SettingsError, match=r"git ignores .*vault and all that is in it"):
        changed_since(home / "vault", "HEAD")


def test_without_git_there_is_no_telling(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_git(monkeypatch, tmp_path)
    with pytest.raises(SettingsError, match="--since needs git, which is not on PATH"):
        changed_since(home, "HEAD")
    assert Past(home).plan("a.md") is None


def test_a_damaged_repository_is_told_in_git_s_own_words(home: Path) -> None:
    (home / ".git" / "index").write_bytes(b"damaged")
    with pytest.raises(SettingsError, match="--since: git diff failed: "):
        changed_since(home, "HEAD")


def sources(past: Past, note: str, *, prefixed_only: bool = False) -> list[str]:
    """Return the code of a note's steps as they were."""
    found = past.plan(note, prefixed_only=prefixed_only)
    assert found is not None
    return [step.block.source.strip() for step in found.steps]


def test_a_note_is_planned_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notes = {
        "v/sub dir/ä.md": "![[Setup#Keys]]\n" + block("y") + block("z", "run-python"),
        "v/Setup.md": "# Keys\n" + block("keys"),
        "v/.hidden/Setup.md": "# Keys\n",
        "Setup.md": "# Keys\n",
    }
    home = repository(tmp_path, notes, monkeypatch) / "v"
    first = git(home, "rev-parse", "HEAD")
    vault(home, {"Setup.md": "# Keys\n" + block("other")})
    assert sources(Past(home), "sub dir/ä.md") == ["keys", "y", "z"]
    assert sources(Past(home), "sub dir/ä.md", prefixed_only=True) == ["z"]
    commit(home)
    assert sources(Past(home), "sub dir/ä.md") == ["other", "y", "z"]
    assert sources(Past(home, first), "sub dir/ä.md") == ["keys", "y", "z"]


def test_of_a_note_that_was_not_there_or_cannot_be_read_there_is_no_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = repository(tmp_path / "home", {"latin.md": b"\xe9", "by latin.md": "![[latin]]", "a.md": ""}, monkeypatch)
    (home / "link.md").symlink_to("a.md")
    commit(home)
    past = Past(home)
    assert [past.plan(name) for name in ("new.md", "latin.md", "by latin.md", "link.md")] == [None] * 4
    assert past.plan("a.md") is not None
    assert Past(tmp_path).plan("a.md") is None
    assert Past(home, "--help").plan("a.md") is None


def test_what_git_has_lost_has_no_plan(home: Path) -> None:
    name = git(home, "rev-parse", "HEAD:a.md")
    (home / ".git" / "objects" / name[:2] / name[2:]).unlink()
    past = Past(home)
    assert past.plan("a.md") is None
    assert past.plan("sub dir/d.md") is not None
