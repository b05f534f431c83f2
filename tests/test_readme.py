"""README's commands do what it says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from markdown_it import MarkdownIt

from tests.repositories import commit, repository
from tests.runs import mdrun

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
FENCES = [token for token in MarkdownIt().parse((ROOT / "README.md").read_text("utf-8")) if token.type == "fence"]
TALKING = ("LangChain Memory.md", "LangChain Basic Codes.md", ".mdrun")
QUIET = ("Lab log.md", "Home", "Setup")
ELSEWHERE = re.compile(r"mdrun model|--extra|\.ci/run|uv run pytest\Z|tests\.benchmarks|uv tool|pip install \.")
"""Commands that fetch weights or install, and those that are the gate itself, or take as long."""

pytestmark = pytest.mark.kernel


def fences(language: str) -> list[str]:
    return [fence.content for fence in FENCES if fence.info == language]


def scripts(tree: Any) -> Iterator[str]:
    """Yield the commands of a workflow: of GitHub's `run` and GitLab's `script`."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == "run":
                yield value
            elif key == "script":
                yield from value
            else:
                yield from scripts(value)
    elif isinstance(tree, list):
        for member in tree:
            yield from scripts(member)


def commands() -> list[str]:
    """Return README's commands, each once; those of a session that is shown with its answers stand behind a `$`."""
    shown = [line for fence in fences("console") for line in fence.splitlines() if not fence.startswith("$")]
    written = [command for fence in fences("yaml") for command in scripts(yaml.safe_load(fence))]
    return [command for command in dict.fromkeys((*shown, *written)) if not ELSEWHERE.search(command)]


def clone(folder: Path, names: tuple[str, ...]) -> Path:
    """Put some of the vault's notes into a folder's own vault, and return the folder."""
    for name in (*names, ".obsidian"):
        source, target = ROOT / "vault" / name, folder / "vault" / name
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            target.parent.mkdir(exist_ok=True)
            shutil.copy(source, target)
    return folder


def run(command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with what this environment has in the place of what it would install."""
    here = command.replace("pip install uv && ", "").replace("uv run ", "")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-c", here],
        cwd=cwd,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("command", commands())
def test_each_command_that_readme_shows_ends_well(tmp_path: Path, command: str) -> None:
    done = run(command, clone(tmp_path, TALKING if "LangChain" in command else QUIET))
    assert done.returncode == 0, done.stdout + done.stderr


def test_readme_shows_commands_of_every_kind() -> None:
    shown = " ".join(commands())
    assert all(word in shown for word in ("mdrun lint", "mdrun check", "--report github", "--report junit", "--mdrun"))


def test_the_example_in_python_runs(tmp_path: Path) -> None:
    (example,) = (fence for fence in fences("python") if "import mdrun" in fence)
    folder = clone(tmp_path, QUIET)
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=folder, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert re.match(r"Lab log\.md:\d+: \w+\n", done.stdout)


def test_check_says_what_readme_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (session,) = (fence for fence in fences("console") if fence.startswith("$ mdrun check"))
    block = "```python\n{}\n```\n\n"
    root = repository(
        tmp_path,
        {
            "mdrun.toml": "",
            "Setup/Money.md": f"# Prices\n{block.format('price = 5')}",
            "notes/Budget.md": f"# Budget\n\n![[Money#Prices]]\n\n{block.format('count = 2')}\n\n"
            + block.format("price * count"),
            "notes/Log.md": "".join(block.format(f"print({number})") for number in range(5)),
        },
        monkeypatch,
    )
    assert mdrun("notes", cwd=root).code == 0
    commit(root)
    money = root / "Setup" / "Money.md"
    money.write_text(money.read_text().replace("5", "6"))
    checked = mdrun("check", "notes", cwd=root)
    assert checked.code == 1
    shown = re.sub(r"in \d+\.\d s", "in 1.1 s", f"$ mdrun check notes\n{checked.out}")
    assert shown == session
