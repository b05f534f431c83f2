"""IPython's shell, made into one for notes."""
# ruff: noqa: SLF001 - these are IPython's own doors, and there are no others

from __future__ import annotations

import os
import pdb  # noqa: T100 - to close it
import sys
import threading
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.core.error import StdinNotImplementedError

from . import compat
from .cautions import tame_warnings
from .cells import keep_blank_lines, name_cells
from .failures import Failures, hide_counters, named, tell_message, without_counters
from .figures import Figures
from .frames import Sight, describe
from .keys import Keys
from .notices import Notices
from .pictures import Pictures
from .voices import Voices

if TYPE_CHECKING:
    from collections.abc import Mapping

COLOUR_VARIABLES = ("FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE")


def install(shell: Any, settings: Mapping[str, Any]) -> Guest:
    """Have `shell` behave as a note needs it; meant for its start, before any block."""
    guest = Guest(shell, settings)
    name_cells(shell.compile, guest.request)
    keep_blank_lines(shell.input_transformer_manager)
    tame_warnings(guest.notices.add)
    _refuse_input(shell)
    _leave_colours()
    _spare(shell, guest.voices)
    pictures = Pictures(shell, guest.figures, guest.notices.add)
    shell.display_formatter.format, shell.display_pub.publish = pictures.format, pictures.publish
    hide_counters()
    # It would name the callback, by its address; the error that is shown has its frames.
    shell.events.print_on_error = False
    for name in ("showtraceback", "showsyntaxerror", "showindentationerror"):
        setattr(shell, name, guest.show_error)
    shell._format_exception_for_storage = lambda *_: {}
    shell.ask_exit = _exit
    threading.excepthook = guest.show_thread_error
    shell.events.register("pre_execute", guest.begin)
    # Before the inline backend's own, which is there once it is loaded, and shows what is open.
    shell.events.register("post_execute", guest.figures.before_flush)
    shell.events.register("post_run_cell", tell_message)
    shell.events.register("post_run_cell", guest.end)
    if settings["compat"]:
        compat.install(guest.notices.add, guest.sight.is_users)
    return guest


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
        self.keys = Keys(self.notices.add)
        self.figures = Figures(shell)
        self.voices = Voices()
        self.failures = Failures()

    def request(self) -> tuple[int | None, str]:
        """Return which cell is being executed, and its source."""
        parent = self.shell.parent_header or {}
        cell = parent.get("metadata", {}).get("mdrun", {}).get("cell")
        return cell, parent.get("content", {}).get("code", "")

    def begin(self) -> None:
        """Forget what other blocks left: each one's warnings are its own."""
        self.voices.put_back()
        self.failures.forget()
        self.sight.current = self.request()[0]
        self.shell.user_ns.pop("__warningregistry__", None)

    def end(self, _result: Any = None) -> None:
        """See to it that what the block said, in whichever way, was said before it ends (F31)."""
        self.voices.flush()
        self.figures.look(self.notices.add)
        self.keys.look()
        self.notices.tell()
        # The reply is behind flushes of ipykernel's own: one that fails would cost it (F33).
        self.voices.put_aside()

    def show_error(self, exc_tuple: Any = None, *_args: Any, **_kwargs: Any) -> None:
        """Send an error with its frames as data; IPython's own takes seconds for a deep one."""
        is_tuple = isinstance(exc_tuple, tuple)
        _, error, trace = self.shell._get_exc_info(exc_tuple if is_tuple else None)
        content = describe(error, trace, self.sight)
        self.voices.flush()
        hook = self.shell.displayhook
        if getattr(hook, "msg", None) is not None:
            self.shell._last_traceback_during_displayhook = True
        if self.failures.is_new(content):
            self._send("error", content)
        self.shell._last_traceback = content["traceback"]

    def show_thread_error(self, args: Any) -> None:
        """Write the error that ended a thread, without the frames of Python's own threading."""
        if issubclass(args.exc_type, SystemExit):
            return
        lines = describe(args.exc_value, args.exc_traceback, self.sight)["traceback"]
        text = without_counters("\n".join(lines))
        sys.stderr.write(f"Exception in {named(args.thread)}:\n{text}\n")

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


def _spare(shell: Any, voices: Voices) -> None:
    """Have results and displays sent whatever the note made of its streams."""
    for owner, name in (
        (shell.displayhook, "finish_displayhook"),
        (shell.display_pub, "_flush_streams"),
    ):
        if hasattr(owner, name):  # pragma: no branch - a shell that is not ipykernel's
            setattr(owner, name, voices.spared(getattr(owner, name)))
