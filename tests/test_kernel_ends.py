"""How blocks and kernels end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from mdrun.errors import (
    BlockTimedOut,
    KernelDied,
    OutputLost,
    OutputTooLarge,
    Stopped,
)
from mdrun.events import ExecuteResult, Stream
from mdrun.kernel.client import FAREWELL, GRACE
from mdrun.kernel.guest.app import LATE_THREADS
from mdrun.stop import StopRequest
from tests.kernels import error_of, gone, is_alive, kernel_in, outcome, run, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mdrun.kernel import Kernel


pytestmark = pytest.mark.kernel


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdrun.kernel.client.GRACE", 0.5)


def test_a_late_thread_speaks_in_the_block_that_runs(kernel: Kernel) -> None:
    """F30."""
    run(kernel, "import threading, time\nthreading.Timer(0.2, print, ['late']).start()")
    assert said(run(kernel, "time.sleep(0.5)")) == "late\n"


def test_words_between_two_blocks_belong_to_the_second(kernel: Kernel) -> None:
    """F30."""
    run(kernel, "import threading; threading.Timer(0.1, print, ['between']).start()")
    time.sleep(0.4)
    assert said(run(kernel, "None")) == "between\n"


def test_the_end_waits_shortly_for_threads_and_runs_exit_handlers(tmp_path: Path) -> None:
    """F30."""
    source = """
        import atexit, threading
        atexit.register(print, "bye")
        threading.Timer(0.05, print, ["late"]).start()
        left_open = open("left.txt", "w")
        left_open.write("kept")
        None
    """
    with kernel_in(tmp_path) as kernel:
        run(kernel, source)
        assert said(list(kernel.finish())) == "late\nbye\n"
    assert (tmp_path / "left.txt").read_text() == "kept"


def test_the_end_takes_no_longer_than_it_has_to(tmp_path: Path) -> None:
    """The shortest of several: a busy machine makes each longer, and none shorter."""

    def lasted() -> float:
        with kernel_in(tmp_path) as kernel:
            run(kernel, "1")
            begin = time.monotonic()
            assert list(kernel.finish()) == []
            return time.monotonic() - begin

    assert any(lasted() < LATE_THREADS for _ in range(5))


@pytest.mark.parametrize(
    ("source", "limit"),
    [
        ("import threading, time; threading.Thread(target=time.sleep, args=[600]).start()", FAREWELL),
        ("import atexit, time; atexit.register(time.sleep, 600)", 60.0),
    ],
    ids=["F24 a thread", "F25 an exit handler"],
)
def test_what_will_not_end_is_ended(tmp_path: Path, source: str, limit: float) -> None:
    """F24, F25."""
    with kernel_in(tmp_path) as kernel:
        pid = int(said(run(kernel, f"import os; print(os.getpid()); {source}")))
        begin = time.monotonic()
        list(kernel.finish())
        assert time.monotonic() - begin < limit
    assert gone(pid)


@pytest.mark.parametrize(
    "source",
    [
        "import subprocess; print(subprocess.Popen(['sleep', '600']).pid)",
        "import os, time\nif (pid := os.fork()): print(pid)\nelse: time.sleep(600)",
    ],
    ids=["F22 a child", "F23 a fork"],
)
@pytest.mark.parametrize("polite", [True, False])
def test_no_child_of_the_kernel_is_left(tmp_path: Path, source: str, polite: bool) -> None:  # noqa: FBT001
    """F22, F23."""
    with kernel_in(tmp_path) as kernel:
        pid = int(said(run(kernel, source)))
        assert is_alive(pid)
        if polite:
            list(kernel.finish())
            assert list(kernel.finish()) == []
    assert gone(pid)


@pytest.mark.parametrize(
    ("source", "returncode", "message"),
    [
        ("import os; os._exit(3)", 3, "kernel exited (code 3)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9, "perhaps out of memory"),
        ("import ctypes; ctypes.string_at(0)", -11, "SIGSEGV"),
        ("import os; os.abort()", -6, "SIGABRT"),
    ],
    ids=["F1", "F2", "F3", "abort"],
)
def test_a_kernel_that_dies_leaves_what_it_said(tmp_path: Path, source: str, returncode: int, message: str) -> None:
    """F1, F2, F3."""
    with kernel_in(tmp_path) as kernel:
        run(kernel, "print('earlier')")
        events, error = outcome(kernel, f"print('before'); print('é', end='')\n{source}")
        assert said(events) == "before\né"
        assert isinstance(error, KernelDied)
        assert error.returncode == returncode
        assert message in str(error)
        assert isinstance(outcome(kernel, "1")[1], KernelDied)
        assert list(kernel.finish()) == []


def test_a_block_over_its_time_is_interrupted_and_the_kernel_goes_on(kernel: Kernel) -> None:
    """F9."""
    events, error = outcome(kernel, "import time\nprint('begun')\ntime.sleep(60)", timeout=0.3)
    assert events == [Stream("stdout", "begun\n")]
    assert isinstance(error, BlockTimedOut)
    assert (error.seconds, error.killed) == (0.3, False)
    assert run(kernel, "1") == [ExecuteResult({"text/plain": "1"})]


def test_a_waiting_coroutine_is_interrupted(kernel: Kernel) -> None:
    """F9."""
    source = "import asyncio\nawait asyncio.sleep(60)"
    events, error = outcome(kernel, source, timeout=0.3)
    assert events == []
    assert isinstance(error, BlockTimedOut)
    assert not error.killed
    assert run(kernel, "1") == [ExecuteResult({"text/plain": "1"})]


@pytest.mark.usefixtures("short_grace")
def test_a_block_that_ignores_the_interrupt_is_killed(tmp_path: Path) -> None:
    """F10."""
    source = """
        import signal, time, os
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        print(os.getpid())
        time.sleep(60)
    """
    with kernel_in(tmp_path) as kernel:
        events, error = outcome(kernel, source, timeout=0.3)
        assert isinstance(error, BlockTimedOut)
        assert error.killed
        assert gone(int(said(events)))
        with pytest.raises(KernelDied):
            run(kernel, "1")


def test_a_block_that_dies_of_the_interrupt_counts_as_killed(tmp_path: Path) -> None:
    source = """
        import os, signal, time
        signal.signal(signal.SIGINT, lambda *_: os._exit(1))
        time.sleep(60)
    """
    with kernel_in(tmp_path) as kernel:
        _, error = outcome(kernel, source, timeout=0.3)
        assert isinstance(error, BlockTimedOut)
        assert error.killed


def test_endless_output_is_stopped_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F13. On a busy machine what was said already takes a while to be read, and the interrupt to be answered."""
    monkeypatch.setattr("mdrun.kernel.client.GRACE", 30.0)
    with kernel_in(tmp_path, output_limit=1_000_000) as kernel:
        events, error = outcome(kernel, "while True: print('x' * 1000)")
        assert isinstance(error, OutputTooLarge)
        assert (error.limit, error.killed) == (1_000_000, False)
        # What the kernel says between two of its flushes comes as one message, however long.
        assert 500_000 < len(said(events)) < 60_000_000
        assert run(kernel, "1") == [ExecuteResult({"text/plain": "1"})]


