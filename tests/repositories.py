"""Git repositories on a disk, whatever the tester's own git is set to."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from tests.runs import vault

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

SETTINGS = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
"""Environment in which git heeds the repository's own settings alone."""
AUTHOR = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "protocol.file.allow=always")


def git(folder: Path, *arguments: str) -> str:
    """Return what git says in a folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | SETTINGS
    command = ["git", *AUTHOR, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def repository(folder: Path, notes: Mapping[str, str | bytes], patch: pytest.MonkeyPatch) -> Path:
    """Make a repository with these files in its first commit, and let mdrun's git be as hermetic as ours."""
    for name in os.environ:
        if name.startswith("GIT_"):
            patch.delenv(name)
    for name, value in SETTINGS.items():
        patch.setenv(name, value)
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(vault(folder, notes))
    return folder


def commit(folder: Path) -> str:
    """Commit everything, and return the commit."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=a commit")
    return git(folder, "rev-parse", "HEAD")


def without_git(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Take git off the path."""
    assert shutil.which("git")
    patch.setenv("PATH", str(folder))
