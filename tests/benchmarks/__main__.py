"""Speed as ratios: two commands in turn, round by round, in one run on one machine.

    uv run python -m tests.benchmarks [ROUNDS]

A ratio above 1 says how many times longer the second command took. Quote the medians.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks import lint, replay

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BLOCKS = 20
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Bytecode is kept, as on any user's machine: without it every start would compile its sources anew."""
SOURCE = "import math\nvalues = [math.sqrt(n) for n in range(100)]\nsum(values)"


@dataclass(frozen=True, slots=True)
class Command:
    """What is timed, and what makes its input anew before each round."""

    name: str
    argv: Sequence[str]
    fresh: Callable[[Path], None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Claim:
    """`slow` takes at least `factor` times as long as `quick`."""

    quick: Command
    slow: Command
    factor: float


def write_note(folder: Path) -> None:
    """Write a note of `BLOCKS` blocks."""
    block = f"```python\n{SOURCE}\n```\n\n"
    (folder / "note.md").write_text(f"# Benchmark\n\n{block * BLOCKS}", "utf-8")


def write_notebook(folder: Path) -> None:
    """Write the same code as a notebook."""
    cell: dict[str, object] = {
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": SOURCE,
    }
    cells = [{**cell, "id": f"block-{number}"} for number in range(BLOCKS)]
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernelspec}, "cells": cells}
    (folder / "note.ipynb").write_text(json.dumps(notebook), "utf-8")


def program(name: str) -> str:
    """Return the path of a program of this environment."""
    return str(Path(sys.executable).with_name(name))


CLAIMS = (
    Claim(
        Command("python -c pass", (sys.executable, "-c", "pass")),
        Command("mdrun --version (at most 4)", (program("mdrun"), "--version")),
        factor=0,
    ),
    Claim(
        Command("mdrun note.md", (program("mdrun"), "-q", "note.md"), write_note),
        Command("jupyter execute note.ipynb", (program("jupyter"), "execute", "note.ipynb"), write_notebook),
        factor=1.7,
    ),
)


def seconds(command: Command) -> tuple[float, float]:
    """Return the wall and the processor time of one run, in seconds, in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        command.fresh(folder)
        before, started = os.times(), time.perf_counter()
        subprocess.run(command.argv, cwd=folder, check=True, capture_output=True, env=ENVIRONMENT)
        wall, after = time.perf_counter() - started, os.times()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, used


def main() -> None:
    """Print each claim's ratios: the median of all rounds, and the extremes."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    for claim in CLAIMS:
        seconds(claim.quick), seconds(claim.slow)
        pairs = [(seconds(claim.quick), seconds(claim.slow)) for _ in range(rounds)]
        for index, clock in enumerate(("wall", "cpu")):
            ratios = sorted(slow[index] / quick[index] for quick, slow in pairs)
            spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
            print(f"{claim.slow.name} / {claim.quick.name}: {clock} {median(ratios):.2f} ({spread}, {rounds} rounds)")
    replay.main(rounds)
    lint.main(rounds)


if __name__ == "__main__":
    main()
