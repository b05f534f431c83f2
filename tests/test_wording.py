from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from mdrun.compare import Difference
from mdrun.llm.calls import Call
from mdrun.parsing import parse
from mdrun.planning import plan
from mdrun.report import Absent, NoteFinished, NoteReport, NoteStarted, Recordings, RunFinished, Talk
from mdrun.report.lines import Lines
from mdrun.report.terminal import Terminal
from mdrun.report.values import CHECK, Change, Kept, NotRun, Place, Purpose, Told
from mdrun.report.wording import count, last_lines, lines_of
from mdrun.session import Passed, StepFinished, StepStarted
from mdrun.vault import Nowhere
from tests.runs import block

if TYPE_CHECKING:
    from mdrun.report import Tidings

HERE = Place("a.md", 5)


def report(**values: Any) -> NoteReport:
    return NoteReport(**{"path": Path("v/a.md"), "note": "a.md", "root": "/v (why)", "steps": 2, "ran": 2, **values})


def bad(path: str, **values: Any) -> NoteReport:
    return report(path=Path(path), note=path, exit_code=1, failures=(Told(Place(path, 3), "KeyError: 'x'"),), **values)


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({}, "2 blocks run, outputs unchanged"),
        ({"ran": 1, "changes": (Change(HERE, "new"),)}, "1 block run, 1 output written"),
        ({"changes": (Change(HERE, "gone"),)}, "2 blocks run, 0 outputs written, 1 output taken away"),
        ({"changes": (Change(HERE, "aged"),) * 2}, "2 blocks run, outputs the same, 2 stamps renewed"),
        ({"changes": (Change(HERE, "aged"), Change(HERE, "other"))}, "2 blocks run, 1 output written"),
        ({"failures": (Told(HERE, "x"),) * 1234}, "2 blocks run, 1,234 failed, outputs unchanged"),
        ({"error": "disk full"}, "2 blocks run"),
        ({"ran": 0}, "nothing run"),
        ({"ran": 0, "error": "x"}, "could not be run"),
        ({"ran": 0, "steps": 0}, "no block to run"),
        ({"ran": 0, "steps": 0, "failures": (Told(HERE, "x"),)}, "nothing run"),
        ({"ran": 0, "skipped": True}, "not run (it says mdrun-skip)"),
        ({"purpose": CHECK}, "runs, nothing stored (2 blocks)"),
        ({"purpose": CHECK, "not_run": (NotRun(HERE, "x"),)}, "2 blocks run, 1 not run, nothing stored"),
        ({"purpose": CHECK, "stored": True}, "2 blocks run, outputs fresh"),
        ({"purpose": CHECK, "stored": True, "changes": (Change(HERE, "new"),)}, "2 blocks run, 1 output stale"),
        ({"purpose": CHECK, "stored": False, "changes": (Change(HERE, "new"),)}, "runs, nothing stored (2 blocks)"),
    ],
)
def test_a_note_s_first_line_says_what_it_came_to(values: dict[str, Any], line: str) -> None:
    assert lines_of(report(**values))[0] == f"v/a.md: {line}"


def test_a_failure_names_its_place_and_the_way_there() -> None:
    way = (Place("a.md", 9), Place("sub/b.md", 1))
    told = Told(Place("Setup.md", 3, way), "NameError: name 'x' is not defined")
    assert lines_of(report(failures=(told,)), quiet=True) == [
        "failed: v/Setup.md:3: NameError: name 'x' is not defined (through v/a.md:9, v/sub/b.md:1)"
    ]


def test_places_are_named_as_the_user_named_the_note() -> None:
    told = Told(Place("sub/b.md", 1), "x")
    deep = report(path=Path("/home/v/sub/a.md"), note="sub/a.md", failures=(told,))
    assert lines_of(deep, quiet=True) == ["failed: /home/v/sub/b.md:1: x"]
    bare = report(path=Path("a.md"), failures=(told,))
    assert lines_of(bare, quiet=True) == ["failed: sub/b.md:1: x"]
    from_within = report(path=Path("a.md"), note="sub/a.md", failures=(told,))
    assert lines_of(from_within, quiet=True) == ["failed: sub/b.md:1: x"]


