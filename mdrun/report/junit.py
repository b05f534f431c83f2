"""A run as JUnit XML: a suite for each note, a test case for each block."""
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import TYPE_CHECKING

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from mdrun.diff import diff, plain_lines
from mdrun.errors import Stopped
from mdrun.report.findings import beside_blocks, beside_notes, code_of
from mdrun.report.values import LintFinished
from mdrun.report.wellformed import as_xml
from mdrun.report.wording import as_named

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from mdrun.findings import Finding
    from mdrun.report.values import BlockReport, NoteReport, RunFinished

OF_THE_WHOLE = "the note"
"""What the case is called that is no block's."""
LONGEST_CODE = 60
"""Characters of a block's first line that name it."""


def junit(told: RunFinished | LintFinished) -> str:
    """Return the document."""
    document = JUnitXml("mdrun")
    # One after the other: what the library does besides takes long for many notes.
    document.extend(_of_lint(told) if isinstance(told, LintFinished) else _of_run(told))
    # The common schema knows no number of skipped cases here.
    document.tests, document.failures, document.errors = (
        sum(getattr(suite, name) for suite in document) for name in ("tests", "failures", "errors")
    )
    text: bytes = document.tostring()
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text.decode()}\n'


def _of_run(finished: RunFinished) -> Iterator[TestSuite]:
    for report in finished.reports:
        yield _suite(str(report.path), [*_of_whole(report), *(_of_block(report, block) for block in report.blocks)])
    for path in finished.pending:
        yield _suite(str(path), [_unreached(path)])
    cases = [_of_findings(finding.rule.name, finding.file, [finding]) for finding in beside_notes(finished)]
    if finished.error:
        cases.append(_case("the run", "mdrun", Error(as_xml(finished.error), "ended")))
    if cases:
        yield _suite("mdrun", cases)


def _of_lint(finished: LintFinished) -> Iterator[TestSuite]:
    found: dict[str, list[Finding]] = {str(path): [] for path in finished.notes}
    for finding in finished.findings:
        found.setdefault(finding.file, []).append(finding)
    if found:
        yield _suite("mdrun lint", [_of_findings(OF_THE_WHOLE, file, findings) for file, findings in found.items()])


def _suite(name: str, cases: Iterable[TestCase]) -> TestSuite:
    suite = TestSuite(as_xml(name))
    suite.extend(cases)
    suite.update_statistics()
    return suite


def _of_whole(report: NoteReport) -> Iterator[TestCase]:
    """Yield the case of the note itself, if it has no other, or something is wrong beside its blocks."""
    wrong = [finding for finding in beside_blocks(report) if finding.level == "error"]
    if report.fault is not None and issubclass(report.fault, Stopped):
        yield _unreached(report.path, report.error)
    elif wrong or not report.blocks:
        case = _of_findings(OF_THE_WHOLE, str(report.path), wrong, Error if report.error else Failure)
        if report.skipped:
            case.result = [Skipped("the note says mdrun-skip")]
        yield case


def _unreached(path: Path, why: str = "the run did not come to it") -> TestCase:
    return _case(OF_THE_WHOLE, str(path), Skipped(why))


def _of_findings(name: str, file: str, findings: Sequence[Finding], kind: type[Error | Failure] = Failure) -> TestCase:
    """Return one case with all findings in its text: readers take the first result of a case alone."""
    if not findings:
        return _case(name, file)
    first, *others = findings
    message = f"{first.message} (and {len(others):,} more)" if others else first.message
    result = _result(kind, first.code, message, map(str, findings))
    return _case(name, file, result)


def _of_block(report: NoteReport, block: BlockReport) -> TestCase:
    file, own = as_named(report, block.place.note), str(report.path)
    where = f"line {block.place.line}" if file == own else f"{file} line {block.place.line}"
    name = f"{where}: {block.label or block.code[:LONGEST_CODE]}".removesuffix(": ")
    return _case(name, own, _became(block, file), block.seconds)


def _became(block: BlockReport, file: str) -> Error | Failure | Skipped | None:
    if block.verdict in {"skipped", "not run"}:
        return Skipped(as_xml(block.message or "the block says that it never runs"))
    if not block.wrong:
        return None
    told = [f"{file}:{block.line}: {block.message}"]
    if block.change is not None:
        told += plain_lines(diff(block.change.old, block.change.new))
    return _result(Error if block.cause == "kernel" else Failure, code_of(block), block.message, told)


def _case(name: str, note: str, result: Error | Failure | Skipped | None = None, seconds: float = 0.0) -> TestCase:
    case = TestCase(as_xml(name), as_xml(note), round(seconds, 3))
    if result is not None:
        case.result = [result]
    return case


def _result(kind: type[Error | Failure], code: str, message: str, lines: Iterable[str]) -> Error | Failure:
    result = kind(as_xml(message), code)
    result.text = as_xml("\n".join(lines))
    return result