@pytest.mark.usefixtures("short_grace")
def test_endless_output_that_ignores_the_interrupt_is_killed(tmp_path: Path) -> None:
    """F10, F13."""
    source = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: print('x' * 1000)"
    with kernel_in(tmp_path, output_limit=1_000_000) as kernel:
        _, error = outcome(kernel, source)
        assert isinstance(error, OutputTooLarge)
        assert error.killed


def test_a_kernel_that_asks_all_the_same_gets_an_empty_line(kernel: Kernel) -> None:
    """F29."""
    source = """
        kernel = get_ipython().kernel
        kernel._allow_stdin = True
        print(repr(type(kernel).raw_input(kernel, "name? ")))
    """
    assert said(run(kernel, source)) == "''\n"


def test_twenty_thousand_flushed_writes_from_two_kernels_at_once_arrive(tmp_path: Path) -> None:
    """F16."""
    source = "import sys\nfor i in range(5_000):\n    sys.stdout.write('.'); sys.stdout.flush()\nprint('end')"
    heard: list[str] = []

    def listen() -> None:
        with kernel_in(tmp_path) as kernel:
            heard.append(said(run(kernel, source, timeout=None)))

    threads = [threading.Thread(target=listen) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == ["." * 5_000 + "end\n"] * 2


@pytest.mark.parametrize(("lost", "message"), [("execute_reply", "reply"), ("status", "end of its output")])
def test_a_lost_half_of_the_end_is_no_success(
    tmp_path: Path, lost: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F7."""
    monkeypatch.setattr("mdrun.kernel.turn.OTHER_HALF", 0.3)
    source = f"""
        session = get_ipython().kernel.session
        send = session.send
        def lossy(stream, kind, *rest, **more):
            if kind != {lost!r}:
                return send(stream, kind, *rest, **more)
            return {{"content": {{"status": "ok"}}}}
        session.send = lossy
        print("said")
    """
    with kernel_in(tmp_path) as kernel:
        events, error = outcome(kernel, source)
        assert said(events) == "said\n"
        assert isinstance(error, OutputLost)
        assert message in str(error)


def test_a_failure_only_the_reply_tells_is_told(tmp_path: Path) -> None:
    """F76."""
    source = """
        shell = get_ipython()
        shell.showtraceback = lambda *a, **k: None
        1 / 0
    """
    with kernel_in(tmp_path) as kernel:
        assert error_of(run(kernel, source)).ename == "ZeroDivisionError"


# Stopping.

DRIVER = """
import os, sys
from pathlib import Path
from mdrun.errors import Stopped
from mdrun.kernel import KernelLaunch, start_kernel
from mdrun.stop import stop_on_signals

try:
    with stop_on_signals() as stop:
        with start_kernel(KernelLaunch(Path.cwd(), dict(os.environ)), stop) as kernel:
            for event in kernel.execute(sys.argv[1], cell=1):
                print(getattr(event, "text", ""), end="", flush=True)
except Stopped as stopped:
    sys.exit(stopped.exit_code)
"""
SLEEP = """
import os, subprocess, time
print(os.getpid(), subprocess.Popen(["sleep", "600"]).pid, flush=True)
time.sleep(600)
"""


@contextmanager
def driven(cwd: Path, source: str) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """Run a block in an mdrun of its own, and tell which processes its kernel has."""
    environment = {**os.environ, "TMPDIR": str(cwd)}
    argv = [sys.executable, "-c", DRIVER, source]
    with subprocess.Popen(argv, cwd=cwd, env=environment, stdout=subprocess.PIPE, text=True) as mdrun:
        assert mdrun.stdout is not None
        try:
            yield mdrun, [int(word) for word in mdrun.stdout.readline().split()]
        finally:
            mdrun.kill()


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_and_leaves_nothing(tmp_path: Path, signum: int, code: int) -> None:
    """F18, F20, F28."""
    with driven(tmp_path, SLEEP) as (mdrun, pids):
        mdrun.send_signal(signum)
        assert mdrun.wait(10) == code
    assert all(gone(pid) for pid in pids)
    assert list(tmp_path.glob("mdrun-*")) == []


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    """F19."""
    stubborn = """
import os, signal, subprocess, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print(os.getpid(), subprocess.Popen(["sleep", "600"]).pid, flush=True)
time.sleep(600)
"""
    with driven(tmp_path, stubborn) as (mdrun, pids):
        mdrun.send_signal(signal.SIGINT)
        begin = time.monotonic()
        time.sleep(0.3)
        mdrun.send_signal(signal.SIGINT)
        assert mdrun.wait(10) == 130
        assert time.monotonic() - begin < GRACE
    assert all(gone(pid) for pid in pids)
    assert list(tmp_path.glob("mdrun-*")) == []


def test_the_kernel_ends_when_mdrun_is_killed(tmp_path: Path) -> None:
    """F21, F28."""
    with driven(tmp_path, SLEEP) as (mdrun, pids):
        assert len(list(tmp_path.glob("mdrun-*"))) == 1
        mdrun.kill()
        mdrun.wait()
        assert all(gone(pid) for pid in pids)
    assert list(tmp_path.glob("mdrun-*")) == []


def test_a_request_to_stop_is_heard_by_the_next_block_and_the_end(tmp_path: Path) -> None:
    """F18."""
    stop = StopRequest()
    with kernel_in(tmp_path, stop) as kernel:
        run(kernel, "import atexit, time; atexit.register(time.sleep, 600)")
        stop.ask(signal.SIGINT)
        with pytest.raises(Stopped):
            run(kernel, "1")
        begin = time.monotonic()
        list(kernel.finish())
        assert time.monotonic() - begin < FAREWELL


def test_no_kernel_is_started_after_a_request_to_stop(tmp_path: Path) -> None:
    stop = StopRequest()
    stop.ask(signal.SIGTERM)
    with pytest.raises(Stopped), kernel_in(tmp_path, stop):
        pass
