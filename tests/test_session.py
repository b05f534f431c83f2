from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from mdrun.errors import BlockTimedOut, KernelDied, OutputLost, OutputTooLarge, Stopped
from mdrun.events import DisplayData, Error, Notice, Stream, UpdateDisplayData
from mdrun.parsing import parse
from mdrun.planning import plan
from mdrun.session import (
    Failed,
    Interrupted,
    Lost,
    NotRun,
    Passed,
    RunEvent,
    Session,
    Skipped,
    StepFinished,
    StepStarted,
    judge,
)
from mdrun.vault import Nowhere
from tests.kernels import ScriptedKernel
from tests.runs import block

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mdrun.planning import Step
    from tests.kernels import Line

BOOM = Error("ValueError", "no", bases=("ValueError", "Exception"))


def steps_of(*blocks: str) -> tuple[Step, ...]:
    return plan(parse("\n".join(blocks), "a.md"), lambda *_: Nowhere("")).steps


def session(script: Mapping[str, Sequence[Line]], *blocks: str, **how: object) -> Session:
    """Run blocks in a kernel that says what `script` has for each."""
    made = Session(ScriptedKernel({f"{source}\n": lines for source, lines in script.items()}), **how)  # type: ignore[arg-type]
    made.run(steps_of(*blocks))
    return made


def kernel_of(made: Session) -> ScriptedKernel:
    assert isinstance(made.kernel, ScriptedKernel)
    return made.kernel


def outcomes(made: Session) -> list[str]:
    return [type(result.outcome).__name__ for result in made.results]


def test_blocks_run_in_order_and_each_keeps_what_it_said() -> None:
    made = session({"a": [Stream("stdout", "1")], "b": [Stream("stdout", "2")]}, block("a"), block("b"))
    assert kernel_of(made).executed == [(0, "a\n"), (1, "b\n")]
    assert [result.outputs.outputs() for result in made.results] == [
        (Stream("stdout", "1"),),
        (Stream("stdout", "2"),),
    ]
    assert kernel_of(made).finished


def test_a_failed_block_does_not_stop_the_others() -> None:
    made = session({"a": [BOOM]}, block("a"), block("b"))
    assert outcomes(made) == ["Failed", "Passed"]


def test_a_failed_block_stops_the_others_when_asked_to() -> None:
    made = session({"a": [BOOM]}, block("a"), block("b"), block("c", "python {skip}"), stop_on_error=True)
    assert outcomes(made) == ["Failed", "NotRun", "Skipped"]
    assert made.results[1].outcome == NotRun("a failure", made.results[0].step)
    assert kernel_of(made).finished


def test_a_block_says_that_it_never_runs() -> None:
    made = session({}, block("a", "python {skip=true}"))
    assert outcomes(made) == ["Skipped"]
    assert kernel_of(made).executed == []


def test_an_empty_block_is_sent_nowhere() -> None:
    made = session({}, block(""), block("a"))
    assert outcomes(made) == ["Passed", "Passed"]
    assert kernel_of(made).executed == [(1, "a\n")]


def test_nothing_is_asked_of_a_kernel_that_has_nothing_to_do() -> None:
    made = session({})
    assert not kernel_of(made).finished


@pytest.mark.parametrize(
    ("info", "error", "expected"),
    [
        ("python", None, Passed()),
        ("python", BOOM, Failed(BOOM)),
        ("python {may_fail}", BOOM, Passed(BOOM)),
        ("python {raises='ValueError'}", BOOM, Passed(BOOM)),
        ("python {raises='Exception'}", BOOM, Passed(BOOM)),
        (
            "python {raises='KeyError'}",
            BOOM,
            Failed(Error("", "expected KeyError, but it raised ValueError")),
        ),
        (
            "python {raises='KeyError', may_fail=true}",
            None,
            Passed(Error("", "expected KeyError, but nothing was raised")),
        ),
        ("python {raises='KeyError'}", None, Failed(Error("", "expected KeyError, but nothing was raised"))),
        ("python {raises='json.ValueError'}", BOOM, Passed(BOOM)),
    ],
)
def test_options_say_which_errors_are_failures(info: str, error: Error | None, expected: object) -> None:
    (step,) = steps_of(block("a", info))
    assert judge(step, error) == expected


def test_what_was_expected_stands_below_what_came() -> None:
    made = session({"a": [BOOM]}, block("a", "python {raises='KeyError'}"))
    assert made.results[0].outputs.outputs()[-1] == Error("", "expected KeyError, but it raised ValueError")


