"""A kernel from its first process to the last trace of it."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from mdrun.errors import Stopped
from mdrun.kernel.command import Command, launcher_command
from mdrun.kernel.connection import Connection, make_private_folder
from mdrun.kernel.interpreter import find_interpreter
from mdrun.kernel.process import KernelProcess
from mdrun.kernel.specs import spec_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mdrun.kernel.launch import Kernel, KernelLaunch
    from mdrun.stop import StopRequest


@contextmanager
def start_kernel(launch: KernelLaunch, stop: StopRequest) -> Iterator[Kernel]:
    """Start a kernel, lend it out when it is ready, and leave no process or file of it.

    Raise `KernelMissing` or `KernelStartFailed`; whatever ends the `with` block, the kernel's
    whole group is gone behind it. `Kernel.finish` is the polite way, this is the sure one.
    """
    stop.check()
    with ExitStack() as stack:
        folder = make_private_folder()
        stack.callback(_surely, partial(shutil.rmtree, folder, ignore_errors=True))
        command, connection = _prepared(launch, folder)
        connection.write()
        process = KernelProcess(command, cwd=launch.cwd, log=folder / "kernel.log")
        stack.callback(_surely, process.close)
        # Behind the spawn, so that loading it takes no time: the kernel boots meanwhile.
        from mdrun.kernel.client import connect  # noqa: PLC0415

        yield stack.enter_context(connect(launch, command, connection, process, stop))


def _prepared(launch: KernelLaunch, folder: Path) -> tuple[Command, Connection]:
    connect = _transport()
    if launch.kernel_name is not None:
        return spec_command(launch.kernel_name, launch, folder, connect)
    python = find_interpreter(launch.python, launch.environment)
    connection = connect(folder)
    return launcher_command([str(python)], launch, connection), connection


def _transport() -> Callable[[Path], Connection]:
    return Connection.over_ipc if os.name == "posix" else Connection.over_tcp


def _surely(clean_up: Callable[[], None]) -> None:
    try:
        clean_up()
    except Stopped:
        # The second signal is raised once, wherever it finds us (F19).
        clean_up()
        raise
