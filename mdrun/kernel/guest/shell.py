"""IPython's shell, made into one for notes."""
# ruff: noqa: SLF001 - these are IPython's own doors, and there are no others

from __future__ import annotations

import ctypes
import os
import pdb  # noqa: T100 - to close it
import sys
import threading
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.core.error import StdinNotImplementedError

from . import compat
from .cautions import tame_warnings
from .cells import name_cells
from .frames import Sight, describe
from .notices import Notices

if TYPE_CHECKING:
    from collections.abc import Mapping

COLOUR_VARIABLES = ("FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE")


def install(shell: Any, settings: Mapping[str, Any]) -> None:
    """Have `shell` behave as a note needs it; meant for its start, before any block."""
    guest = Guest(shell, settings)
    name_cells(shell.compile, guest.request)
    tame_warnings(guest.notices.add)
    _refuse_input(shell)
    _leave_colours()
    for name in ("showtraceback", "showsyntaxerror", "showindentationerror"):
        setattr(shell, name, guest.show_error)
    shell._format_exception_for_storage = lambda *_: {}
    shell.ask_exit = _exit
    threading.excepthook = guest.show_thread_error
    shell.events.register("pre_execute", guest.begin)
    shell.events.register("post_execute", guest.end)
    if settings["compat"]:
        compat.install(guest.notices.add, guest.sight.is_users)


def adopt(shell: Any, settings: Mapping[str, Any]) -> None:
    """Do for a kernel that runs already what the launcher does before."""
    safe_path = settings["safe_path"]
    if safe_path is None:
        os.environ.pop("PYTHONSAFEPATH", None)
    sys.path.insert(0, os.getcwd())
    install(shell, settings)


class Guest:
    """What mdrun keeps inside a kernel."""

    def __init__(self, shell: Any, settings: Mapping[str, Any]) -> None:
        self.shell = shell
        self.sight = Sight(settings["roots"])
        self.notices = Notices(self._send_notice)
        self._fflush = _c_flush()

    def request(self) -> tuple[int | None, str]:
        """Return which cell is being executed, and its source."""
        parent = self.shell.parent_header or {}
        cell = parent.get("metadata", {}).get("mdrun", {}).get("cell")
        return cell, parent.get("content", {}).get("code", "")

    def begin(self) -> None:
        """Forget what other blocks left: each one's warnings are its own."""
        self.sight.current = self.request()[0]
        self.shell.user_ns.pop("__warningregistry__", None)

    def end(self) -> None:
        """See to it that what the block said, in whichever way, was said before it ends (F31)."""
        self.flush()
        self._look_for_figures()
        self.notices.tell()

    def flush(self) -> None:
        """Send all output, that of C code and of children included."""
        self._fflush(None)
        streams: list[Any] = [each for each in (sys.stdout, sys.stderr) if hasattr(each, "ask_mark")]
        for stream in streams:
            stream.ask_mark()
        for stream in streams:
            stream.await_mark()
            stream.flush()

    def show_error(self, exc_tuple: Any = None, *_args: Any, **_kwargs: Any) -> None:
        """Send an error with its frames as data; IPython's own takes seconds for a deep one."""
        is_tuple = isinstance(exc_tuple, tuple)
        _, error, trace = self.shell._get_exc_info(exc_tuple if is_tuple else None)
        content = describe(error, trace, self.sight)
        sys.stdout.flush()
        sys.stderr.flush()
        hook = self.shell.displayhook
        if getattr(hook, "msg", None) is not None:
            self.shell._last_traceback_during_displayhook = True
        self._send("error", content)
        self.shell._last_traceback = content["traceback"]

    def show_thread_error(self, args: Any) -> None:
        """Write the error that ended a thread, without the frames of Python's own threading."""
        if issubclass(args.exc_type, SystemExit):
            return
        name = args.thread.name if args.thread is not None else "a thread"
        lines = describe(args.exc_value, args.exc_traceback, self.sight)["traceback"]
        sys.stderr.write("\n".join([f"Exception in {name}:", *lines, ""]))

    def _look_for_figures(self) -> None:
        """Tell of figures that are open and were not shown, as no inline backend draws them (F41)."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None or "inline" in pyplot.get_backend():
            return
        if count := len(pyplot.get_fignums()):
            text = f"{count} figures are open, and the backend {pyplot.get_backend()} shows none"
            self.notices.add("figure", text)

    def _send_notice(self, data: dict[str, Any]) -> None:
        self._send("display_data", {"data": data, "metadata": {}, "transient": {}})

    def _send(self, kind: str, content: dict[str, Any]) -> None:
        hook = self.shell.displayhook
        hook.session.send(
            hook.pub_socket,
            kind,
            content,
            hook.parent_header,
            ident=kind.encode("ascii"),
        )


def _refuse_input(shell: Any) -> None:
    """Have everything that asks the reader fail at once (F29)."""
    kernel = shell.kernel
    kernel.raw_input = kernel.getpass = _refuse
    sys.breakpointhook = pdb.set_trace = _refuse


def _refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
    message = "no input in a note"
    raise StdinNotImplementedError(message)


def _exit() -> NoReturn:
    raise SystemExit


def _leave_colours() -> None:
    for name in COLOUR_VARIABLES:
        os.environ.pop(name, None)
    os.environ["TERM"] = "dumb"


def _c_flush() -> Any:
    try:
        return ctypes.CDLL(None).fflush
    except (OSError, TypeError, AttributeError):  # a system without libc in the process
        return lambda _stream: 0