@pytest.mark.parametrize("killed", [False, True])
def test_a_block_over_its_time_keeps_what_it_said(*, killed: bool) -> None:
    """F9, F10."""
    made = session({"a": [Stream("stdout", "x"), BlockTimedOut(5, killed=killed)]}, block("a"), block("b"))
    error = Error("TimeoutError", "timed out after 5 s")
    assert made.results[0].outcome == Interrupted(error, killed)
    assert made.results[0].outputs.outputs() == (Stream("stdout", "x"), error)
    assert outcomes(made)[1] == ("NotRun" if killed else "Passed")
    assert kernel_of(made).finished is not killed


def test_a_time_out_stops_the_others_when_asked_to() -> None:
    made = session({"a": [BlockTimedOut(5, killed=False)]}, block("a"), block("b"), stop_on_error=True)
    assert outcomes(made) == ["Interrupted", "NotRun"]


def test_a_block_that_says_too_much_is_told_in_megabytes() -> None:
    """F13."""
    made = session({"a": [OutputTooLarge(256_000_000, killed=False)]}, block("a"))
    assert made.results[0].outcome == Interrupted(Error("", "more than 256 MB of output"), killed=False)


@pytest.mark.parametrize(
    ("end", "words"),
    [(KernelDied(3), "kernel exited (code 3)"), (OutputLost("the reply never came"), "the reply never came")],
)
def test_without_its_kernel_no_later_block_is_sent(end: Exception, words: str) -> None:
    """F1, F7, F16."""
    made = session({"a": [Stream("stdout", "x"), end]}, block("a"), block("b"), block("c"))
    first = made.results[0]
    assert first.outcome == Lost(Error("", words))
    assert first.outputs.outputs() == (Stream("stdout", "x"), Error("", words))
    assert [result.outcome for result in made.results[1:]] == [NotRun(words, first.step)] * 2
    assert not kernel_of(made).finished


def test_a_stop_leaves_the_results_of_the_blocks_that_are_done() -> None:
    """F18, F20."""
    results: list[object] = []
    with pytest.raises(Stopped):
        session({"b": [Stopped(signal.SIGINT)]}, block("a"), block("b"), results=results)
    assert len(results) == 1


def test_the_nearest_time_limit_counts() -> None:
    blocks = [block("a"), block("b", "python {timeout=1}"), block("c", "python {timeout=-1}")]
    blocks += [block("d", "python {timeout=true}"), block("e", "python {timeout='x'}")]
    assert kernel_of(session({}, *blocks, timeout=9)).timeouts == [9, 1, 9, 9, 9]


def test_a_later_block_updates_what_an_earlier_one_shows() -> None:
    """F37."""
    script: dict[str, list[Line]] = {
        "a": [DisplayData({"text/plain": "old"}, {}, "x")],
        "b": [UpdateDisplayData({"text/plain": "new"}, {}, "x")],
    }
    made = session(script, block("a"), block("b"))
    assert made.results[0].outputs.outputs() == (DisplayData({"text/plain": "new"}, {}, "x"),)


def test_notices_are_kept_aside() -> None:
    made = session({"a": [Notice("deprecation", "old")]}, block("a"))
    assert made.results[0].notices == [Notice("deprecation", "old")]
    assert made.results[0].outputs.outputs() == ()


def test_what_the_kernel_says_at_the_end_is_the_last_block_s() -> None:
    """F30."""
    kernel = ScriptedKernel(farewell=[Stream("stdout", "late")])
    made = Session(kernel)
    made.run(steps_of(block("a"), block("b", "python {skip}")))
    assert made.results[0].outputs.outputs() == (Stream("stdout", "late"),)


def test_every_block_is_told_when_it_starts_and_ends() -> None:
    told: list[RunEvent] = []
    session({}, block("a"), block("b", "python {skip}"), say=told.append)
    assert [type(event) for event in told] == [StepStarted, StepFinished, StepFinished]
    assert isinstance(told[-1], StepFinished)
    assert told[-1].outcome == Skipped()


def test_told_to_nobody_a_session_runs_all_the_same() -> None:
    assert outcomes(session({}, block("a"))) == ["Passed"]


@pytest.mark.parametrize("info", ["python {may_fail}", "python {raises='TimeoutError'}"])
def test_a_block_may_be_allowed_to_take_too_long(info: str) -> None:
    made = session({"a": [BlockTimedOut(1, killed=False)]}, block("a", info))
    told = Error("TimeoutError", "timed out after 1 s")
    assert made.results[0].outcome == Passed(told)
    assert made.results[0].outputs.outputs() == (told,)