def test_blocks_that_did_not_run_share_a_line_with_their_like() -> None:
    after = Place("Setup.md", 2)
    dead = "kernel exited (code 3)"
    blocks = (
        *(NotRun(Place("a.md", line), dead, after) for line in (5, 9)),
        NotRun(Place("b.md", 1), dead, after),
        NotRun(HERE, "interrupted"),
    )
    assert lines_of(report(not_run=blocks), quiet=True) == [
        "not run: v/a.md:5, 9: kernel exited (code 3) in the block at v/Setup.md:2",
        "not run: v/b.md:1: kernel exited (code 3) in the block at v/Setup.md:2",
        "not run: v/a.md:5: interrupted",
    ]


def test_a_quiet_report_tells_only_what_is_wrong() -> None:
    full = report(
        warnings=(Told(HERE, "closes a circle", "cycle"),),
        notices=(Told(HERE, "x", "redirect"),),
        kept=(Kept(HERE, edited=False, same=True),),
        masked=1,
    )
    assert lines_of(full, quiet=True) == []
    assert len(lines_of(full)) == 5


def test_an_embed_that_leads_nowhere_brings_the_root_along() -> None:
    nowhere = Told(HERE, "embed [[x]] leads nowhere", "unresolved")
    assert lines_of(report(failures=(nowhere,)), quiet=True)[-1] == "vault: /v (why)"
    assert lines_of(report(warnings=(nowhere,)), verbose=True).count("  vault: /v (why)") == 1


def test_what_the_kernel_reported_is_counted() -> None:
    notices = (
        Told(HERE, "langchain.memory -> langchain_classic.memory", "redirect"),
        Told(HERE, "langchain.memory -> langchain_classic.memory", "redirect"),
        Told(HERE, "DeprecationWarning: old", "deprecation"),
        Told(HERE, "2 figures are open and not shown; plt.show() shows them", "figure"),
    )
    remarks = [
        "  2 old LangChain imports redirected (--no-compat turns this off)",
        "  1 deprecation warning, not written into the note",
        "  figure: v/a.md:5: 2 figures are open and not shown; plt.show() shows them",
    ]
    assert lines_of(report(notices=notices))[1:] == remarks
    assert lines_of(report(notices=notices), verbose=True)[4:] == [
        "  vault: /v (why)",
        "  redirect: langchain.memory -> langchain_classic.memory",
        "  deprecation: DeprecationWarning: old",
    ]


def test_more_is_told_when_asked_for() -> None:
    told = report(python="/opt/python", repeats=(Told(HERE, "block already ran above", "repeat"),))
    assert lines_of(told, verbose=True)[1:] == [
        "  vault: /v (why)",
        "  run by /opt/python",
        "  repeat: v/a.md:5: block already ran above",
    ]


@pytest.mark.parametrize(
    ("same", "words"),
    [(0, ""), (1, ", 1 of which says the same"), (2, ", 2 of which say the same")],
)
def test_pasted_outputs_are_counted(same: int, words: str) -> None:
    kept = tuple(Kept(HERE, edited=False, same=number < same) for number in range(3))
    adopt = " (--adopt puts the new ones in their place)"
    assert lines_of(report(kept=kept))[1] == f"  kept: 3 outputs pasted by hand{words}{adopt}"


@pytest.mark.parametrize(
    ("finished", "line"),
    [
        ({"reports": ()}, "no note to run"),
        ({"reports": (report(),)}, "1 note, 2 blocks run in 1.0 s: in order"),
        ({"reports": (report(), report())}, "2 notes, 4 blocks run in 1.0 s: all in order"),
        ({"reports": (bad("b.md"),)}, "1 note, 2 blocks run in 1.0 s: not in order"),
        ({"reports": (bad("b.md"), bad("c.md"))}, "2 notes, 4 blocks run in 1.0 s: 2 not in order (b.md, c.md)"),
        (
            {"reports": (report(),) * 1000 + tuple(bad(f"{n}.md") for n in range(9))},
            (
                "1,009 notes, 2,018 blocks run in 1.0 s: 1,000 in order, 9 not in order"
                " (0.md, 1.md, 2.md, 3.md, 4.md, 5.md, 6.md, 7.md and 1 more)"
            ),
        ),
        (
            {"reports": (report(python="/opt/python"),), "left_out": (Absent("t.md", "a template", wrong=False),)},
            "1 note, 2 blocks run in 1.0 s by /opt/python, 1 note left out (-v names them): in order",
        ),
        (
            {"reports": (bad("b.md"),), "pending": (Path("c.md"), Path("d.md"))},
            "1 note, 2 blocks run in 1.0 s: not in order; 2 more notes not run",
        ),
    ],
)
def test_the_last_line_says_how_many_notes_are_in_order_and_which_are_not(finished: Any, line: str) -> None:
    assert last_lines(RunFinished(**finished, seconds=1))[-1] == line


