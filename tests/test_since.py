"""`--since`: the notes that changed since a git revision, and those that embed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mdrun.commands.jobs import Jobs, jobs_for
from mdrun.errors import NoteUnreadable, SettingsError
from mdrun.events import Stream
from mdrun.git import Past
from mdrun.road import prepare
from mdrun.settings import Settings
from mdrun.staleness import OR_REMOVED, reasons
from tests.repositories import commit, git, repository
from tests.runs import Told, block, vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Kernels

NOTES = {
    "mdrun.toml": "",
    "C.md": f"# Y\n{block('c')}# Other\n{block('other')}",
    "deep/B.md": f"# X\n![[C#Y]]\n{block('b')}",
    "A.md": f"![[B#X]]\n{block('a')}",
    "Beside.md": f"![[C#Other]]\n{block('beside')}",
    "Alone.md": block("alone"),
    "Through.md": "![](A.md)\n",
    "Top.md": f"{block('first')}\n![[Through]]\n{block('top')}",
    "In words.md": f"`![[C]]` and [[C]]\n\n%% ![[C]] %%\n\n<!-- ![[C]] -->\n\n{block('words')}",
}
"""Top embeds Through, which has no code, and that A, which embeds B, which embeds C, three deep."""
ABOVE_C = ["A.md", "Beside.md", "C.md", "Top.md", "deep/B.md"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a vault in a repository."""
    return repository(tmp_path / "home", NOTES, monkeypatch)


def jobs(*paths: Path, since: str | None = "HEAD") -> Jobs:
    return jobs_for(paths, None, {}, Settings(), since)


def taken(*paths: Path, since: str | None = "HEAD") -> list[str]:
    return sorted(job.name for job in jobs(*paths, since=since).jobs)


def append(note: Path, text: str = "\nmore\n") -> None:
    note.write_text(note.read_text() + text)


def test_nothing_is_taken_where_nothing_changed(home: Path) -> None:
    found = jobs(home)
    assert found.jobs == []
    assert set(map(str, found.left_out)) == {
        f"{name} (unchanged since HEAD)" for name in [*ABOVE_C, "Alone.md", "In words.md"]
    }
    assert not any(left.wrong for left in found.left_out)


def test_a_changed_note_is_taken_and_all_that_embed_it_directly_or_not(home: Path) -> None:
    append(home / "C.md")
    assert taken(home) == ABOVE_C
    commit(home)
    append(home / "Alone.md")
    assert taken(home) == ["Alone.md"]
    assert taken(home, since="HEAD~1") == sorted([*ABOVE_C, "Alone.md"])


def test_of_what_was_taken_only_what_was_named_runs(home: Path) -> None:
    append(home / "C.md")
    found = jobs(home / "Top.md", home / "Alone.md", home / "deep")
    assert [job.name for job in found.jobs] == ["Top.md", "deep/B.md"]
    assert [left.path for left in found.left_out] == ["Alone.md"]


def test_a_vault_of_which_notes_are_left_out_is_not_taken_as_a_whole(home: Path) -> None:
    append(home / "C.md")
    assert jobs(home).whole == {}
    assert jobs(home, since=None).whole == {home: home}


def test_circles_of_embeds_end(home: Path) -> None:
    vault(home, {"C.md": f"![[Top]]\n{block('c')}"})
    commit(home)
    append(home / "A.md")
    assert taken(home) == ABOVE_C


@pytest.mark.parametrize("new", [None, "D.md"])
def test_a_note_that_is_gone_or_renamed_takes_those_that_still_name_it(home: Path, new: str | None) -> None:
    if new:
        (home / "C.md").rename(home / new)
    else:
        (home / "C.md").unlink()
    assert taken(home) == sorted({*ABOVE_C, *([new] if new else [])} - {"C.md"})


def test_a_new_note_that_a_link_now_leads_to_takes_the_notes_with_that_link(home: Path) -> None:
    vault(home, {"B.md": f"# X\n{block('nearer')}"})
    assert taken(home) == ["A.md", "B.md", "Top.md"]


def test_a_note_that_is_gone_takes_notes_whose_links_now_lead_to_another(home: Path) -> None:
    vault(home, {"B.md": f"# X\n{block('nearer')}"})
    commit(home)
    (home / "B.md").unlink()
    assert taken(home) == ["A.md", "Top.md"]


def test_a_changed_note_of_no_code_takes_notes_that_embed_it(home: Path) -> None:
    append(home / "Through.md")
    assert taken(home) == ["Top.md"]


def test_files_that_are_no_notes_take_no_note(home: Path) -> None:
    vault(home, {"data.csv": "1", ".obsidian/app.json": "{}", ".mdrun/llm/new.json": "{}"})
    assert taken(home) == []


@pytest.mark.parametrize("name", ["mdrun.toml", "pyproject.toml"])
def test_other_settings_take_every_note(home: Path, name: str) -> None:
    vault(home, {name: "\n"})
    found = jobs(home)
    assert len(found.jobs) == len(ABOVE_C) + 2
    assert (found.left_out, found.whole) == ([], {home: home})


