"""From a spawned process to a kernel that listens and is heard (F4)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mdrun.errors import KernelDied, KernelMissing, KernelStartFailed
from mdrun.kernel.command import GUEST, guest_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from mdrun.kernel.channels import Channels, Message
    from mdrun.kernel.connection import Connection
    from mdrun.kernel.launch import KernelLaunch
    from mdrun.kernel.process import KernelProcess
    from mdrun.stop import StopRequest

NO_IPYKERNEL = 87
"""The launcher's exit code when its interpreter has no ipykernel; known to the launcher as well."""
FIRST_ASK = 0.6
"""Seconds after which our launcher's kernel is asked whether it is there: newer ones say it."""
ASK_AGAIN = 0.25
LOOK_AGAIN = 0.01

LOAD_GUEST = """\
def _mdrun():
    import importlib.util, sys
    spec = importlib.util.spec_from_file_location(
        "_mdrun_guest", {entry!r}, submodule_search_locations=[{folder!r}])
    sys.modules[spec.name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    from _mdrun_guest import shell
    shell.adopt(get_ipython(), {settings})
_mdrun()
del _mdrun
"""


def wait_until_bound(connection: Connection, process: KernelProcess, stop: StopRequest, until: float) -> Connection:
    """Return the connection once its ports are known; that of sockets in a folder is at once."""
    while (bound := connection.bound()) is None:
        _check_start(process, stop, until)
        time.sleep(LOOK_AGAIN)
    return bound


def wait_until_ready(
    channels: Channels,
    process: KernelProcess,
    stop: StopRequest,
    *,
    until: float,
    ours: bool,
) -> None:
    """Return when what the kernel says is sure to arrive.

    Newer kernels welcome a listener. Older ones are asked for their information again and
    again, until one of the answers shows that iopub is connected.
    """
    asked: set[str] = set()
    ask_at = time.monotonic() + (FIRST_ASK if ours else 0.0)
    while True:
        heard = channels.wait(min(ask_at, until))
        if any(_shows_readiness(message, asked) for message in heard.messages):
            return
        _check_start(process, stop, until)
        if time.monotonic() >= ask_at:
            asked.add(channels.send("shell", "kernel_info_request", {}))
            ask_at = time.monotonic() + ASK_AGAIN


def bring_guest(run_silently: Callable[[str], None], launch: KernelLaunch) -> None:
    """Send the start-up code to a Python kernel that mdrun's launcher did not start.

    One that is no IPython fails silently, and goes without.
    """
    source = LOAD_GUEST.format(
        entry=str(GUEST / "__init__.py"),
        folder=str(GUEST),
        settings=repr(guest_settings(launch)),
    )
    run_silently(source)


def _shows_readiness(message: Message, asked: set[str]) -> bool:
    if message.type == "iopub_welcome":
        return True
    idle = message.type == "status" and message.content["execution_state"] == "idle"
    return idle and message.parent in asked


def _check_start(process: KernelProcess, stop: StopRequest, until: float) -> None:
    stop.check()
    if (returncode := process.returncode) is not None:
        raise _start_failure(process, returncode)
    if time.monotonic() >= until:
        message = _with_log("the kernel said nothing, and was given up", process)
        raise KernelStartFailed(message)


def _start_failure(process: KernelProcess, returncode: int) -> KernelMissing | KernelStartFailed:
    if returncode == NO_IPYKERNEL:
        (command,) = process.last_lines(1)
        message = f"{process.program} has no ipykernel; install it with: {command}"
        return KernelMissing(message)
    return KernelStartFailed(_with_log(f"{KernelDied(returncode)} before it was ready", process))


def _with_log(message: str, process: KernelProcess) -> str:
    return "\n  ".join((f"{message}:", *process.last_lines()))
