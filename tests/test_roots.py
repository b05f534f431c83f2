from __future__ import annotations

import os
from pathlib import Path

import pytest

from mdrun.commands.jobs import jobs_for
from mdrun.errors import NoteUnreadable, SettingsError
from mdrun.road import prepare
from mdrun.roots import find_root, open_home, runnable_notes
from mdrun.settings import Settings
from tests.runs import block, vault

RUNS = block("1")


def found(folder: Path, home: Path | None = None) -> tuple[list[str], list[str]]:
    """Return the notes below a folder, and what is left out."""
    notes = runnable_notes(folder, open_home(home or folder, Settings()))
    return notes.notes, list(map(str, notes.left_out))


def names(paths: list[Path], root: Path | None = None) -> list[tuple[str, str]]:
    """Return what jobs are called by the user, and in the vault."""
    return [(str(job.path), job.name) for job in jobs_for(paths, root, {}, Settings()).jobs]


def test_r7_a_vault_is_the_nearest_folder_that_says_so(tmp_path: Path) -> None:
    vault(tmp_path, {".obsidian/x": "", "in/mdrun.toml": "", "in/deep/a.md": "", "out/.git/x": "", "out/b.md": ""})
    assert str(find_root(tmp_path / "in" / "deep" / "a.md")) == f"{tmp_path / 'in'} (it holds mdrun.toml)"
    assert str(find_root(tmp_path / "out" / "b.md")) == f"{tmp_path} (it holds .obsidian)"
    assert str(find_root(tmp_path / "out")) == f"{tmp_path} (it holds .obsidian)"


def test_r9_excluded_files_are_found_by_links_all_the_same(tmp_path: Path) -> None:
    settings = '{"userIgnoreFilters": ["Setup/"]}'
    vault(tmp_path, {".obsidian/app.json": settings, "Setup/Keys.md": RUNS, "a.md": "![[Keys]]\n"})
    (job,) = jobs_for([tmp_path / "a.md"], None, {}, Settings()).jobs
    assert [step.note.path for step in prepare(job).plan.steps] == ["Setup/Keys.md"]


def test_without_such_a_folder_it_is_the_one_named_or_a_work_tree_or_the_note_s(tmp_path: Path) -> None:
    vault(tmp_path, {"tree/.git/x": "", "tree/sub/a.md": "", "b.md": ""})
    assert find_root(tmp_path / "tree" / "sub").reason == "the folder named on the command line"
    assert find_root(tmp_path / "tree" / "sub" / "a.md").path == tmp_path / "tree"
    assert str(find_root(tmp_path / "b.md")) == f"{tmp_path} (the note's folder)"


def test_the_root_can_be_said(tmp_path: Path) -> None:
    vault(tmp_path, {"v/a.md": "", "v/.git/x": "", "w/b.md": ""})
    assert str(find_root(tmp_path / "v" / "a.md", tmp_path)) == f"{tmp_path} (--vault)"
    with pytest.raises(NoteUnreadable, match=r"b\.md: not in the vault"):
        find_root(tmp_path / "w" / "b.md", tmp_path / "v")


def test_paths_may_step_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault(tmp_path, {"v/.obsidian/x": "", "v/a.md": RUNS, "other/b.md": RUNS})
    monkeypatch.chdir(tmp_path / "v")
    assert find_root(Path("../other/b.md")).path == tmp_path / "other"
    assert names([Path("../v/a.md"), Path("../other")]) == [("../v/a.md", "a.md"), ("../other/b.md", "b.md")]


def test_a_root_may_be_a_symbolic_link(tmp_path: Path) -> None:
    vault(tmp_path, {"real/.obsidian/x": "", "real/sub/a.md": RUNS})
    link = tmp_path / "link"
    link.symlink_to("real")
    assert find_root(link / "sub" / "a.md").path == link
    assert names([link]) == [(str(link / "sub" / "a.md"), "sub/a.md")]
    assert names([link / "sub"], tmp_path / "real") == [(str(link / "sub" / "a.md"), "sub/a.md")]


def test_a_folder_brought_in_by_a_link_is_a_vault_of_its_own(tmp_path: Path) -> None:
    vault(tmp_path, {"v/.obsidian/x": "", "elsewhere/a.md": RUNS})
    (tmp_path / "v" / "link").symlink_to("../elsewhere")
    assert find_root(tmp_path / "v" / "link").path == tmp_path / "elsewhere"
    assert names([tmp_path / "v" / "link"]) == [(str(tmp_path / "v" / "link" / "a.md"), "a.md")]


