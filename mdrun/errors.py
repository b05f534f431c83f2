"""What can go wrong, and the exit code each way of going wrong ends with.

::

    MdrunError
    ├── NoteError                     2  a note that cannot be read or written
    │   ├── NoteUnreadable
    │   ├── NoteUnwritable
    │   ├── NoteBusy                     another run holds it
    │   └── NoteChanged                  a block changed while it ran
    ├── WeaveFailed                   2  outputs would have changed more than regions
    ├── SettingsError                 2  a setting or property that means nothing
    ├── LinterFailed                  2  the code of notes could not be looked at
    ├── ReportFailed                  2  a report could not be made or written
    ├── BlockTimedOut                 1  a block ran longer than it may
    ├── OutputTooLarge                1  a block said more than is kept
    ├── KernelError                   3  code could not be run
    │   ├── KernelMissing                no such interpreter, kernelspec, ipykernel
    │   ├── KernelStartFailed
    │   ├── KernelDied
    │   └── OutputLost
    ├── RecordingDamaged              1  a recording that is none, or was changed
    ├── RecordingUnwritable           2  a recording could not be kept
    ├── ModelError                    2  the small local model cannot answer
    │   ├── ModelMissing                 it, or what runs it, is not there
    │   ├── ModelDamaged                 its file is not what it should be
    │   └── ModelFailed                  it did not start
    └── Stopped                128 + n   signal n asked mdrun to stop
"""

from __future__ import annotations

import signal
from typing import ClassVar


class MdrunError(Exception):
    """Something a user can read, act on, and tell by its exit code."""

    exit_code: ClassVar[int] = 2


class NoteError(MdrunError):
    """A note could not be read or written; the file is as it was."""


class NoteUnreadable(NoteError):
    """The note is missing, not a file, or not UTF-8."""


class NoteUnwritable(NoteError):
    """The note, or its folder, takes no new text."""


class NoteBusy(NoteError):
    """Another run holds the note."""


class NoteChanged(NoteError):
    """The note changed, or went away, while its blocks ran."""


class WeaveFailed(MdrunError):
    """Outputs would have changed more of the note at `path` than its regions; nothing was written."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: outputs cannot be placed without changing its code blocks; nothing was written")


class SettingsError(MdrunError):
    """A setting has an unknown name or a value that means nothing."""


class RecordingDamaged(MdrunError):
    """The file `name` among the recordings is none, or does not say what it said."""

    exit_code = 1

    def __init__(self, name: str, reason: str) -> None:
        restore = "restore it, or delete it and record its request anew"
        super().__init__(f".mdrun/llm/{name} is damaged: {reason}; {restore}")


class RecordingUnwritable(MdrunError):
    """The vault takes no new recording."""


class LinterFailed(MdrunError):
    """The program that looks at the code of notes did not do its work."""


class ReportFailed(MdrunError):
    """A report could not be made, or not be written where it was wanted; the notes are as their run left them."""


class BlockTimedOut(MdrunError):
    """A block ran longer than `seconds`; `killed` when the kernel had to be."""

    exit_code = 1

    def __init__(self, seconds: float, *, killed: bool) -> None:
        super().__init__(f"timed out after {seconds:g} s")
        self.seconds = seconds
        self.killed = killed


class OutputTooLarge(MdrunError):
    """A block said more than `limit` bytes; `killed` when the kernel had to be."""

    exit_code = 1

    def __init__(self, limit: int, *, killed: bool) -> None:
        super().__init__(f"more than {limit // 1_000_000} MB of output")
        self.limit = limit
        self.killed = killed


class KernelError(MdrunError):
    """Code could not be run, or what it said was lost."""

    exit_code = 3


class KernelMissing(KernelError):
    """There is no such interpreter or kernelspec, or it has no ipykernel."""


class KernelStartFailed(KernelError):
    """The kernel ended, or said nothing, before it was ready."""


class KernelDied(KernelError):
    """The kernel ended while it ran a block.

    `returncode` is as in `subprocess.Popen`: the exit code, or minus the signal's number.
    """

    def __init__(self, returncode: int) -> None:
        super().__init__(_how_it_ended(returncode))
        self.returncode = returncode


class OutputLost(KernelError):
    """The kernel went on, but some of what it said did not arrive."""


class ModelError(MdrunError):
    """The small local model cannot answer."""


class ModelMissing(ModelError):
    """The model's file, or the library that runs it, is not there or cannot be fetched."""


class ModelDamaged(ModelError):
    """The model's file is not the one it should be."""


class ModelFailed(ModelError):
    """The model's process ended, or said nothing, before it was ready."""


class Stopped(MdrunError):
    """A signal asked mdrun to stop."""

    def __init__(self, signum: int) -> None:
        super().__init__("interrupted" if signum == signal.SIGINT else "terminated")
        self.signum = signum

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """Return the code a shell gives a process which that signal ended."""
        return 128 + self.signum


def _how_it_ended(returncode: int) -> str:
    if returncode >= 0:
        return f"kernel exited (code {returncode})"
    name = signal.Signals(-returncode).name if -returncode in set(signal.Signals) else "a signal"
    hint = ", perhaps out of memory" if -returncode == signal.SIGKILL else ""
    return f"kernel killed by signal {-returncode} ({name}{hint})"
