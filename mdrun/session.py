"""Steps through one kernel, told as run events."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from mdrun.errors import BlockTimedOut, KernelError, OutputTooLarge
from mdrun.events import Error, Notice, UpdateDisplayData
from mdrun.outputs import Outputs, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mdrun.events import Event
    from mdrun.kernel import Kernel
    from mdrun.planning import Step


@dataclass(frozen=True, slots=True)
class Passed:
    """The block ran as it should; `error` is one it was expected, or allowed, to end with."""

    error: Error | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The block ended with an exception nobody announced, or without the one that was."""

    error: Error


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The block ran too long, or said too much, and was interrupted."""

    error: Error
    killed: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """The kernel ended in the block, or what the block said did not all arrive."""

    error: Error


@dataclass(frozen=True, slots=True)
class Skipped:
    """The block says that it never runs."""


@dataclass(frozen=True, slots=True)
class NotRun:
    """The block was not sent to the kernel."""

    reason: str
    after: Step
    """The one that stood in its way."""


Outcome: TypeAlias = Passed | Failed | Interrupted | Lost | Skipped | NotRun


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A block was sent to the kernel."""

    step: Step


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A block is done, or will not be run."""

    step: Step
    outcome: Outcome
    seconds: float


RunEvent: TypeAlias = StepStarted | StepFinished


@dataclass(slots=True)
class Result:
    """What became of one step."""

    step: Step
    outcome: Outcome
    outputs: Outputs = field(default_factory=Outputs)
    notices: list[Notice] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(slots=True)
class Session:
    """Runs steps in order; `results` holds those that are done, whenever it is looked at."""

    kernel: Kernel
    timeout: float | None = None
    """Seconds, for blocks that name no limit of their own."""
    stop_on_error: bool = False
    say: Callable[[RunEvent], None] = lambda _: None
    results: list[Result] = field(default_factory=list)
    _stage: Stage = field(default_factory=Stage)

    def run(self, steps: Sequence[Step]) -> None:
        """Run `steps`; raise Stopped when a signal came, with the steps done by then in `results`."""
        obstacle = None
        for cell, step in enumerate(steps):
            if step.options.get("skip") is True:
                self._finish(Result(step, Skipped()))
            elif obstacle or not step.block.source.strip():
                self._finish(Result(step, obstacle or Passed()))
            else:
                result = self._execute(step, cell)
                self._finish(result)
                obstacle = self._obstacle_after(result)
        if self.results and not any(map(lost_the_kernel, self.results)):
            self._listen_to_the_end()

    def _execute(self, step: Step, cell: int) -> Result:
        self.say(StepStarted(step))
        self._stage.widgets.release()
        result = Result(step, Passed(), Outputs(self._stage))
        started = time.monotonic()
        try:
            error = self._listen(self.kernel.execute(step.block.source, cell=cell, timeout=self._limit(step)), result)
            result.outcome = _judged(step, error, result)
        except (BlockTimedOut, OutputTooLarge) as told:
            error = Error("TimeoutError" if isinstance(told, BlockTimedOut) else "", str(told))
            result.outputs.add(error)
            result.outcome = _judged(step, error, result)
            if told.killed or isinstance(result.outcome, Failed):
                result.outcome = Interrupted(error, told.killed)
        except KernelError as told:
            error = Error("", str(told))
            result.outputs.add(error)
            result.outcome = Lost(error)
        result.seconds = time.monotonic() - started
        return result

    def _listen(self, events: Iterator[Event], result: Result) -> Error | None:
        """Give each event to the outputs it concerns; return the error the block ended with."""
        error = None
        for event in events:
            match event:
                case Notice():
                    result.notices.append(event)
                case UpdateDisplayData():
                    for earlier in self.results:
                        earlier.outputs.update(event)
                    result.outputs.add(event)
                case _:
                    result.outputs.add(event)
                    error = event if isinstance(event, Error) else error
        return error

    def _limit(self, step: Step) -> float | None:
        own = step.options.get("timeout")
        return float(own) if isinstance(own, int | float) and own is not True and own > 0 else self.timeout

    def _finish(self, result: Result) -> None:
        self.results.append(result)
        self.say(StepFinished(result.step, result.outcome, result.seconds))

    def _obstacle_after(self, result: Result) -> NotRun | None:
        """Return why the steps behind `result` are not run, if they are not."""
        match result.outcome:
            case Lost(error):
                return NotRun(error.evalue, result.step)
            case Interrupted(killed=True):
                return NotRun("the kernel had to be killed", result.step)
            case Failed() | Interrupted() if self.stop_on_error:
                return NotRun("a failure", result.step)
            case _:
                return None

    def _listen_to_the_end(self) -> None:
        """End the kernel; what it still says belongs to the last block that ran (F30)."""
        last = next(filter(ran, reversed(self.results)), self.results[-1])
        self._listen(self.kernel.finish(), last)


def failed(result: Result) -> bool:
    """Tell whether a block did not do what it should."""
    return isinstance(result.outcome, Failed | Interrupted | Lost)


def ran(result: Result) -> bool:
    """Tell whether a block was sent to the kernel, or had nothing to send."""
    return isinstance(result.outcome, Passed | Failed | Interrupted | Lost)


def lost_the_kernel(result: Result) -> bool:
    """Tell whether the kernel ended in a block, or had to be killed for it."""
    outcome = result.outcome
    return isinstance(outcome, Lost) or (isinstance(outcome, Interrupted) and outcome.killed)


def _judged(step: Step, error: Error | None, result: Result) -> Passed | Failed:
    """Judge a block's end; what the judgement adds to the block's own words stands below them."""
    outcome = judge(step, error)
    if outcome.error is not None and outcome.error is not error:
        result.outputs.add(outcome.error)
    return outcome


def judge(step: Step, error: Error | None) -> Passed | Failed:
    """Say what a block that ended with `error` is, by its options `raises` and `may_fail`."""
    expected = step.options.get("raises")
    if isinstance(expected, str):
        if error and expected.rpartition(".")[2] in (error.ename, *error.bases):
            return Passed(error)
        came = f"it raised {error.ename}" if error else "nothing was raised"
        error = Error("", f"expected {expected}, but {came}")
    if error and step.options.get("may_fail") is not True:
        return Failed(error)
    return Passed(error)
