"""Notes as tests of pytest's, in real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, get_args
from xml.etree import ElementTree as ET

import pytest

from mdrun.settings import Mode
from tests.kernels import gone
from tests.runs import block, mdrun, vault

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.kernel

COMMAND = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q")


def outside() -> dict[str, str]:
    """Return the environment without what this suite's own pytest has put there."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}


def pytest_on(*arguments: str, cwd: Path, **variables: str) -> tuple[int, str]:
    """Run pytest in a project of its own; return its exit code and what it said."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env={**outside(), **variables},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a vault: one note is fresh, one is stale, one fails, and others are not run."""
    root = vault(
        tmp_path_factory.mktemp("project"),
        {
            "pytest.ini": "[pytest]\n",
            "test_own.py": "def test_own(): pass\n",
            "my notes/mdrun.toml": "exclude = ['Old/*']\n",
            "my notes/Fresh.md": block("1 + 1"),
            "my notes/Sub/Stale.md": block("x = 1\nx"),
            "my notes/Fails.md": block("print('still told')") + "\n" + block("1 / 0", "python {label='quotient'}"),
            "my notes/Skipped.md": f"---\nmdrun-skip: true\n---\n{block('1 / 0')}",
            "my notes/Old/Excluded.md": block("1 / 0"),
            "my notes/Prose.md": "Nothing to run.\n",
        },
    )
    ran = mdrun("my notes/Fresh.md", "my notes/Sub/Stale.md", cwd=root)
    assert ran.code == 0, ran.out
    stale = root / "my notes/Sub/Stale.md"
    stale.write_text(stale.read_text().replace("x = 1", "x = 2"))
    return root


def test_each_note_of_a_vault_is_a_test_and_its_failure_is_what_differs(project: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*.md")}
    report = tmp_path / "report.xml"
    code, said = pytest_on("--mdrun", "my notes", "test_own.py", "-rs", f"--junitxml={report}", cwd=project)
    assert code == 1
    assert "2 failed, 2 passed, 1 skipped" in said
    assert "SKIPPED [1] my notes/Skipped.md: the note says mdrun-skip" in said
    assert "_ my notes/Sub/Stale.md _" in said
    stale = said.index("\nstale: my notes/Sub/Stale.md:1: the output differs (its own code changed")
    assert said[stale:].splitlines()[2:9] == [
        "  diff: my notes/Sub/Stale.md:1",
        "      [!output]",
        "      ```text",
        "    - 1",
        "    + 2",
        "      ```",
        "accept what is new: mdrun run 'my notes/Sub/Stale.md'",
    ]
    assert "_ my notes/Fails.md _" in said
    assert "\nfailed: my notes/Fails.md:6: quotient: ZeroDivisionError: division by zero\n" in said
    assert "notes.py" not in said
    assert {path: path.read_bytes() for path in project.rglob("*.md")} == before
    cases = ET.parse(report).iter("testcase")
    told = {
        case.get("classname"): {each.get("name"): each.get("value") for each in case.iter("property")}
        for case in cases
        if case.get("name") == "mdrun"
    }
    assert told == {
        "my notes.Fails.md": {"mdrun failed": "1", "mdrun ran": "1"},
        "my notes.Fresh.md": {"mdrun fresh": "1"},
        "my notes.Skipped.md": {},
        "my notes.Sub.Stale.md": {"mdrun stale": "1"},
    }


def test_notes_are_chosen_by_name_and_told_one_by_one(project: Path) -> None:
    code, said = pytest_on("--mdrun", "my notes", "--collect-only", cwd=project)
    assert code == 0
    assert said.splitlines()[:4] == [
        f"my notes/{name}.md::mdrun" for name in ("Fails", "Fresh", "Skipped", "Sub/Stale")
    ]
    code, said = pytest_on("--mdrun", "my notes", "-k", "Fresh", cwd=project)
    assert (code, "1 passed, 3 deselected" in said) == (0, True)


def test_the_first_failure_can_be_the_last(project: Path) -> None:
    code, said = pytest_on("--mdrun", "my notes", "-x", cwd=project)
    assert (code, "1 failed" in said, "passed" in said) == (1, True, False)


def test_workers_of_xdist_share_the_notes(project: Path) -> None:
    code, said = pytest_on("--mdrun", "my notes", "-n", "2", cwd=project)
    assert (code, "2 failed, 1 passed, 1 skipped" in said) == (1, True)


def test_a_note_that_is_named_runs_although_folders_leave_it_out_unless_it_says_that_it_is_not_to_run(
    project: Path,
) -> None:
    code, said = pytest_on("--mdrun", "my notes/Old/Excluded.md", "my notes/Skipped.md", cwd=project)
    assert (code, "1 failed, 1 skipped" in said) == (1, True)


def test_without_the_option_notes_are_no_tests_and_nothing_is_loaded(project: Path) -> None:
    probe = "import sys, pytest; pytest.main(['-q', '.']); print(sorted(n for n in sys.modules if 'mdrun' in n))"
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=project, env=outside(), capture_output=True, text=True, check=True
    )
    assert "1 passed" in done.stdout
    assert done.stdout.splitlines()[-1] == "['mdrun', 'mdrun.pytest_plugin']"


