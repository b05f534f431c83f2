"""The sentences of a report."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdrun.llm.calls import Source
    from mdrun.report.values import Kept, Leftovers, NoteReport, NotRun, Place, Recordings, RunFinished, Talk, Told

LONGEST_NAME = 24
"""Characters of a recording's name that are shown whole; a key is longer."""
NAMED = 8
"""Notes that a summary names before it only counts."""

_CHANGES = {
    "new": "the block has an output, but none is stored",
    "gone": "the block has no output any more",
    "other": "the output differs",
    "missing": "a picture it shows is not there",
    "altered": "a picture it shows was changed by hand",
}
_COUNTED = {"redirect", "deprecation"}
"""Notices of which there may be many."""


def lines_of(report: NoteReport, *, verbose: bool = False, quiet: bool = False) -> list[str]:
    """Return what is to be told of a note: what it came to first, then what is wrong, then the rest."""
    wrong = [*_wrong(report)]
    if quiet:
        return wrong
    lines = [f"{report.path}: {_came_to(report)}"]
    lines += [f"  {line}" for line in wrong]
    lines += [f"  {line}" for line in (*_remarks(report), *(_details(report) if verbose else ()))]
    return lines


def last_lines(finished: RunFinished, *, verbose: bool = False, quiet: bool = False) -> list[str]:
    """Return what stands at the end: what was left out, and how many notes are in order and which are not."""
    left_out = [f"left out: {one.path} ({one.reason})" for one in finished.left_out if verbose or one.wrong]
    left_out += [_unfit(recordings) for recordings in finished.recordings if recordings.wrong or not quiet]
    if not quiet:
        return [*left_out, *map(_left_over, finished.leftovers), _summary(finished)]
    total = len(finished.reports) + len(finished.pending)
    bad = sum(not report.is_fine for report in finished.reports)
    verdict = f"{bad:,} of {count(total, 'note')} not in order" if bad and total > 1 else ""
    pending = f"{count(len(finished.pending), 'note')} not run" if finished.pending else ""
    words = "; ".join(filter(None, (verdict, pending)))
    return [*left_out, words] if words else left_out


