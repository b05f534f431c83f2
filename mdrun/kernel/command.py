"""The command line that starts a kernel: mdrun's own launcher, or what a kernelspec says."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mdrun.kernel.connection import Connection
    from mdrun.kernel.launch import KernelLaunch

GUEST = Path(__file__).parent / "guest"
LAUNCHER = GUEST / "launcher.py"
INLINE_BACKEND = "module://matplotlib_inline.backend_inline"


@dataclass(frozen=True, slots=True)
class Command:
    """What to run, and how the kernel behind it wants to be treated."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    ours: bool = True
    """Started by mdrun's own launcher, which brings the start-up code along."""
    python: bool = True
    """Speaks IPython, so that the start-up code can be sent to it."""
    interrupted_by_message: bool = False


def launcher_command(python: Sequence[str], launch: KernelLaunch, connection: Connection) -> Command:
    """Return how to start ipykernel under the interpreter `python`."""
    settings = {"connection_file": str(connection.file), **guest_settings(launch)}
    argv = (*python, str(LAUNCHER), json.dumps(settings))
    return Command(argv, kernel_environment(launch.environment))


def guest_settings(launch: KernelLaunch) -> dict[str, Any]:
    """Return what the start-up code inside the kernel has to know."""
    roots = [launch.cwd] if launch.vault is None else [launch.cwd, launch.vault]
    return {
        "roots": [os.path.realpath(root) for root in roots],
        "compat": launch.compat,
        "safe_path": launch.environment.get("PYTHONSAFEPATH"),
    }


def kernel_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return `environment` with what makes a kernel safe to start and its output repeatable.

    A safe path keeps the vault's `types.py` out of the interpreter's own start (F72); the
    guest gives the variable back. Figures are drawn inline until the note says otherwise,
    whatever CI has chosen (F41), and Plotly's are shown without the megabytes of its script.
    """
    return {
        "PYTHONHASHSEED": "0",
        "PLOTLY_RENDERER": "plotly_mimetype",
        **environment,
        "PYTHONSAFEPATH": "1",
        "MPLBACKEND": INLINE_BACKEND,
    }
