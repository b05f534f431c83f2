"""The recipes for others' tools are what those tools take."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.runs import COMMAND
from tests.test_readme import fences

ROOT = Path(__file__).parents[1]
HOOKS = ROOT / ".pre-commit-hooks.yaml"


def accepted(*command: str | Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-m", *map(str, command)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("word", "schema", "name"), [("jobs:", "github-workflows", "notes.yml"), ("image:", "gitlab-ci", ".gitlab-ci.yml")]
)
def test_readme_s_workflows_are_valid(tmp_path: Path, word: str, schema: str, name: str) -> None:
    (workflow,) = (fence for fence in fences("yaml") if word in fence)
    file = tmp_path / name
    file.write_text(workflow)
    code, said = accepted("check_jsonschema", "--builtin-schema", f"vendor.{schema}", file)
    assert code == 0, said


def test_the_hooks_are_valid_and_those_that_readme_names(tmp_path: Path) -> None:
    code, said = accepted("pre_commit", "validate-manifest", HOOKS)
    assert code == 0, said
    (fence,) = (fence for fence in fences("yaml") if "repos:" in fence)
    (tmp_path / "config.yaml").write_text(fence)
    code, said = accepted("pre_commit", "validate-config", tmp_path / "config.yaml")
    assert code == 0, said
    named = {hook["id"] for repo in yaml.safe_load(fence)["repos"] for hook in repo["hooks"]}
    assert named == {hook["id"] for hook in yaml.safe_load(HOOKS.read_text())}


@pytest.mark.parametrize("hook", yaml.safe_load(HOOKS.read_text()), ids=lambda hook: hook["id"])
def test_what_a_hook_runs_are_commands_and_options_of_mdrun(hook: dict[str, str]) -> None:
    program, command, *options = hook["entry"].split()
    said = subprocess.run([*COMMAND, command, "--help"], capture_output=True, text=True, check=True).stdout
    assert program == "mdrun"
    assert all(option in said for option in options if option.startswith("--"))
