"""Kernelspecs: the kernels a user installed for Jupyter."""

from __future__ import annotations

import difflib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mdrun.errors import KernelMissing
from mdrun.kernel.command import Command, kernel_environment, launcher_command
from mdrun.kernel.connection import Connection, free_ports

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mdrun.kernel.launch import KernelLaunch

IPYKERNEL_MODULES = ("ipykernel_launcher", "ipykernel")


def spec_command(
    name: str,
    launch: KernelLaunch,
    folder: Path,
    connect: Callable[[Path], Connection] = Connection.over_ipc,
) -> tuple[Command, Connection]:
    """Return how to start the kernelspec `name`, and how to reach it.

    A spec that only starts ipykernel is started by mdrun's launcher, with all it brings.
    Other kernels are reached by ports, which every kernel knows.
    """
    spec = _spec(name)
    spec.argv = _with_interpreter(spec.argv)
    environment = {**launch.environment, **_expanded(spec.env, launch)}
    if (python := _plain_ipykernel(spec.argv)) is not None:
        connection = connect(folder)
        command = launcher_command(python, launch, connection)
        return _with(command, environment), connection
    connection = Connection.over_tcp(folder, free_ports())
    return _own_way(spec, environment, connection), connection


def _own_way(spec: Any, environment: Mapping[str, str], connection: Connection) -> Command:
    """Return the command that a spec gives itself."""
    values = {"connection_file": str(connection.file), "resource_dir": spec.resource_dir}
    return Command(
        argv=tuple(_filled(part, values) for part in spec.argv),
        environment={**kernel_environment(environment), "JPY_PARENT_PID": str(os.getpid())},
        ours=False,
        python=spec.language.casefold() == "python",
        interrupted_by_message=spec.interrupt_mode == "message",
    )


def _spec(name: str) -> Any:
    # Loading jupyter_client takes as long as all else before a kernel starts.
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel  # noqa: PLC0415

    manager = KernelSpecManager()
    # A relative folder would mean one of the vault's (F70).
    manager.kernel_dirs = [folder for folder in manager.kernel_dirs if Path(folder).is_absolute()]
    try:
        return manager.get_kernel_spec(name)
    except (NoSuchKernel, ValueError, OSError) as error:
        raise KernelMissing(_unknown(name, sorted(manager.find_kernel_specs()))) from error


def _with_interpreter(argv: list[str]) -> list[str]:
    """Return `argv` with this interpreter in place of a bare `python`, as Jupyter has it.

    `PATH` may have another Python first, without ipykernel.
    """
    major, minor = sys.version_info[:2]
    if argv and argv[0] in {"python", f"python{major}", f"python{major}.{minor}"}:
        return [sys.executable, *argv[1:]]
    return argv


def _unknown(name: str, known: Sequence[str]) -> str:
    if not known:
        return f"no kernelspec {name!r}, nor any other"
    near = difflib.get_close_matches(name, known, n=len(known), cutoff=0.0)
    return f"no kernelspec {name!r}; there are: {', '.join(near)}"


def _plain_ipykernel(argv: Sequence[str]) -> tuple[str, ...] | None:
    match argv:
        case [*python, "-m", module, "-f", "{connection_file}"] if module in IPYKERNEL_MODULES:
            return tuple(python)
        case _:
            return None


def _expanded(variables: dict[str, str], launch: KernelLaunch) -> dict[str, str]:
    """Return a spec's variables, their `${NAME}` read from the kernel's own environment."""
    return {name: _filled(value, launch.environment, "${") for name, value in variables.items()}


def _filled(text: str, values: Any, opening: str = "{") -> str:
    for name, value in values.items():
        text = text.replace(f"{opening}{name}}}", value)
    return text


def _with(command: Command, environment: dict[str, str]) -> Command:
    return Command(command.argv, kernel_environment(environment))
