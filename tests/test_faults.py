"""Faults at the command line, with real kernels; the numbers are those of the fault table."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.kernels import gone, is_alive
from tests.runs import COMMAND, block, mdrun, vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.kernel

WAIT = "import time, os\nprint('before', flush=True)\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(600)"


@contextmanager
def running(home: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run mdrun until a block waits; lend out its process and the kernel's pid."""
    with subprocess.Popen([*COMMAND, *arguments], cwd=home, stdout=subprocess.PIPE) as process:
        until = time.monotonic() + 60
        while not (home / "pid").exists() or not (home / "pid").read_text():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        try:
            yield process, int((home / "pid").read_text())
        finally:
            process.kill()


def regions(note: Path) -> list[str]:
    """Return the regions of a note, without stamps."""
    return re.findall(r"> \[!(?:output|error)\].*(?:\n>.*)*(?=\n> <!-- )", note.read_text())


def test_a_kernel_that_ends_takes_no_output_along(tmp_path: Path) -> None:
    """F1, F2, F3: what was said stays, what ended it stands below, later blocks are named, exit 3."""
    ends = {
        "exits.md": ("import os; os._exit(3)", "kernel exited (code 3)"),
        "killed.md": (
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            "kernel killed by signal 9 (SIGKILL, perhaps out of memory)",
        ),
        "crashes.md": ("import ctypes; ctypes.string_at(0)", "kernel killed by signal 11 (SIGSEGV)"),
    }
    texts = {
        name: block("1 + 1") + "\n" + block(f"print('said', flush=True)\n{code}") + "\n" + block("never")
        for name, (code, _) in ends.items()
    }
    told = mdrun(".", cwd=vault(tmp_path, texts))
    assert told.code == 3
    for name, (_, words) in ends.items():
        first, second = regions(tmp_path / name)
        assert first == "> [!output]\n> ```text\n> 2\n> ```"
        assert second == f"> [!error] `{words}`\n> ```text\n> said\n> ```\n>\n> ```text\n> {words}\n> ```"
        assert f"  failed: {name}:10: {words}\n" in told.out
        line = (tmp_path / name).read_text().split("\n").index("never")
        assert f"  not run: {name}:{line}: {words} in the block at {name}:10\n" in told.out


def test_a_kernel_that_does_not_start_says_why(tmp_path: Path) -> None:
    """F4: its last words are in the message, the note is as it was, exit 3, at once."""
    home = vault(tmp_path / "v", {"a.md": block("1")})
    python = vault(tmp_path, {"py": "#!/bin/sh\necho broken environment >&2\nexit 9\n"}) / "py"
    python.chmod(0o755)
    started = time.monotonic()
    told = mdrun("--python", python, "a.md", cwd=home)
    assert told.code == 3
    assert "error: kernel exited (code 9) before it was ready:\n  broken environment\n" in told.out
    assert (home / "a.md").read_text() == block("1")
    assert time.monotonic() - started < 30
    told = mdrun("--python", "no-such-python", "a.md", cwd=home)
    assert (told.code, "no interpreter at no-such-python" in told.out) == (3, True)


def test_what_a_block_may_not_do_fails_it_and_no_other(tmp_path: Path) -> None:
    """F5, F6, F29, F75, F76: each is a failure, and the kernel goes on."""
    codes = {
        "import sys; sys.exit(0)": "SystemExit",
        "quit()": "SystemExit",
        "input()": "StdinNotImplementedError: no input in a note",
        "raise KeyboardInterrupt": "KeyboardInterrupt",
        "@vault_path\nx = 1": "@vault_path is Execute Code's magic, which is not Python",
        "import warnings; warnings.warn('old', DeprecationWarning)": "",
    }
    text = "\n".join(map(block, codes))
    told = mdrun("a.md", cwd=vault(tmp_path, {"a.md": f"{text}\n{block('6 * 7')}"}))
    assert told.code == 1
    failures = [line for line in told.out.split("\n") if "failed: " in line]
    for words, line in zip([words for words in codes.values() if words], failures, strict=True):
        assert words in line
    assert "1 deprecation warning, not written into the note" in told.out
    assert regions(tmp_path / "a.md")[-1] == "> [!output]\n> ```text\n> 42\n> ```"


