"""What `mdrun lint --fix` mends, and that it mends nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mdrun import files
from mdrun.commands.mend import mend
from mdrun.linting.imports import moved_in
from tests.cases import cases
from tests.linted import Linted
from tests.runs import block, held_back, mdrun, vault

SETUP = f"""\
# Keys and names
{block("key = 1")}
# Importing `AzureChatOpenAI()`
{block("llm = 1")}
# Importing `ChatOpenAI()`
{block("llm = 2")}
## Models (old)
{block("llm = 3")}
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a vault with shared setup, and be in it."""
    monkeypatch.chdir(tmp_path)
    return vault(tmp_path, {"mdrun.toml": "", "Setup.md": SETUP})


def fixed(home: Path, text: str) -> str:
    """Return what becomes of a note, once mended and twice."""
    note = vault(home, {"a.md": text.encode()}) / "a.md"
    Linted(note, fix=True)
    once = note.read_bytes()
    assert Linted(note, fix=True).fixed == []
    assert note.read_bytes() == once
    return once.decode()


@cases("lint_fix.md")
def test_what_is_mended_is_mended_in_its_place_and_once(given: str, expected: str, home: Path) -> None:
    assert fixed(home, given) == expected


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_every_other_byte_stays(home: Path, end: str, bom: str) -> None:
    given = [
        "---",
        "a: 1  ",
        "---",
        "> [!note]",
        "> ![[Setup#Keys and name]]\t",
        "> - ```py",
        ">   from langchain.memory import ConversationBufferMemory  ",
        ">   from langchain.chat_models import ChatOpenAI, init_chat_model",
        ">   ```",
        "no final newline",
    ]
    expected = [
        *given[:4],
        "> ![[Setup#Keys and names]]\t",
        given[5],
        ">   from langchain_classic.memory import ConversationBufferMemory  ",
        ">   from langchain_openai import ChatOpenAI",
        ">   from langchain.chat_models import init_chat_model",
        *given[8:],
    ]
    assert fixed(home, bom + end.join(given)) == bom + end.join(expected)


def test_what_was_mended_is_told_and_what_is_left(home: Path) -> None:
    vault(home, {"a.md": "![[Setup#Keys and name]]\n" + block("import langchain.memory as m\nnowhere")})
    linted = Linted(Path("a.md"), fix=True)
    assert linted.fixed == [
        "a.md:1: MR101 embed [[Setup#Keys and name]] leads nowhere: no such heading (did you mean 'Keys and names'?)",
        "a.md:3: MR203 langchain.memory moved to langchain_classic.memory",
    ]
    assert linted.findings == ["a.md:4: MR202 undefined name 'nowhere'"]
    assert linted.code == 1
    assert [line.partition(" ")[0] for line in linted.lines] == ["mended:", "mended:", "a.md:4:", "1"]


def test_a_dry_run_tells_what_would_be_mended_and_writes_nothing(home: Path) -> None:
    text = block("import langchain.memory as m\nnowhere")
    note = vault(home, {"a.md": text}) / "a.md"
    linted = Linted(Path("a.md"), dry_run=True)
    assert (linted.codes, linted.code, note.read_text("utf-8")) == (["MR203", "MR202"], 1, text)
    assert linted.lines[:2] == [
        "would mend: a.md:2: MR203 langchain.memory moved to langchain_classic.memory",
        "a.md:3: MR202 undefined name 'nowhere'",
    ]


def test_only_named_notes_are_touched(home: Path) -> None:
    setup = SETUP + block("import langchain.memory as m")
    vault(home, {"Setup.md": setup, "a.md": "![[Setup]]\n" + block("1")})
    linted = Linted(Path("a.md"), fix=True)
    assert linted.fixed == []
    assert linted.codes == ["MR203"]
    assert (home / "Setup.md").read_text("utf-8") == setup
    assert len(Linted(home, fix=True).fixed) == 1


def test_rules_that_do_not_count_mend_nothing(home: Path) -> None:
    text = "![[Setup#Keys and name]]\n" + block("import langchain.memory as m  # noqa: MR203")
    note = vault(home, {"a.md": text}) / "a.md"
    assert Linted(note, fix=True, ignore=["MR101"]).findings == []
    assert note.read_text("utf-8") == text


def test_a_note_that_takes_no_text_is_told_and_ends_with_2(home: Path) -> None:
    note = vault(home, {"a.md": block("import langchain.memory as m")}) / "a.md"
    note.chmod(0o400)
    home.chmod(0o500)
    ran = mdrun("lint", "--fix", "--select", "MR2", "a.md", cwd=home, behind=held_back())
    home.chmod(0o700)
    assert ran.code == 2
    assert "a.md:1: MR531 cannot be written: Permission denied; the note is as it was" in ran.out
    assert "mended" not in ran.out


def test_a_note_that_another_run_holds_is_left_alone(home: Path) -> None:
    note = vault(home, {"a.md": block("import langchain.memory as m")}) / "a.md"
    with files.held(note):
        linted = Linted(Path("a.md"), fix=True, patience=0)
    assert linted.code == 2
    assert linted.findings[0].startswith("a.md:1: MR532 another run has held this note for 0 s")
    assert linted.codes == ["MR532", "MR203"]


def test_a_note_that_changed_meanwhile_is_left_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = vault(home, {"a.md": block("import langchain.memory as m")}) / "a.md"

    def late(*looked: Any, **how: Any) -> Any:
        note.write_text("other\n", "utf-8")
        return mend(*looked, **how)

    monkeypatch.setattr("mdrun.commands.lint.mend", late)
    linted = Linted(Path("a.md"), fix=True)
    assert note.read_text("utf-8") == "other\n"
    assert linted.findings[0] == "a.md:1: MR505 changed while it was looked at; it is as it was"
    assert linted.code == 2


def test_a_note_that_cannot_be_read_is_not_mended(home: Path) -> None:
    note = vault(home, {"a.md": b"\xff"}) / "a.md"
    assert Linted(note, fix=True).codes == ["MR121"]


def test_code_that_python_cannot_read_has_no_imports() -> None:
    assert moved_in("import langchain.memory\nx = = 1\n", lambda *_: "x") == ()
    assert moved_in("import langchain\0", lambda *_: "x") == ()
    assert moved_in(f"import langchain\n{'-' * 100_000}1", lambda *_: "x") == ()