def test_what_was_left_out_is_named_when_asked_for_or_wrong() -> None:
    left_out = (Absent("t.md", "a template", wrong=False), Absent("sub/", "a folder that cannot be read", wrong=True))
    finished = RunFinished((report(),), 1, left_out)
    wrong = "left out: sub/ (a folder that cannot be read)"
    assert last_lines(finished, quiet=True) == [wrong]
    assert last_lines(finished)[:-1] == [wrong]
    assert last_lines(finished, verbose=True)[:-1] == ["left out: t.md (a template)", wrong]


def test_several_failed_notes_of_many_fit_one_screen() -> None:
    reports = tuple(bad(f"{n}.md") if n % 60 == 0 else report() for n in range(300))
    lines = [line for one in reports for line in lines_of(one, quiet=True)]
    assert lines == [f"failed: {n}.md:3: KeyError: 'x'" for n in range(0, 300, 60)]
    assert last_lines(RunFinished(reports), quiet=True) == ["5 of 300 notes not in order"]
    assert last_lines(RunFinished(reports)) == [
        *lines,
        "300 notes, 600 blocks run in 0.0 s: 295 in order, 5 not in order (0.md, 60.md, 120.md, 180.md, 240.md)",
    ]
    assert last_lines(RunFinished((report(), report())), quiet=True) == []
    assert last_lines(RunFinished((bad("a.md"),), pending=(Path("b.md"),)), quiet=True) == [
        "1 of 2 notes not in order; 1 note not run"
    ]
    assert last_lines(RunFinished((report(),), pending=(Path("b.md"),)), quiet=True) == ["1 note not run"]
    assert last_lines(RunFinished((bad("a.md"),)), quiet=True) == []


@pytest.mark.parametrize(("number", "words"), [(0, "0 blocks"), (1, "1 block"), (1234, "1,234 blocks")])
def test_things_are_counted(number: int, words: str) -> None:
    assert count(number, "block") == words


def printed(*tidings: Tidings, **how: Any) -> str:
    """Return what is printed where nobody watches."""
    lines: list[str] = []
    say = Lines(lines.append, **how)
    for told in tidings:
        say(told)
    return "".join(f"{line}\n" for line in lines)


def watched(*tidings: Tidings, quiet: bool = False) -> str:
    """Return what a terminal shows."""
    out = io.StringIO()
    with Terminal(console=Console(file=out, width=120, force_terminal=True), quiet=quiet) as say:
        for told in tidings:
            say(told)
    return out.getvalue()


def talked(*calls: Call, **values: Any) -> list[str]:
    return lines_of(report(talk=Talk("replay", calls, **values)))[1:]


def test_a_report_says_where_answers_came_from() -> None:
    small, big = (Call("recorded", "SmolLM2-135M-Instruct", 100, 0.04), Call("new", "gpt-4o-mini", 1000, 1.5))
    whence = "2 recorded, SmolLM2-135M-Instruct; 1 new recording, gpt-4o-mini; 1 failed, 429"
    assert talked(small, small, big, Call("failed", "429")) == [f"  llm: 4 calls ({whence}), 1,200 tokens, 1.6 s"]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (Call("recorded", "m", 1), "1 call (1 recorded, m), 1 token, 0.0 s"),
        (Call("same", "m"), "1 call (1 asked anew and as recorded, m), 0 tokens, 0.0 s"),
        (Call("live", "m"), "1 call (1 live, m), 0 tokens, 0.0 s"),
        (Call("local"), "1 call (1 local), 0 tokens, 0.0 s"),
        (Call("refused", "no recording"), "1 call (1 refused, no recording), 0 tokens, 0.0 s"),
    ],
)
def test_every_way_to_an_answer_has_its_words(call: Call, words: str) -> None:
    assert talked(call) == [f"  llm: {words}"]


