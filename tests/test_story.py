from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mdrun.events import Error, Frame, Gap, Stream
from mdrun.outputs import Outputs
from mdrun.parsing import parse
from mdrun.planning import plan
from mdrun.roots import open_home
from mdrun.session import Failed, Interrupted, Lost, NotRun, Passed, Result, Skipped
from mdrun.settings import Settings
from mdrun.story import Telling, blame, line_of, message_of, names_bound_by, place, tell
from mdrun.vault import Nowhere
from tests.runs import block, vault

if TYPE_CHECKING:
    from pathlib import Path

    from mdrun.planning import Step
    from mdrun.session import Outcome

SETUP = "# Keys\n\n" + block("key = 1") + "# Other\n" + block("other = 1")
NOTE = (
    "![[Setup#Keys]]\n" + block("def f():\n    return key") + "![[#Tail]]\n" + block("f()") + "# Tail\n" + block("g()")
)


@pytest.fixture
def steps(tmp_path: Path) -> tuple[Step, ...]:
    """Setup's block, the note's first, its last by a self-embed, its second."""
    home = open_home(vault(tmp_path, {"Setup.md": SETUP, "sub/Note.md": NOTE}), Settings())
    return plan(home.vault.read("sub/Note.md"), home.vault.resolve).steps


def result(step: Step, outcome: Outcome, *said: str) -> Result:
    outputs = Outputs()
    for text in said:
        outputs.add(Stream("stdout", text))
    if isinstance(outcome, Failed):
        outputs.add(outcome.error)
    return Result(step, outcome, outputs)


def undefined(name: str, *frames: Frame | Gap) -> Failed:
    return Failed(Error("NameError", f"name '{name}' is not defined", frames))


def test_a_frame_is_placed_as_seen_from_its_block(steps: tuple[Step, ...], tmp_path: Path) -> None:
    def seen(frame: Frame) -> str:
        return place(frame, steps[3], steps, str(tmp_path / "sub"))

    assert [step.block.source for step in steps] == ["key = 1\n", "def f():\n    return key\n", "g()\n", "f()\n"]
    assert seen(Frame(1, "<module>", "", cell=3)) == "line 1 of this block"
    assert seen(Frame(2, "f", "", cell=1)) == "line 2 of block 1"
    assert seen(Frame(1, "<module>", "", cell=2)) == "line 1 of block 3"
    assert seen(Frame(4, "<module>", "", cell=0)) == "[[Setup#Keys]], line 4 of its block 1"
    assert seen(Frame(9, "h", "", cell=99, path="<cell>")) == "<cell>, line 9"


def test_a_frame_in_a_module_is_placed_by_its_file(steps: tuple[Step, ...], tmp_path: Path) -> None:
    folder = str(tmp_path / "sub")
    beside, above = str(tmp_path / "sub" / "helper.py"), str(tmp_path / "lib" / "util.py")
    assert place(Frame(7, "h", "", path=beside), steps[1], steps, folder) == "helper.py, line 7"
    assert place(Frame(7, "h", "", path=above), steps[1], steps, folder) == "../lib/util.py, line 7"
    assert place(Frame(1, "h", "", path="<string>"), steps[1], steps, folder) == "<string>, line 1"


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (undefined("x", Frame(1, "<module>", "", cell=1), Frame(2, "f", "", cell=1)), 4),
        (undefined("x", Gap(), Frame(1, "<module>", "", cell=1), Frame(3, "h", "", path="/h.py")), 3),
        (undefined("x", Frame(9, "<module>", "", cell=1)), 4),
        (undefined("x", Frame(1, "<module>", "", cell=0)), 2),
        (undefined("x"), 2),
        (Failed(Error("", "expected KeyError, but nothing was raised")), 2),
        (Interrupted(Error("TimeoutError", "timed out"), killed=False), 2),
    ],
)
def test_a_failure_stands_in_the_line_of_its_own_block(steps: tuple[Step, ...], outcome: Outcome, line: int) -> None:
    assert line_of(result(steps[1], outcome), steps) == line


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (Failed(Error("ValueError", "first\nsecond")), "ValueError: first"),
        (Failed(Error("ValueError", "\n  \nfirst")), "ValueError: first"),
        (Failed(Error("KeyboardInterrupt", "")), "KeyboardInterrupt"),
        (Lost(Error("", "kernel exited (code 3)")), "kernel exited (code 3)"),
        (Interrupted(Error("TimeoutError", "timed out after 5 s"), killed=True), "TimeoutError: timed out after 5 s"),
        (Failed(Error("ValueError", "\x1b[31mred\x1b]0;title\x07\x00")), "ValueError: red"),
        (Failed(Error("ValueError", "x" * 500)), f"ValueError: {'x' * 285}..."),
        (Failed(Error("KeyError", "'sk-12345678'")), "KeyError: '***'"),
        (
            Failed(Error("StdinNotImplementedError", "raw_input was called")),
            "StdinNotImplementedError: raw_input was called (there is no input in a note)",
        ),
        (Passed(), ""),
    ],
)
def test_a_failure_is_one_line_without_secrets(steps: tuple[Step, ...], outcome: Outcome, message: str) -> None:
    """F35, F74."""
    assert message_of(result(steps[0], outcome), [], {"sk-12345678"}) == message


