"""The sentences of a report."""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from mdrun.diff import diff

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mdrun.compare import Difference
    from mdrun.diff import DiffLine
    from mdrun.llm.calls import Source
    from mdrun.report.values import (
        Change,
        Kept,
        Leftovers,
        NoteReport,
        NotRun,
        Place,
        Recordings,
        RunFinished,
        Talk,
        Told,
    )

LONGEST_NAME = 24
"""Characters of a recording's name that are shown whole; a key is longer."""
NAMED = 8
"""Notes that a summary names before it only counts."""
LISTED = 20
"""Notes whose first fault is told once more at the end."""

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


def diffs_of(report: NoteReport) -> Iterator[tuple[str, Sequence[DiffLine]]]:
    """Yield what differs below each block whose output changed, behind its place."""
    for change in report.changes if report.purpose.writes else report.stale:
        if change.kind in {"new", "gone", "other"}:
            yield _at(report, change.place), diff(change.old, change.new)


def last_lines(finished: RunFinished, *, verbose: bool = False, quiet: bool = False) -> list[str]:
    """Return what stands at the end: what was left out, and how many notes are in order and which are not."""
    left_out = [f"left out: {one.path} ({one.reason})" for one in finished.left_out if verbose or one.wrong]
    left_out += [_unfit(recordings) for recordings in finished.recordings if recordings.wrong or not quiet]
    if not quiet:
        more = (*map(_left_over, finished.leftovers), *_once_more(finished), *accepting(finished))
        return [*left_out, *more, _summary(finished)]
    total = len(finished.reports) + len(finished.pending)
    bad = sum(not report.is_fine for report in finished.reports)
    verdict = f"{bad:,} of {count(total, 'note')} not in order" if bad and total > 1 else ""
    pending = f"{count(len(finished.pending), 'note')} not run" if finished.pending else ""
    words = "; ".join(filter(None, (verdict, pending)))
    return [*left_out, words] if words else left_out


def _once_more(finished: RunFinished) -> Iterator[str]:
    """Yield what is wrong with the notes of a large run in a line each, so that the end of it says all."""
    bad = [report for report in finished.reports if not report.is_fine]
    if len(finished.reports) <= NAMED or not bad:
        return
    for report in bad[:LISTED]:
        first, *more = _wrong(report)
        yield f"{first}{f' (and {len(more):,} more)' if more else ''}"
    if len(bad) > LISTED:
        yield f"and {count(len(bad) - LISTED, 'more note')} not in order"


def accepting(finished: RunFinished) -> Iterator[str]:
    """Yield the commands that make what `check` found to differ the notes' own."""
    whole = [report for report in finished.reports if not (report.failures or report.error or report.not_run)]
    yield from _command(finished, "accept what is new", "", [report for report in whole if report.stale])
    yield from _command(
        finished,
        "replace what was edited by hand",
        " --adopt",
        [one for one in whole if any(kept.yields for kept in one.edited)],
    )


def _command(finished: RunFinished, words: str, option: str, reports: Sequence[NoteReport]) -> Iterator[str]:
    if reports:
        named = finished.named if len(reports) > NAMED else [str(report.path) for report in reports]
        yield f"{words}: mdrun run{option}{_joined(finished.manner)}{_joined(named)}"


def _joined(words: Sequence[str]) -> str:
    return "".join(f" {shlex.quote(word)}" for word in words)


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
    if not report.purpose.writes and not report.stored and not report.failures and not report.not_run:
        return f"runs, nothing stored ({count(report.ran, 'block')})"
    parts = [f"{count(report.ran, 'block')} run"]
    if report.failures:
        parts.append(f"{len(report.failures):,} failed")
    if report.not_run:
        parts.append(f"{len(report.not_run):,} not run")
    return ", ".join([*parts, *_outputs(report)])


def _outputs(report: NoteReport) -> Iterator[str]:
    if not report.error:
        yield from _written(report) if report.purpose.writes else _compared(report)


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
    be = "to be " if report.purpose.dry else ""
    if kinds:
        yield f"{count(kinds.total() - kinds['gone'], 'output')} {be}written"
        if kinds["gone"]:
            yield f"{count(kinds['gone'], 'output')} {be}taken away"
    elif aged:
        yield f"outputs the same, {count(aged, 'stamp')} {be}renewed"
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
        yield f"stale: {_at(report, change.place)}: {changed(change)}"
    for kept in report.edited:
        yield f"edited: {_at(report, kept.place)}: this output was edited by hand"
    if report.purpose.strict:
        yield from _differing(report)
    yield from _not_run(report)
    if any(told.kind == "unresolved" for told in report.failures):
        yield f"vault: {report.root}"


def changed(change: Change) -> str:
    """Say what became of a region, and why, as far as that is known."""
    where = _where(change.differences)
    why = f" ({change.why})" if change.why else ""
    return f"{_CHANGES[change.kind]}{where}{why}"


def differing(kept: Kept) -> str:
    """Say where an output pasted by hand differs from the new one."""
    return f"the output pasted by hand differs{_where(kept.differences)}"


def _where(differences: Sequence[Difference]) -> str:
    """Return ` at ['history'][1].content: 'Hello' is now 'Hallo'`, and how many more there are."""
    if not differences:
        return ""
    first, *others = differences
    more = f", and at {count(len(others), 'more place')}" if others else ""
    old, new = first.old or "nothing", first.new or "nothing"
    return f"{f' at {first.path}' if first.path else ''}: {old} is now {new}{more}"


def _differing(report: NoteReport) -> Iterator[str]:
    return (f"differs: {_at(report, kept.place)}: {differing(kept)}" for kept in report.differing)


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
    if not report.purpose.strict:
        yield from _differing(report)
    yield from _from_the_kernel(report)
    if report.talk is not None:
        yield from _talked(report.talk)
    yield from _counted(report)


def _counted(report: NoteReport) -> Iterator[str]:
    aged = sum(change.kind == "aged" for change in report.changes)
    if aged and not report.purpose.writes:
        yield f"{count(aged, 'output')} of code that has changed, and still the same"
    if report.adopted:
        gave = "would give" if report.purpose.dry else "gave"
        yield f"adopted: {count(report.adopted, 'output')} pasted or edited by hand {gave} way to new ones"
    if report.masked:
        yield f"{count(report.masked, 'secret')} masked in the outputs (***)"
    if report.parted:
        yield f"the file has {count(report.parted, 'other hard link')}, with the text as it was"


def _kept(report: NoteReport) -> Iterator[str]:
    written: list[Kept] = []
    for kept in report.kept:
        if kept.edited and report.purpose.writes:
            adopt = " (--adopt replaces it)" if kept.yields else ""
            yield f"kept: {_at(report, kept.place)}: this output was edited by hand, so nothing is written here{adopt}"
        elif not kept.edited:
            written.append(kept)
    if written:
        same = sum(kept.same for kept in written)
        alike = f", {same:,} of which say{'s' if same == 1 else ''} the same" if same else ""
        adoptable = report.purpose.writes and any(kept.yields for kept in written)
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
    return f"{as_named(report, place.note)}:{place.line}"


def as_named(report: NoteReport, note: str) -> str:
    """Return a note of the vault in the words the user named its vault with."""
    own = Path(report.note)
    folder = report.path
    for part in reversed(own.parts):
        if folder.name != part:
            return note
        folder = folder.parent
    return str(folder / note)