def test_a_block_over_its_time_is_interrupted_or_killed(tmp_path: Path) -> None:
    """F9, F10: partial output stays; the note goes on if the kernel does."""
    deaf = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('x', flush=True)\ntime.sleep(600)"
    home = vault(
        tmp_path,
        {
            "slow.md": block("import time\nprint('x', flush=True)\ntime.sleep(600)") + "\n" + block("'after'"),
            "deaf.md": block(deaf) + "\n" + block("'after'"),
        },
    )
    told = mdrun("--timeout", "1", "slow.md", cwd=home)
    assert told.code == 1
    assert "failed: slow.md:1: TimeoutError: timed out after 1 s\n" in told.out
    slow, after = regions(home / "slow.md")
    assert slow == (
        "> [!error] `TimeoutError: timed out after 1 s`\n> ```text\n> x\n> ```\n>\n"
        "> ```text\n> TimeoutError: timed out after 1 s\n> ```"
    )
    assert after == "> [!output]\n> ```text\n> 'after'\n> ```"
    told = mdrun("--timeout", "1", "deaf.md", cwd=home)
    assert told.code == 3
    assert re.search(r"not run: deaf\.md:\d+: the kernel had to be killed in the block at deaf\.md:1\n", told.out)
    assert len(regions(home / "deaf.md")) == 1


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_in_good_order(tmp_path: Path, signum: signal.Signals, code: int) -> None:
    """F18, F20: finished blocks' outputs are written, whole; no child is left."""
    home = vault(tmp_path, {"a.md": block("1 + 1") + "\n" + block(WAIT) + "\n" + block("3")})
    with running(home, "a.md") as (process, kernel):
        process.send_signal(signum)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == code
    assert gone(kernel)
    assert regions(home / "a.md") == ["> [!output]\n> ```text\n> 2\n> ```"]
    word = "interrupted" if signum == signal.SIGINT else "terminated"
    assert f"not run: a.md:10, 17: {word}\n" in out.decode()
    assert sorted(os.listdir(home)) == ["a.md", "pid"]


def test_a_signal_ends_all_notes_that_run(tmp_path: Path) -> None:
    """F18."""
    there = "import os, time\nwhile not os.path.exists('pid'): time.sleep(0.02)\n"
    home = vault(tmp_path, {"a.md": block("1 + 1") + "\n" + block(there + "time.sleep(600)"), "b.md": block(WAIT)})
    with running(home, "-j", "2", "a.md", "b.md") as (process, kernel):
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert gone(kernel)
    assert re.search(r"not run: a\.md:[\d, ]+: interrupted\n.*not run: b\.md:1: interrupted\n", out.decode(), re.DOTALL)


def test_a_second_signal_ends_a_run_at_once(tmp_path: Path) -> None:
    """F19: also when the kernel does not listen."""
    deaf = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{WAIT}"
    home = vault(tmp_path, {"a.md": block(deaf)})
    with running(home, "a.md") as (process, kernel):
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert gone(kernel)
    assert (home / "a.md").read_text() == block(deaf)


def test_killed_outright_it_leaves_nothing_behind(tmp_path: Path) -> None:
    """F21: the note is as it was, the kernel ends by itself, no lock stays."""
    text = block("1 + 1") + "\n" + block(WAIT)
    home = vault(tmp_path, {"a.md": text})
    with running(home, "a.md") as (process, kernel):
        assert is_alive(kernel)
        process.kill()
        process.communicate(timeout=30)
    assert (home / "a.md").read_text() == text
    assert gone(kernel, within=15)
    (home / "a.md").write_text(block("1 + 1"))
    assert mdrun("a.md", cwd=home).code == 0
    assert len(regions(home / "a.md")) == 1


