"""What blocks say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mdrun.events import DisplayData, ExecuteResult, Frame, Gap, Notice, Stream
from tests.kernels import error_of, kernel_in, run, said

if TYPE_CHECKING:
    from pathlib import Path

    from mdrun.kernel import Kernel


pytestmark = pytest.mark.kernel


def test_the_last_expression_is_the_result(kernel: Kernel) -> None:
    assert run(kernel, "1 + 1") == [ExecuteResult({"text/plain": "2"})]


def test_streams_come_in_order(kernel: Kernel) -> None:
    events = run(kernel, "import sys; print('a'); print('b', file=sys.stderr); print('c')")
    assert (said(events), said(events, "stderr")) == ("a\nc\n", "b\n")


def test_a_result_can_be_used_in_the_next_block(tmp_path: Path) -> None:
    with kernel_in(tmp_path) as kernel:
        run(kernel, "6 * 7")
        assert run(kernel, "_") == [ExecuteResult({"text/plain": "42"})]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("import asyncio\nawait asyncio.sleep(0)\nprint('awaited')", "awaited"),
        ("!echo shell", "shell"),
        ("%time pass", "CPU times"),
        ("%%time\nprint('magic')", "magic"),
    ],
)
def test_ipythons_ways_work(kernel: Kernel, source: str, text: str) -> None:
    assert text in said(run(kernel, source))


def test_what_a_cell_magic_takes_another_block_can_show(kernel: Kernel) -> None:
    assert said(run(kernel, "%%capture taken\nprint('x')")) == ""
    assert said(run(kernel, "print(taken.stdout)")) == "x\n\n"


def test_a_question_mark_pages_its_answer(kernel: Kernel) -> None:
    """F43."""
    (page,) = run(kernel, "abs?")
    assert isinstance(page, DisplayData)
    assert "absolute value" in page.data["text/plain"]


def test_the_note_is_where_its_folder_is(kernel: Kernel, shared_folder: Path) -> None:
    (shared_folder / "neighbour.py").write_text("VALUE = 5\n")
    source = "import os, sys, neighbour\nprint(os.getcwd() == sys.path[0], neighbour.VALUE, sys.argv)"
    assert said(run(kernel, source)) == "True 5 ['']\n"


def test_names_of_our_own_are_not_seen_by_the_note(kernel: Kernel) -> None:
    source = "print([n for n in globals() if 'mdrun' in n], [p for p in __import__('sys').path if 'guest' in p])"
    assert said(run(kernel, source)) == "[] []\n"


def test_the_environment_is_what_a_note_may_rely_on(kernel: Kernel) -> None:
    """F41, F42."""
    source = """
        import os
        for name in "MPLBACKEND PYTHONHASHSEED PYTHONSAFEPATH FORCE_COLOR TERM".split():
            print(name, os.environ.get(name))
    """
    assert said(run(kernel, source)).splitlines() == [
        "MPLBACKEND module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED 7",
        "PYTHONSAFEPATH None",
        "FORCE_COLOR None",
        "TERM dumb",
    ]


def test_debugpy_is_there_for_those_who_want_it(kernel: Kernel) -> None:
    assert said(run(kernel, "import importlib.util as u; print(u.find_spec('debugpy') is not None)")) == "True\n"


def test_surrogates_pass(kernel: Kernel) -> None:
    """F38."""
    assert run(kernel, r"print('\udcff'); '\udcff'") == [
        Stream("stdout", "\udcff\n"),
        ExecuteResult({"text/plain": r"'\udcff'"}),
    ]


def test_nan_passes_without_a_word(kernel: Kernel) -> None:
    """F39."""
    source = "display({'application/json': {'x': float('nan')}, 'text/plain': 'x'}, raw=True)"
    (shown,) = run(kernel, source)
    assert isinstance(shown, DisplayData)
    assert str(shown.data["application/json"]) == "{'x': nan}"


def test_what_json_does_not_know_is_told_as_ever(kernel: Kernel) -> None:
    source = "display({'text/plain': 'x', 'application/json': {1, 2}}, raw=True)"
    assert run(kernel, source)
    assert run(kernel, "1") == [ExecuteResult({"text/plain": "1"})]


def test_a_line_of_five_megabytes_comes_whole(kernel: Kernel) -> None:
    """F15."""
    assert len(said(run(kernel, "print('x' * 5_000_000, end='')"))) == 5_000_000


def test_children_and_c_code_speak_in_their_own_block(kernel: Kernel) -> None:
    """F31."""
    source = """
        import os, subprocess, sys, ctypes
        os.system("echo child; echo oops >&2")
        subprocess.run(["echo", "sub"])
        subprocess.run(["echo", "given"], stdout=sys.stdout)
        ctypes.CDLL(None).printf(b"from c\\n")
        None
    """
    for _ in range(20):
        events = run(kernel, source)
        assert sorted(said(events).split("\n")) == ["", "child", "from c", "given", "sub"]
        assert said(events, "stderr") == "oops\n"
    assert run(kernel, "None") == []


def test_bytes_of_a_child_are_decoded_whole(kernel: Kernel) -> None:
    source = 'import os\nos.system(\'printf "\\\\303"; sleep 0.1; printf "\\\\251\\\\377\\\\n"\')\nNone'
    assert said(run(kernel, source)) == "é\ufffd\n"


def test_a_hundred_kilobytes_of_c_output_do_not_hang(kernel: Kernel) -> None:
    """F32."""
    source = "import ctypes\nfor _ in range(1000): ctypes.PyDLL(None).printf(b'x' * 100)\nNone"
    assert len(said(run(kernel, source))) == 100_000


def test_after_closing_standard_output_the_next_block_runs(tmp_path: Path) -> None:
    """F33."""
    with kernel_in(tmp_path) as kernel:
        run(kernel, "import os; os.close(1)")
        assert said(run(kernel, "print('still')")) == "still\n"


@pytest.mark.parametrize(
    "source",
    ["input('name? ')", "import getpass; getpass.getpass()", "breakpoint()", "import pdb; pdb.set_trace()"],
)
def test_asking_the_reader_fails_at_once(kernel: Kernel, source: str) -> None:
    """F29."""
    assert error_of(run(kernel, source)).evalue == "no input in a note"


@pytest.mark.parametrize(
    "source", ["import sys; sys.exit(0)", "import sys; sys.exit(3)", "quit()", "exit()", "quit", "raise SystemExit"]
)
def test_leaving_fails_the_block_and_nothing_else(kernel: Kernel, source: str) -> None:
    """F5, F6."""
    events = run(kernel, source)
    assert error_of(events).ename == "SystemExit"
    assert len(events) == 1
    assert run(kernel, "1") == [ExecuteResult({"text/plain": "1"})]


def test_an_error_tells_its_frames_with_their_cells(kernel: Kernel) -> None:
    run(kernel, "def half(n):\n    return n / 0\n", cell=3)
    error = error_of(run(kernel, "x = 1\nhalf(x)", cell=8))
    assert error.frames == (
        Frame(line=2, name="<module>", source="half(x)", cell=8),
        Frame(line=2, name="half", source="return n / 0", cell=3),
    )
    assert error.bases[:2] == ("ZeroDivisionError", "ArithmeticError")


def test_an_error_in_a_neighbouring_file_tells_the_file(kernel: Kernel, shared_folder: Path) -> None:
    broken = shared_folder / "broken.py"
    broken.write_text("def go():\n    raise LookupError('here')\n")
    error = error_of(run(kernel, "import broken\nbroken.go()"))
    assert error.frames[-1] == Frame(2, "go", "raise LookupError('here')", None, str(broken))


def test_library_frames_are_left_out(kernel: Kernel) -> None:
    error = error_of(run(kernel, "import json\njson.loads('{')"))
    assert [each.source for each in error.frames if isinstance(each, Frame)] == ["json.loads('{')"]


def test_an_endless_recursion_is_cut_in_the_middle(kernel: Kernel) -> None:
    """F17."""
    error = error_of(run(kernel, "def f(n): return f(n + 1)\nf(0)"))
    assert error.ename == "RecursionError"
    assert len(error.frames) == 21
    assert error.frames[10] == Gap()


@pytest.mark.parametrize(
    ("source", "line", "text"),
    [("x = 1\ny = (", 2, "y = ("), ("if True:\npass", 2, "pass"), ("a = 1\nb = 'open", 2, "b = 'open")],
)
def test_a_syntax_error_tells_its_line(kernel: Kernel, source: str, line: int, text: str) -> None:
    assert error_of(run(kernel, source, cell=4)).frames == (Frame(line, "<module>", text, 4),)


def test_an_unknown_magic_is_an_error(kernel: Kernel) -> None:
    """F76."""
    assert error_of(run(kernel, "%nothing")).ename == "UsageError"


def test_notes_groups_and_causes_are_told(kernel: Kernel) -> None:
    source = """
        try:
            {}["a"]
        except KeyError as fault:
            group = ExceptionGroup("many", [ValueError("b")])
            group.add_note("a note")
            raise group from fault
    """
    error = error_of(run(kernel, source))
    assert error.notes == ("a note", "ValueError: b")
    assert error.cause is not None
    assert (error.cause.ename, error.cause.evalue) == ("KeyError", "'a'")


def test_source_can_be_looked_at(kernel: Kernel) -> None:
    run(kernel, "def seen():\n    return 1\n", cell=9)
    assert "return 1" in said(run(kernel, "import inspect; print(inspect.getsource(seen))"))
    assert said(run(kernel, "print(seen.__code__.co_filename)")) == "<cell 9>\n"


def test_an_error_while_showing_a_value_is_told(kernel: Kernel) -> None:
    source = "class Bad:\n    def __repr__(self): raise ValueError('no repr')\nBad()"
    assert error_of(run(kernel, source)).evalue == "no repr"


def test_a_deprecation_is_a_notice_and_other_warnings_have_no_path(kernel: Kernel) -> None:
    """F42."""
    source = """
        import warnings
        warnings.filterwarnings("default")
        warnings.warn("careful")
        for _ in range(3):
            warnings.warn("old", DeprecationWarning)
    """
    for _ in range(2):
        assert run(kernel, source) == [
            Stream("stderr", "UserWarning: careful\n"),
            Notice("deprecation", "DeprecationWarning: old"),
        ]


def test_an_error_in_a_thread_is_written_without_pythons_own_frames(kernel: Kernel) -> None:
    source = """
        import threading
        t = threading.Thread(target=lambda: 1 / 0, name="worker")
        t.start(); t.join()
    """
    text = said(run(kernel, source), "stderr")
    assert text.startswith("Exception in worker:\nTraceback (most recent call last):\n")
    assert text.endswith("ZeroDivisionError: division by zero\n")
    assert "threading.py" not in text


def test_old_langchain_imports_are_redirected_and_told(tmp_path: Path) -> None:
    pytest.importorskip("langchain_classic")
    source = """
        from langchain.memory import ConversationBufferMemory
        from langchain.chat_models import AzureChatOpenAI
        from langchain.schema.runnable import RunnablePassthrough, RunnableLambda
        from langchain.prompts import ChatPromptTemplate, MessagesPlaceholder
    """
    with kernel_in(tmp_path) as kernel:
        assert run(kernel, source) == [
            Notice("redirect", "langchain.memory -> langchain_classic.memory"),
            Notice(
                "redirect",
                "langchain.chat_models.AzureChatOpenAI -> langchain_openai.AzureChatOpenAI",
            ),
            Notice("redirect", "langchain.schema.runnable -> langchain_classic.schema.runnable"),
            Notice("redirect", "langchain.prompts -> langchain_classic.prompts"),
        ]
        same = """
            import importlib, langchain_openai
            import langchain.chains.llm as old, langchain_classic.chains.llm as new
            print(old is new, AzureChatOpenAI is langchain_openai.AzureChatOpenAI)
            print(importlib.reload(old) is new, old.__spec__.name)
        """
        assert said(run(kernel, same)) == "True True\nTrue langchain_classic.chains.llm\n"
        missing = error_of(run(kernel, "import langchain.nothing"))
        assert missing.evalue == "No module named 'langchain.nothing'"


def test_without_compat_the_import_fails_as_ever(tmp_path: Path) -> None:
    pytest.importorskip("langchain_classic")
    with kernel_in(tmp_path, compat=False) as kernel:
        assert error_of(run(kernel, "import langchain.memory")).ename == "ModuleNotFoundError"
        list(kernel.finish())


def test_blank_lines_above_the_code_count(kernel: Kernel) -> None:
    error = error_of(run(kernel, "\n\nx = 1\n1/0\n"))
    (frame,) = error.frames
    assert isinstance(frame, Frame)
    assert (frame.line, frame.source) == (4, "1/0")
    assert said(run(kernel, "\n\n%%time\nprint('magic')")).startswith("magic\n")
    assert run(kernel, "\n  \n    2\n") == [ExecuteResult({"text/plain": "2"})]
