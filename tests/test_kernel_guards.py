"""What a note does to its streams, errors and environment costs it nothing else."""

from __future__ import annotations

import traceback
import types
from typing import TYPE_CHECKING, Any

import pytest

from mdrun.events import DisplayData, ExecuteResult, Frame, Notice
from mdrun.kernel.guest import failures, keys, voices
from mdrun.kernel.specs import _with_interpreter
from tests.kernels import error_of, kernel_in, run, said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mdrun.kernel import Kernel


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    with kernel_in(tmp_path) as made:
        yield made


TEE = """
    import sys
    class Tee:
        def __init__(self, inner): self.inner = inner
        def write(self, text): self.inner.write(text)
        {flush}
    sys.stdout = Tee(sys.stdout)
    print("both")
"""


@pytest.mark.kernel
@pytest.mark.parametrize("flush", ["", "def flush(self): pass", "def flush(self): raise OSError"])
def test_what_a_stand_in_passes_on_arrives_in_its_block(kernel: Kernel, flush: str) -> None:
    """F31, F33."""
    assert said(run(kernel, TEE.format(flush=flush))) == "both\n"
    events = run(kernel, "print(type(sys.stdout).__name__); display(1); 2")
    assert said(events) == "Tee\n"
    assert events[1:] == [DisplayData({"text/plain": "1"}), ExecuteResult({"text/plain": "2"})]
    assert error_of(run(kernel, "1 / 0")).ename == "ZeroDivisionError"


@pytest.mark.kernel
def test_children_are_heard_while_another_stream_stands_in(kernel: Kernel) -> None:
    """F31."""
    assert said(run(kernel, "import io, os, sys; sys.stdout = io.StringIO(); os.system('echo hi'); None")) == "hi\n"
    assert said(run(kernel, "sys.stdout = open(os.devnull, 'w'); print('nowhere')")) == ""
    assert said(run(kernel, "sys.stdout = sys.__stdout__; print(5)")) == "5\n"
    run(kernel, "import atexit; atexit.register(lambda: print('bye'))")
    assert said(list(kernel.finish())) == "bye\n"


@pytest.mark.kernel
def test_a_closed_stream_goes_on_speaking(kernel: Kernel) -> None:
    """F33."""
    run(kernel, "import sys; sys.stdout.close(); sys.stderr.close()")
    events = run(kernel, "print('still'); print('too', file=sys.stderr)")
    assert (said(events), said(events, "stderr")) == ("still\n", "too\n")


@pytest.mark.kernel
def test_without_any_streams_results_and_errors_are_told(kernel: Kernel) -> None:
    """F33."""
    run(kernel, "import sys; kept = sys.stdout; sys.stdout = None; sys.stderr = None")
    assert run(kernel, "3") == [ExecuteResult({"text/plain": "3"})]
    assert error_of(run(kernel, "1 / 0")).ename == "ZeroDivisionError"
    assert said(run(kernel, "print('lost'); sys.stdout = kept; print('back')")) == "back\n"


@pytest.mark.kernel
@pytest.mark.parametrize("does", ["raise RuntimeError('x')", "raise SystemExit", "return 5"])
def test_an_error_without_a_message_fails_its_block_only(kernel: Kernel, does: str) -> None:
    """F33."""
    source = f"class E(Exception):\n    def __str__(self): {does}\nraise E()"
    assert error_of(run(kernel, source)).ename == "E"
    assert run(kernel, "1") == [ExecuteResult({"text/plain": "1"})]


@pytest.mark.kernel
def test_secrets_that_come_while_the_note_runs_are_told_once(kernel: Kernel) -> None:
    source = "import os; os.environ.update(MY_API_KEY='abcdefgh', KEY_FILE='/a/b/c/d/e', TOKEN='short')"
    assert run(kernel, source) == [Notice("secret", "abcdefgh")]
    assert run(kernel, "os.environ['OTHER_SECRET'] = 'abcdefgh'") == []


@pytest.mark.kernel
def test_no_cells_number_gets_into_the_note(kernel: Kernel) -> None:
    source = """\
        import logging, threading, traceback
        try:
            1 / 0
        except ZeroDivisionError:
            traceback.print_exc()
            logging.exception("logged")
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start(); thread.join()
    """
    text = said(run(kernel, source, cell=7), "stderr")
    assert "cell" not in text
    assert "Thread-" not in text
    assert text.count("  line 3, in <module>\n    1 / 0\n") == 2
    assert "Exception in a thread:\n" in text
    assert "  line 7, in <lambda>\n" in text


