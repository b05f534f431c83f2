from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mdrun.cli import main
from mdrun.llm.recording import recording_of
from mdrun.note import Region
from mdrun.parsing import parse
from mdrun.planning import OPTIONS
from mdrun.settings import _NOTE

VAULT = Path(__file__).parents[1] / "vault"
NOTES = sorted(VAULT.rglob("*.md"))
MANUAL = VAULT / "Start here.md"
RECORDINGS = sorted((VAULT / ".mdrun" / "llm").iterdir())
TALKING = ("LangChain Memory.md", "LangChain Agents.md", "Streaming and structure.md", "Plain openai.md")

THIS_MACHINE = re.compile(
    r"/(home|root|tmp|work|private|Users)/|[A-Z]:\\|file:|site-packages|ipykernel_|0x[0-9a-f]{6,}"
    f"|{re.escape(str(VAULT.parent))}"
)

STAMP = re.compile(r"^[> ]*> <!-- [0-9a-f]{6}-", re.MULTILINE)


def mdrun(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    chosen = ("VIRTUAL_ENV", "CONDA_PREFIX")
    environment = {
        name: value for name, value in os.environ.items() if name not in chosen and not name.startswith("MDRUN_")
    }
    command = [sys.executable, "-m", "mdrun", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False, timeout=600)


def contents(vault: Path) -> dict[str, bytes]:
    files = (file for file in sorted(vault.rglob("*")) if file.is_file())
    return {file.relative_to(vault).as_posix(): file.read_bytes() for file in files}


@pytest.mark.kernel
def test_a_cleaned_vault_that_runs_again_has_the_same_bytes(tmp_path: Path) -> None:
    """So every shipped note is fresh, and no recording and no picture is there in vain."""
    copy = tmp_path / "A copy, elsewhere"
    shutil.copytree(VAULT, copy)

    cleaned = mdrun("clean", copy)
    assert cleaned.returncode == 0, cleaned.stdout + cleaned.stderr
    assert not any(STAMP.search(note.read_text("utf-8")) for note in copy.rglob("*.md"))

    ran = mdrun("run", copy)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert contents(copy) == contents(VAULT)


@pytest.mark.parametrize("option", OPTIONS)
def test_the_manual_has_a_block_with_every_option(option: str) -> None:
    blocks = parse(MANUAL.read_text("utf-8"), MANUAL.name).blocks()

    assert any(option in block.info.options for block in blocks)
    assert f"## `{option}=" in MANUAL.read_text("utf-8")


@pytest.mark.parametrize("name", _NOTE)
def test_the_manual_lists_every_property(name: str) -> None:
    assert f"\n| `mdrun-{name.replace('_', '-')}` |" in MANUAL.read_text("utf-8")


@pytest.mark.parametrize("command", main.commands)
def test_the_manual_names_every_command(command: str) -> None:
    assert f"`mdrun {command} " in MANUAL.read_text("utf-8")


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.stem)
def test_a_shipped_note_says_nothing_about_the_machine_it_ran_on(note: Path) -> None:
    assert not THIS_MACHINE.search(note.read_text("utf-8"))


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.stem[:8])
def test_a_shipped_recording_is_whole_and_says_nothing_about_the_machine_it_came_from(recording: Path) -> None:
    text = recording.read_text("utf-8")
    assert recording_of(text, recording.name).answers
    assert not THIS_MACHINE.search(text)


@pytest.mark.parametrize("name", TALKING)
def test_a_shipped_note_says_which_model_its_answers_are_from(name: str) -> None:
    models = {
        answer.model for file in RECORDINGS for answer in recording_of(file.read_text("utf-8"), file.name).answers
    }
    assert models == {"SmolLM2-135M-Instruct", ""}
    assert "recorded from SmolLM2-135M-Instruct" in (VAULT / name).read_text("utf-8")


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.stem)
def test_outputs_show_what_stays_the_same_from_release_to_release(note: Path) -> None:
    blocks = parse(note.read_text("utf-8"), note.name).blocks()
    said = "\n".join(line for b in blocks if isinstance(b.beneath, Region) for line in b.beneath.body)

    assert "Message(content=" not in said
    assert "<class " not in said


@pytest.mark.parametrize("note", sorted({*NOTES} - {MANUAL}), ids=lambda note: note.stem)
def test_only_the_manual_lets_a_block_off(note: Path) -> None:
    for block in parse(note.read_text("utf-8"), note.name).blocks():
        assert not {"skip", "may_fail", "raises"} & set(block.info.options)
