"""`pytest --mdrun vault/`: every note is a test. What tests need is loaded with the first note."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    group = parser.getgroup("mdrun", "notes of Obsidian vaults")
    group.addoption("--mdrun", action="store_true", help="Run notes, and compare their outputs with what they say now.")
    group.addoption(
        "--mdrun-strict", action="store_true", help="Fail where an output pasted by hand differs from the new one."
    )
    group.addoption(
        "--mdrun-llm",
        choices=("replay", "live", "local", "auto"),
        help="Who answers what notes ask language models; without it, recordings.",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect notes, where they are asked for."""
    if not parent.config.getoption("mdrun") or file_path.suffix.lower() != ".md":
        return None
    from mdrun.pytest_plugin.notes import NoteFile  # noqa: PLC0415 - a project without notes pays nothing

    file: NoteFile = NoteFile.from_parent(parent, path=file_path)
    return file
