"""ruff, asked about code: notebooks in, complaints out. It reads a temporary folder and nothing of the vault."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

from mdrun.errors import LinterFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

SYNTAX = "invalid-syntax"
UNDEFINED = "F821"
TOO_DEEP = "Too deeply nested to be read"
SYNTAX_RULES = ("F701", "F702", "F704", "F706", "F707", "PLE0117", "PLE0118")
"""What else Python refuses before it runs anything: a `return` outside of a function and the like."""
PYTHON = "py314"
"""The newest Python whose syntax ruff knows in every version that mdrun takes."""
_MEMORY = "/dev/shm"  # noqa: S108 - what is made there has a name of its own, and is the user's alone
_OPTIONS = (
    *("check", "--isolated", "--no-cache", "--ignore-noqa", "--no-respect-gitignore", "--quiet", "--exit-zero"),
    *("--output-format", "json", "--target-version", PYTHON, "--config", "exclude = []"),
    *("--select", ",".join((UNDEFINED, *SYNTAX_RULES))),
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What ruff says of one place in a notebook."""

    notebook: int
    cell: int
    """Both from 0, as they were given."""
    line: int
    """From 1."""
    column: int
    """From 1, in characters."""
    code: str
    message: str


def check(notebooks: Sequence[Sequence[str]]) -> list[Complaint]:
    """Return what ruff says of notebooks, each a sequence of cells, in reading order; raise LinterFailed."""
    numbered = [(number, cells) for number, cells in enumerate(notebooks) if cells]
    found = _check(numbered) if numbered else []
    return sorted(found, key=lambda each: (each.notebook, each.cell, each.line, each.column))


_Numbered: TypeAlias = "Sequence[tuple[int, Sequence[str]]]"


class _Crashed(Exception):
    """Some code was too much for ruff."""


def _check(notebooks: _Numbered) -> list[Complaint]:
    """Ask about all notebooks at once; where one of them is too much, find out which, and ask about the others."""
    try:
        return _asked(notebooks)
    except _Crashed:
        if len(notebooks) == 1:
            return [Complaint(notebooks[0][0], 0, 1, 1, SYNTAX, TOO_DEEP)]
        half = len(notebooks) // 2
        return [*_check(notebooks[:half]), *_check(notebooks[half:])]


def _asked(notebooks: _Numbered) -> list[Complaint]:
    with TemporaryDirectory(prefix="mdrun-", dir=_in_memory()) as folder:
        for number, cells in notebooks:
            Path(folder, f"{number}.ipynb").write_text(_notebook(cells), "utf-8")
        return [_complaint(each) for each in json.loads(_said_of(folder))]


def _in_memory() -> str | None:
    """Return a folder that is no disk's, if there is one: to make many files on a disk takes longer than all else."""
    return _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else None


def _notebook(cells: Sequence[str]) -> str:
    code: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    written = [{**code, "source": cell} for cell in cells]
    return json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


def _said_of(folder: str) -> str:
    # Loaded where there is code to look at: nobody else needs it.
    from ruff.__main__ import find_ruff_bin  # noqa: PLC0415

    environment = {name: value for name, value in os.environ.items() if not name.startswith("RUFF_")}
    try:
        command = [os.fsdecode(find_ruff_bin()), *_OPTIONS, "."]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, encoding="utf-8")  # noqa: S603 - the program comes from its package
    except OSError as error:
        message = f"ruff cannot look at the code: {error}"
        raise LinterFailed(message) from error
    if done.returncode < 0:
        raise _Crashed
    if done.returncode:
        message = f"ruff cannot look at the code: {(done.stderr.strip() or 'no reason given').splitlines()[-1]}"
        raise LinterFailed(message)
    return done.stdout


def _complaint(told: dict[str, Any]) -> Complaint:
    place = told["location"]
    return Complaint(
        notebook=int(Path(told["filename"]).stem),
        cell=told["cell"] - 1,
        line=place["row"],
        column=place["column"],
        code=told["code"] or SYNTAX,
        message=told["message"],
    )
