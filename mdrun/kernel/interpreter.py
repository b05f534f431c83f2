"""Which Python runs a note."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mdrun.errors import KernelMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIVE_ENVIRONMENTS = ("VIRTUAL_ENV", "CONDA_PREFIX")


def find_interpreter(python: Path | None, environment: Mapping[str, str]) -> Path:
    """Return the interpreter to use: `python`, else the active environment's, else mdrun's own.

    `python` may be a path, an environment's folder or a command on the PATH. Symbolic links
    stay: behind its link, an environment's interpreter no longer knows the environment.
    """
    if python is not None:
        return _named(python, environment)
    for variable in ACTIVE_ENVIRONMENTS:
        if prefix := environment.get(variable):
            return _inside(Path(prefix), f"${variable}")
    return Path(sys.executable)


def _named(python: Path, environment: Mapping[str, str]) -> Path:
    if python.is_dir():
        return _inside(python, "--python")
    found = shutil.which(python.expanduser(), path=environment.get("PATH"))
    if found is None:
        message = f"no interpreter at {python}"
        raise KernelMissing(message)
    return Path(found).absolute()


def _inside(prefix: Path, source: str) -> Path:
    windows = os.name == "nt"
    places = ("python.exe", "Scripts/python.exe") if windows else ("bin/python", "bin/python3")
    for place in places:
        if (prefix / place).is_file():
            return (prefix / place).absolute()
    message = f"no interpreter in {prefix}, which {source} names"
    raise KernelMissing(message)
