"""The commands as functions."""

from __future__ import annotations

import asyncio
import inspect
import os
import signal
import subprocess
import sys
import threading
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, get_type_hints

import pytest

import mdrun
from mdrun import MdrunError, SettingsError
from mdrun.api import Manner
from mdrun.events import ExecuteResult, Stream
from mdrun.report import NoteFinished
from mdrun.session import StepFinished
from mdrun.settings import Settings
from tests.runs import block, vault

if TYPE_CHECKING:
    from tests.conftest import Kernels

FUNCTIONS = ("check", "clean", "lint", "parse", "plan", "run")
VALUES = (
    "BlockReport",
    "Cleaned",
    "Finding",
    "LintFinished",
    "MdrunError",
    "Note",
    "NoteFinished",
    "NoteReport",
    "NoteUnreadable",
    "Plan",
    "RunFinished",
    "SettingsError",
)


@pytest.fixture
def note(tmp_path: Path, kernels: Kernels) -> Path:
    kernels.script = {"x\n": [Stream("stdout", "hi\n")]}
    return vault(tmp_path, {"mdrun.toml": "", "a.md": f"# Top\n\n{block('x')}"}) / "a.md"


def test_these_names_are_what_programs_can_rely_on() -> None:
    assert sorted(mdrun.__all__) == sorted((*FUNCTIONS, *VALUES, "__version__"))
    assert {*mdrun.__all__} <= {*dir(mdrun)}
    with pytest.raises(AttributeError, match="module 'mdrun' has no attribute 'walk'"):
        mdrun.walk  # noqa: B018


@pytest.mark.parametrize("name", [*FUNCTIONS, *VALUES])
def test_each_of_them_says_what_it_is_for(name: str) -> None:
    found = getattr(mdrun, name)
    assert (inspect.getdoc(found) or "").endswith((".", "`"))
    if name in FUNCTIONS:
        assert "return" in inspect.get_annotations(found)
        assert all(each.annotation is not each.empty for each in inspect.signature(found).parameters.values())


def test_a_program_that_uses_them_is_checked_by_their_types(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import mdrun\n"
        "report: mdrun.NoteReport = mdrun.check('a.md', strict=True, timeout=5).reports[0]\n"
        "codes: list[str] = [finding.code for finding in mdrun.lint('vault', select=['MR1']).findings]\n"
        "steps: int = len(mdrun.plan('a.md').steps) + len(mdrun.parse('# x').headings)\n"
        "def hear(told: object) -> None:\n"
        "    if isinstance(told, mdrun.NoteFinished): print(told.report.note)\n"
        "code: int = mdrun.run('a.md', tell=hear, links='wikilink').exit_code + mdrun.lint('a.md').exit_code\n"
        "mdrun.run('a.md', timeout='soon')\n"
    )
    command = [sys.executable, "-m", "mypy", "--no-error-summary", str(program)]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=False)
    (fault,) = done.stdout.splitlines()
    assert fault.partition("program.py:")[2].startswith('8: error: Argument "timeout" to "run" has incompatible type')


def test_importing_the_package_loads_none_of_its_rooms() -> None:
    probe = "import sys, mdrun; print([name for name in sys.modules if name.startswith('mdrun.')])"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_run_returns_what_became_of_each_note_and_tells_it_meanwhile(note: Path) -> None:
    heard: list[object] = []
    finished = mdrun.run(note, tell=heard.append)
    assert finished.exit_code == 0
    assert [block.verdict for block in finished.reports[0].blocks] == ["written"]
    assert [type(told) for told in heard if isinstance(told, StepFinished | NoteFinished)] == [
        StepFinished,
        NoteFinished,
    ]
    assert "> hi\n" in note.read_text()