def test_a_note_counts_once_however_often_it_is_named(tmp_path: Path) -> None:
    home = vault(tmp_path, {"a.md": RUNS, "b.md": RUNS})
    (home / "c.md").symlink_to("a.md")
    assert [name for _, name in names([home / "a.md", home, home / "." / "b.md"])] == ["a.md", "b.md"]


def test_a_link_that_leads_out_of_the_vault_runs_only_when_it_is_named(tmp_path: Path) -> None:
    """F59."""
    home = vault(tmp_path / "v", {"a.md": RUNS})
    (vault(tmp_path, {"out.md": RUNS}) / "v" / "link.md").symlink_to("../out.md")
    assert found(home) == (["a.md"], ["link.md (a link that leads out of the vault)"])
    assert names([home / "link.md"]) == [(str(home / "link.md"), "link.md")]


def test_folders_leave_out_what_is_not_to_run(tmp_path: Path) -> None:
    home = vault(
        tmp_path,
        {
            ".obsidian/templates.json": '{"folder": "/My templates/"}',
            ".trash/x.md": RUNS,
            "My templates/t.md": RUNS,
            "mdrun.toml": "exclude = ['drafts', '*.old.md', '**/z.md']",
            "a.md": RUNS,
            "drafts/deep/b.md": RUNS,
            "sub/c.old.md": RUNS,
            "z.md": RUNS,
            "sub/z.md": RUNS,
            "skip.md": f"---\nmdrun-skip: true\n---\n{RUNS}",
            "prose.md": "nothing of py here",
            "tilde.md": "~~~ Run-PYTHON\n1\n~~~\n",
            "other.md": "``` pycon\n1\n```\n",
            "empty.md": "",
            "code.py": "1",
        },
    )
    notes, left_out = found(home)
    assert notes == ["a.md", "tilde.md"]
    assert left_out == [
        "My templates/t.md (a template)",
        "drafts/deep/b.md (excluded)",
        "skip.md (mdrun-skip)",
        "sub/c.old.md (excluded)",
        "sub/z.md (excluded)",
        "z.md (excluded)",
    ]
    assert found(home / "sub", home) == ([], ["sub/c.old.md (excluded)", "sub/z.md (excluded)"])


@pytest.mark.parametrize("told", ["", "[]", '{"folder": 3}', '{"folder": "/"}', "{}"])
def test_a_template_folder_that_is_not_told_is_none(tmp_path: Path, told: str) -> None:
    home = vault(tmp_path, {".obsidian/templates.json": told, "a.md": RUNS})
    assert found(home) == (["a.md"], [])


def test_a_note_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    assert found(vault(tmp_path, {"a.md": b"\xff"})) == (["a.md"], [])


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = vault(tmp_path, {"a.md": RUNS, "sub/b.md": RUNS, "drafts/c.md": "", "mdrun.toml": "exclude = ['drafts']"})
    scan = os.scandir

    def refuse(folder: str) -> object:
        if folder.endswith(("sub/", "drafts/")):
            raise PermissionError
        return scan(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    jobs = jobs_for([home], None, {}, Settings())
    assert [(left.path, left.wrong) for left in jobs.left_out] == [("sub/", True)]
    with pytest.raises(NoteUnreadable, match="sub: cannot be read"):
        jobs_for([home / "sub"], None, {}, Settings())


def test_a_note_is_parsed_again_only_when_it_changed(tmp_path: Path) -> None:
    home = open_home(vault(tmp_path, {"a.md": RUNS}), Settings())
    first = home.vault.read("a.md")
    assert home.vault.read("a.md") is first
    vault(tmp_path, {"a.md": f"{RUNS}more"})
    assert home.vault.read("a.md").text == f"{RUNS}more"


def test_a_file_that_is_no_note_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoteUnreadable, match=r"a\.txt: not a note: its name does not end in \.md"):
        jobs_for([vault(tmp_path, {"a.txt": ""}) / "a.txt"], None, {}, Settings())


def test_a_folder_called_like_a_note_is_a_folder(tmp_path: Path) -> None:
    vault(tmp_path, {"x.md/a.md": RUNS})
    assert [name for _, name in names([tmp_path / "x.md"])] == ["a.md"]


def test_a_vault_s_bad_settings_are_told_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="names a program"):
        jobs_for([vault(tmp_path, {"mdrun.toml": "python = 'x'"})], None, {}, Settings())
