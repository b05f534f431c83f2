"""What machines are told of runs, in each format."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mdrun.compare import Difference
from mdrun.errors import KernelMissing, NoteBusy, NoteUnreadable, Stopped
from mdrun.findings import Finding
from mdrun.llm.calls import Call
from mdrun.report import Absent, Leftovers, LintFinished, NoteReport, Recordings, RunFinished, Talk
from mdrun.report.findings import findings_of
from mdrun.report.github import GitHub, commands_of
from mdrun.report.jsonlines import JsonLines
from mdrun.report.junit import junit
from mdrun.report.sarif import sarif
from mdrun.report.summary import LONGEST_DIFF, summary
from mdrun.report.values import CHECK, RUN, BlockReport, Change, NoteFinished, Place, Purpose, Told
from tests.machines import events_in, sarif_in, suites_in
from tests.runs import Told as Ran
from tests.runs import block, vault

if TYPE_CHECKING:
    from junitparser import TestCase

    from mdrun.report import Tidings
    from tests.conftest import Kernels

HOSTILE = "a&<>\"'%,:|`\n::error::\x1b\udce9😀.md"
THROUGH = (Place("a.md", 9), Place("b.md", 3))
STALE = Change(Place("a.md", 5), "other", "its own code changed", ("[!output]", "````"), ("[!output]", "`````"))


def report(*blocks: BlockReport, **values: Any) -> NoteReport:
    changes = tuple(each.change for each in blocks if each.change)
    own = {"path": Path("v/a.md"), "note": "a.md", "blocks": blocks, "changes": changes, "purpose": CHECK}
    return NoteReport(**{**own, "stored": True, "exit_code": int(any(each.wrong for each in blocks)), **values})


def failed(
    line: int = 5, message: str = "KeyError: 'x'", way: tuple[Place, ...] = (), note: str = "a.md"
) -> BlockReport:
    return BlockReport(Place(note, line, way), "failed", message=message, line=line + 1, wrong=True, cause="exception")


def stale(line: int = 5) -> BlockReport:
    return BlockReport(
        Place("a.md", line), "stale", "", "the output differs", line, 0.25, wrong=True, change=STALE, code="f(x)"
    )


def finding(line: int = 3, code: str = "MR101", file: str = "v/a.md", message: str = "leads nowhere") -> Finding:
    return Finding(file, line, code, message, file.removeprefix("v/"))


def told(reports: list[NoteReport], **values: Any) -> RunFinished:
    return RunFinished(tuple(reports), **values)


def codes(finished: NoteReport | RunFinished) -> list[str]:
    return [f"{one.code} {one.level} {one.file}:{one.line} {one.message}" for one in findings_of(finished)]


def events(*tidings: Tidings) -> list[dict[str, Any]]:
    lines: list[str] = []
    say = JsonLines(lines.append)
    for each in tidings:
        say(each)
    assert not any("\n" in line for line in lines)
    return events_in("\n".join(lines))


def cases(finished: RunFinished | LintFinished) -> list[TestCase]:
    return [case for suite in suites_in(junit(finished)) for case in suite]


def results(finished: RunFinished | LintFinished, workspace: str = "") -> list[dict[str, Any]]:
    found = sarif_in(sarif(finished, workspace))["results"]
    assert isinstance(found, list)
    return found


# What is wrong, by its code


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"error": "v/a.md: not UTF-8", "fault": NoteUnreadable}, "MR121 error v/a.md:1 not UTF-8"),
        ({"error": "no ipykernel", "fault": KernelMissing}, "MR521 error v/a.md:1 no ipykernel"),
        ({"error": "held", "fault": NoteBusy}, "MR532 error v/a.md:1 held"),
        ({"error": "odd"}, "MR539 error v/a.md:1 odd"),
        ({"failures": (Told(Place("a.md", 2), "nowhere", "unresolved"),)}, "MR101 error v/a.md:2 nowhere"),
        ({"warnings": (Told(Place("a.md", 2), "nowhere", "unresolved"),)}, "MR101 warning v/a.md:2 nowhere"),
        ({"failures": (Told(Place("a.md", 2), "changed", "displaced"),)}, "MR505 error v/a.md:2 changed"),
    ],
)
def test_what_is_wrong_with_a_note_as_a_whole_has_the_code_of_its_kind(values: dict[str, Any], expected: str) -> None:
    assert codes(report(**values)) == [expected]


def test_a_failure_that_its_block_tells_is_told_once() -> None:
    assert codes(report(failed(), failures=(Told(Place("a.md", 6), "KeyError: 'x'"),))) == [
        "MR501 error v/a.md:6 KeyError: 'x'"
    ]


def test_an_edited_output_is_an_error_of_a_check_and_a_warning_of_a_run() -> None:
    edited = BlockReport(Place("a.md", 5), "edited", message="edited", line=8, wrong=True)
    assert codes(report(edited)) == ["MR302 error v/a.md:8 edited"]
    kept = BlockReport(Place("a.md", 5), "edited", message="edited", line=8)
    assert codes(report(kept, purpose=RUN)) == ["MR302 warning v/a.md:8 edited"]


def test_blocks_that_were_not_run_for_one_reason_are_one_finding() -> None:
    held = [BlockReport(Place("a.md", line), "not run", message="kernel died", wrong=True) for line in (5, 9, 12)]
    assert codes(report(*held)) == ["MR504 error v/a.md:5 kernel died (and 2 more blocks)"]
    assert codes(report(held[0])) == ["MR504 error v/a.md:5 kernel died"]


def test_what_is_wrong_with_an_embedded_note_is_told_once_for_all_that_embed_it() -> None:
    reports = [report(failed(2, way=THROUGH[:count], note="b.md")) for count in (1, 2)]
    assert codes(reports[0]) == ["MR501 error v/b.md:3 KeyError: 'x' (through v/a.md:9)"]
    assert codes(told(reports)) == ["MR501 error v/b.md:3 KeyError: 'x' (through v/a.md:9 and 1 more)"]
    nowhere = [
        Told(Place("b.md", 1), f"embed [[x]] leads nowhere{way}", "unresolved") for way in ("", " (through a.md:9)")
    ]
    assert codes(told([report(failures=(each,)) for each in nowhere])) == [
        "MR101 error v/b.md:1 embed [[x]] leads nowhere (through a.md:9)"
    ]


def test_a_block_that_hides_its_output_is_stale_while_an_old_one_stands_beneath_it(
    tmp_path: Path, kernels: Kernels
) -> None:
    from mdrun.events import Stream  # noqa: PLC0415

    kernels.script = {"x\n": [Stream("stdout", "hi\n")]}
    note = vault(tmp_path, {"a.md": block("x")}) / "a.md"
    Ran(note)
    note.write_text(note.read_text().replace("```python", "```python {hide=true}"))
    ran = Ran(note, writes=False)
    (only,) = ran.report.blocks
    assert (ran.code, only.verdict, only.wrong) == (1, "stale", True)
    assert [one.code for one in findings_of(ran.report)] == ["MR513"]


def test_what_is_wrong_beside_the_notes_is_a_finding_on_its_file() -> None:
    damaged, unused = (Recordings(Path("v"), ("k.json",), kind, wrong=True) for kind in ("damaged", "unused"))
    removed = Recordings(Path("v"), ("k.json",), "removed", wrong=False)
    left_out = (Absent("sub/", "cannot be read", wrong=True), Absent("t.md", "a template", wrong=False))
    finished = told([], left_out=left_out, recordings=(damaged, unused, removed))
    assert codes(finished)[0] == "MR121 error sub/:1 cannot be read"
    assert [(one.code, one.file) for one in findings_of(finished)[1:]] == [
        ("MR544", "v/.mdrun/llm/k.json"),
        ("MR543", "v/.mdrun/llm/k.json"),
    ]


# JSON lines


def test_a_run_is_told_event_by_event(tmp_path: Path, kernels: Kernels) -> None:
    folder = vault(tmp_path, {"a.md": "![[b]]\n\n" + block("x"), "b.md": block("y")})
    ran = Ran(folder / "a.md", writes=False)
    del kernels
    names = ["start", "note-started", *["block-started", "block-finished"] * 2, "note-finished", "finished"]
    seen = events(*ran.tidings)
    assert [event["event"] for event in seen] == names
    assert (seen[0]["schema"], seen[1]["blocks"]) == (1, 2)
    assert [(event["note"], event["via"]) for event in seen[2:6:2]] == [
        ("b.md", [{"note": "a.md", "line": 1}]),
        ("a.md", []),
    ]
    assert (seen[6]["file"], seen[6]["note"], seen[6]["command"]) == (str(folder / "a.md"), "a.md", "check")


def test_a_note_s_event_has_its_verdicts_differences_and_what_it_asked_a_model() -> None:
    differences = (Difference("[0]", "1", "2"),)
    change = Change(Place("a.md", 5), "other", "why", ("a",), ("b",), differences)
    differing = BlockReport(Place("a.md", 5), "stale", "fit", "differs", 5, 0.12345, wrong=True, change=change)
    talk = Talk("replay", (Call("recorded", "m", 7),), ("example.org",), ("no",))
    notice = Told(Place("a.md", 5), "old", "deprecation")
    event = events(NoteFinished(report(differing, talk=talk, notices=(notice,), masked=2)))[1]
    (only,) = event["blocks"]
    assert (only["verdict"], only["label"], only["seconds"]) == ("stale", "fit", 0.123)
    assert (only["change"]["diff"], only["change"]["differences"]) == (
        ["- a", "+ b"],
        [{"path": "[0]", "old": "1", "new": "2"}],
    )
    assert (event["llm"]["calls"][0]["tokens"], event["llm"]["hosts"], event["masked"]) == (7, ["example.org"], 2)
    assert event["notices"][0]["kind"] == "deprecation"
    assert [one["code"] for one in event["findings"]] == ["MR511"]


def test_the_end_of_a_run_tells_what_stands_beside_the_notes() -> None:
    finished = told(
        [report()],
        recordings=(Recordings(Path("v"), ("k.json",), "unused", wrong=True),),
        leftovers=(Leftovers(Path("v"), ("p.png",), removed=True), Leftovers(Path("w"), ("q.png",), removed=False)),
        pending=(Path("z.md"),),
        exit_code=130,
        error="interrupted",
    )
    _, *found, last = events(finished)
    assert [(event["event"], event.get("kind"), event.get("code")) for event in found] == [
        ("finding", None, "MR543"),
        ("recordings", "unused", None),
        ("pictures", "removed", None),
        ("pictures", "unused", None),
    ]
    assert (last["pending"], last["exit_code"], last["error"]) == (["z.md"], 130, "interrupted")


def test_lint_is_told_finding_by_finding() -> None:
    fixed = (finding(9),)
    _, found, last = events(LintFinished((Path("v/a.md"),), (finding(),), fixed, known=2))
    assert (found["event"], found["code"], found["name"]) == ("finding", "MR101", "embed-leads-nowhere")
    assert (last["event"], last["known"], [one["line"] for one in last["fixed"]]) == ("looked", 2, [9])


def test_a_name_that_is_no_text_is_told_with_escapes_that_every_reader_takes() -> None:
    lines: list[str] = []
    JsonLines(lines.append)(NoteFinished(report(path=Path(f"v/{HOSTILE}"))))
    assert lines[1].isascii()
    assert events_in(lines[1])[0]["file"] == f"v/{HOSTILE}".replace("\udce9", "\\udce9")


# JUnit XML


def test_every_block_is_a_test_case_of_its_note() -> None:
    blocks = (
        BlockReport(Place("a.md", 1), "fresh", code="x = 1", seconds=0.5),
        BlockReport(Place("a.md", 4), "ran", "fit"),
        BlockReport(Place("b.md", 2, THROUGH[:1]), "ran", code="y" * 99),
        BlockReport(Place("a.md", 9), "skipped"),
        BlockReport(Place("a.md", 12), "not run", message="kernel died", wrong=True),
    )
    (suite,) = suites_in(junit(told([report(*blocks)])))
    assert (suite.name, suite.tests, suite.failures, suite.skipped, suite.time) == ("v/a.md", 5, 0, 2, 0.5)
    assert [case.name for case in suite] == [
        "line 1: x = 1",
        "line 4: fit",
        f"v/b.md line 2: {'y' * 60}",
        "line 9",
        "line 12",
    ]
    assert {case.classname for case in suite} == {"v/a.md"}
    assert [case.result[0].message for case in list(suite)[3:]] == ["the block says that it never runs", "kernel died"]


def test_a_case_that_fails_holds_the_difference_and_a_kernel_s_end_is_an_error() -> None:
    died = BlockReport(Place("a.md", 9), "failed", message="kernel exited (code 3)", line=9, wrong=True, cause="kernel")
    first, second = cases(told([report(stale(), died)]))
    assert (first.is_failure, first.result[0].type) == (True, "MR511")
    assert first.result[0].text.split("\n") == ["v/a.md:5: the output differs", "  [!output]", "- ````", "+ `````"]
    assert (second.is_error, second.result[0].type) == (True, "MR523")


def test_what_is_wrong_with_a_note_as_a_whole_is_a_case_of_its_own() -> None:
    nowhere = tuple(Told(Place("a.md", line), "leads nowhere", "unresolved") for line in (2, 4))
    held = BlockReport(Place("a.md", 6), "not run", message="nothing of the note is run")
    whole, only = cases(told([report(held, failures=nowhere, exit_code=1)]))
    assert (whole.name, whole.is_failure, only.is_skipped) == ("the note", True, True)
    assert whole.result[0].message == "leads nowhere (and 1 more)"
    assert whole.result[0].text.count("MR101") == 2


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"error": "busy", "fault": NoteBusy, "exit_code": 2}, "error"),
        ({"error": "interrupted", "fault": Stopped, "exit_code": 130}, "skipped"),
        ({"skipped": True}, "skipped"),
        ({}, "passed"),
    ],
)
def test_a_note_without_blocks_has_one_case(values: dict[str, Any], kind: str) -> None:
    (case,) = cases(told([report(**values)]))
    assert getattr(case, f"is_{kind}")


def test_notes_that_a_run_did_not_come_to_are_skipped_and_what_ended_it_is_an_error() -> None:
    finished = told([report()], pending=(Path("z.md"),), error="disk full", left_out=(Absent("s/", "no", wrong=True),))
    _, pending, absent, ended = cases(finished)
    assert (pending.classname, pending.is_skipped) == ("z.md", True)
    assert (absent.classname, absent.is_failure) == ("s/", True)
    assert (ended.is_error, ended.result[0].message) == (True, "disk full")


def test_lint_has_a_case_for_each_note() -> None:
    notes = (Path("v/a.md"), Path("v/b.md"))
    found = cases(LintFinished(notes, (finding(), finding(4), finding(file="v/c.md"))))
    assert [(case.classname, case.is_failure) for case in found] == [
        ("v/a.md", True),
        ("v/b.md", False),
        ("v/c.md", True),
    ]


def test_characters_that_xml_does_not_have_are_escapes() -> None:
    (case,) = cases(told([report(failed(message="a\x00\x1b[0m\udce9\ufffe]]>&\r\n"), path=Path(f"v/{HOSTILE}"))]))
    assert case.result[0].message == "a\\x00\\x1b[0m\\udce9\\ufffe]]>&\\r\n"


# GitHub


def test_findings_are_annotations_whose_text_is_escaped() -> None:
    hostile = Finding(f"v/{HOSTILE}", 3, "MR501", "100%\r\n::warning::", "a.md", "error")
    (line,) = commands_of(LintFinished((), (hostile,)))
    name = "a&<>\"'%25%2C%3A|`%0A%3A%3Aerror%3A%3A\x1b\udce9😀.md"
    assert line == f"::error file=v/{name},line=3,title=MR501 block-failed::100%25%0D%0A::warning::"


def test_each_note_is_named_before_any_is_named_twice_and_the_rest_is_counted() -> None:
    many = tuple(finding(line) for line in range(1, 9)) + tuple(finding(file=f"v/{n}.md") for n in range(5))
    lines = list(commands_of(LintFinished((), many)))
    files = [line.partition("file=")[2].partition(",")[0] for line in lines]
    assert files[:6] == ["v/a.md", *(f"v/{n}.md" for n in range(5))]
    assert lines[9:] == ["::error title=mdrun::4 more findings: the job's log and summary tell of them"]


def test_errors_stand_before_warnings_and_what_accepts_the_new_behind_them() -> None:
    warning = Told(Place("a.md", 1), "unknown option", "option")
    finished = told([report(stale(), warnings=(warning,))], error="disk full")
    assert [line.partition("::")[2].split()[0] for line in commands_of(finished)] == [
        "error",
        "error",
        "warning",
        "notice",
    ]
    first, *_, last = commands_of(finished)
    assert first == "::error title=mdrun::disk full"
    assert last == "::notice title=mdrun::accept what is new: mdrun run v/a.md"


def test_files_are_named_from_the_repository_on() -> None:
    here = os.path.basename(os.getcwd())
    inner = LintFinished((), (finding(file="v/a.md"), finding(file="/elsewhere/a.md")))
    lines = list(commands_of(inner, os.path.dirname(os.getcwd())))
    assert [line.partition("file=")[2].partition(",")[0] for line in lines] == [f"{here}/v/a.md", "/elsewhere/a.md"]


def test_nothing_in_the_log_is_a_command_until_the_end() -> None:
    lines: list[str] = []
    say = GitHub(lines.append)
    token = lines[0].removeprefix("::stop-commands::")
    say(NoteFinished(report(failed())))
    assert len(lines) == 1
    say(told([report(failed())]))
    assert lines[1] == f"::{token}::"
    assert lines[2].startswith("::error file=v/a.md,line=6,")


# The summary


def test_the_summary_has_a_row_for_each_finding_and_folds_what_differs() -> None:
    page = summary(
        told(
            [report(stale()), report(failed(message="a|b\n<c>", note="b.md"), path=Path("v/b.md"), note="b.md")],
            seconds=1,
        )
    )
    assert "2 notes, 0 blocks run in 1.0 s\\: 2 not in order \\(v/a.md, v/b.md\\)" in page
    assert "| ❌ MR511 | v/a.md\\:5 | the output differs |" in page
    assert "| ❌ MR501 | v/b.md\\:6 | a\\|b \\<c\\> |" in page
    assert "<summary>v/a.md:5</summary>\n\n``````diff\n  [!output]\n- ````\n+ `````\n``````\n" in page


def test_the_summary_shows_what_a_dry_run_would_write_and_not_what_a_run_wrote() -> None:
    written = BlockReport(Place("a.md", 5), "written", change=STALE)
    assert "<details>" in summary(told([report(written, purpose=Purpose(dry=True))]))
    assert "<details>" not in summary(told([report(written, purpose=RUN)]))


def test_a_long_difference_is_cut_in_the_summary() -> None:
    change = Change(Place("a.md", 5), "gone", old=tuple(map(str, range(LONGEST_DIFF + 9))))
    page = summary(told([report(BlockReport(Place("a.md", 5), "stale", wrong=True, change=change))]))
    assert f"- {LONGEST_DIFF - 1}\n  ... 9 more lines\n```" in page


def test_the_summary_is_never_larger_than_github_takes() -> None:
    many = LintFinished((), tuple(finding(line, message="é" * 500) for line in range(1, 3000)))
    page = summary(many)
    assert 1_040_000 < len(page.encode()) <= 1_048_576
    assert page.endswith("the log of the job tells all of it\n")
    assert summary(many, 10) == ""


def test_the_summary_of_lint_says_what_all_of_it_came_to() -> None:
    assert "1 note looked at in 0.0 s\\: nothing found" in summary(LintFinished((Path("a.md"),)))
    assert summary(told([], error="no such file")).startswith("## mdrun\n\nno such file\n")


# SARIF


def test_every_rule_is_explained_and_each_result_names_its_own() -> None:
    run = sarif_in(sarif(LintFinished((), (finding(),))))
    rules = run["tool"]["driver"]["rules"]
    (result,) = run["results"]
    assert (rules[result["ruleIndex"]]["id"], result["level"]) == ("MR101", "error")
    assert all(rule["help"]["markdown"] and rule["shortDescription"]["text"] for rule in rules)
    assert run["automationDetails"]["id"] == "mdrun/lint/"


def test_a_run_that_ended_before_its_time_is_no_success() -> None:
    for error in ("", "disk full"):
        run = sarif_in(sarif(told([report()], error=error)))
        (invocation,) = run["invocations"]
        assert invocation["executionSuccessful"] is not bool(error)
        assert [one["message"]["text"] for one in invocation["toolExecutionNotifications"]] == [error] * bool(error)
        assert run["automationDetails"]["id"] == "mdrun/run/"


def test_places_are_uris_below_the_repository_or_whole() -> None:
    files = ["v/a b#?é.md", f"v/{HOSTILE}", "..b.md", "../b.md"]
    found = results(LintFinished((), tuple(finding(file=file) for file in files)))
    where = [one["locations"][0]["physicalLocation"]["artifactLocation"] for one in found]
    assert where[0] == {"uri": "v/a%20b%23%3F%C3%A9.md", "uriBaseId": "%SRCROOT%"}
    assert "%0A%3A%3Aerror%3A%3A%1B%E9%F0%9F%98%80.md" in where[1]["uri"]
    assert where[2] == {"uri": "..b.md", "uriBaseId": "%SRCROOT%"}
    assert where[3] == {"uri": Path(os.path.abspath("../b.md")).as_uri()}


def test_a_fingerprint_stays_when_lines_move_and_tells_equal_findings_apart() -> None:
    def prints(*lines: int) -> list[str]:
        found = results(LintFinished((), tuple(finding(line) for line in lines)))
        return [one["partialFingerprints"]["mdrun/v1"] for one in found]

    assert prints(3, 8) == prints(5, 90)
    assert len({*prints(3, 8)}) == 2