def test_a_dry_run_and_a_check_write_nothing(note: Path, kernels: Kernels) -> None:
    before = note.read_bytes()
    assert mdrun.run(str(note), dry_run=True).reports[0].blocks[0].verdict == "written"
    mdrun.run(note)
    kernels.script = {"x\n": [ExecuteResult({"text/plain": "5"})]}
    finished = mdrun.check(str(note.parent), vault=note.parent)
    (report,) = finished.reports
    assert (finished.exit_code, report.blocks[0].verdict) == (1, "stale")
    assert before != note.read_bytes()


def test_options_are_settings_of_the_same_names(note: Path, kernels: Kernels) -> None:
    mdrun.run(note, timeout=2.5, cwd="vault", compat=False)
    assert kernels.started[0].timeouts == [2.5]
    assert not kernels.launches[0].compat
    mdrun.run(note, python=Path(sys.executable))
    assert kernels.launches[1].python == Path(sys.executable)
    with pytest.raises(SettingsError, match="--llm = 'nobody'"):
        mdrun.check(note, llm="nobody")  # type: ignore[arg-type]


def test_every_option_of_a_run_is_a_setting() -> None:
    assert set(get_type_hints(Manner, localns={"Compare": str, "Mode": str})) <= {
        each.name for each in fields(Settings)
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mdrun.toml", "not a note: its name does not end in .md"),
        ("Misspelt", "no such note or folder"),
        ("", "a folder, and a plan is of one note"),
    ],
)
def test_what_is_no_note_is_an_error(note: Path, name: str, message: str) -> None:
    with pytest.raises(MdrunError, match=message) as error:
        mdrun.plan(note.parent / name)
    assert error.value.exit_code == 2


def test_a_plan_a_note_and_findings_are_had_without_a_kernel(note: Path, kernels: Kernels) -> None:
    (step,) = mdrun.plan(note).steps
    assert (step.block.line, step.block.source) == (3, "x\n")
    assert [heading.text for heading in mdrun.parse(note.read_text(), "a.md").headings] == ["Top"]
    (finding,) = mdrun.lint(note).findings
    assert (finding.code, finding.line) == ("MR202", 4)
    assert kernels.started == []


def test_findings_are_chosen_by_codes_and_by_those_that_are_known(note: Path, tmp_path: Path) -> None:
    found = mdrun.lint(note)
    assert (found.exit_code, len(found.findings)) == (1, 1)
    assert mdrun.lint(note, ignore=["MR2"]).findings == ()
    assert mdrun.lint(note, select="MR1,MR5").findings == ()
    known = tmp_path / "known.json"
    assert mdrun.lint(note, baseline=known, write_baseline=True).exit_code == 0
    assert (mdrun.lint(note, baseline=str(known)).known, mdrun.lint(note).known) == (1, 0)


def test_outputs_are_taken_out_again(note: Path) -> None:
    before = note.read_bytes()
    mdrun.run(note)
    (cleaned,) = mdrun.clean(note)
    assert (cleaned.path, cleaned.taken, cleaned.kept, cleaned.error) == (note, 1, (), None)
    assert note.read_bytes() == before


def test_a_note_can_be_run_from_a_thread_and_beneath_a_running_loop(note: Path) -> None:
    """As in a notebook, whose own cells run in a loop."""
    codes: list[int] = []

    async def cell() -> None:
        codes.append(mdrun.run(note).exit_code)

    asyncio.run(cell())
    thread = threading.Thread(target=lambda: codes.append(mdrun.check(note).exit_code))
    thread.start()
    thread.join()
    assert codes == [0, 0]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_of_a_signal_the_program_hears_after_what_was_done_is_written(note: Path, kernels: Kernels, name: str) -> None:
    note.write_text(f"{block('x')}\n{block('y')}")
    signum = signal.Signals[name]
    heard: list[str] = []

    def ask(source: str) -> None:
        if source == "y\n":
            os.kill(os.getpid(), signum)

    kernels.meanwhile = ask
    before = signal.signal(signum, lambda *_: heard.append(note.read_text()))
    try:
        finished = mdrun.run(note)
    finally:
        signal.signal(signum, before)
    assert finished.exit_code == 128 + signum
    assert ["> hi\n" in text for text in heard] == [True]