def test_quotes_that_differ_fail_a_strict_test(tmp_path: Path) -> None:
    root = vault(tmp_path, {"pytest.ini": "[pytest]\n", "a.md": f"{block('[1, 2]')}> [1, 3]\n"})
    assert pytest_on("--mdrun", "a.md", cwd=root)[0] == 0
    code, said = pytest_on("--mdrun", "--mdrun-strict", "a.md", cwd=root)
    assert code == 1
    assert "differs: a.md:4: the output pasted by hand differs at [1]: 3 is now 2" in said


def test_who_answers_notes_can_be_said_as_for_check(tmp_path: Path) -> None:
    code, said = pytest_on("--mdrun", "--mdrun-llm", "record", cwd=tmp_path)
    assert code == pytest.ExitCode.USAGE_ERROR
    choices = ", ".join(f"'{mode}'" for mode in get_args(Mode) if mode != "record")
    assert f"invalid choice: 'record' (choose from {choices})" in said


def test_a_vault_whose_settings_mean_nothing_is_an_error_of_each_note_and_of_no_other_test(tmp_path: Path) -> None:
    notes = {"vault/mdrun.toml": "nonsense = 1", "vault/a.md": block("1"), "vault/b.md": block("1")}
    root = vault(tmp_path, {"pytest.ini": "[pytest]\n", "test_own.py": "def test_own(): pass\n", **notes})
    code, said = pytest_on("--mdrun", "vault", "test_own.py", cwd=root)
    assert (code, "1 passed, 2 errors" in said) == (1, True)
    assert f"\nmdrun: {root}/vault/mdrun.toml: unknown setting 'nonsense'\n" in said
    assert "notes.py" not in said


@pytest.mark.parametrize(
    ("note", "variables", "message"),
    [
        (f"![[Nowhere]]\n\n{block('1')}", {}, "failed: a.md:1: embed [[Nowhere]] leads nowhere: no such note"),
        (f"\xff{block('1')}".encode("latin-1"), {}, "error: a.md: not UTF-8: byte 0xff at offset 0"),
        (block("1"), {"MDRUN_KERNEL": "no-such-kernel"}, "error: no kernelspec 'no-such-kernel'"),
        (block("1"), {"MDRUN_TIMEOUT": "soon"}, "mdrun: environment: MDRUN_TIMEOUT = 'soon': must be"),
    ],
    ids=["an embed", "the note", "the kernel", "a setting"],
)
def test_what_stands_in_the_way_is_told_without_a_traceback(
    tmp_path: Path, note: str | bytes, variables: dict[str, str], message: str
) -> None:
    root = vault(tmp_path, {"pytest.ini": "[pytest]\n", "mdrun.toml": "", "a.md": note})
    code, said = pytest_on("--mdrun", "a.md", cwd=root, **variables)
    assert code == 1
    assert f"\n{message}" in said
    assert "(--vault)" not in said
    assert "notes.py" not in said


def test_a_fault_of_mdrun_s_own_shows_where_it_is(tmp_path: Path) -> None:
    spoiled = "import mdrun.pytest_plugin.notes\nmdrun.pytest_plugin.notes.check = None\n"
    root = vault(tmp_path, {"pytest.ini": "[pytest]\n", "conftest.py": spoiled, "a.md": block("1")})
    code, said = pytest_on("--mdrun", str(root / "a.md"), cwd=root.parent)
    assert code == 1
    assert "TypeError: 'NoneType' object is not callable" in said
    assert "notes.py" in said


def test_an_interrupt_ends_the_kernel_too(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    os.mkfifo(told)
    source = f"import os, time\nwith open({str(told)!r}, 'w') as f: f.write(str(os.getpid()))\ntime.sleep(60)"
    root = vault(tmp_path, {"pytest.ini": "[pytest]\n", "a.md": block(source)})
    with subprocess.Popen(
        [*COMMAND, "--mdrun", "a.md"], cwd=root, env=outside(), stdout=subprocess.PIPE, text=True
    ) as process:
        pid = int(told.read_text())
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in said
    assert gone(pid)
