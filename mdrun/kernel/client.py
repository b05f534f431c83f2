"""The kernel behind its channels: made ready, asked to execute, interrupted, ended."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from mdrun.errors import BlockTimedOut, KernelDied, OutputTooLarge, Stopped
from mdrun.events import event_from
from mdrun.kernel.channels import Channels
from mdrun.kernel.lastwords import LastWords
from mdrun.kernel.ready import bring_guest, wait_until_bound, wait_until_ready
from mdrun.kernel.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mdrun.events import Event
    from mdrun.kernel.channels import Heard, Message
    from mdrun.kernel.command import Command
    from mdrun.kernel.connection import Connection
    from mdrun.kernel.launch import Kernel, KernelLaunch
    from mdrun.kernel.process import KernelProcess
    from mdrun.kernel.turn import Ending
    from mdrun.stop import StopRequest

GRACE = 2.0
"""Seconds an interrupted block has to end before the kernel is killed (F9, F10)."""
FAREWELL = 2.5
"""Seconds a kernel has to end by itself (F24, F25)."""
QUIET = 0.1
"""Seconds without a message after which a dead kernel has said all it said."""


@contextmanager
def connect(
    launch: KernelLaunch,
    command: Command,
    connection: Connection,
    process: KernelProcess,
    stop: StopRequest,
) -> Iterator[Kernel]:
    """Wait until the kernel is ready, and lend it out."""
    until = time.monotonic() + launch.start_limit
    bound = wait_until_bound(connection, process, stop, until)
    channels = Channels(bound, process, stop)
    try:
        wait_until_ready(channels, process, stop, until=until, ours=command.ours)
        kernel = JupyterKernel(launch, command, channels, process, stop, LastWords(connection.file.parent))
        if command.python and not command.ours:
            bring_guest(kernel.run_silently, launch)
        yield kernel
    finally:
        channels.close()


class JupyterKernel:
    """A kernel in a process of its own."""

    def __init__(
        self,
        launch: KernelLaunch,
        command: Command,
        channels: Channels,
        process: KernelProcess,
        stop: StopRequest,
        last_words: LastWords,
    ) -> None:
        self._launch = launch
        self._command = command
        self._channels = channels
        self._process = process
        self._stop = stop
        self._last_words = last_words

    def execute(self, source: str, *, cell: int, timeout: float | None = None) -> Iterator[Event]:
        """Run one block; see `Kernel.execute`."""
        request = self._ask(source, cell=cell)
        turn = Turn.within(request, timeout)
        yield from self._follow(turn, partial(BlockTimedOut, turn.allowed))

    def finish(self) -> Iterator[Event]:
        """Ask the kernel to end, listen until it has, and kill what is left; see `Kernel.finish`."""
        if self._process.returncode is None:
            self._channels.send("control", "shutdown_request", {"restart": False})
            yield from self._farewell(time.monotonic() + FAREWELL)
        self._process.kill()

    def run_silently(self, source: str) -> None:
        """Run source of our own; what it says is heard by nobody."""
        for _ in self._follow(Turn(self._ask(source, silent=True)), partial(BlockTimedOut, 0.0)):
            pass

    def _ask(self, source: str, *, cell: int = 0, silent: bool = False) -> str:
        self._stop.check()
        if self._process.returncode is not None:
            raise KernelDied(self._process.returncode)
        content = {
            "code": source,
            "silent": silent,
            "store_history": not silent,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        metadata = {} if silent else {"mdrun": {"cell": cell}}
        return self._channels.send("shell", "execute_request", content, metadata)

    def _follow(self, turn: Turn, timed_out: Ending) -> Iterator[Event]:
        """Yield what the kernel says until the turn is over, one way or another."""
        while not turn.over:
            heard = self._channels.wait(turn.until)
            yield from self._events(turn, heard.messages)
            if heard.process_ended or turn.is_beyond_grace:
                yield from self._last_breath(turn)
            self._keep_within_bounds(turn, heard, timed_out)
        yield from turn.last_words()
        if turn.ending is not None:
            raise turn.ending(killed=False)

    def _events(self, turn: Turn, messages: Iterable[Message]) -> Iterator[Event]:
        for message in messages:
            self._last_words.hear(message)
            if message.type == "input_request":
                # Asked although input was ruled out; an empty line keeps it from waiting (F29).
                self._channels.send("stdin", "input_reply", {"value": ""})
            if (event := turn.take(message)) is not None:
                yield event

    def _last_breath(self, turn: Turn) -> Iterator[Event]:
        """End a kernel for good, yield what it had said, then raise."""
        returncode = self._process.kill()
        yield from self._events(turn, self._channels.drain(QUIET))
        if not turn.muted:
            yield from self._last_words.missing()
        raise turn.ending(killed=True) if turn.ending is not None else KernelDied(returncode)

    def _keep_within_bounds(self, turn: Turn, heard: Heard, timed_out: Ending) -> None:
        if turn.over or turn.ending is not None:
            return
        turn.check_halves()
        if heard.stop_asked:
            self._channels.ignore_stop()
            self._interrupt(turn, partial(_stopped, self._stop))
        elif turn.size > self._launch.output_limit:
            turn.muted = True
            self._interrupt(turn, partial(OutputTooLarge, self._launch.output_limit))
        elif time.monotonic() >= turn.deadline:
            self._interrupt(turn, timed_out)

    def _interrupt(self, turn: Turn, ending: Ending) -> None:
        turn.ending = ending
        turn.deadline = time.monotonic() + GRACE
        turn.heard = math.inf
        if self._command.interrupted_by_message:
            self._channels.send("control", "interrupt_request", {})
        else:
            self._process.interrupt()
        # ipykernel cancels a coroutine in its loop, and only a message wakes the loop up.
        self._channels.send("shell", "kernel_info_request", {})

    def _farewell(self, until: float) -> Iterator[Event]:
        while time.monotonic() < until:
            heard = self._channels.wait(until)
            for message in heard.messages:
                if message.channel == "iopub" and (event := event_from(message.body)) is not None:
                    yield event
            if heard.process_ended or heard.stop_asked:
                return


def _stopped(stop: StopRequest, *, killed: bool) -> Stopped:
    del killed  # the kernel's end is near in any case
    return Stopped(stop.signum or 0)
