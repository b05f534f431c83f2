"""What a kernel is started with, and what it can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mdrun.events import Event

OUTPUT_LIMIT = 256_000_000
"""Bytes one block may say (F13)."""

START_LIMIT = 60.0
"""Seconds a kernel may take until it is ready (F4)."""


class Kernel(Protocol):
    """Executes source, one block at a time, and says what it sees."""

    def execute(self, source: str, *, cell: int, timeout: float | None = None) -> Iterator[Event]:
        """Run `source` as cell number `cell` and yield what it says, as it comes.

        Whatever arrives meanwhile belongs to this block, late threads of earlier ones too (F30).
        Raise `BlockTimedOut`, `OutputTooLarge`, `KernelDied`, `OutputLost` or `Stopped`
        behind the last event; a Python error of the block is an event, not an exception.
        """
        ...

    def finish(self) -> Iterator[Event]:
        """End the kernel politely, within bounds, and yield what it still says."""
        ...


@dataclass(frozen=True, slots=True)
class KernelLaunch:
    """Which kernel to start, where, and within which limits."""

    cwd: Path
    """The note's folder, or the vault; on `sys.path` as well."""
    environment: Mapping[str, str]
    """All variables of the kernel, but for the few this room sets."""
    python: Path | None = None
    """The interpreter; None looks for one as `find_interpreter` does."""
    kernel_name: str | None = None
    """A kernelspec of the user, in place of an interpreter."""
    compat: bool = True
    """Whether imports that moved out of LangChain are redirected."""
    vault: Path | None = None
    """Files below it count as the user's own in tracebacks, as those below `cwd` do."""
    output_limit: int = OUTPUT_LIMIT
    start_limit: float = START_LIMIT
