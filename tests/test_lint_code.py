"""What is found in the code of a note, its embeds followed and nothing executed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.cases import cases
from tests.linted import Linted
from tests.runs import vault

if TYPE_CHECKING:
    import pytest


@cases("lint.md")
def test_a_note_has_the_findings_that_a_careful_reader_would_list(
    given: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, *others = given.split("=== ")
    vault(
        tmp_path, {"mdrun.toml": "", "Note.md": first} | dict(other.split("\n", 1) for other in others if other.strip())
    )
    assert "".join(f"{line}\n" for line in Linted(Path("Note.md")).findings) == expected.removeprefix("\n")
