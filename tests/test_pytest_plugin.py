"""Notes as tests of pytest's, in real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.runs import block, mdrun, vault

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.kernel


def pytest_on(*arguments: str, cwd: Path) -> tuple[int, str]:
    """Run pytest in a project of its own; return its exit code and what it said."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a vault: one note is fresh, one is stale, one fails, and others are not run."""
    root = vault(
        tmp_path,
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


def test_each_note_of_a_vault_is_a_test_and_its_failure_is_what_differs(project: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*.md")}
    code, said = pytest_on("--mdrun", "my notes", "test_own.py", "-rs", "--junitxml=report.xml", cwd=project)
    assert code == 1
    assert "2 failed, 2 passed, 1 skipped" in said
    assert "the note says mdrun-skip" in said
    stale = said.index("stale: my notes/Sub/Stale.md:1: the output differs")
    assert said.index("diff: my notes/Sub/Stale.md:1\n    [!output]\n    ```text\n  - 1\n  + 2\n    ```\n") > stale
    assert "\nfailed: my notes/Fails.md:6: quotient: ZeroDivisionError: division by zero\n" in said
    assert "Traceback" not in said
    assert {path: path.read_bytes() for path in project.rglob("*.md")} == before
    cases = ET.parse(project / "report.xml").iter("testcase")
    told = {case.get("name"): {each.get("name") for each in case.iter("property")} for case in cases}
    assert told["mdrun"] <= {"mdrun fresh", "mdrun stale", "mdrun failed", "mdrun ran"}


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


def test_a_note_that_is_named_runs_although_folders_leave_it_out(project: Path) -> None:
    code, said = pytest_on("--mdrun", "my notes/Old/Excluded.md", cwd=project)
    assert (code, "1 failed" in said) == (1, True)


def test_without_the_option_notes_are_no_tests_and_nothing_is_loaded(project: Path) -> None:
    probe = "import sys, pytest; pytest.main(['-q', '.']); print(sorted(n for n in sys.modules if 'mdrun' in n))"
    done = subprocess.run([sys.executable, "-c", probe], cwd=project, capture_output=True, text=True, check=True)
    assert "1 passed" in done.stdout
    assert done.stdout.splitlines()[-1] == "['mdrun', 'mdrun.pytest_plugin']"


def test_quotes_that_differ_fail_a_strict_test(tmp_path: Path) -> None:
    root = vault(tmp_path, {"pytest.ini": "[pytest]\n", "a.md": f"{block('[1, 2]')}> [1, 3]\n"})
    assert pytest_on("--mdrun", "a.md", cwd=root)[0] == 0
    code, said = pytest_on("--mdrun", "--mdrun-strict", "a.md", cwd=root)
    assert code == 1
    assert "differs: a.md:4: the output pasted by hand differs at [1]: 3 is now 2" in said


@pytest.mark.parametrize(
    ("files", "arguments", "message"),
    [
        ({"mdrun.toml": "nonsense = 1"}, (), "mdrun.toml: unknown setting 'nonsense'"),
        ({}, ("--mdrun-llm", "nobody"), "mdrun: command line: --llm = 'nobody': must be 'replay'"),
        ({"mdrun.toml": ""}, (), "embed [[Nowhere]] leads nowhere: no such note"),
    ],
)
def test_what_stands_in_the_way_is_told_without_a_traceback(
    tmp_path: Path, files: dict[str, str], arguments: tuple[str, ...], message: str
) -> None:
    root = vault(tmp_path, {"pytest.ini": "[pytest]\n", "a.md": f"![[Nowhere]]\n\n{block('1')}", **files})
    code, said = pytest_on("--mdrun", *arguments, "a.md", cwd=root)
    assert code != 0
    assert message in said
    assert "Traceback" not in said
    assert "site-packages" not in said


def test_a_kernel_that_is_not_there_is_an_error_of_the_test(project: Path) -> None:
    (project / "conftest.py").write_text("import os\nos.environ['MDRUN_KERNEL'] = 'no-such-kernel'\n")
    code, said = pytest_on("--mdrun", "my notes/Fresh.md", cwd=project)
    assert code == 1
    assert "error: " in said
    assert "no-such-kernel" in said