def test_a_note_that_asked_nobody_says_nothing_of_it() -> None:
    assert talked() == []


def test_hosts_out_of_reach_and_troubles_upstream_are_named() -> None:
    assert talked(hosts=("example.org:443", "example.com"), troubles=("OPENAI_BASE_URL: no connection",)) == [
        "  llm: OPENAI_BASE_URL: no connection",
        "  network: example.org:443, example.com asked for, but out of reach with --llm replay",
    ]


def test_recordings_nobody_asks_for_are_a_finding_of_a_check() -> None:
    found = Recordings(Path("my vault"), (f"{'0123456789abcdef' * 4}.json", "notes.txt"), "unused", wrong=True)
    finished = RunFinished((report(),), 1, recordings=(found,))
    unused = "unused: 2 recordings in my vault/.mdrun/llm (0123456789ab..., notes.txt): no note asks for them any more"
    assert last_lines(finished) == [
        f"{unused} (mdrun run --llm record 'my vault' removes them)",
        "1 note, 2 blocks run in 1.0 s: notes in order; 2 recordings unused",
    ]
    assert len(last_lines(finished, quiet=True)) == 1


def test_recordings_that_were_removed_are_told() -> None:
    names = tuple(f"{number:064}.json" for number in range(9))
    found = Recordings(Path("v"), names, "removed", wrong=False)
    line, last = last_lines(RunFinished((report(), report()), 1, recordings=(found,)))
    assert line.endswith("000000000000... and 1 more): no note asked for them any more")
    assert last.endswith(": all in order")
    assert last_lines(RunFinished((report(),), 1, recordings=(found,)), quiet=True) == []


def test_lines_are_printed_whole_and_as_they_are() -> None:
    """F35."""
    path = "x" * 100 + " [red]:smile: \x1b[31m\x07.md"
    out = printed(NoteFinished(report(path=Path(path))), RunFinished((report(),), 1))
    assert out == (
        f"{'x' * 100} [red]:smile: .md: 2 blocks run, outputs unchanged\n1 note, 2 blocks run in 1.0 s: in order\n"
    )


def test_nothing_is_printed_of_a_quiet_run_in_which_all_went_well() -> None:
    assert printed(NoteFinished(report()), RunFinished((report(),), 1), quiet=True) == ""


@pytest.mark.parametrize("quiet", [False, True])
def test_somebody_who_watches_sees_where_it_is(*, quiet: bool) -> None:
    note = parse(block("1") + block("2"), "a.md")
    planned = plan(note, lambda *_: Nowhere(""))
    shown = watched(
        NoteStarted(Path("v/a.md"), planned),
        StepStarted(planned.steps[0]),
        StepFinished(planned.steps[0], Passed(), 1.0),
        StepStarted(planned.steps[1]),
        RunFinished((report(), report()), 1),
        quiet=quiet,
    )
    assert ("v/a.md: block 2 of 2, a.md:4" in shown) is not quiet
    assert ("2 notes" in shown) is not quiet


def test_the_end_of_a_large_run_says_once_more_what_is_wrong() -> None:
    two = (Told(HERE, "KeyError: 'x'"), Told(HERE, "no"))
    reports = (
        report(exit_code=1, failures=two),
        *(report(path=Path(f"{n}.md"), exit_code=2, error="no") for n in range(25)),
    )
    lines = last_lines(RunFinished(reports))
    assert lines[0] == "failed: v/a.md:5: KeyError: 'x' (and 1 more)"
    assert lines[1:-2] == ["error: no"] * 19
    assert lines[-2] == "and 6 more notes not in order"


def stale(name: str, **values: Any) -> NoteReport:
    change = Change(Place(name, 5), "other", "its own code changed", ("[!output]", "a", "b"), ("[!output]", "a", "c"))
    values = {"path": Path(name), "note": name, "exit_code": 1, "stored": True, "changes": (change,), **values}
    return report(purpose=CHECK, **values)


