"""A kernel that says what a test has it say, and real ones, made short."""

from __future__ import annotations

import os
import textwrap
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from mdrun.events import Error, Event, Stream
from mdrun.kernel import Kernel, KernelLaunch, start_kernel
from mdrun.stop import StopRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Line: TypeAlias = "Event | Exception"


@dataclass(slots=True)
class ScriptedKernel:
    """Implements `mdrun.kernel.Kernel` without a process.

    A line that is an exception is raised where it stands, so output can come before it.
    """

    script: Mapping[str, Sequence[Line]] = field(default_factory=dict)
    """What each source says; one that is not in it says nothing."""
    farewell: Sequence[Line] = ()
    """What `finish` says."""
    executed: list[tuple[int, str]] = field(default_factory=list)
    """The cells it was asked to execute, in order, with their sources."""
    timeouts: list[float | None] = field(default_factory=list)
    """The time limit each of them came with."""
    finished: bool = False

    def execute(self, source: str, *, cell: int, timeout: float | None = None) -> Iterator[Event]:
        """Say what the script has for `source`."""
        self.executed.append((cell, source))
        self.timeouts.append(timeout)
        yield from _spoken(self.script.get(source, ()))

    def finish(self) -> Iterator[Event]:
        """Say the farewell."""
        self.finished = True
        yield from _spoken(self.farewell)


def _spoken(lines: Sequence[Line]) -> Iterator[Event]:
    for line in lines:
        if isinstance(line, Exception):
            raise line
        yield line


def launch(cwd: Path, **changes: Any) -> KernelLaunch:
    environment = {"PYTHONHASHSEED": "7", **os.environ, **changes.pop("variables", {})}
    for inherited in ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH"):
        environment.pop(inherited, None)
    return KernelLaunch(cwd=cwd, environment=environment, **changes)


@contextmanager
def kernel_in(cwd: Path, stop: StopRequest | None = None, **changes: Any) -> Iterator[Kernel]:
    with closing(stop or StopRequest()) as request, start_kernel(launch(cwd, **changes), request) as kernel:
        yield kernel


def run(kernel: Kernel, source: str, *, cell: int = 1, timeout: float | None = 30) -> list[Event]:
    """Return what a block says; how a kernel cuts a stream into messages is its own affair."""
    events: list[Event] = []
    for event in kernel.execute(textwrap.dedent(source), cell=cell, timeout=timeout):
        last = events[-1] if events else None
        if isinstance(event, Stream) and isinstance(last, Stream) and event.name == last.name:
            events[-1] = Stream(event.name, last.text + event.text)
        else:
            events.append(event)
    return events


def said(events: list[Event], name: str = "stdout") -> str:
    return "".join(each.text for each in events if isinstance(each, Stream) and each.name == name)


def outcome(kernel: Kernel, source: str, **how: Any) -> tuple[list[Event], Exception | None]:
    """Return what came before the exception that ended the block, and it."""
    events: list[Event] = []
    try:
        for event in kernel.execute(textwrap.dedent(source), cell=1, **how):
            events.append(event)  # noqa: PERF402 - the events before an exception count
    except Exception as error:  # noqa: BLE001 - any exception is wanted
        return events, error
    return events, None


def error_of(events: list[Event]) -> Error:
    (error,) = (each for each in events if isinstance(each, Error))
    return error


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def gone(pid: int, within: float = 5.0) -> bool:
    until = time.monotonic() + within
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_alive(pid)
