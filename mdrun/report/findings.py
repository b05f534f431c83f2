"""What is wrong with notes after a run, as findings with the codes of rules."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, assert_never

from mdrun import errors
from mdrun.findings import Finding
from mdrun.linting.problems import CODES
from mdrun.report.values import LintFinished, NoteReport, Place, RunFinished
from mdrun.report.wording import as_named, count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mdrun.errors import MdrunError
    from mdrun.report.values import BlockReport, Cause, Told
    from mdrun.rules import Level

UNREADABLE = "MR121"
NOT_RECORDED = "MR541"
DAMAGED = "MR544"

_OF_ERRORS: Mapping[type[MdrunError], str] = {
    errors.NoteUnreadable: UNREADABLE,
    errors.SettingsError: "MR402",
    errors.NoteChanged: "MR505",
    errors.KernelMissing: "MR521",
    errors.KernelStartFailed: "MR522",
    errors.NoteUnwritable: "MR531",
    errors.NoteBusy: "MR532",
    errors.RecordingUnwritable: "MR545",
}
_OF_OTHER_ERRORS = "MR539"
_OF_TOLD: Mapping[str, str] = dict([*CODES.items(), ("displaced", "MR505"), ("limit", "MR542")])
"""By what a plan or a run calls it; a failure of another kind is a block's, which tells of it."""
_OF_CAUSES: Mapping[Cause, str] = {"exception": "MR501", "time": "MR502", "size": "MR503", "kernel": "MR523"}
_OF_CHANGES: Mapping[str, str] = {
    "other": "MR511",
    "new": "MR512",
    "gone": "MR513",
    "missing": "MR514",
    "altered": "MR515",
}
_OF_BLOCKS: Mapping[str, str] = {"edited": "MR302", "differs": "MR516", "not run": "MR504"}
_OF_RECORDINGS: Mapping[str, tuple[str, str]] = {
    "unused": ("MR543", "no note asks for this recording any more"),
    "damaged": (DAMAGED, "this is no recording of mdrun's, or was changed: restore it, or take it away"),
}
_THROUGH = re.compile(r" \(through ([^()]+)\)")
"""How a plan names the way to an embed; the same fault is one, on whatever way it was found."""
_REFUSALS: Mapping[str, str] = {
    "no recording of": NOT_RECORDED,
    "is asked once more": NOT_RECORDED,
    " is damaged: ": DAMAGED,
}
"""By what the gateway says of a request that it has no answer to."""


def findings_of(told: NoteReport | RunFinished | LintFinished) -> tuple[Finding, ...]:
    """Return what is wrong with a note, or with all notes, each thing once: by its weight a failure or a warning.

    What is wrong with an embedded note stands there, and names the way to it behind its message.
    """
    match told:
        case LintFinished():
            return told.findings
        case NoteReport():
            return _joined(_of_note(told))
        case RunFinished():
            return (*_joined(found for report in told.reports for found in _of_note(report)), *beside_notes(told))
        case _:
            assert_never(told)


def beside_blocks(report: NoteReport) -> tuple[Finding, ...]:
    """Return what is wrong with a note as a whole, or with places of it that are no blocks that ran."""
    return _joined(_of_whole(report))


_Found: TypeAlias = "tuple[Finding, str]"
"""A finding, and the embeds that led there."""


def _joined(found: Iterable[_Found]) -> tuple[Finding, ...]:
    ways: dict[Finding, list[str]] = {}
    for finding, way in found:
        ways.setdefault(finding, []).extend([way] if way else [])
    return tuple(_with_ways(finding, led) for finding, led in ways.items())


def _with_ways(finding: Finding, ways: Sequence[str]) -> Finding:
    """Return a finding that says how it was reached, by one of the notes at least."""
    if not ways:
        return finding
    more = f" and {len(ways) - 1:,} more" if len(ways) > 1 else ""
    return replace(finding, message=f"{finding.message} (through {ways[0]}{more})")


def _of_note(report: NoteReport) -> Iterator[_Found]:
    yield from _of_whole(report)
    for block in report.blocks:
        if (block.wrong and block.verdict != "not run") or block.verdict in {"differs", "edited"}:
            weight: Level = "error" if block.wrong else "warning"
            yield _found(report, replace(block.place, line=block.line), code_of(block), block.message, weight)
    yield from _not_run(report)


def _not_run(report: NoteReport) -> Iterator[_Found]:
    """Yield the first block of each note that did not run, for all that have the same reason."""
    alike: dict[tuple[str, str], list[BlockReport]] = {}
    for block in report.blocks:
        if block.wrong and block.verdict == "not run":
            alike.setdefault((block.place.note, block.message), []).append(block)
    for (_, reason), (first, *others) in alike.items():
        more = f" (and {count(len(others), 'more block')})" if others else ""
        yield _found(report, first.place, code_of(first), f"{reason}{more}")


def _of_whole(report: NoteReport) -> Iterator[_Found]:
    here = Place(report.note, 1)
    if report.error:
        code = _OF_ERRORS.get(report.fault, _OF_OTHER_ERRORS) if report.fault else _OF_OTHER_ERRORS
        yield _found(report, here, code, report.error.removeprefix(f"{report.path}: "))
    weights: tuple[tuple[Sequence[Told], Level], ...] = ((report.failures, "error"), (report.warnings, "warning"))
    for all_told, weight in weights:
        for told in all_told:
            if told.kind in _OF_TOLD:
                through = _THROUGH.search(told.message)
                finding, way = _found(report, told.place, _OF_TOLD[told.kind], _THROUGH.sub("", told.message), weight)
                yield finding, through[1] if through else way


def code_of(block: BlockReport) -> str:
    """Return the rule that a block which is not in order breaks."""
    match block.verdict:
        case "failed":
            refused = (code for words, code in _REFUSALS.items() if words in block.message)
            return next(refused, _OF_CAUSES[block.cause or "exception"])
        case "stale":
            return _OF_CHANGES[block.change.kind if block.change else "other"]
        case _:
            return _OF_BLOCKS[block.verdict]


def _found(report: NoteReport, place: Place, code: str, message: str, weight: Level = "error") -> _Found:
    way = ", ".join(f"{as_named(report, hop.note)}:{hop.line}" for hop in place.way)
    return Finding(as_named(report, place.note), place.line, code, message, place.note, weight), way


def beside_notes(finished: RunFinished) -> Iterator[Finding]:
    """Yield what is wrong beside the notes that ran: what could not be looked into, and recordings."""
    for absent in finished.left_out:
        if absent.wrong:
            yield Finding(absent.path, 1, UNREADABLE, absent.reason, absent.path)
    for recordings in finished.recordings:
        if recordings.wrong:
            code, message = _OF_RECORDINGS[recordings.kind]
            for name in recordings.names:
                note = f".mdrun/llm/{name}"
                yield Finding(str(recordings.vault / note), 1, code, message, note)
