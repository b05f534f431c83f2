"""What becomes of each block of a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mdrun.errors import KernelDied
from mdrun.events import Error, ExecuteResult, Frame, Stream
from tests.runs import Told, block, vault

if TYPE_CHECKING:
    from pathlib import Path

    from mdrun.report.values import BlockReport
    from tests.conftest import Kernels

HI = Stream("stdout", "hi\n")
HO = Stream("stdout", "ho\n")


def verdicts(told: Told) -> list[str]:
    return [block.verdict for block in told.report.blocks]


def value(text: str) -> ExecuteResult:
    return ExecuteResult({"text/plain": text})


@pytest.fixture
def note(tmp_path: Path, kernels: Kernels) -> Path:
    """Return a note of three blocks that has been run: the first says hi, the second something hidden, the third no."""
    text = "\n".join((block("x"), block("y", "python {hide=true}"), block("z", "python {label='last'}")))
    found = vault(tmp_path, {"a.md": text}) / "a.md"
    kernels.script = {"x\n": [HI], "y\n": [HI]}
    assert verdicts(Told(found)) == ["written", "ran", "ran"]
    return found


def test_a_block_is_fresh_when_what_stands_beneath_it_is_what_it_says(note: Path) -> None:
    for told in (Told(note, writes=False), Told(note)):
        assert verdicts(told) == ["fresh", "ran", "fresh"]
        assert not any(block.wrong for block in told.report.blocks)


def test_a_block_with_another_output_is_stale_and_one_written_is_written(note: Path, kernels: Kernels) -> None:
    kernels.script = {"x\n": [HO]}
    stale = Told(note, writes=False).report.blocks[0]
    assert (stale.verdict, stale.wrong, stale.message) == (
        "stale",
        True,
        "the output differs (its code has not changed)",
    )
    assert stale.change is not None
    assert (stale.change.old, stale.change.new) == (
        ("[!output]", "```text", "hi", "```"),
        ("[!output]", "```text", "ho", "```"),
    )
    written = Told(note, dry=True).report.blocks[0]
    assert (written.verdict, written.wrong, written.change) == ("written", False, stale.change)
    assert "hi" in note.read_text()


def test_a_failed_block_names_the_line_that_failed_and_its_label(note: Path, kernels: Kernels) -> None:
    frame = Frame(1, "<module>", "z", cell=2)
    kernels.script["z\n"] = [Error("KeyError", "'q'", (frame,))]
    failed = Told(note, writes=False).report.blocks[2]
    assert (failed.verdict, failed.wrong, failed.label, failed.message) == (
        "failed",
        True,
        "last",
        "last: KeyError: 'q'",
    )
    assert (failed.place.line, failed.line) == (14, 15)


def test_an_edited_output_is_wrong_in_a_check_and_kept_in_a_run(note: Path) -> None:
    note.write_text(note.read_text().replace("hi", "ha"))
    edited = Told(note, writes=False).report.blocks[0]
    assert (edited.verdict, edited.wrong, edited.line) == ("edited", True, 4)
    kept = Told(note).report.blocks[0]
    assert (kept.verdict, kept.wrong) == ("edited", False)


def test_blocks_behind_a_dead_kernel_are_not_run(note: Path, kernels: Kernels) -> None:
    kernels.script["x\n"] = [KernelDied(-9)]
    first, *others = Told(note, writes=False).report.blocks
    assert first.verdict == "failed"
    assert [(block.verdict, block.wrong, block.message) for block in others] == [("not run", True, first.message)] * 2


def test_a_block_that_skips_itself_is_skipped(tmp_path: Path, kernels: Kernels) -> None:
    del kernels
    note = vault(tmp_path, {"a.md": block("x", "python {skip=true}")}) / "a.md"
    assert verdicts(Told(note, writes=False)) == ["skipped"]


@pytest.mark.parametrize(
    ("text", "verdict", "message"),
    [
        ("---\nmdrun-skip: true\n---\n", "skipped", "the note says mdrun-skip"),
        ("![[Nowhere]]\n\n", "not run", "nothing of the note is run"),
    ],
)
def test_a_note_of_which_nothing_runs_says_why_of_each_block(
    tmp_path: Path, text: str, verdict: str, message: str
) -> None:
    note = vault(tmp_path, {"a.md": text + block("x"), "b.md": block("y")}) / "a.md"
    (only,) = Told(note).report.blocks
    assert (only.verdict, only.message, only.wrong) == (verdict, message, False)


def test_a_block_of_another_note_has_nothing_to_be_compared_with(tmp_path: Path, kernels: Kernels) -> None:
    kernels.script = {"x\n": [HI], "y\n": [HI]}
    folder = vault(tmp_path, {"a.md": "![[b]]\n\n" + block("x"), "b.md": block("y")})
    Told(folder / "a.md")
    embedded, own = Told(folder / "a.md", writes=False).report.blocks
    assert (embedded.verdict, embedded.place.note, [place.line for place in embedded.place.way]) == ("ran", "b.md", [1])
    assert own.verdict == "fresh"


@pytest.mark.parametrize(("strict", "code"), [(False, 0), (True, 1)])
def test_a_quote_pasted_by_hand_that_differs_fails_in_strict_mode_alone(
    tmp_path: Path, kernels: Kernels, *, strict: bool, code: int
) -> None:
    quote = "> {'history': [Message(content='Hi'), Message(content='Ho')]}\n"
    note = vault(tmp_path, {"a.md": block("x") + quote}) / "a.md"
    kernels.script = {"x\n": [value("{'history': [Message(content='Hi'), Message(content='Hello')]}")]}
    told = Told(note, writes=False, strict=strict)
    (only,) = told.report.blocks
    assert (told.code, only.verdict, only.wrong, only.line) == (code, "differs", strict, 4)
    assert only.message == ("the output pasted by hand differs at ['history'][1].content: 'Ho' is now 'Hello'")


def labelled(blocks: tuple[BlockReport, ...]) -> list[str]:
    return [block.label for block in blocks]


def test_blocks_that_a_signal_left_out_are_not_run(note: Path, kernels: Kernels) -> None:
    import os  # noqa: PLC0415
    import signal  # noqa: PLC0415

    from mdrun.errors import Stopped  # noqa: PLC0415

    def interrupt(source: str) -> None:
        if source == "y\n":
            os.kill(os.getpid(), signal.SIGINT)
            raise Stopped(signal.SIGINT)

    kernels.meanwhile = interrupt
    told = Told(note, writes=False)
    assert told.code == 130
    assert [(block.verdict, block.message) for block in told.report.blocks[1:]] == [("not run", "interrupted")] * 2
    assert labelled(told.report.blocks) == ["", "", "last"]


ADDRESS = "<Foo object at 0x7f1234567890>"


@pytest.mark.parametrize(
    "case",
    [
        ("text", "[1.0]", "[1.00000001]", "stale"),
        ("text", ADDRESS, "<Foo object at 0x7f9876543210>", "fresh"),
        ("exact", ADDRESS, "<Foo object at 0x7f9876543210>", "stale"),
        ("exact", ADDRESS, ADDRESS, "fresh"),
        ("value", "[1.0]", "[1.00000001]", "fresh"),
        ("value", "{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", "fresh"),
        ("value", "[1]", "[2]", "stale"),
        ("value", ADDRESS, "<Foo object at 0x7f9876543210>", "fresh"),
        ("ignore", "[1]", "[2]", "fresh"),
    ],
)
@pytest.mark.parametrize("way", ["option", "property", "vault"])
def test_outputs_are_compared_as_block_note_or_vault_say(
    tmp_path: Path, kernels: Kernels, case: tuple[str, str, str, str], way: str
) -> None:
    compare, old, new, verdict = case
    info = f"python {{compare='{compare}'}}" if way == "option" else "python"
    properties = f"---\nmdrun-compare: {compare}\n---\n" if way == "property" else ""
    settings = f"compare = '{compare}'" if way == "vault" else ""
    note = vault(tmp_path, {"mdrun.toml": settings, "a.md": properties + block("x", info)}) / "a.md"
    kernels.script = {"x\n": [value(old)]}
    Told(note)
    kernels.script = {"x\n": [value(new)]}
    assert verdicts(Told(note, writes=False)) == [verdict]
    before = note.read_bytes()
    dry = Told(note, dry=True)
    Told(note)
    # What a check calls fresh, a run leaves as it is; but what is to be ignored in a check is written all the same.
    writes = compare == "ignore" or verdict == "stale"
    assert (verdicts(dry), note.read_bytes() != before) == (["written" if writes else "fresh"], writes)
    assert verdicts(Told(note, writes=False)) == ["fresh"]


@pytest.mark.parametrize("script", [[], [Error("KeyError", "'q'")]])
def test_an_ignored_output_is_fresh_whatever_became_of_it(
    tmp_path: Path, kernels: Kernels, script: list[Error]
) -> None:
    note = vault(tmp_path, {"a.md": block("x", "python {compare='ignore', may_fail=true}")}) / "a.md"
    kernels.script = {"x\n": [HI]}
    Told(note)
    before = note.read_bytes()
    kernels.script = {"x\n": script}
    told = Told(note, writes=False)
    assert (told.code, verdicts(told), note.read_bytes()) == (0, ["fresh"], before)


def test_a_value_that_differs_is_stale_by_its_path(tmp_path: Path, kernels: Kernels) -> None:
    note = vault(tmp_path, {"a.md": block("x", "python {compare='value'}")}) / "a.md"
    kernels.script = {"x\n": [value("{'history': [Message(content='Hi')]}")]}
    Told(note)
    kernels.script = {"x\n": [value("{'history': [Message(content='Ho')]}")]}
    (only,) = Told(note, writes=False).report.blocks
    assert only.message == ("the output differs at ['history'][0].content: 'Hi' is now 'Ho' (its code has not changed)")


@pytest.mark.parametrize(
    ("quote", "said", "verdict"),
    [
        ("`[1, 2]`", [value("[1, 2]")], "ran"),
        ("[1,\n> 2]", [value("[1, 2]")], "ran"),
        ("[1, ...]", [value("[1, 2]")], "ran"),
        ("Message(content='Hi', ...)", [value("Message(content='Hi', id='7')")], "ran"),
        ("[1, 3]", [value("[1, 2]")], "differs"),
        ("[1, 3]", [], "differs"),
        ("a remark", [value("[1, 2]")], "ran"),
        ("...", [value("[1, 2]")], "ran"),
        ("[1, 3]", [Error("KeyError", "'q'")], "ran"),
    ],
)
def test_quotes_that_are_values_are_compared_and_others_are_not(
    tmp_path: Path, kernels: Kernels, quote: str, said: list[Error], verdict: str
) -> None:
    note = vault(tmp_path, {"a.md": f"{block('x', 'python {may_fail=true}')}> {quote}\n"}) / "a.md"
    kernels.script = {"x\n": said}
    assert verdicts(Told(note, writes=False, strict=True)) == [verdict]


def test_the_end_of_a_check_of_three_hundred_notes_names_the_five_that_are_broken(
    tmp_path: Path, kernels: Kernels
) -> None:
    kernels.script = {"x\n": [HI], "y\n": [HI]}
    root = vault(tmp_path, {"mdrun.toml": "", **{f"n{number:03}.md": block("x") for number in range(300)}})
    Told(root)
    kernels.script = {"x\n": [HI], "y\n": [HO]}
    (root / "n007.md").write_text("![[Nowhere]]\n\n" + block("x"))
    (root / "n050.md").write_text((root / "n050.md").read_text().replace("hi", "ha"))
    (root / "n100.md").write_bytes(b"\xff" + block("x").encode())
    (root / "n150.md").write_text(block("x"))
    for name in ("n200.md", "n299.md"):
        (root / name).write_text((root / name).read_text().replace("x\n", "y\n", 1))
    checked = Told(root, writes=False)
    screen = [*checked.lines, *checked.last][-24:]
    assert checked.code == 2
    broken = [line.partition(f"{root}/")[2].partition(".md")[0] for line in screen if line.startswith(_WRONG)]
    assert broken == ["n007", "n050", "n100", "n200", "n299"]
    assert screen[-1].startswith("300 notes, 299 blocks run in ") or "5 not in order" in screen[-1]


_WRONG = ("failed: ", "edited: ", "error: ", "stale: ")