def test_the_command_that_accepts_what_is_new_can_be_pasted_into_a_shell() -> None:
    finished = RunFinished((stale("a b.md"), report(), stale("c.md")), manner=("--vault", "my vault"))
    assert last_lines(finished)[0] == "accept what is new: mdrun run --vault 'my vault' 'a b.md' c.md"
    many = RunFinished(tuple(stale(f"{n}.md") for n in range(9)), named=("notes", "x y"))
    assert last_lines(many)[-2] == "accept what is new: mdrun run notes 'x y'"


def test_there_is_nothing_to_accept_of_a_note_that_does_not_run_to_its_end() -> None:
    failed = stale("a.md", failures=(Told(HERE, "no"),))
    halted = stale("b.md", not_run=(NotRun(HERE, "no"),))
    assert [line for line in last_lines(RunFinished((failed, halted))) if "accept" in line] == []


def test_the_command_that_replaces_edited_outputs_is_told_where_it_would_help() -> None:
    edited = Kept(HERE, edited=True, same=False)
    for kept, commands in ((edited, 1), (replace(edited, yields=False), 0)):
        lines = last_lines(RunFinished((report(purpose=CHECK, exit_code=1, stored=True, kept=(kept,)),)))
        assert lines[:-1] == ["replace what was edited by hand: mdrun run --adopt v/a.md"] * commands


CONTENT = Difference("['history'][1].content", "'Hello'", "'Hallo'")


@pytest.mark.parametrize(
    ("differences", "where"),
    [
        ((CONTENT,), " at ['history'][1].content: 'Hello' is now 'Hallo'"),
        ((Difference("", "1", "2"),), ": 1 is now 2"),
        ((Difference("[2]", "3", ""),), " at [2]: 3 is now nothing"),
        ((CONTENT,) * 3, " at ['history'][1].content: 'Hello' is now 'Hallo', and at 2 more places"),
    ],
)
def test_a_value_that_differs_is_told_by_its_path(differences: tuple[Difference, ...], where: str) -> None:
    change = Change(HERE, "other", "its own code changed", differences=differences)
    assert lines_of(report(purpose=CHECK, stored=True, changes=(change,)))[1] == (
        f"  stale: v/a.md:5: the output differs{where} (its own code changed)"
    )


def test_a_quote_that_differs_is_told_and_in_strict_mode_among_what_is_wrong() -> None:
    kept = (Kept(HERE, edited=False, same=False, differences=(CONTENT,)),)
    words = "differs: v/a.md:5: the output pasted by hand differs at ['history'][1].content: 'Hello' is now 'Hallo'"
    assert lines_of(report(purpose=CHECK, kept=kept))[2] == f"  {words}"
    assert lines_of(report(purpose=CHECK, kept=kept), quiet=True) == []
    assert lines_of(report(purpose=Purpose(writes=False, strict=True), kept=kept), quiet=True) == [words]


def test_differences_are_shown_beneath_the_note_when_asked_for() -> None:
    assert printed(NoteFinished(stale("a.md")), diff=True).splitlines()[2:] == [
        "  diff: a.md:5",
        "      [!output]",
        "      a",
        "    - b",
        "    + c",
    ]
    assert "diff:" not in printed(NoteFinished(replace(stale("a.md"), stored=False)), diff=True)
    out = io.StringIO()
    with Terminal(Console(file=out, width=120, force_terminal=True, color_system="standard"), diff=True) as say:
        say(NoteFinished(stale("a.md")))
    assert "\x1b[31m    - \x1b[0m" in out.getvalue()
    assert "\x1b[32m    + \x1b[0m" in out.getvalue()


def test_a_dry_run_tells_what_would_be() -> None:
    dry = Purpose(dry=True)
    changes = (Change(HERE, "new"), Change(HERE, "gone"))
    words = "2 blocks run, 1 output to be written, 1 output to be taken away"
    assert lines_of(report(purpose=dry, changes=changes))[0] == f"v/a.md: {words}"
    renewed = lines_of(report(purpose=dry, changes=(Change(HERE, "aged"),), adopted=1))
    assert renewed == [
        "v/a.md: 2 blocks run, outputs the same, 1 stamp to be renewed",
        "  adopted: 1 output pasted or edited by hand would give way to new ones",
    ]
