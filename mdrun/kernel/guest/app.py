"""ipykernel as a note needs it: nothing configured from outside, nothing lost, a quick end."""
# ruff: noqa: SLF001 - these are ipykernel's, IPython's and Python's own doors, and there are no others
# mypy: disable-error-code="no-untyped-call,union-attr"

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import os
import sys
import threading
import time
from os import _exit
from typing import TYPE_CHECKING, Any

from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from traitlets import default
from traitlets.config import Config

from . import shell
from .packing import pack
from .streams import NoteStream

if TYPE_CHECKING:
    from collections.abc import Mapping

LATE_THREADS = 0.15
"""Seconds that threads of the note may still talk after its last block (F30)."""


class NoteKernel(IPythonKernel):
    """An IPython kernel that ends as soon as it is asked to."""

    async def shutdown_request(self, stream: Any, ident: Any, parent: Any) -> None:
        """Answer, and have the main loop end; mdrun sees to the children, by their group."""
        self.session.send(
            stream,
            "shutdown_reply",
            {"status": "ok", "restart": False},
            parent,
            ident=ident,
        )
        self.io_loop.add_callback(self.io_loop.stop)


class NoteApp(IPKernelApp):
    """An ipykernel that reads no configuration and keeps no history."""

    kernel_class = NoteKernel
    settings: Mapping[str, Any]

    @default("ipython_dir")
    def _ipython_dir_default(self) -> str:
        return os.path.dirname(self.connection_file)

    def load_config_file(self, *_args: Any, **_kwargs: Any) -> None:
        """Read none: the working directory's would be the vault's (F71)."""

    def init_path(self) -> None:
        """Leave the path to the launcher."""

    def init_extensions(self) -> None:
        """Load none."""

    def init_code(self) -> None:
        """Run no start-up files; make the shell a note's."""
        self._threads = set(threading.enumerate())
        self._guest = shell.install(self.shell, self.settings)
        self.shell._sys_modules_keys = set(sys.modules)

    def init_heartbeat(self) -> None:
        """Start none: mdrun waits for the process itself."""

    def init_sockets(self) -> None:
        """Have every message packed as a note's."""
        self.session.pack = pack
        super().init_sockets()

    def run(self) -> None:
        """Serve until asked to end, then end, within bounds.

        Python's own end would wait for threads for ever (F24), and take its time to tear down
        what the system takes back anyway; only files still have to get what was written.
        """
        atexit.register(self._guest.voices.flush)
        # What is loaded now stays: the collector need not look through it again.
        gc.freeze()
        self.start()
        self._wait_for_threads()
        atexit._run_exitfuncs()
        _save_files()  # pragma: no cover - what counts lines has written its count by now
        _exit(0)  # pragma: no cover

    def _bind_socket(self, s: Any, port: int) -> Any:
        # Unbounded on both ends, or messages are dropped under load (F16).
        s.sndhwm = s.rcvhwm = 0
        return super()._bind_socket(s, port)

    def _wait_for_threads(self) -> None:
        ours = {*self._threads, threading.current_thread()}
        until = time.monotonic() + LATE_THREADS
        for thread in threading.enumerate():
            if thread not in ours:
                thread.join(max(0.0, until - time.monotonic()))
        self._guest.voices.flush()


def prepare(settings: Mapping[str, Any]) -> NoteApp:
    """Return the application, listening, with everything a note gets at its start."""
    NoteStream.folder = os.path.dirname(settings["connection_file"])
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.banner1 = ""
    config.IPKernelApp.outstream_class = "_mdrun_guest.streams.NoteStream"
    config.IPKernelApp.log_level = 50
    app = NoteApp.instance(
        config=config,
        connection_file=settings["connection_file"],
    )
    app.settings = settings
    app.initialize([])
    return app


def _save_files() -> None:
    """Write what files that were never closed still keep back."""
    for each in gc.get_objects():
        if isinstance(each, (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)):
            with contextlib.suppress(OSError, ValueError):
                each.flush()
