"""The kernel's process and its group: spawned, watched, signalled, ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from mdrun.errors import KernelMissing

if TYPE_CHECKING:
    from pathlib import Path

    from mdrun.kernel.command import Command

LOG_TAIL = 4096
"""Bytes of the log's end that are read when a kernel does not start."""


class KernelProcess:
    """A process in a session and group of its own, whose end can be waited for.

    The launcher's standard input is a lifeline: a pipe that reads as ended once this process
    is gone, however it went (F21).
    """

    def __init__(self, command: Command, *, cwd: Path, log: Path) -> None:
        self.program = command.argv[0]
        self._log = log
        self._popen = _spawn(command, cwd, log)
        self._ended, told = socket.socketpair()
        self._waiter = threading.Thread(target=self._wait, args=(told,), daemon=True)
        self._waiter.start()

    def fileno(self) -> int:
        """Return a descriptor that is readable once the process has ended."""
        return self._ended.fileno()

    @property
    def returncode(self) -> int | None:
        """How the process ended, as `subprocess.Popen` says it; None while it runs."""
        return self._popen.returncode

    def interrupt(self) -> None:
        """Send SIGINT to the whole group."""
        self._signal(signal.SIGINT)

    def kill(self) -> int:
        """Kill the whole group, and return how the kernel itself ended.

        The group outlives its leader: children of an ended kernel are found as well (F22, F23).
        """
        self._signal(signal.SIGKILL)
        self._waiter.join()
        return self._popen.returncode

    def close(self) -> None:
        """Kill what is left, and give the descriptors back."""
        self.kill()
        self._ended.close()
        if self._popen.stdin is not None:
            self._popen.stdin.close()

    def last_lines(self, count: int = 8) -> tuple[str, ...]:
        """Return the last lines the process wrote itself, past its own streams' capture."""
        with self._log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(0, size - LOG_TAIL))
            text = log.read().decode("utf-8", "replace")
        return tuple(line for line in text.split("\n") if line.strip())[-count:]

    def _wait(self, told: socket.socket) -> None:
        self._popen.wait()
        told.close()

    def _signal(self, signum: int) -> None:
        # macOS answers EPERM for a group of which only an unreaped leader is left.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signum)


def _spawn(command: Command, cwd: Path, log: Path) -> subprocess.Popen[bytes]:
    try:
        with log.open("wb") as output:
            return subprocess.Popen(  # noqa: S603 - running this is what it is for
                command.argv,
                env=command.environment,
                cwd=cwd,
                stdin=subprocess.PIPE if command.ours else subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
    except OSError as error:
        message = f"{command.argv[0]} cannot be run: {error.strerror}"
        raise KernelMissing(message) from error
