"""What became of a note's run, as a report."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from mdrun.errors import NoteChanged, NoteUnwritable
from mdrun.note import CodeBlock, EditedRegion, Region
from mdrun.parsing import parse
from mdrun.report.values import Change, Kept, NoteReport, NotRun, Place, Told
from mdrun.session import NotRun as HeldBack
from mdrun.session import failed, lost_the_kernel, ran
from mdrun.story import SECRET, line_of, message_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from mdrun.note import Beneath, Note
    from mdrun.planning import Problem, Step
    from mdrun.road import Executed, Outcome, Prepared
    from mdrun.text import Span


def planned(prepared: Prepared, *, writes: bool = True) -> NoteReport:
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
        writes=writes,
        skipped=skipped,
    )


def made_of(
    prepared: Prepared, executed: Executed, outcome: Outcome, secrets: Collection[str], *, writes: bool
) -> NoteReport:
    """Report a note's run; its lines are those of the file as it is now, or once all is written."""
    return _Making(prepared, executed, outcome, secrets, writes).report()


@dataclass(frozen=True, slots=True)
class _Making:
    """The run of a note, looked at from all sides."""

    prepared: Prepared
    executed: Executed
    outcome: Outcome
    secrets: Collection[str]
    writes: bool

    def report(self) -> NoteReport:
        prepared, outcome = self.prepared, self.outcome
        problems = prepared.plan.problems
        failures = (*self._failures(), *self._displaced())
        report = NoteReport(
            prepared.job.path,
            prepared.job.name,
            prepared.job.why_root,
            steps=len(prepared.plan.steps),
            ran=sum(map(ran, self.executed.results)),
            failures=failures,
            warnings=tuple(self._problem(problem) for problem in problems if problem.kind != "repeat"),
            repeats=tuple(self._problem(problem) for problem in problems if problem.kind == "repeat"),
            notices=tuple(self._notices()),
            not_run=tuple(self._not_run()),
            kept=tuple(self._kept()),
            adopted=outcome.weaving.adopted,
            changes=tuple(self._changes()),
            stored=any(isinstance(block.beneath, Region | EditedRegion) for block in outcome.note.blocks()),
            writes=self.writes,
            masked=outcome.telling.masked,
            error=f"no picture can be kept: {outcome.obstacle}" if outcome.obstacle else "",
        )
        return replace(report, exit_code=self._exit_code(report))

    def _exit_code(self, report: NoteReport) -> int:
        return max(
            1 if report.failures or report.stale or report.edited else 0,
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
        return self.outcome.line(line, step=step, written=self.writes) if own else line

    def _failures(self) -> Iterator[Told]:
        results = self.executed.results
        steps = [result.step for result in results]
        for index, result in enumerate(results):
            if failed(result):
                place = self._place(result.step, line_of(result, steps))
                yield Told(place, message_of(result, results[:index], self.secrets))

    def _displaced(self) -> Iterator[Told]:
        for step in self.outcome.displaced:
            message = "this block, or one before it, changed while it ran; its output is not written"
            yield Told(self._place(step, step.block.line), message)

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
        for lacking in self.outcome.lacking if self.writes else ():
            if lacking.path not in self.outcome.pictures:
                line = self._line(self.outcome.note.path, self._lines[lacking.block])
                message = f"{lacking.path} was changed by hand, and stays (--adopt replaces it)"
                yield Told(Place(self.outcome.note.path, line), message, "picture")

    def _changes(self) -> Iterator[Change]:
        """Yield how regions differ, and those that differ in nothing but what stands beside the note."""
        found = {change.place.line: change for change in changes(self.outcome.note, self.outcome.weaving.text)}
        for lacking in self.outcome.lacking:
            line = self._lines[lacking.block]
            is_told = line in found and found[line].kind != "aged"
            if not is_told and (lacking.path in self.outcome.pictures or not self.writes):
                found[line] = Change(Place(self.outcome.note.path, line), "altered" if lacking.altered else "missing")
        yield from (found[line] for line in sorted(found))

    @property
    def _lines(self) -> dict[Span, int]:
        return {block.span: block.line for block in self.outcome.note.blocks()}

    def _not_run(self) -> Iterator[NotRun]:
        for result in self.executed.results:
            if isinstance(result.outcome, HeldBack):
                after = result.outcome.after
                place = self._place(result.step, result.step.block.line)
                yield NotRun(place, result.outcome.reason, self._place(after, after.block.line))
        for step in self.prepared.plan.steps[len(self.executed.results) :]:
            yield NotRun(self._place(step, step.block.line), str(self.executed.stopped))

    def _kept(self) -> Iterator[Kept]:
        for kept in self.outcome.weaving.kept:
            line = self.outcome.line(kept.line, written=self.writes)
            yield Kept(Place(self.outcome.note.path, line), kept.edited, kept.same, kept.yields)


def changes(note: Note, text: str) -> tuple[Change, ...]:
    """Return how the regions of `note` differ from those of the `text` woven from it."""
    if text == note.text:
        return ()
    before, after = ([e for e in n.elements if isinstance(e, CodeBlock)] for n in (note, parse(text)))
    return tuple(
        Change(Place(note.path, old.line), kind)
        for old, new in zip(before, after, strict=True)
        if (kind := _difference(old.beneath, new.beneath)) is not None
    )


def _difference(old: Beneath | None, new: Beneath | None) -> Literal["new", "gone", "other", "aged"] | None:
    match old, new:
        case Region(), Region() if _says(old) != _says(new):
            return "other"
        case Region(), Region():
            return None if old.made == new.made else "aged"
        case _, Region():
            return "new"
        case Region(), _:
            return "gone"
        case _:
            return None


def _says(region: Region) -> tuple[str, str, tuple[str, ...]]:
    return region.kind, region.title, region.body


def _as_planned(problem: Problem) -> Told:
    return Told(Place(problem.note, problem.line), problem.message, problem.kind)


def _is_warning(problem: Problem) -> bool:
    return not problem.fatal and problem.kind != "repeat"
