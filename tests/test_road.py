from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from mdrun import files
from mdrun.commands.jobs import jobs_for
from mdrun.commands.run import CHECK_TIMEOUT, Request, run_notes
from mdrun.errors import (
    BlockTimedOut,
    KernelDied,
    KernelMissing,
    KernelStartFailed,
    NoteUnwritable,
    RecordingUnwritable,
    Stopped,
    WeaveFailed,
)
from mdrun.events import Error, Frame, Notice, Stream
from mdrun.parsing import parse
from mdrun.report import RunFinished
from mdrun.settings import Settings
from mdrun.weave import clean
from tests.runs import Told, as_written, block, vault

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Kernels

HI = Stream("stdout", "hi\n")


def note_in(folder: Path, text: str | bytes, name: str = "a.md") -> Path:
    return vault(folder, {name: text}) / name


def failed(name: str, *frames: Frame) -> Error:
    return Error(name, "no", frames)


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf```python\nx\n```\n",
        b"```python\r\nx\r\n```\r\nprose\r\n",
        b"a\r\n```python\nx\n```\r\nb\rc\n",
        b"```python\nx\n```",
        b"```python\r\nx\r\n```",
        b"- item\n\t```python\n\tx\n\t```\n- next  \n",
        "caf\u00e9 \u2028 \x0c \U0001f600\n```python\nx\n```\n> quote\n".encode(),
    ],
)
def test_only_output_comes_and_goes(tmp_path: Path, kernels: Kernels, text: bytes) -> None:
    """F51, promise 1."""
    from mdrun.commands.clean import clean_notes  # noqa: PLC0415

    kernels.script = {"x\n": [HI]}
    note = note_in(tmp_path, text)
    assert Told(note).code == 0
    woven = note.read_bytes()
    assert woven != text
    assert Told(note).code == 0
    assert note.read_bytes() == woven
    assert clean_notes([note], None, {}, say=lambda _: None) == 0
    assert note.read_bytes() == text


def test_a_note_that_changes_in_nothing_is_not_written(tmp_path: Path, kernels: Kernels) -> None:
    """F57."""
    note = note_in(tmp_path, block("x"))
    kernels.script = {"x\n": [HI]}
    Told(note)
    before = as_written(note)
    told = Told(note)
    assert as_written(note) == before
    assert told.lines == [f"{note}: 1 block run, outputs unchanged"]


def test_bytes_that_are_no_utf8_stay_as_they_are(tmp_path: Path, kernels: Kernels) -> None:
    """F52."""
    note = note_in(tmp_path, block("x").encode() + b"\xff")
    told = Told(note)
    assert told.code == 2
    assert "not UTF-8: byte 0xff at offset 16" in told.report.error
    assert kernels.started == []
    assert note.read_bytes().endswith(b"\xff")


def test_a_folder_s_other_notes_run_all_the_same(tmp_path: Path, kernels: Kernels) -> None:
    vault(tmp_path, {"a.md": b"\xff", "b.md": block("x"), "c.md": "---\nmdrun-timeout: x\n---\n" + block("x")})
    told = Told(tmp_path)
    assert told.code == 2
    assert [report.exit_code for report in told.reports] == [2, 0, 2]
    assert len(kernels.started) == 1


def test_prose_that_came_meanwhile_stays(tmp_path: Path, kernels: Kernels) -> None:
    """F55."""
    note = note_in(tmp_path, block("x"))
    kernels.script = {"x\n": [HI]}
    kernels.meanwhile = lambda _: note.write_text(f"above\n\n{block('x')}\nbelow\n")
    told = Told(note)
    assert told.code == 0
    text = note.read_text()
    assert text.startswith("above\n\n```python\nx\n```\n> [!output]\n")
    assert text.endswith("-->\n\nbelow\n")


def test_outputs_of_code_that_changed_meanwhile_are_not_written(tmp_path: Path, kernels: Kernels) -> None:
    """F55."""
    note = note_in(tmp_path, block("x") + "\n" + block("y") + "\n" + block("z"))
    kernels.script = {"x\n": [HI], "y\n": [HI], "z\n": [HI]}
    edited = block("x") + "\nnew\n\n" + block("y2") + "\n" + block("z")
    kernels.meanwhile = lambda source: note.write_text(edited) if source == "z\n" else None
    told = Told(note)
    assert told.code == 2
    message = "this block, or one before it, changed while it ran; its output is not written"
    assert [(failure.place.line, failure.message) for failure in told.report.failures] == [
        (10, message),
        (14, message),
    ]
    assert note.read_text().count("[!output]") == 1


