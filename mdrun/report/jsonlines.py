"""A run told to programs: one JSON object a line, as it happens. `schema/report-1.json` says what is in them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, assert_never

from mdrun import __version__
from mdrun.diff import diff, plain_lines
from mdrun.report.findings import beside_notes, findings_of
from mdrun.report.values import LintFinished, NoteFinished, NoteStarted, RunFinished
from mdrun.report.wellformed import as_json
from mdrun.report.wording import as_named
from mdrun.session import StepFinished, StepStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mdrun.findings import Finding
    from mdrun.planning import Step
    from mdrun.report.values import BlockReport, Leftovers, NoteReport, Place, Recordings, Tidings

SCHEMA = 1
"""The version of the schema: another one where a name or a meaning changes, not where something is added."""


class JsonLines:
    """Says what a run has to tell, an event at a time; each of them is told by `say` as a line."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._tell({"event": "start", "schema": SCHEMA, "mdrun": __version__})

    def __call__(self, tidings: Tidings) -> None:
        """Tell one thing."""
        for event in _events(tidings):
            self._tell(event)

    def _tell(self, event: dict[str, Any]) -> None:
        self._say(as_json(event))


def _events(tidings: Tidings) -> Iterator[dict[str, Any]]:
    match tidings:
        case NoteStarted(path, plan):
            yield {"event": "note-started", "file": str(path), "note": plan.note.path, "blocks": len(plan.steps)}
        case StepStarted(step):
            yield {"event": "block-started", **_step(step)}
        case StepFinished(step, outcome, seconds):
            became = type(outcome).__name__.lower()
            yield {"event": "block-finished", **_step(step), "outcome": became, "seconds": round(seconds, 3)}
        case NoteFinished(report):
            yield {"event": "note-finished", **_note(report)}
        case RunFinished():
            yield from ({"event": "finding", **_finding(one)} for one in beside_notes(tidings))
            yield from map(_recordings, tidings.recordings)
            yield from map(_pictures, tidings.leftovers)
            yield _finished(tidings)
        case LintFinished():
            yield from ({"event": "finding", **_finding(one)} for one in tidings.findings)
            yield _looked(tidings)
        case _:
            assert_never(tidings)


def _step(step: Step) -> dict[str, Any]:
    return {
        "note": step.note.path,
        "line": step.block.line,
        "via": [{"note": hop.note, "line": hop.line} for hop in step.trail],
    }


def _note(report: NoteReport) -> dict[str, Any]:
    return {
        "file": str(report.path),
        "note": report.note,
        "exit_code": report.exit_code,
        "seconds": round(report.seconds, 3),
        "command": "run" if report.purpose.writes else "check",
        "dry_run": report.purpose.dry,
        "skipped": report.skipped,
        "error": report.error,
        "python": report.python,
        "blocks": [_block(report, block) for block in report.blocks],
        "findings": [_finding(finding) for finding in findings_of(report)],
        "notices": [
            {"kind": told.kind, "message": told.message, **_place(report, told.place)} for told in report.notices
        ],
        "pasted": {
            "kept": sum(not kept.edited for kept in report.kept),
            "same": sum(kept.same for kept in report.kept),
            "adopted": report.adopted,
        },
        "masked": report.masked,
        "llm": asdict(report.talk) if report.talk else None,
    }


def _block(report: NoteReport, block: BlockReport) -> dict[str, Any]:
    change = block.change
    told = {
        **_place(report, block.place),
        "verdict": block.verdict,
        "wrong": block.wrong,
        "label": block.label,
        "message": block.message,
        "message_line": block.line,
        "seconds": round(block.seconds, 3),
    }
    if change is not None:
        told["change"] = {
            "kind": change.kind,
            "why": change.why,
            "differences": [asdict(difference) for difference in change.differences],
            "diff": plain_lines(diff(change.old, change.new)),
        }
    return told


def _place(report: NoteReport, place: Place) -> dict[str, Any]:
    return {
        "file": as_named(report, place.note),
        "note": place.note,
        "line": place.line,
        "via": [{"note": hop.note, "line": hop.line} for hop in place.way],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.rule.name,
        "level": finding.level,
        "file": finding.file,
        "note": finding.note,
        "line": finding.line,
        "message": finding.message,
    }


def _recordings(found: Recordings) -> dict[str, Any]:
    return {"event": "recordings", "vault": str(found.vault), "kind": found.kind, "names": list(found.names)}


def _pictures(found: Leftovers) -> dict[str, Any]:
    became = "removed" if found.removed else "unused"
    return {"event": "pictures", "vault": str(found.vault), "kind": became, "names": list(found.names)}


def _finished(finished: RunFinished) -> dict[str, Any]:
    return {
        "event": "finished",
        "exit_code": finished.exit_code,
        "notes": len(finished.reports),
        "in_order": sum(report.is_fine for report in finished.reports),
        "seconds": round(finished.seconds, 3),
        "left_out": [asdict(absent) for absent in finished.left_out],
        "pending": [str(path) for path in finished.pending],
        "error": finished.error,
    }


def _looked(finished: LintFinished) -> dict[str, Any]:
    return {
        "event": "looked",
        "notes": len(finished.notes),
        "findings": len(finished.findings),
        "fixed": [_finding(finding) for finding in finished.fixed],
        "known": finished.known,
        "vanished": finished.vanished,
        "seconds": round(finished.seconds, 3),
        "left_out": [asdict(absent) for absent in finished.left_out],
    }