def test_what_mdrun_reads_and_writes_is_what_a_person_sees(tmp_path: Path) -> None:
    """F53, F64, F65, F68, F74: a folder's worth of troubles, each told in its place."""
    home = vault(
        tmp_path,
        {
            ".obsidian/x": "",
            "circle.md": "![[circle]]\n" + block("'once'"),
            "nowhere.md": "![[Setup#Importing]]\n" + block("1"),
            "open.md": block("1") + "\n```python\n2\n",
            "hidden.md": f"%%\n{block('1/0')}%%\n<!--\n{block('1/0')}-->\n`![[x]]`\n\n{block('[[1]]')}",
            "secret.md": block("import os\nprint(os.environ['MY_TOKEN'])\nraise ValueError(os.environ['MY_TOKEN'])"),
            "Setup.md": "# Imports\n" + block("import helper\nhelper.boom()"),
            "helper.py": "def boom():\n    raise LookupError('deep')\n",
        },
    )
    told = mdrun(".", cwd=home, env={"MY_TOKEN": "tok-123456789"})
    assert told.code == 1
    root = f"{home} (it holds .obsidian)"
    for lines in (
        (
            "circle.md: 1 block run, 1 output written\n"
            "  warning: circle.md:1: embed [[circle]] closes a circle: circle.md [[circle]]\n"
        ),
        (
            "nowhere.md: nothing run\n"
            "  failed: nowhere.md:1: embed [[Setup#Importing]] leads nowhere: "
            f"no such heading (did you mean 'Imports'?)\n  vault: {root}\n"
        ),
        "open.md: nothing run\n  failed: open.md:5: code block is never closed: it needs a closing fence\n",
        "hidden.md: 1 block run, 1 output written\n",
        "  failed: secret.md:4: ValueError: ***\n",
        "masked in the outputs (***)\n",
        "  failed: Setup.md:4: LookupError: deep\n",
        ": 2 in order, 4 not in order (Setup.md, nowhere.md, open.md, secret.md)\n",
    ):
        assert lines in told.out
    assert "tok-123456789" not in told.out + told.err + (home / "secret.md").read_text()
    assert "> helper.py, line 2, in boom:\n" in (home / "Setup.md").read_text()
    assert (home / "open.md").read_text() == block("1") + "\n```python\n2\n"


def test_an_embed_that_failed_is_blamed_further_down(tmp_path: Path) -> None:
    home = vault(
        tmp_path,
        {
            "Setup.md": "# Keys\n" + block("import os\nkey = os.environ['NO_SUCH_THING']"),
            "a.md": "![[Setup#Keys]]\n\n" + block("def f():\n    return key\n") + "\n" + block("f()"),
        },
    )
    told = mdrun("a.md", cwd=home)
    assert told.code == 1
    assert "failed: Setup.md:4: KeyError: 'NO_SUCH_THING' (through a.md:1)\n" in told.out
    blame = "after [[Setup#Keys]] failed: KeyError"
    assert f"failed: a.md:10: NameError: name 'key' is not defined ({blame})\n" in told.out
    assert regions(home / "a.md") == [
        (
            "> [!error] `NameError: name 'key' is not defined`\n> ```text\n> line 1 of this block:\n>   f()\n"
            "> line 2 of block 1, in f:\n>   return key\n"
            f"> NameError: name 'key' is not defined\n> {blame}\n> ```"
        )
    ]
    before = (home / "a.md").read_bytes()
    told = mdrun("check", "a.md", cwd=home)
    assert told.code == 1
    assert "outputs fresh" in told.out
    assert (home / "a.md").read_bytes() == before


def test_a_disk_that_is_full_leaves_the_note_as_it_was(tmp_path: Path) -> None:
    """F58: exit 2, no temporary file left."""
    code = """
import resource, sys
from mdrun import __main__, files
write = files.write
def full(*arguments):
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    write(*arguments)
files.write = full
sys.argv = ["mdrun", "a.md"]
__main__.main()
"""
    text = block("print('x' * 1000)")
    home = vault(tmp_path, {"a.md": text})
    done = subprocess.run([sys.executable, "-c", code], cwd=home, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "error: a.md: cannot be written: File too large; the note is as it was\n" in done.stdout
    assert (home / "a.md").read_text() == text
    assert os.listdir(home) == ["a.md"]
