"""What became of a note's run, as a report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mdrun.errors import NoteChanged, NoteUnwritable
from mdrun.note import EditedRegion, Region
from mdrun.report.blocks import Below, report_block, unsent
from mdrun.report.changes import Background, changes
from mdrun.report.values import Change, Kept, NoteReport, NotRun, Place, Told
from mdrun.road import comparison
from mdrun.session import NotRun as HeldBack
from mdrun.session import failed, lost_the_kernel, ran
from mdrun.staleness import reasons
from mdrun.story import SECRET, line_of, message_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from mdrun.planning import Plan, Problem, Step
    from mdrun.report.values import BlockReport, Purpose
    from mdrun.road import Executed, Outcome, Prepared
    from mdrun.text import Span
    from mdrun.weave import Kept as Written


def planned(prepared: Prepared, purpose: Purpose) -> NoteReport:
    """Report a note of which nothing is run: it says so, has no block, or a problem stands in the way."""
    told = [(problem, _as_planned(problem)) for problem in prepared.plan.problems]
    failures = tuple(one for problem, one in told if problem.fatal)
    skipped = prepared.settings.skip
    return NoteReport(
        prepared.job.path,
        prepared.job.name,
        prepared.job.why_root,
        exit_code=1 if failures and not skipped else 0,
        steps=len(prepared.plan.steps),
        failures=() if skipped else failures,
        warnings=() if skipped else tuple(one for problem, one in told if _is_warning(problem)),
        blocks=tuple(_never_sent(step, skipped=skipped) for step in prepared.plan.steps),
        purpose=purpose,
        skipped=skipped,
    )


def _never_sent(step: Step, *, skipped: bool) -> BlockReport:
    way = tuple(Place(hop.note, hop.line) for hop in step.trail)
    place = Place(step.note.path, step.block.line, way)
    if skipped:
        return replace(unsent(step, place, "the note says mdrun-skip"), verdict="skipped")
    return unsent(step, place, "nothing of the note is run")


def _nothing_before() -> None:
    return None


def made_of(
    prepared: Prepared,
    executed: Executed,
    outcome: Outcome,
    secrets: Collection[str],
    purpose: Purpose,
    before: Callable[[], Plan | None] = _nothing_before,
) -> NoteReport:
    """Report a note's run; its lines are those of the file as it is now, or once all is written.

    `before` returns the note's plan in an earlier version, which may tell what has changed since.
    """
    return _Making(prepared, executed, outcome, secrets, purpose, before).report()


@dataclass(frozen=True, slots=True)
class _Making:
    """The run of a note, looked at from all sides."""

    prepared: Prepared
    executed: Executed
    outcome: Outcome
    secrets: Collection[str]
    purpose: Purpose
    before: Callable[[], Plan | None]

    def report(self) -> NoteReport:
        prepared, outcome = self.prepared, self.outcome
        problems = prepared.plan.problems
        stored = any(isinstance(block.beneath, Region | EditedRegion) for block in outcome.note.blocks())
        found = self._changes()
        report = NoteReport(
            prepared.job.path,
            prepared.job.name,
            prepared.job.why_root,
            steps=len(prepared.plan.steps),
            ran=sum(map(ran, self.executed.results)),
            failures=(*self._failures(), *self._displaced()),
            warnings=tuple(self._problem(problem) for problem in problems if problem.kind != "repeat"),
            repeats=tuple(self._problem(problem) for problem in problems if problem.kind == "repeat"),
            notices=tuple(self._notices()),
            not_run=tuple(self._not_run()),
            kept=tuple(self._kept(kept) for kept in outcome.weaving.kept),
            adopted=outcome.weaving.adopted,
            changes=tuple(found[line] for line in sorted(found)),
            blocks=tuple(self._blocks(found, stored=stored)),
            stored=stored,
            purpose=self.purpose,
            masked=outcome.telling.masked,
            error=f"no picture can be kept: {outcome.obstacle}" if outcome.obstacle else "",
            fault=NoteUnwritable if outcome.obstacle else None,
        )
        return replace(report, exit_code=self._exit_code(report))

    def _exit_code(self, report: NoteReport) -> int:
        wrong = report.failures or report.stale or report.edited or (self.purpose.strict and report.differing)
        return max(
            1 if wrong else 0,
            3 if any(map(lost_the_kernel, self.executed.results)) else 0,
            NoteChanged.exit_code if self.outcome.displaced else 0,
            NoteUnwritable.exit_code if self.outcome.obstacle else 0,
            self.executed.stopped.exit_code if self.executed.stopped else 0,
        )

    def _place(self, step: Step, line: int) -> Place:
        way = tuple(Place(hop.note, self._line(hop.note, hop.line)) for hop in step.trail)
        return Place(step.note.path, self._line(step.note.path, line, step), way)

    def _line(self, note: str, line: int, step: Step | None = None) -> int:
        own = note == self.outcome.note.path
        return self.outcome.line(line, step=step, written=self.purpose.touches) if own else line

    def _own_line(self, line: int) -> int:
        return self._line(self.outcome.note.path, line)

    def _failures(self) -> Iterator[Told]:
        return (self._failure(index) for index, result in enumerate(self.executed.results) if failed(result))

    def _failure(self, index: int) -> Told:
        results = self.executed.results
        result = results[index]
        place = self._place(result.step, line_of(result, [each.step for each in results]))
        return Told(place, message_of(result, results[:index], self.secrets))

    def _displaced(self) -> Iterator[Told]:
        for step in self.outcome.displaced:
            message = "this block, or one before it, changed while it ran; its output is not written"
            yield Told(self._place(step, step.block.line), message, "displaced")

    def _problem(self, problem: Problem) -> Told:
        return Told(Place(problem.note, self._line(problem.note, problem.line)), problem.message, problem.kind)

    def _notices(self) -> Iterator[Told]:
        for result in self.executed.results:
            for notice in result.notices:
                if notice.kind == SECRET:
                    continue
                yield Told(self._place(result.step, result.step.block.line), notice.text, notice.kind)
        for step, remark in self.outcome.telling.remarks:
            yield Told(self._place(step, step.block.line), remark, "display")
        for lacking in self.outcome.lacking if self.purpose.writes else ():
            if lacking.path not in self.outcome.pictures:
                line = self._own_line(self._lines[lacking.block])
                message = f"{lacking.path} was changed by hand, and stays (--adopt replaces it)"
                yield Told(Place(self.outcome.note.path, line), message, "picture")

    def _changes(self) -> dict[int, Change]:
        """Return how regions differ, and those that differ in nothing but what stands beside the note.

        By the lines of their blocks in the note as it is now.
        """
        note = self.outcome.note
        text = self.outcome.weaving.text
        woven = changes(note, text, self._background()) if text != note.text else ()
        found = {change.place.line: change for change in woven}
        for lacking in self.outcome.lacking:
            line = self._lines[lacking.block]
            is_told = line in found and found[line].kind != "aged"
            if not is_told and (lacking.path in self.outcome.pictures or not self.purpose.writes):
                found[line] = Change(Place(note.path, line), "altered" if lacking.altered else "missing")
        there = {line: Place(note.path, self._own_line(line)) for line in found}
        return {line: replace(change, place=there[line]) for line, change in found.items()}

    def _background(self) -> Background:
        prepared, blocks, settings = self.prepared, self.outcome.blocks, self.prepared.settings
        by_value = {
            blocks[step.provenance].span
            for step in prepared.plan.steps
            if step.provenance in blocks and comparison(step, settings) == "value"
        }
        return Background(self._reasons(), by_value, settings.volatile)

    def _reasons(self) -> Mapping[Span, str]:
        """Return why outputs are stale; an earlier version is looked up where some are."""
        note, steps = self.prepared.note, self.prepared.plan
        if self.outcome.note.text != note.text or not reasons(note, steps):
            return {}
        return reasons(note, steps, self.before(), line=self._own_line)

    @property
    def _lines(self) -> dict[Span, int]:
        return {block.span: block.line for block in self.outcome.note.blocks()}

    def _not_run(self) -> Iterator[NotRun]:
        for result in self.executed.results:
            if isinstance(result.outcome, HeldBack):
                after = result.outcome.after
                place = self._place(result.step, result.step.block.line)
                yield NotRun(place, result.outcome.reason, self._place(after, after.block.line))
        for step in self._unreached():
            yield NotRun(self._place(step, step.block.line), str(self.executed.stopped))

    def _unreached(self) -> tuple[Step, ...]:
        return self.prepared.plan.steps[len(self.executed.results) :]

    def _kept(self, kept: Written) -> Kept:
        place = Place(self.outcome.note.path, self._own_line(kept.line))
        return Kept(place, kept.edited, kept.same, kept.yields, kept.differences)

    def _blocks(self, found: Mapping[int, Change], *, stored: bool) -> Iterator[BlockReport]:
        kept = {written.block.line: self._kept(written) for written in self.outcome.weaving.kept}
        for index, result in enumerate(self.executed.results):
            step, below = result.step, Below()
            if step.provenance in self.outcome.blocks:
                line = self.outcome.blocks[step.provenance].line
                shows = stored and step.options.get("hide") is not True
                below = Below(found.get(line), kept.get(line), shows)
            report = report_block(result, self._place(step, step.block.line), below, self.purpose)
            if report.verdict == "failed":
                told = self._failure(index)
                report = replace(report, message=told.message, line=told.place.line)
            yield report
        for step in self._unreached():
            yield unsent(step, self._place(step, step.block.line), str(self.executed.stopped))


def _as_planned(problem: Problem) -> Told:
    return Told(Place(problem.note, problem.line), problem.message, problem.kind)


def _is_warning(problem: Problem) -> bool:
    return not problem.fatal and problem.kind != "repeat"
