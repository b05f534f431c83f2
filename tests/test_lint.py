"""`mdrun lint` as a whole: which notes, which rules, where findings are told, and how it ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pytest

from mdrun.commands.lint import LintRequest, explain, lint_given
from mdrun.errors import LinterFailed, NoteUnreadable, SettingsError
from mdrun.linting.problems import CODES
from mdrun.linting.ruff import check
from mdrun.linting.selection import Selection
from mdrun.planning import ProblemKind
from mdrun.rules import RULES
from tests.linted import Linted
from tests.runs import block, held_back, mdrun, vault

if TYPE_CHECKING:
    from mdrun.report import Tidings

SHARED = Path(__file__).parent.parent.parent / "shared" / "source-note"
MEMORY = "LangChain Memory.md"
CODES_NOTE = "LangChain Basic Codes.md"
CODES_OF_THE_NOTE = [
    (13, "MR203"),
    (28, "MR203"),
    (38, "MR202"),
    (49, "MR203"),
    (50, "MR203"),
    (69, "MR203"),
    (70, "MR203"),
    (71, "MR203"),
    (72, "MR203"),
    (73, "MR203"),
]

SOURCE = """\
![[LangChain Basic Codes#Importing `AzureChatOpenAI()`]]
```python
from langchain.memory import ConversationBufferWindowMemory
```
```python
def add_message(input, output):
	pass

add_messages(1,1)
add_messages(2,2)
```
```python
from langchain.chat_models import ChatOpenAI

memory = ChatOpenAI(llm)
```
"""
NEIGHBOUR = """\
# Importing `AzureChatOpenAI()`
----
```python
from langchain.chat_models import AzureChatOpenAI

llm = AzureChatOpenAI()
```
# Importing `ChatOpenAI()`
```python
nobody_embeds_this
```
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty vault, and be in it."""
    monkeypatch.chdir(tmp_path)
    return vault(tmp_path, {"mdrun.toml": ""})


def test_a_note_beside_its_neighbour_has_its_typing_error_and_its_old_imports(home: Path) -> None:
    vault(home, {MEMORY: SOURCE, CODES_NOTE: NEIGHBOUR})
    way = f" (through {MEMORY}:1)"
    assert Linted(Path(MEMORY)).findings == [
        f"{CODES_NOTE}:4: MR203 AzureChatOpenAI moved from langchain.chat_models to langchain_openai{way}",
        f"{MEMORY}:3: MR203 ConversationBufferWindowMemory moved from langchain.memory to langchain_classic.memory",
        f"{MEMORY}:9: MR202 undefined name 'add_messages' in 2 places (did you mean 'add_message'?)",
        f"{MEMORY}:13: MR203 ChatOpenAI moved from langchain.chat_models to langchain_openai",
    ]


def test_a_note_without_its_neighbour_misses_what_that_defines(home: Path) -> None:
    vault(home, {MEMORY: SOURCE})
    found = [(finding.line, finding.code) for finding in Linted(Path(MEMORY)).finished.findings]
    assert found == [(1, "MR101"), (3, "MR203"), (9, "MR202"), (13, "MR203"), (15, "MR202")]


def test_the_source_note_has_what_a_careful_reader_would_list(home: Path) -> None:
    if not SHARED.is_dir():
        pytest.skip("the source note is not at hand")
    for note in SHARED.glob("*.md"):
        (home / note.name).write_bytes(note.read_bytes())
    linted = Linted(home / MEMORY)
    assert [(one.line, one.code) for one in linted.finished.findings if one.note == MEMORY] == CODES_OF_THE_NOTE
    (home / CODES_NOTE).unlink()
    alone = [(one.line, one.code) for one in Linted(home / MEMORY).finished.findings]
    assert alone == sorted([*CODES_OF_THE_NOTE, (9, "MR101"), (52, "MR202"), (90, "MR202")])


def test_a_fault_in_embedded_code_is_told_once_where_it_stands(home: Path) -> None:
    vault(
        home, {"Setup.md": block("nowhere"), "a.md": "![[Setup]]\n" + block("1"), "b.md": "![[Setup]]\n" + block("1")}
    )
    assert Linted(home).findings == [f"{home / 'Setup.md'}:2: MR202 undefined name 'nowhere'"]
    assert Linted(
        home / "a.md",
    ).findings == [f"{home / 'Setup.md'}:2: MR202 undefined name 'nowhere' (through a.md:1)"]
    assert Linted(home / "a.md", home / "b.md").findings == Linted(home / "a.md").findings


def test_a_fault_that_shows_in_one_embedding_alone_is_told_although_the_note_is_looked_at_too(home: Path) -> None:
    setup = f"# One\n{block('one = 1')}\n# Two\n{block('one')}"
    vault(home, {"Setup.md": setup, "a.md": "![[Setup#Two]]\n" + block("1")})
    assert Linted(Path()).findings == ["Setup.md:8: MR202 undefined name 'one' (through a.md:1)"]


def test_a_circle_is_told_once(home: Path) -> None:
    notes = {"a.md": "![[b]]\n", "b.md": "![[c]]\n", "c.md": "![[a]]\n", "d.md": "![[b]]\n"}
    vault(home, {name: text + block("1") for name, text in notes.items()})
    assert Linted(Path()).findings == [
        "c.md:1: MR102 embed [[a]] closes a circle: a.md [[b]] > b.md [[c]] > c.md [[a]]"
    ]


def test_a_note_that_cannot_be_read_ends_with_2(home: Path) -> None:
    vault(home, {"sub/bad.md": b"# \xe9\n```python\n1\n```\n", "a.md": block("1")})
    linted = Linted(Path())
    assert linted.findings == ["sub/bad.md:1: MR121 not UTF-8: byte 0xe9 at offset 2; convert the file to UTF-8"]
    assert linted.code == 2
    assert Linted(Path(), ignore=["MR121"]).code == 0


def test_a_property_with_a_value_it_may_not_have_ends_with_2(home: Path) -> None:
    vault(home, {"a.md": f"---\nmdrun-timeout: soon\n---\n{block('1')}", "b.md": f"---\nmdrun-x: 1\n---\n{block('1')}"})
    assert [Linted(home / name).code for name in ("a.md", "b.md")] == [2, 1]


def test_what_is_no_note_and_what_settings_do_not_mean_is_an_error(home: Path) -> None:
    vault(home, {"a.txt": "", "a.md": block("1")})
    with pytest.raises(NoteUnreadable, match="not a note"):
        Linted(home / "a.txt")
    with pytest.raises(
        SettingsError, match=r"--select: no rule has a code that begins with 'MR2O2' \(did you mean 'MR"
    ):
        Linted(home / "a.md", select=["MR2O2"])
    with pytest.raises(SettingsError, match="--ignore: no rule has a code that begins with 'X'"):
        Linted(home / "a.md", ignore=["mr1,x"])


def test_rules_are_chosen_by_code_or_by_what_codes_begin_with(home: Path) -> None:
    vault(home, {"a.md": "![[gone]]\n" + block("nowhere\nimport langchain.memory as m", "python {x=1}")})
    note = home / "a.md"
    assert Linted(note).codes == ["MR101", "MR401", "MR202", "MR203"]
    assert Linted(note, select=["MR2"]).codes == ["MR202", "MR203"]
    assert Linted(note, select=["mr202", "MR4"]).codes == ["MR401", "MR202"]
    assert Linted(note, select=["MR2,MR401"], ignore=["MR203"]).codes == ["MR401", "MR202"]
    assert Linted(note, select=["MR203"], ignore=["MR2"]).codes == ["MR203"]
    vault(home, {"mdrun.toml": 'lint_select = ["MR2", "MR4"]\nlint_ignore = ["MR202"]'})
    assert Linted(note).codes == ["MR401", "MR203"]
    assert Linted(note, select=["MR1"], ignore=["MR4"]).codes == ["MR101"]
    assert Linted(note, options={"lint_ignore": ("MR203",)}).codes == ["MR401", "MR202"]


def test_of_two_that_fit_equally_the_one_that_ignores_decides() -> None:
    assert "MR202" not in Selection(("MR202",), ("MR202",))
    assert "MR202" in Selection()
    assert "MR202" not in Selection(("MR1",))


def test_findings_come_in_the_order_of_files_lines_and_codes(home: Path) -> None:
    vault(home, {"b.md": block("x"), "a.md": block("z\nimport langchain.memory as m; y")})
    found = [(one.file, one.line, one.code) for one in Linted(Path()).finished.findings]
    assert found == [("a.md", 2, "MR202"), ("a.md", 3, "MR202"), ("a.md", 3, "MR203"), ("b.md", 2, "MR202")]


def test_a_report_ends_with_how_much_was_found(home: Path) -> None:
    vault(home, {"a.md": block("x"), "b.md": block("1"), "skip.md": f"---\nmdrun-skip: true\n---\n{block('x')}"})
    *_, last = Linted(Path()).lines
    assert last.startswith("2 notes looked at in ")
    assert last.endswith(
        " s, 1 note left out (-v names them): 1 finding in 1 note (mdrun lint --explain MR202 says more)"
    )
    *_, last = Linted(Path("b.md")).lines
    assert last.endswith(" s: nothing found")
    (home / "empty").mkdir()
    assert Linted(home / "empty").lines == ["no note to look at"]


def test_a_note_from_standard_input_is_looked_at_as_though_it_stood_there(home: Path) -> None:
    told: list[Tidings] = []
    vault(home, {"Setup.md": block("one = 1")})
    text = ("![[Setup]]\n" + block("one\nimport langchain.memory as m")).encode()
    assert lint_given(text, Path("sub.md"), LintRequest(fix=True), told.append) == 1
    assert mdrun("lint", "-", "-q", cwd=home, input=text.decode()).out == (
        "stdin.md:4: MR203 langchain.memory moved to langchain_classic.memory\n"
    )


def test_every_problem_of_a_plan_breaks_a_rule_but_code_that_is_reached_twice() -> None:
    assert {*get_args(ProblemKind)} - {*CODES} == {"repeat"}
    assert {*CODES.values()} <= {*RULES}


def test_every_rule_explains_itself() -> None:
    told = explain(["all"])
    for code, rule in RULES.items():
        assert code == rule.code
        assert f"{code} {rule.name}: {rule.summary}\n\n  " in told
        assert rule.summary[0].islower() or rule.summary.startswith("`")
        assert rule.explanation.endswith("\n")
    assert explain(["mr202"]).startswith("MR202 undefined-name: ")
    with pytest.raises(SettingsError, match=r"no rule has the code 'MR20' \(did you mean 'MR20"):
        explain(["MR20"])


def test_the_command_line_says_it_all(home: Path) -> None:
    vault(home, {"a b.md": block("x") + block("import langchain.memory as m")})
    ran = mdrun("lint", ".", cwd=home)
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[:2] == [
        "a b.md:2: MR202 undefined name 'x'",
        "a b.md:5: MR203 langchain.memory moved to langchain_classic.memory",
    ]
    assert mdrun("lint", "-q", "--select", "MR3", "a b.md", cwd=home).out == ""
    assert mdrun("lint", "-q", "a b.md", cwd=home, env={"MDRUN_LINT_IGNORE": "MR202, MR203"}).code == 0
    assert mdrun("lint", "--explain", "MR101", cwd=home).out.startswith("MR101 embed-leads-nowhere: ")
    nothing = mdrun("lint", cwd=home)
    assert (nothing.code, "name notes or folders" in nothing.err) == (2, True)
    wrong = mdrun("lint", "--explain", "MR0", "--select", "MR2", cwd=home)
    assert (wrong.code, wrong.err[:43]) == (2, "mdrun: no rule has the code 'MR0' (did you ")


def test_a_folder_that_cannot_be_looked_into_ends_with_2(home: Path) -> None:
    vault(home, {"a.md": block("1"), "locked/b.md": block("1")})
    (home / "locked").chmod(0)
    ran = mdrun("lint", ".", cwd=home, behind=held_back())
    (home / "locked").chmod(0o700)
    assert ran.code == 2
    assert "left out: locked/ (a folder that cannot be read)" in ran.out


def test_notes_of_several_vaults_are_told_apart(tmp_path: Path) -> None:
    for name in ("one", "two"):
        vault(tmp_path / name, {"mdrun.toml": "", "a.md": "![[S]]\n" + block("1"), "S.md": block("x")})
    linted = Linted(tmp_path / "one" / "a.md", tmp_path / "two" / "a.md")
    assert [finding.file for finding in linted.finished.findings] == [
        str(tmp_path / "one" / "S.md"),
        str(tmp_path / "two" / "S.md"),
    ]


def test_the_shipped_vault_has_nothing_wrong_with_it() -> None:
    assert Linted(Path(__file__).parent.parent / "vault").findings == []


def test_a_linter_that_does_not_work_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "ruff"
    broken.write_text("#!/bin/sh\necho 'first' >&2\necho 'out of order' >&2\nexit 3\n", "utf-8")
    broken.chmod(0o700)
    monkeypatch.setattr("ruff.__main__.find_ruff_bin", lambda: str(broken))
    with pytest.raises(LinterFailed, match="ruff cannot look at the code: out of order"):
        check([["x"]])
    broken.unlink()
    with pytest.raises(LinterFailed, match=r"ruff cannot look at the code: .*No such file"):
        check([["x"]])


def test_code_that_is_too_deep_for_the_linter_is_told_and_hides_no_other(home: Path) -> None:
    deep = block("x") + block("-" * 100_000 + "1") + block("y")
    vault(home, {"deep.md": deep, "a.md": block("x"), "b.md": block("1")})
    assert Linted(Path()).findings == [
        "a.md:2: MR202 undefined name 'x'",
        "deep.md:2: MR202 undefined name 'x'",
        "deep.md:5: MR201 syntax error: too deeply nested to be read",
        "deep.md:8: MR202 undefined name 'y'",
    ]


def test_the_linter_heeds_no_settings_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RUFF_OUTPUT_FORMAT", "github")
    monkeypatch.setenv("RUFF_CONFIG", str(tmp_path / "none.toml"))
    (tmp_path / "ruff.toml").write_text("this is no TOML", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert [(each.notebook, each.cell, each.line) for each in check([[], ["1", "\nx"]])] == [(1, 1, 2)]


def test_without_a_folder_in_memory_the_linter_reads_from_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdrun.linting.ruff._MEMORY", "/nowhere")
    assert [each.message for each in check([["x"]])] == ["Undefined name `x`"]


def test_nothing_is_left_of_what_the_linter_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("mdrun.linting.ruff._MEMORY", str(tmp_path))
    check([["x"]])
    assert list(tmp_path.iterdir()) == []