def count(number: int, noun: str) -> str:
    """Return `1 block`, `2 blocks`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _left_over(leftovers: Leftovers) -> str:
    which = f"{count(len(leftovers.names), 'picture')} in {leftovers.vault} ({_named(leftovers.names)})"
    if leftovers.removed:
        return f"removed: {which}: no note showed them any more"
    return f"unused: {which}: no note shows them any more (mdrun run {shlex.quote(str(leftovers.vault))} removes them)"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"


def _unfit(recordings: Recordings) -> str:
    names = [f"{name[:12]}..." if len(name) > LONGEST_NAME else name for name in recordings.names]
    folder = recordings.vault / ".mdrun" / "llm"
    which = f"{count(len(recordings.names), 'recording')} in {folder} ({_named(names)})"
    if recordings.kind == "removed":
        return f"removed: {which}: no note asked for them any more"
    if recordings.kind == "damaged":
        return f"damaged: {which}: restore them, or take them away"
    command = f"mdrun run --llm record {shlex.quote(str(recordings.vault))}"
    return f"unused: {which}: no note asks for them any more ({command} removes them)"


def _summary(finished: RunFinished) -> str:
    reports = finished.reports
    left_out = ""
    if finished.left_out:
        left_out = f", {count(len(finished.left_out), 'note')} left out (-v names them)"
    if not reports:
        return f"no note to run{left_out}"
    blocks = count(sum(report.ran for report in reports), "block")
    pythons = sorted({report.python for report in reports if report.python})
    by = f" by {', '.join(pythons)}" if pythons else ""
    ran = f"{count(len(reports), 'note')}, {blocks} run in {finished.seconds:.1f} s{by}"
    pending = f"; {count(len(finished.pending), 'more note')} not run" if finished.pending else ""
    unfit = [f"; {count(len(one.names), 'recording')} {one.kind}" for one in finished.recordings if one.wrong]
    return f"{ran}{left_out}: {_verdict(finished)}{pending}{''.join(unfit)}"


def _verdict(finished: RunFinished) -> str:
    fine = sum(report.is_fine for report in finished.reports)
    if fine == len(finished.reports):
        wrong = any(recordings.wrong for recordings in finished.recordings)
        all_of_them = "all " if fine > 1 else ""
        return f"{'notes ' if wrong else ''}{all_of_them}in order"
    return _not_in_order(finished) if not fine else f"{fine:,} in order, {_not_in_order(finished)}"


def _not_in_order(finished: RunFinished) -> str:
    """Return how many notes are not in order, and their names: `2 not in order (a.md, b.md)`."""
    bad = [str(report.path) for report in finished.reports if not report.is_fine]
    if len(finished.reports) == 1:
        return "not in order"
    more = f" and {len(bad) - NAMED:,} more" if len(bad) > NAMED else ""
    return f"{len(bad):,} not in order ({', '.join(bad[:NAMED])}{more})"


def _came_to(report: NoteReport) -> str:
    if not report.ran:
        return _why_nothing_ran(report)
    if not report.writes and not report.stored and not report.failures and not report.not_run:
        return f"runs, nothing stored ({count(report.ran, 'block')})"
    parts = [f"{count(report.ran, 'block')} run"]
    if report.failures:
        parts.append(f"{len(report.failures):,} failed")
    if report.not_run:
        parts.append(f"{len(report.not_run):,} not run")
    return ", ".join([*parts, *_outputs(report)])


def _outputs(report: NoteReport) -> Iterator[str]:
    if not report.error:
        yield from _written(report) if report.writes else _compared(report)


def _compared(report: NoteReport) -> Iterator[str]:
    if not report.stored:
        yield "nothing stored"
        return
    if report.stale or not report.edited:
        yield f"{count(len(report.stale), 'output')} stale" if report.stale else "outputs fresh"
    if report.edited:
        yield f"{count(len(report.edited), 'output')} edited by hand"


def _written(report: NoteReport) -> Iterator[str]:
    kinds = Counter(change.kind for change in report.changes)
    aged = kinds.pop("aged", 0)
    if kinds:
        yield f"{count(kinds.total() - kinds['gone'], 'output')} written"
        if kinds["gone"]:
            yield f"{count(kinds['gone'], 'output')} taken away"
    elif aged:
        yield f"outputs the same, {count(aged, 'stamp')} renewed"
    elif not report.adopted:
        yield "outputs unchanged"


def _why_nothing_ran(report: NoteReport) -> str:
    if report.skipped:
        return "not run (it says mdrun-skip)"
    if report.error:
        return "could not be run"
    return "nothing run" if report.steps or report.failures else "no block to run"


def _wrong(report: NoteReport) -> Iterator[str]:
    if report.error:
        yield f"error: {report.error}"
    for failure in report.failures:
        yield f"failed: {_said(report, failure)}"
    for change in report.stale:
        yield f"stale: {_at(report, change.place)}: {_CHANGES[change.kind]}"
    for kept in report.edited:
        yield f"edited: {_at(report, kept.place)}: this output was edited by hand"
    yield from _not_run(report)
    if any(told.kind == "unresolved" for told in report.failures):
        yield f"vault: {report.root}"


def _not_run(report: NoteReport) -> Iterator[str]:
    """Name the blocks that did not run, those with the same reason in one line."""
    groups: dict[tuple[str, str], list[NotRun]] = defaultdict(list)
    for block in report.not_run:
        groups[_why(report, block), block.place.note].append(block)
    for (why, _), blocks in groups.items():
        first, *others = blocks
        lines = "".join(f", {block.place.line}" for block in others)
        yield f"not run: {_at(report, first.place)}{lines}: {why}"


def _why(report: NoteReport, block: NotRun) -> str:
    return f"{block.reason} in the block at {_at(report, block.after)}" if block.after else block.reason


def _remarks(report: NoteReport) -> Iterator[str]:
    for warning in report.warnings:
        yield f"warning: {_said(report, warning)}"
    if any(told.kind == "unresolved" for told in report.warnings):
        yield f"vault: {report.root}"
    yield from _kept(report)
    yield from _from_the_kernel(report)
    if report.talk is not None:
        yield from _talked(report.talk)
    aged = sum(change.kind == "aged" for change in report.changes)
    if aged and not report.writes:
        yield f"{count(aged, 'output')} of code that has changed, and still the same"
    if report.adopted:
        yield f"adopted: {count(report.adopted, 'output')} pasted or edited by hand gave way to new ones"
    if report.masked:
        yield f"{count(report.masked, 'secret')} masked in the outputs (***)"
    if report.parted:
        yield f"the file has {count(report.parted, 'other hard link')}, with the text as it was"


def _kept(report: NoteReport) -> Iterator[str]:
    written: list[Kept] = []
    for kept in report.kept:
        if kept.edited and report.writes:
            adopt = " (--adopt replaces it)" if kept.yields else ""
            yield f"kept: {_at(report, kept.place)}: this output was edited by hand, so nothing is written here{adopt}"
        elif not kept.edited:
            written.append(kept)
    if written:
        same = sum(kept.same for kept in written)
        alike = f", {same:,} of which say{'s' if same == 1 else ''} the same" if same else ""
        adoptable = report.writes and any(kept.yields for kept in written)
        adopt = " (--adopt puts the new ones in their place)" if adoptable else ""
        yield f"kept: {count(len(written), 'output')} pasted by hand{alike}{adopt}"


def _from_the_kernel(report: NoteReport) -> Iterator[str]:
    kinds = Counter(notice.kind for notice in report.notices)
    if kinds["redirect"]:
        yield f"{count(kinds['redirect'], 'old LangChain import')} redirected (--no-compat turns this off)"
    if kinds["deprecation"]:
        yield f"{count(kinds['deprecation'], 'deprecation warning')}, not written into the note"
    for notice in report.notices:
        if notice.kind not in _COUNTED:
            yield f"{notice.kind}: {_said(report, notice)}"


def _talked(talk: Talk) -> Iterator[str]:
    if talk.calls:
        ways = Counter((call.source, call.model) for call in talk.calls)
        whence = "; ".join(_answers(number, source, model) for (source, model), number in ways.items())
        tokens = f", {count(sum(call.tokens for call in talk.calls), 'token')}"
        spent = f", {sum(call.seconds for call in talk.calls):.1f} s"
        yield f"llm: {count(len(talk.calls), 'call')} ({whence}){tokens}{spent}"
    for trouble in talk.troubles:
        first, *more = trouble.split("\n")
        yield f"llm: {first}"
        yield from (f"  {line}" for line in more)
    if talk.hosts:
        yield f"network: {', '.join(talk.hosts)} asked for, but out of reach with --llm {talk.mode}"


def _answers(number: int, source: Source, model: str) -> str:
    """Return `3 recorded, SmolLM2-135M-Instruct`, `1 new recording, gpt-4o-mini` or `2 failed, 429`."""
    what = {"new": count(number, "new recording"), "same": f"{number:,} asked anew and as recorded"}
    words = what.get(source, f"{number:,} {source}")
    return f"{words}, {model}" if model else words


def _details(report: NoteReport) -> Iterator[str]:
    if not any(told.kind == "unresolved" for told in (*report.failures, *report.warnings)):
        yield f"vault: {report.root}"
    if report.python:
        yield f"run by {report.python}"
    told = dict.fromkeys((notice.kind, notice.message) for notice in report.notices if notice.kind in _COUNTED)
    yield from (f"{kind}: {message}" for kind, message in told)
    yield from (f"repeat: {_said(report, repeat)}" for repeat in report.repeats)


def _said(report: NoteReport, told: Told) -> str:
    way = ", ".join(_at(report, place) for place in told.place.way)
    return f"{_at(report, told.place)}: {told.message}{f' (through {way})' if way else ''}"


def _at(report: NoteReport, place: Place) -> str:
    """Return `note:line`, the note in the words the user named its vault with."""
    return f"{_shown(report, place.note)}:{place.line}"


def _shown(report: NoteReport, note: str) -> str:
    own = Path(report.note)
    folder = report.path
    for part in reversed(own.parts):
        if folder.name != part:
            return note
        folder = folder.parent
    return str(folder / note)
