"""Several notes run at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from mdrun import road
from mdrun.commands.run import AUTO, Request, how_many, run_notes
from mdrun.errors import KernelMissing, SettingsError
from mdrun.events import Stream
from mdrun.report import NoteFinished, NoteStarted, Purpose
from mdrun.session import StepFinished
from tests.runs import Told, block, vault

if TYPE_CHECKING:
    from pathlib import Path

    from mdrun.report import Tidings
    from tests.conftest import Kernels

PATIENCE = 30.0


def notes(folder: Path, names: str) -> list[Path]:
    """Make a note for each letter, whose block is that letter."""
    home = vault(folder, {f"{name}.md": block(name) for name in names})
    return [home / f"{name}.md" for name in names]


def word(tidings: Tidings) -> str:
    match tidings:
        case NoteStarted(path=path):
            return f"{path.stem} started"
        case StepFinished(step=step):
            return f"{step.note.path} ran"
        case NoteFinished(report=report):
            return f"{report.path.stem} finished"
        case _:
            return type(tidings).__name__


def test_notes_run_at_the_same_time(tmp_path: Path, kernels: Kernels) -> None:
    meeting = threading.Barrier(3)
    kernels.meanwhile = lambda _: meeting.wait(PATIENCE)
    kernels.script = {f"{name}\n": [Stream("stdout", name)] for name in "abc"}
    paths = notes(tmp_path, "abc")
    assert Told(*paths, at_once=3).code == 0
    assert all(f"> {path.stem}\n" in path.read_text() for path in paths)


def test_a_run_reads_the_same_however_many_notes_it_takes_at_a_time(tmp_path: Path, kernels: Kernels) -> None:
    paths = notes(tmp_path, "abcdef")
    kernels.script = {f"{name}\n": [Stream("stdout", name)] for name in "abcdef"}
    alone = [*map(word, Told(*paths, writes=False).tidings)]
    last_ran = threading.Event()

    def meanwhile(source: str) -> None:
        if source == "a\n":
            assert last_ran.wait(PATIENCE)
        elif source == "f\n":
            last_ran.set()

    kernels.meanwhile = meanwhile
    assert [*map(word, Told(*paths, writes=False, at_once=2).tidings)] == alone


def test_where_there_is_no_kernel_no_other_note_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start_kernel(*_: object) -> None:
        message = "no kernel"
        raise KernelMissing(message)

    monkeypatch.setattr(road, "start_kernel", start_kernel)
    told = Told(*notes(tmp_path, "abcdef"), at_once=2)
    assert told.code == 3
    assert len(told.reports) <= 2
    assert len(told.reports) + len(told.finished.pending) == 6


def test_a_run_that_cannot_be_told_ends(tmp_path: Path, kernels: Kernels) -> None:
    unheard = threading.Event()
    kernels.meanwhile = lambda source: source == "a\n" or unheard.wait(PATIENCE)

    def say(tidings: Tidings) -> None:
        if isinstance(tidings, NoteFinished):
            unheard.set()
            raise BrokenPipeError

    paths = notes(tmp_path, "abcdef")
    with pytest.raises(BrokenPipeError):
        run_notes(paths, Request(Purpose(), at_once=2), say)
    assert len(kernels.started) < len(paths)


@pytest.mark.parametrize("wanted", ["0", "-1", "x", "", "1.5"])
def test_how_many_is_a_number(wanted: str) -> None:
    with pytest.raises(SettingsError, match=f"^--jobs {wanted}: how many notes run at a time is a number from 1, or a"):
        how_many(wanted)


def test_as_many_as_there_are_processors() -> None:
    assert how_many("3") == 3
    assert how_many(AUTO) >= 1