@pytest.mark.kernel
def test_the_line_of_a_cell_magic_is_no_frame_of_what_it_runs(kernel: Kernel) -> None:
    assert error_of(run(kernel, "%%time\nx = 1 / 0")).frames == (Frame(2, "<module>", "x = 1 / 0", 1),)
    assert error_of(run(kernel, "%%nothing\nx")).frames == (Frame(1, "<module>", "%%nothing", 1),)


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("OPENAI_API_KEY", "12345678", True),
        ("password", "12345678", True),
        ("OPENAI_API_KEY", "1234567", False),
        ("HOME", "12345678", False),
        ("SSH_KEY_PATH", "12345678", False),
        ("TOKENIZERS_PARALLELISM", "12345678", False),
    ],
)
def test_a_secret_is_known_by_its_name_and_length(name: str, value: str, hidden: bool) -> None:  # noqa: FBT001
    assert keys.is_secret(name, value) is hidden


def test_only_what_is_new_or_changed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setenv("A_TOKEN", "from the start")
    looked = keys.Keys(lambda kind, text: told.append((kind, text)))
    looked.look()
    monkeypatch.setenv("A_TOKEN", "changed since")
    looked.look()
    looked.look()
    assert told == [("secret", "changed since")]


def test_a_stand_in_is_put_aside_only_while_it_cannot_be_flushed(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys  # noqa: PLC0415 - as its attributes change

    kept = voices.Voices()
    ours = sys.stdout
    monkeypatch.setattr(sys, "stdout", None)
    assert kept.spared(lambda: sys.stdout is ours)() is True
    assert sys.stdout is None
    kept.put_aside()
    assert sys.stdout is ours
    kept.put_back()
    assert sys.stdout is None


def test_a_message_that_can_be_made_stays() -> None:
    error = ValueError("fine")
    result = types.SimpleNamespace(error_before_exec=None, error_in_exec=error)
    failures.tell_message(result)
    assert result.error_in_exec is error


def test_a_message_that_cannot_be_made_is_replaced() -> None:
    class Bad(Exception):
        def __str__(self) -> str:
            raise OSError

    result: Any = types.SimpleNamespace(error_in_exec=Bad())
    failures.tell_message(result)
    assert (type(result.error_in_exec).__name__, str(result.error_in_exec)) == (
        "Bad",
        "<its message cannot be made: OSError>",
    )


def test_code_within_a_cell_is_named_without_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failures.without_counters('  File "<code 3 within cell 7>", line 2, in f') == (
        '  File "<code>", line 2, in f'
    )
    monkeypatch.setattr(traceback.StackSummary, "format", traceback.StackSummary.format)
    failures.hide_counters()
    (line,) = traceback.format_list([("<cell 9>", 2, "f", "x")])
    assert line == "  line 2, in f\n    x\n"


@pytest.mark.parametrize(
    ("name", "told"), [("Thread-5", "a thread"), ("Thread-5 (f)", "a thread"), ("worker-1", "worker-1")]
)
def test_a_thread_nobody_named_is_a_thread(name: str, told: str) -> None:
    assert failures.named(types.SimpleNamespace(name=name)) == told


def test_a_bare_python_in_a_kernelspec_is_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/our/python")
    monkeypatch.setattr("sys.version_info", (3, 12, 1))
    for name in ("python", "python3", "python3.12"):
        assert _with_interpreter([name, "-m", "x"]) == ["/our/python", "-m", "x"]
    for other in (["/usr/bin/python3", "-m"], ["python2"], []):
        assert _with_interpreter(other) == other


@pytest.mark.parametrize("notes", ["5", "[Bad()]"])
def test_notes_of_any_kind_are_no_second_failure(notes: str) -> None:
    from tests.test_guest import described  # noqa: PLC0415

    source = f"class Bad:\n    def __str__(self): raise TypeError\ne = KeyError(1)\ne.__notes__ = {notes}\nraise e"
    expected = [] if notes == "5" else ["<its message cannot be made: TypeError>"]
    assert described(source)["notes"] == expected
