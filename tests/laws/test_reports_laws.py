"""What holds for every report, whatever notes are called and say."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mdrun.findings import Finding
from mdrun.report import LintFinished, NoteFinished, NoteReport, RunFinished
from mdrun.report.github import commands_of
from mdrun.report.jsonlines import JsonLines
from mdrun.report.junit import junit
from mdrun.report.sarif import sarif
from mdrun.report.summary import summary
from mdrun.report.values import CHECK, BlockReport, Change, Place
from mdrun.rules import RULES
from tests.machines import events_in, sarif_in, suites_in

STRANGE = [*"&<>\"'%,:|`\\~*_[]()#!$@-\n\r\t\0\x1b\x85\u2028\ufffe\udce9é😀", "::error::", "]]>", "```", "<!--", "../"]
TEXTS = st.lists(st.sampled_from(STRANGE) | st.text(max_size=3), max_size=8).map("".join)
NAMES = TEXTS.map(lambda text: f"v/{text.replace(chr(0), '')}.md")
LINES = st.lists(TEXTS.map(lambda text: text.replace("\n", " ")), max_size=4).map(tuple)
FINDINGS = st.builds(Finding, NAMES, st.integers(1, 99), st.sampled_from(sorted(RULES)), TEXTS, NAMES)
CHANGES = st.builds(Change, st.just(Place("a.md", 1)), st.just("other"), TEXTS, LINES, LINES)
BLOCKS = st.builds(
    BlockReport,
    st.just(Place("a.md", 1)),
    st.just("stale"),
    TEXTS,
    TEXTS,
    st.just(1),
    wrong=st.sampled_from([True]),
    change=CHANGES,
)


@given(NAMES, st.lists(BLOCKS, max_size=3), TEXTS)
def test_reports_of_runs_are_as_their_formats_say(name: str, blocks: list[BlockReport], error: str) -> None:
    changes = tuple(block.change for block in blocks if block.change)
    report = NoteReport(
        Path(name), "a.md", blocks=tuple(blocks), changes=changes, stored=True, purpose=CHECK, exit_code=1, error=error
    )
    finished = RunFinished((report,), error=error)
    lines: list[str] = []
    say = JsonLines(lines.append)
    say(NoteFinished(report))
    say(finished)
    assert len(events_in("\n".join(lines))) == 3
    assert sum(suite.tests for suite in suites_in(junit(finished))) == (len(blocks) or not error) + 2 * bool(error)
    assert len(sarif_in(sarif(finished))["results"]) >= bool(error)
    summary(finished).encode("utf-8", "backslashreplace")


@given(st.lists(FINDINGS, max_size=12))
def test_every_finding_of_lint_is_in_every_report(findings: list[Finding]) -> None:
    finished = LintFinished((), tuple(findings))
    lines: list[str] = []
    JsonLines(lines.append)(finished)
    assert len(events_in("\n".join(lines))) == len(findings) + 2
    assert sum(case.is_failure for suite in suites_in(junit(finished)) for case in suite) == len(
        {finding.file for finding in findings}
    )
    assert len(sarif_in(sarif(finished))["results"]) == len(findings)
    assert summary(finished).count("| ") >= len(findings)


@given(st.lists(FINDINGS, max_size=12))
def test_an_annotation_is_one_line_and_names_its_place(findings: list[Finding]) -> None:
    for line in commands_of(LintFinished((), tuple(findings))):
        assert "\n" not in line
        assert "\r" not in line
        place = line.removeprefix("::").partition("::")[0]
        assert place.startswith(("error ", "warning "))
        assert place.count(",") in {0, 2}


@given(st.lists(FINDINGS, max_size=12), st.integers(0, 4000))
def test_a_summary_is_never_larger_than_it_may_be(findings: list[Finding], limit: int) -> None:
    page = summary(LintFinished((), tuple(findings)), limit)
    assert len(page.encode("utf-8", "backslashreplace")) <= limit
