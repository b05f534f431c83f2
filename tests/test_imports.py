from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from mdrun import __version__

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"markdown_it", "yaml", "zmq", "jupyter_client", "rich", "ipykernel", "PIL", "bs4", "mdformat"}


def loaded_by(*arguments: str) -> tuple[set[str], str]:
    """Return the modules `python -m mdrun` loads, and what it says; none of what would measure it."""
    command = [sys.executable, "-X", "importtime", "-m", "mdrun", *arguments]
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    times = [line.rpartition("|")[2].strip() for line in done.stderr.split("\n") if line.startswith("import time:")]
    return {name.partition(".")[0] for name in times}, done.stdout


def test_the_version_is_told_before_anything_is_loaded() -> None:
    modules, said = loaded_by("--version")
    assert said == f"mdrun {__version__}\n"
    assert "mdrun" in modules
    assert not modules & {*HEAVY, "click", "typing"}


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["check", "-h"]])
def test_help_loads_nothing_that_notes_need(arguments: list[str]) -> None:
    modules, said = loaded_by(*arguments)
    assert said.startswith("Usage: mdrun")
    assert not modules & HEAVY


def test_a_run_that_nobody_watches_loads_nothing_to_draw_with(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("```python {skip=true}\n1\n```\n")
    modules, said = loaded_by("plan", str(tmp_path / "note.md"))
    assert "note.md" in said
    assert not modules & {"rich", "zmq", "jupyter_client", "asyncio", "PIL", "bs4", "mdformat"}


def test_a_note_alone_is_run_without_what_others_need(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("```python {skip=true}\n1\n```\n")
    modules, _ = loaded_by("run", str(tmp_path / "note.md"))
    assert "mdrun" in modules
    assert not modules & {"concurrent", "asyncio", "tornado", "pydot", "PIL", "bs4", "mdformat", "rich"}
