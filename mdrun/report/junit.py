"""A run as JUnit XML: a suite for each note, a test case for each block."""
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from mdrun.diff import diff, plain_lines
from mdrun.report.findings import beside_blocks, findings_of
from mdrun.report.values import LintFinished
from mdrun.report.wording import as_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mdrun.findings import Finding
    from mdrun.report.values import BlockReport, NoteReport, RunFinished

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to say (section 2.2)."""


def junit(told: RunFinished | LintFinished) -> str:
    """Return the document."""
    document = JUnitXml("mdrun")
    for suite in _of_lint(told) if isinstance(told, LintFinished) else _of_run(told):
        document.add_testsuite(suite)
    document.tests, document.failures, document.errors = (
        sum(getattr(suite, name) for suite in document) for name in ("tests", "failures", "errors")
    )
    text: bytes = document.tostring()
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text.decode()}\n'


def _of_run(finished: RunFinished) -> Iterator[TestSuite]:
    for report in finished.reports:
        yield _suite(str(report.path), [*_of_whole(report), *(_of_block(report, block) for block in report.blocks)])
    notes = {finding for report in finished.reports for finding in findings_of(report)}
    beside = [finding for finding in findings_of(finished) if finding not in notes and finding.level == "error"]
    if beside:
        yield _suite("vault", [_of_findings(finding.note, finding.file, [finding]) for finding in beside])


def _of_lint(finished: LintFinished) -> Iterator[TestSuite]:
    files = dict.fromkeys((*map(str, finished.notes), *(finding.file for finding in finished.findings)))
    found: dict[str, list[Finding]] = {file: [] for file in files}
    for finding in finished.findings:
        found[finding.file].append(finding)
    yield _suite("mdrun lint", [_of_findings("lint", file, findings) for file, findings in found.items()])


def _suite(name: str, cases: Iterable[TestCase]) -> TestSuite:
    suite = TestSuite(_text(name))
    for case in cases:
        suite.add_testcase(case)
    suite.update_statistics()
    return suite


def _of_whole(report: NoteReport) -> Iterator[TestCase]:
    """Yield the case of the note itself, if it has no other, or something is wrong beside its blocks."""
    wrong = [finding for finding in beside_blocks(report) if finding.level == "error"]
    if wrong or not report.blocks:
        case = _of_findings("note", str(report.path), wrong)
        if report.error:
            case.result = [_result(Error, wrong[0].rule.name, report.error, [str(finding) for finding in wrong])]
        elif report.skipped:
            case.result = [Skipped("the note says mdrun-skip")]
        yield case


def _of_findings(name: str, file: str, findings: Sequence[Finding]) -> TestCase:
    case = TestCase(_text(name), _text(file), 0.0)
    case.result = [_result(Failure, one.rule.name, one.message, [str(one)]) for one in findings]
    return case


def _of_block(report: NoteReport, block: BlockReport) -> TestCase:
    file = as_named(report, block.place.note)
    where = f"line {block.place.line}" if file == str(report.path) else f"{file} line {block.place.line}"
    case = TestCase(_text(f"{where}: {block.label or block.code}"), _text(str(report.path)), round(block.seconds, 3))
    if block.verdict in {"skipped", "not run"}:
        case.result = [Skipped(_text(block.message or "the block says that it never runs"))]
    elif block.wrong:
        told = [f"{file}:{block.line}: {block.message}"]
        if block.change is not None:
            told += plain_lines(diff(block.change.old, block.change.new))
        case.result = [_result(Error if block.cause == "kernel" else Failure, block.verdict, block.message, told)]
    return case


def _result(kind: type[Error | Failure], type_: str, message: str, lines: Sequence[str]) -> Error | Failure:
    result = kind(_text(message), type_)
    result.text = _text("\n".join(lines))
    return result


def _text(text: str) -> str:
    """Return a text that XML can hold; names of files may have bytes that are no text."""
    return _NO_XML.sub("\ufffd", text)