@pytest.mark.parametrize("new_name", [None, "b.md"])
def test_a_note_that_went_away_is_not_brought_back(tmp_path: Path, kernels: Kernels, new_name: str | None) -> None:
    """F56."""
    note = note_in(tmp_path, block("x"))
    kernels.script = {"x\n": [failed("ValueError")]}
    kernels.meanwhile = lambda _: note.rename(tmp_path / new_name) if new_name else note.unlink()
    told = Told(note)
    assert told.code == 2
    assert told.report.error == f"{note}: went away while it ran; its outputs are not written"
    assert [failure.message for failure in told.report.failures] == ["ValueError: no"]
    assert os.listdir(tmp_path) == ([new_name] if new_name else [])
    assert not new_name or (tmp_path / new_name).read_text() == block("x")


def test_a_note_that_became_unreadable_is_named(tmp_path: Path, kernels: Kernels) -> None:
    note = note_in(tmp_path, block("x"))
    kernels.meanwhile = lambda _: note.write_bytes(b"\xff")
    told = Told(note)
    assert told.code == 2
    assert "not UTF-8" in told.report.error
    assert "changed while it ran" in told.report.error


def test_a_save_just_before_the_write_is_woven_into(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F55."""
    note = note_in(tmp_path, block("x"))
    kernels.script = {"x\n": [HI]}
    write, saves = files.write, iter(["one", "two"])

    def saved_before(path: Path, old: str, new: str) -> None:
        if word := next(saves, None):
            path.write_text(old + word)
        write(path, old, new)

    monkeypatch.setattr(files, "write", saved_before)
    assert Told(note).code == 0
    assert note.read_text().endswith("-->\nonetwo")


def test_an_editor_that_never_rests_wins(tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    note = note_in(tmp_path, block("x"))
    kernels.script = {"x\n": [HI]}
    write = files.write

    def saved_before(path: Path, old: str, new: str) -> None:
        path.write_text(f"{old}x")
        write(path, old, new)

    monkeypatch.setattr(files, "write", saved_before)
    told = Told(note)
    assert (told.code, told.report.ran) == (2, 1)
    assert note.read_text() == f"{block('x')}xxx"


def test_what_the_blocks_came_to_is_told_though_the_disk_is_full(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F58."""
    note = note_in(tmp_path, block("x"))
    kernels.script = {"x\n": [KernelDied(3)]}

    def full(path: Path, *_: str) -> None:
        message = f"{path}: cannot be written: No space left on device"
        raise NoteUnwritable(message)

    monkeypatch.setattr(files, "write", full)
    told = Told(note)
    assert told.code == 3
    assert told.lines == [
        f"{note}: 1 block run, 1 failed",
        f"  error: {note}: cannot be written: No space left on device",
        f"  failed: {note}:1: kernel exited (code 3)",
    ]


def test_nothing_is_run_for_a_note_that_cannot_be_written(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F60."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    told = Told(note_in(tmp_path, block("x")))
    assert told.code == 2
    assert kernels.started == []


def test_a_second_run_on_a_note_waits_and_ends_with_2(tmp_path: Path, kernels: Kernels) -> None:
    """F61."""
    note = note_in(tmp_path, block("x"))
    with files.held(note):
        assert Told(note, patience=0.05).code == 2
        assert kernels.started == []
        assert Told(note, writes=False).code == 0


def test_a_note_with_another_hard_link_says_that_they_part(tmp_path: Path, kernels: Kernels) -> None:
    """F59."""
    note = note_in(tmp_path, block("x"))
    os.link(note, tmp_path / "other.txt")
    kernels.script = {"x\n": [HI]}
    assert "  the file has 1 other hard link, with the text as it was" in Told(note).lines
    assert (tmp_path / "other.txt").read_text() == block("x")


def test_embeds_are_run_where_they_stand(tmp_path: Path, kernels: Kernels) -> None:
    home = vault(tmp_path, {"a.md": block("x") + "\n![[b]]\n" + block("z"), "b.md": block("y")})
    assert Told(home / "a.md").code == 0
    assert [source for _, source in kernels.started[0].executed] == ["x\n", "y\n", "z\n"]


def test_an_embed_that_leads_nowhere_keeps_the_note_from_running(tmp_path: Path, kernels: Kernels) -> None:
    """F65."""
    home = vault(
        tmp_path,
        {
            "Memory.md": "a\n\n![[LangChain Basic Codes#Importing]]\n" + block("x"),
            "LangChain Basic Codes.md": "# Importing `AzureChatOpenAI()`\n" + block("y"),
        },
    )
    told = Told(home / "Memory.md")
    assert told.code == 1
    assert kernels.started == []
    assert told.lines == [
        f"{home / 'Memory.md'}: nothing run",
        (
            f"  failed: {home / 'Memory.md'}:3: embed [[LangChain Basic Codes#Importing]] leads nowhere: "
            "no such heading (did you mean 'Importing AzureChatOpenAI()'?)"
        ),
        f"  vault: {home} (the note's folder)",
    ]


def test_an_embed_that_cannot_be_read_names_the_way_to_it(tmp_path: Path, kernels: Kernels) -> None:
    home = vault(tmp_path, {"a.md": "![[b]]\n", "b.md": "\n![[c]]\n", "c.md": b"\xff"})
    told = Told(home / "a.md")
    assert (told.code, kernels.started) == (2, [])
    assert told.report.error == (
        f"{home / 'c.md'}: not UTF-8: byte 0xff at offset 0; convert the file to UTF-8 (embedded at b.md:2)"
    )


def test_missing_embeds_can_be_no_more_than_a_warning(tmp_path: Path, kernels: Kernels) -> None:
    home = vault(tmp_path, {"mdrun.toml": "missing_embeds = 'warn'", "a.md": "![[Gone]]\n" + block("x")})
    told = Told(home / "a.md")
    assert told.code == 0
    assert len(kernels.started) == 1
    assert f"  warning: {home / 'a.md'}:1: embed [[Gone]] leads nowhere: no such note" in told.lines
    assert f"  vault: {home} (it holds mdrun.toml)" in told.lines


def test_a_circle_of_embeds_is_a_warning(tmp_path: Path, kernels: Kernels) -> None:
    """F64."""
    home = vault(tmp_path, {"a.md": block("x") + "\n![[b]]\n", "b.md": block("y") + "\n![[a]]\n"})
    told = Told(home / "a.md")
    assert told.code == 0
    assert len(kernels.started[0].executed) == 2
    (warning,) = told.report.warnings
    assert (warning.kind, warning.message) == (
        "cycle",
        "embed [[a]] closes a circle: a.md [[b]] > b.md [[a]]",
    )


def test_a_fence_that_never_closes_keeps_the_note_from_running(tmp_path: Path, kernels: Kernels) -> None:
    """F53."""
    note = note_in(tmp_path, block("x") + "\n```python\ny\n")
    told = Told(note)
    assert told.code == 1
    assert kernels.started == []
    assert told.lines[1] == f"  failed: {note}:5: code block is never closed: it needs a closing fence"
    assert "[!output]" not in note.read_text()


def test_failures_are_placed_in_the_file_after_the_run(tmp_path: Path, kernels: Kernels) -> None:
    frames = [Frame(1, "<module>", "y", cell=1)]
    kernels.script = {"x\n": [HI], "y\n": [failed("ValueError", *frames)]}
    note = note_in(tmp_path, block("x") + "\n" + block("y"))
    assert Told(note, writes=False).report.failures[0].place.line == 6
    told = Told(note)
    line = told.report.failures[0].place.line
    assert note.read_text().split("\n")[line - 1] == "y"
    assert line == 11
    assert Told(note, writes=False).report.failures[0].place.line == 11


def test_failures_of_an_embedded_note_are_placed_in_it_as_it_is_now(tmp_path: Path, kernels: Kernels) -> None:
    kernels.script = {"x\n": [HI], "y\n": [failed("ValueError", Frame(1, "<module>", "y", cell=1))]}
    home = vault(tmp_path, {"a.md": block("x") + "\n" + block("y"), "b.md": "![[a]]\n"})
    vault(home, {"b.md": "![[a]]\n" + block("z")})
    told = Told(home)
    assert [failure.place.line for report in told.reports for failure in report.failures] == [11, 11]
    assert told.reports[1].failures[0].place.way[0].line == 1


def test_blocks_that_do_not_run_are_named_and_keep_their_regions(tmp_path: Path, kernels: Kernels) -> None:
    """F1."""
    note = note_in(tmp_path, "\n".join(map(block, "xyz")))
    kernels.script = {"x\n": [HI], "y\n": [HI], "z\n": [HI]}
    Told(note)
    kernels.script = {"x\n": [HI, KernelDied(-9)]}
    told = Told(note)
    assert told.code == 3
    died = "kernel killed by signal 9 (SIGKILL, perhaps out of memory)"
    assert told.lines == [
        f"{note}: 1 block run, 1 failed, 2 not run, 1 output written",
        f"  failed: {note}:1: {died}",
        f"  not run: {note}:14, 23: {died} in the block at {note}:1",
    ]
    assert note.read_text().count("[!output]") == 2


def test_a_note_stops_at_its_first_failure_when_asked_to(tmp_path: Path, kernels: Kernels) -> None:
    kernels.script = {"x\n": [failed("ValueError")]}
    text = block("x") + "\n" + block("y")
    note = note_in(tmp_path, f"---\nmdrun-on-error: stop\n---\n{text}")
    told = Told(note)
    assert [line for line in told.lines if "not run: " in line] == [
        f"  not run: {note}:13: a failure in the block at {note}:4"
    ]
    other = note_in(tmp_path, text, "b.md")
    assert len(Told(other, options={"on_error": "stop"}).report.not_run) == 1
    assert Told(other).report.not_run == ()


def test_a_stop_writes_what_is_done_and_names_what_is_not(tmp_path: Path, kernels: Kernels) -> None:
    """F18, F20."""
    home = vault(tmp_path, {"a.md": block("x") + "\n" + block("y"), "b.md": block("x"), "c.md": block("x")})
    kernels.script = {"x\n": [HI], "y\n": [Stopped(signal.SIGTERM)]}
    kernels.meanwhile = lambda source: signal.raise_signal(signal.SIGTERM) if source == "y\n" else None
    told = Told(home)
    assert told.code == 143
    assert (home / "a.md").read_text().count("[!output]") == 1
    assert told.lines == [
        f"{home / 'a.md'}: 1 block run, 1 not run, 1 output written",
        f"  not run: {home / 'a.md'}:10: terminated",
    ]
    assert told.finished.pending == (home / "b.md", home / "c.md")


def test_a_stop_while_another_run_holds_the_note_ends_the_waiting(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F18, F61."""
    note = note_in(tmp_path, block("x"))
    monkeypatch.setattr("mdrun.files.time.sleep", lambda _: signal.raise_signal(signal.SIGINT))
    with files.held(note):
        told = Told(note)
    assert told.code == 130
    assert kernels.started == []


def test_a_second_signal_ends_the_note_at_once(tmp_path: Path, kernels: Kernels) -> None:
    """F19."""

    def insist(_: str) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    kernels.meanwhile = insist
    note = note_in(tmp_path, block("x"))
    assert Told(note).code == 130
    assert note.read_text() == block("x")


def test_without_any_kernel_no_other_note_is_tried(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = vault(tmp_path, {"a.md": block("x"), "b.md": block("x")})
    monkeypatch.setattr(kernels, "start", lambda *_: (_ for _ in ()).throw(KernelMissing("no interpreter")))
    monkeypatch.setattr("mdrun.road.start_kernel", kernels.start)
    told = Told(home)
    assert told.code == 3
    assert told.lines == [f"{home / 'a.md'}: could not be run", "  error: no interpreter"]
    assert told.finished.pending == (home / "b.md",)


def test_a_kernel_that_does_not_start_is_the_note_s_own_trouble(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F4."""
    home = vault(tmp_path, {"a.md": block("x"), "b.md": block("x")})
    monkeypatch.setattr(kernels, "start", lambda *_: (_ for _ in ()).throw(KernelStartFailed("no")))
    monkeypatch.setattr("mdrun.road.start_kernel", kernels.start)
    assert [report.exit_code for report in Told(home).reports] == [3, 3]


def test_outputs_that_cannot_be_placed_are_written_nowhere(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        path = "a.md"
        raise WeaveFailed(path)

    monkeypatch.setattr("mdrun.road.weave", refuse)
    told = Told(note_in(tmp_path, block("x")))
    assert (told.code, told.report.ran) == (2, 1)
    assert len(kernels.started) == 1


@pytest.mark.parametrize("text", ["", "---\ntags: [a]\n---\n", "prose\n", "\ufeff"])
def test_a_note_without_a_block_needs_no_kernel(tmp_path: Path, kernels: Kernels, text: str) -> None:
    note = note_in(tmp_path, text)
    told = Told(note)
    assert told.lines == [f"{note}: no block to run"]
    assert (told.code, kernels.started) == (0, [])


def test_blocks_with_nothing_to_run_need_no_kernel(tmp_path: Path, kernels: Kernels) -> None:
    note = note_in(tmp_path, block("x") + "\n" + block("y"))
    kernels.script = {"x\n": [HI], "y\n": [HI]}
    Told(note)
    emptied = note.read_text().replace("x\n", "").replace("python\ny", "python {skip}\ny")
    note.write_text(emptied)
    assert Told(note).code == 0
    assert len(kernels.started) == 1
    assert note.read_text().count("[!output]") == 1


def test_a_note_that_says_skip_is_not_run_even_when_named(tmp_path: Path, kernels: Kernels) -> None:
    note = note_in(tmp_path, f"---\nmdrun-skip: true\n---\n![[nowhere]]\n{block('x')}")
    told = Told(note)
    assert told.lines == [f"{note}: not run (it says mdrun-skip)"]
    assert (told.code, kernels.started) == (0, [])


@pytest.mark.usefixtures("kernels")
def test_a_skipped_note_can_be_embedded(tmp_path: Path) -> None:
    home = vault(tmp_path, {"a.md": "![[b]]\n", "b.md": f"---\nmdrun-skip: true\n---\n{block('x')}"})
    assert Told(home / "a.md").report.ran == 1


def test_only_marked_blocks_run_when_a_note_says_so(tmp_path: Path, kernels: Kernels) -> None:
    text = "---\nmdrun-run: run-prefix\nmdrun-timeout: 7\n---\n" + block("x") + "\n" + block("y", "run-python")
    Told(note_in(tmp_path, text))
    assert kernels.started[0].executed == [(0, "y\n")]
    assert kernels.started[0].timeouts == [7]


def test_a_block_has_a_time_limit_only_in_check(tmp_path: Path, kernels: Kernels) -> None:
    note = note_in(tmp_path, block("x"))
    Told(note)
    Told(note, writes=False)
    Told(note, writes=False, options={"timeout": 5.0})
    assert [kernel.timeouts for kernel in kernels.started] == [[None], [CHECK_TIMEOUT], [5.0]]


def test_a_kernel_works_in_the_note_s_folder_or_the_vault(tmp_path: Path, kernels: Kernels) -> None:
    home = vault(tmp_path, {"mdrun.toml": "", "sub/a.md": block("x")})
    Told(home / "sub" / "a.md")
    Told(home / "sub" / "a.md", options={"cwd": "vault", "compat": False})
    assert [launch.cwd for launch in kernels.launches] == [home / "sub", home]
    assert [launch.compat for launch in kernels.launches] == [True, False]


def test_check_writes_nothing_and_says_what_would_change(tmp_path: Path, kernels: Kernels) -> None:
    texts = {name: block(name) for name in ("same", "other", "gone")}
    note = note_in(tmp_path, "\n".join(texts.values()) + "\n" + block("new"))
    kernels.script = {f"{name}\n": [HI] for name in texts}
    Told(note)
    kernels.script = {"same\n": [HI], "other\n": [Stream("stdout", "ho")], "new\n": [HI]}
    before = note.read_bytes()
    told = Told(note, writes=False)
    assert told.code == 1
    assert note.read_bytes() == before
    assert told.lines == [
        f"{note}: 4 blocks run, 3 outputs stale",
        f"  stale: {note}:10: the output differs (its code has not changed)",
        f"  stale: {note}:19: the block has no output any more (its code has not changed)",
        f"  stale: {note}:28: the block has an output, but none is stored",
    ]


def test_check_only_runs_a_note_that_stores_nothing(tmp_path: Path, kernels: Kernels) -> None:
    note = note_in(tmp_path, block("x") + "> hi\n")
    kernels.script = {"x\n": [HI]}
    told = Told(note, writes=False)
    assert told.code == 0
    assert told.lines == [
        f"{note}: runs, nothing stored (1 block)",
        "  kept: 1 output pasted by hand, 1 of which says the same",
    ]
    kernels.script = {"x\n": [BlockTimedOut(600, killed=False)]}
    told = Told(note, writes=False)
    assert (told.code, told.lines[0]) == (1, f"{note}: 1 block run, 1 failed, nothing stored")


def test_check_tells_of_outputs_whose_code_changed_and_which_are_still_true(tmp_path: Path, kernels: Kernels) -> None:
    note = note_in(tmp_path, block("x"))
    kernels.script = {"x\n": [HI], "x + 0\n": [HI]}
    Told(note)
    note.write_text(note.read_text().replace("x\n", "x + 0\n", 1))
    told = Told(note, writes=False)
    assert told.code == 0
    assert told.lines == [
        f"{note}: 1 block run, outputs fresh",
        "  1 output of code that has changed, and still the same",
    ]
    assert Told(note).lines == [f"{note}: 1 block run, outputs the same, 1 stamp renewed"]


def test_an_edited_output_is_left_alone_until_it_is_adopted(tmp_path: Path, kernels: Kernels) -> None:
    note = note_in(tmp_path, block("x") + "\n" + block("y"))
    kernels.script = {"x\n": [HI], "y\n": [HI]}
    Told(note)
    note.write_text(note.read_text().replace("> hi\n", "> ha\n"))
    told = Told(note)
    assert told.code == 0
    assert told.lines[1:] == [
        f"  kept: {note}:{line}: this output was edited by hand, so nothing is written here (--adopt replaces it)"
        for line in (4, 13)
    ]
    checked = Told(note, writes=False)
    assert checked.code == 1
    assert checked.lines == [
        f"{note}: 2 blocks run, 2 outputs edited by hand",
        f"  edited: {note}:4: this output was edited by hand",
        f"  edited: {note}:13: this output was edited by hand",
    ]
    assert Told(note, adopt=True).lines == [
        f"{note}: 2 blocks run, 2 outputs written",
        "  adopted: 2 outputs pasted or edited by hand gave way to new ones",
    ]
    assert note.read_text().count("> hi\n") == 2


def test_a_pasted_output_that_gives_way_is_told(tmp_path: Path, kernels: Kernels) -> None:
    note = note_in(tmp_path, block("x") + "> `hi`\n\n" + block("y") + "> 5\n")
    kernels.script = {"x\n": [HI]}
    Told(note)
    assert Told(note, adopt=True).lines == [
        f"{note}: 2 blocks run",
        "  kept: 1 output pasted by hand",
        "  adopted: 1 output pasted or edited by hand gave way to new ones",
    ]
    assert "> `hi`" not in note.read_text()
    assert note.read_text().endswith("> 5\n")


def test_an_output_that_lost_its_block_is_told_and_cleaned(tmp_path: Path, kernels: Kernels) -> None:
    note = note_in(tmp_path, "top\n" + block("x"))
    kernels.script = {"x\n": [HI]}
    Told(note)
    note.write_text(note.read_text().replace("> [!output]", "between\n\n> [!output]"))
    (warning,) = Told(note).report.warnings
    assert (warning.kind, note.read_text().split("\n")[warning.place.line - 1]) == ("orphan", "> [!output]")
    assert clean(parse(note.read_text())).text == "top\n" + block("x").rstrip("\n") + "\nbetween\n\n"


def test_a_property_of_a_later_mdrun_is_a_warning(tmp_path: Path, kernels: Kernels) -> None:
    note = note_in(tmp_path, "---\nmdrun-timout: 3\n---\n" + block("x"))
    told = Told(note)
    assert told.code == 0
    assert len(kernels.started) == 1
    assert told.lines[1] == f"  warning: {note}:1: unknown property 'mdrun-timout' (did you mean 'mdrun-timeout'?)"


def test_a_secret_that_a_block_brought_is_masked(tmp_path: Path, kernels: Kernels) -> None:
    """F74."""
    note = note_in(tmp_path, block("x"))
    kernels.script = {"x\n": [Stream("stdout", "sk-9876543210"), Notice("secret", "sk-9876543210")]}
    told = Told(note)
    assert told.lines[1:] == ["  1 secret masked in the outputs (***)"]
    assert "> ***\n" in note.read_text()


def test_pasted_outputs_are_counted_where_they_stand_after_the_run(tmp_path: Path, kernels: Kernels) -> None:
    note = note_in(tmp_path, block("x") + "> `hi`\n\n" + block("y") + "> {'a': 1}\n")
    kernels.script = {"x\n": [HI], "y\n": [HI]}
    told = Told(note)
    lines = note.read_text().split("\n")
    assert [lines[kept.place.line - 1] for kept in told.report.kept] == ["> `hi`", "> {'a': 1}"]
    assert told.lines[1] == (
        "  kept: 2 outputs pasted by hand, 1 of which says the same (--adopt puts the new ones in their place)"
    )


def test_volatile_text_of_the_vault_s_own_does_not_count(tmp_path: Path, kernels: Kernels) -> None:
    home = vault(tmp_path, {"mdrun.toml": r"volatile = ['took \d+ ms']", "a.md": block("x")})
    kernels.script = {"x\n": [Stream("stdout", "took 3 ms")]}
    Told(home / "a.md")
    before = (home / "a.md").read_bytes()
    kernels.script = {"x\n": [Stream("stdout", "took 4 ms")]}
    assert Told(home / "a.md").code == 0
    assert (home / "a.md").read_bytes() == before


def test_secrets_of_the_environment_are_in_no_note_and_no_report(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F74."""
    monkeypatch.setenv("MY_API_KEY", "sk-1234567890")
    note = note_in(tmp_path, block("x"))
    kernels.script = {"x\n": [Stream("stdout", "sk-1234567890"), Error("KeyError", "'sk-1234567890'")]}
    told = Told(note)
    assert "sk-1234567890" not in note.read_text()
    assert told.lines[1] == f"  failed: {note}:1: KeyError: '***'"
    assert "masked in the outputs (***)" in told.lines[-1]


def test_a_foreign_interpreter_is_named(tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch) -> None:
    note = note_in(tmp_path, block("x"))
    python = tmp_path / "env" / "bin" / "python"
    vault(tmp_path, {"env/bin/python": ""})
    assert Told(note).report.python == ""
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "env"))
    assert Told(note).report.python == str(python)
    assert Told(note, options={"kernel": "mine"}).report.python == "kernelspec mine"
    assert kernels.launches[-1].kernel_name == "mine"


def test_a_note_s_name_is_its_place_in_the_vault(tmp_path: Path) -> None:
    home = vault(tmp_path, {".obsidian/x": "", "sub/a.md": ""})
    (job,) = jobs_for([home / "sub" / ".." / "sub" / "a.md"], None, {}, Settings()).jobs
    assert job.name == "sub/a.md"


def test_a_folder_with_nothing_to_run_says_so(tmp_path: Path) -> None:
    told = Told(vault(tmp_path, {"a.md": "prose", "skip.md": f"---\nmdrun-skip: true\n---\n{block('x')}"}))
    assert told.code == 0
    assert told.last == ["no note to run, 1 note left out (-v names them)"]


def test_a_run_is_summed_up_although_recordings_cannot_be_removed(
    tmp_path: Path, kernels: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(*_: object, **__: object) -> None:
        message = "no"
        raise RecordingUnwritable(message)

    assert kernels.started == []
    monkeypatch.setattr("mdrun.commands.run.recordings_of", unable)
    tidings: list[object] = []
    with pytest.raises(RecordingUnwritable):
        run_notes([note_in(tmp_path, block("x"))], Request(), tidings.append)
    assert isinstance(tidings[-1], RunFinished)
