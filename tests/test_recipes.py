"""The recipes for others' tools are what those tools take."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.repositories import commit, git, repository
from tests.runs import block
from tests.test_readme import fences

HOOKS = Path(__file__).parents[1] / ".pre-commit-hooks.yaml"
NOTES = {
    "vault/mdrun.toml": "",
    "vault/Setup.md": f"# Keys\n{block('key = 1')}",
    "vault/Uses it.md": f"![[Setup#Keys]]\n\n{block('key + 1')}",
    "vault/Other.md": block("1 / 0"),
}


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


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository whose hooks are ours, run by the mdrun that is here."""
    hooks = [{**hook, "language": "system", "args": ["vault"]} for hook in yaml.safe_load(HOOKS.read_text())]
    config = yaml.safe_dump({"repos": [{"repo": "local", "hooks": hooks}]})
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return repository(tmp_path / "project", {**NOTES, ".pre-commit-config.yaml": config}, monkeypatch)


def hooked(folder: Path, hook: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", hook], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.kernel
def test_the_hooks_find_what_a_commit_breaks_in_notes_that_are_not_in_it(project: Path) -> None:
    (project / "vault" / "Setup.md").write_text(f"# Keys\n{block('kee = 1')}")
    git(project, "add", "--all")
    code, said = hooked(project, "mdrun-lint")
    assert (code, "vault/Uses it.md:4: MR202 undefined name 'key'" in said) == (1, True)
    code, said = hooked(project, "mdrun-check")
    assert (code, "failed: vault/Uses it.md:4: NameError: name 'key' is not defined" in said) == (1, True)
    assert "Other.md" not in said


@pytest.mark.parametrize("hook", ["mdrun-lint", "mdrun-check"])
def test_the_hooks_find_what_a_note_that_goes_leaves_behind(project: Path, hook: str) -> None:
    git(project, "rm", "--quiet", "vault/Setup.md")
    code, said = hooked(project, hook)
    assert code == 1
    assert "vault/Uses it.md:1: " in said
    assert "embed [[Setup#Keys]] leads nowhere: no such note" in said


def test_the_hooks_have_nothing_against_other_commits(project: Path) -> None:
    commit(project)
    (project / "code.py").write_text("x = 1\n")
    git(project, "add", "--all")
    assert [hooked(project, hook)[0] for hook in ("mdrun-lint", "mdrun-check")] == [0, 0]