def test_magic_of_another_tool_is_named(tmp_path: Path) -> None:
    """F75."""
    from mdrun.roots import open_home  # noqa: PLC0415

    home = open_home(vault(tmp_path, {"a.md": block("x = @vault_path\n")}), Settings())
    (step,) = plan(home.vault.read("a.md"), home.vault.resolve).steps
    syntax = Failed(Error("SyntaxError", "invalid syntax"))
    assert message_of(result(step, syntax), []) == "SyntaxError: invalid syntax"
    home = open_home(vault(tmp_path, {"a.md": block("@vault_path\nx = 1\n")}), Settings())
    (step,) = plan(home.vault.read("a.md"), home.vault.resolve).steps
    hint = "@vault_path is Execute Code's magic, which is not Python"
    assert message_of(result(step, syntax), []) == f"SyntaxError: invalid syntax ({hint})"


def test_an_embed_that_failed_is_blamed_for_a_name_it_did_not_bind(steps: tuple[Step, ...]) -> None:
    setup = result(steps[0], Failed(Error("KeyError", "'KEY'")))
    later = result(steps[3], undefined("key"))
    assert blame(later, [setup]) == "after [[Setup#Keys]] failed: KeyError"
    assert message_of(later, [setup]).endswith("(after [[Setup#Keys]] failed: KeyError)")


@pytest.mark.parametrize(
    "outcome", [Interrupted(Error("TimeoutError", "x"), killed=False), Failed(Error("", "expected KeyError"))]
)
def test_an_embed_that_timed_out_is_blamed_as_well(steps: tuple[Step, ...], outcome: Interrupted | Failed) -> None:
    cause = outcome.error.ename or outcome.error.evalue
    assert blame(result(steps[3], undefined("key")), [result(steps[0], outcome)]) == (
        f"after [[Setup#Keys]] failed: {cause}"
    )


def test_nothing_is_blamed_without_reason(steps: tuple[Step, ...]) -> None:
    failed = result(steps[0], Failed(Error("KeyError", "'KEY'")))
    assert blame(result(steps[3], undefined("nobody")), [failed]) is None
    assert blame(result(steps[3], undefined("f")), [failed, result(steps[1], undefined("x"))]) is None
    assert blame(result(steps[3], undefined("key")), [result(steps[0], Passed())]) is None
    assert blame(result(steps[3], Failed(Error("KeyError", "'key'"))), [failed]) is None
    assert blame(result(steps[3], Passed()), [failed]) is None


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = b\nfor c in d: pass", {"a", "c"}),
        ("import os.path\nfrom x import y as z", {"os", "z"}),
        ("def f():\n    inner = 1\nclass C:\n    attr = 1\nasync def g(): pass", {"f", "C", "g"}),
        ("with x as y: pass\nif (w := 1): pass", {"y", "w"}),
        ("[i for i in x]\nlambda: (j := 1)", set()),
        ("match x:\n    case [a, *b]: pass\n    case {**c}: pass\n    case _: pass", {"a", "b"}),
        ("!ls", set()),
        ("\0", set()),
    ],
)
def test_names_are_those_of_a_block_s_own_level(source: str, names: set[str]) -> None:
    assert names_bound_by(source) == names


def test_each_block_of_the_note_that_ran_has_its_body(steps: tuple[Step, ...], tmp_path: Path) -> None:
    note = steps[1].note
    results = [
        result(steps[0], Passed(), "embedded"),
        result(steps[1], Passed(), "key sk-12345678"),
        result(steps[2], Skipped()),
        result(steps[3], NotRun("a failure", steps[1])),
    ]
    telling = tell(results, note, tmp_path, {"sk-12345678"})
    assert {key: body and body.lines for key, body in telling.bodies.items()} == {
        steps[1].provenance: ("```text", "key ***", "```")
    }
    assert telling.masked == 1


def test_a_block_that_hides_its_output_has_none(tmp_path: Path) -> None:
    from mdrun.roots import open_home  # noqa: PLC0415

    home = open_home(vault(tmp_path, {"a.md": block("1", "python {hide}")}), Settings())
    note = home.vault.read("a.md")
    (step,) = plan(note, home.vault.resolve).steps
    assert tell([result(step, Passed(), "x")], note, tmp_path, ()) == Telling({step.provenance: None})


def test_an_error_s_traceback_is_seen_from_the_note_and_names_its_cause(
    steps: tuple[Step, ...], tmp_path: Path
) -> None:
    helper = str(tmp_path.resolve() / "sub" / "helper.py")
    frames = (Frame(1, "<module>", "f()", cell=3), Frame(7, "h", "return key", path=helper))
    results = [
        result(steps[0], Failed(Error("KeyError", "'KEY'"))),
        result(steps[1], Passed()),
        result(steps[2], Passed()),
        result(steps[3], undefined("key", *frames)),
    ]
    body = tell(results, steps[3].note, tmp_path, ()).bodies[steps[3].provenance]
    assert body is not None
    assert body.lines == (
        "```text",
        "line 1 of this block:",
        "  f()",
        "helper.py, line 7, in h:",
        "  return key",
        "NameError: name 'key' is not defined",
        "after [[Setup#Keys]] failed: KeyError",
        "```",
    )


def test_a_label_names_the_block_in_the_report() -> None:
    labelled = plan(parse("```python {label='the sum'}\n1/0\n```\n"), lambda *_: Nowhere("")).steps[0]
    failure = result(labelled, Failed(Error("ZeroDivisionError", "division by zero")))
    assert message_of(failure, []) == "the sum: ZeroDivisionError: division by zero"