@pytest.mark.parametrize("content", ["other", None])
def test_a_recording_that_says_something_else_or_is_gone_takes_every_note(home: Path, content: str | None) -> None:
    recording = vault(home, {".mdrun/llm/key.json": "one"}) / ".mdrun" / "llm" / "key.json"
    commit(home)
    assert taken(home) == []
    if content:
        recording.write_text(content)
    else:
        recording.unlink()
    assert len(taken(home)) == len(ABOVE_C) + 2


def test_a_link_to_a_changed_note_changed_with_it(home: Path, tmp_path: Path) -> None:
    vault(tmp_path, {"elsewhere.md": "x"})
    (home / "Link.md").symlink_to("Alone.md")
    (home / "Out.md").symlink_to(tmp_path / "elsewhere.md")
    vault(home, {"Linked.md": f"![[Link]]\n{block('linked')}"})
    commit(home)
    append(home / "Alone.md")
    assert taken(home / "Linked.md", home / "Link.md") == ["Link.md", "Linked.md"]


def test_a_note_that_cannot_be_read_is_taken_if_it_changed(home: Path) -> None:
    vault(home, {"latin.md": b"```python\n\xe9\n```\n", "by.md": f"![[latin]]\n{block('by')}"})
    commit(home)
    assert taken(home) == []
    vault(home, {"latin.md": b"```python\n\xe8\n```\n"})
    assert taken(home) == ["by.md", "latin.md"]


def test_templates_and_excluded_notes_are_left_out_for_what_they_are(home: Path) -> None:
    vault(home, {"mdrun.toml": "exclude = ['Alone.md']", "skipped.md": f"---\nmdrun-skip: true\n---\n{block('s')}"})
    commit(home)
    append(home / "skipped.md")
    reasons_of = {left.path: left.reason for left in jobs(home).left_out}
    assert (reasons_of["Alone.md"], reasons_of["skipped.md"]) == ("excluded", "mdrun-skip")


def test_folders_without_python_are_not_counted(home: Path) -> None:
    vault(home, {"words/a.md": "words"})
    assert jobs(home / "words").left_out == []


def test_each_vault_is_looked_at_in_its_own_repository(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository(tmp_path / "other", {"mdrun.toml": "", "a.md": block("1"), "b.md": block("2")}, monkeypatch)
    append(home / "Alone.md")
    append(other / "b.md")
    assert [job.path for job in jobs(home, other).jobs] == [home / "Alone.md", other / "b.md"]


def test_a_pull_request_is_what_its_branch_changed(home: Path) -> None:
    git(home, "checkout", "--quiet", "-b", "mine")
    append(home / "Alone.md")
    commit(home)
    git(home, "checkout", "--quiet", "main")
    append(home / "C.md")
    commit(home)
    git(home, "checkout", "--quiet", "mine")
    assert taken(home, since="main") == ["Alone.md"]


def test_what_is_wrong_with_the_revision_or_a_path_is_told(home: Path) -> None:
    with pytest.raises(SettingsError, match="--since nowhere: "):
        taken(home, since="nowhere")
    vault(home, {"a.txt": ""})
    with pytest.raises(NoteUnreadable, match="not a note"):
        taken(home / "a.txt")


def test_a_run_without_a_note_is_in_order_and_says_so(home: Path, kernels: Kernels) -> None:
    told = Told(home, writes=False, since="HEAD")
    assert (told.code, kernels.started) == (0, [])
    assert told.last == ["no note to run, 7 notes left out (-v names them)"]


def stale(home: Path) -> dict[str, list[str]]:
    """Return the notes with stale outputs, and why they are, as their stamps tell and as git knows."""
    found: dict[str, list[str]] = {}
    for job in jobs(home, since=None).jobs:
        prepared = prepare(job)
        for before in (None, Past(home).plan(job.name)):
            told = reasons(prepared.note, prepared.plan, before)
            if told:
                found.setdefault(job.name, []).extend(told.values())
    return found


def test_a_change_three_embeds_down_makes_stale_and_takes_exactly_what_is_above(home: Path, kernels: Kernels) -> None:
    kernels.script = {
        f"{word}\n": [Stream("stdout", word)] for word in ("a", "b", "c", "other", "alone", "top", "words")
    }
    assert Told(home).code == 0
    commit(home)
    assert (stale(home), taken(home)) == ({}, [])
    changed = home / "C.md"
    changed.write_text(changed.read_text().replace("```python\nc\n", "```python\nc2\n"))
    assert stale(home) == {
        "A.md": [
            f"its own code, the embedded [[B#X]] or the embedded [[C#Y]] changed{OR_REMOVED}",
            "the embedded [[C#Y]] changed",
        ],
        "C.md": [
            f"its own code changed{OR_REMOVED}",
            f"the block at line 2 changed{OR_REMOVED}",
            "its own code changed",
            "the block at line 2 changed",
        ],
        "Top.md": [
            f"its own code, the embedded [[Through]] or the block at line 1 changed{OR_REMOVED}",
            "the embedded [[C#Y]] changed",
        ],
        "deep/B.md": [
            f"its own code or the embedded [[C#Y]] changed{OR_REMOVED}",
            "the embedded [[C#Y]] changed",
        ],
    }
    # What Beside embeds of C is as it was; a changed note counts as a whole.
    assert taken(home) == sorted([*stale(home), "Beside.md"]) == ABOVE_C
