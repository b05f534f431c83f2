"""Signals as a value: asked to stop once, mdrun ends in good order; asked twice, at once."""

from __future__ import annotations

import signal
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mdrun.errors import Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether a signal asked mdrun to stop, for those who look and those who wait."""

    def __init__(self) -> None:
        self.signum: int | None = None
        self._ours, self._theirs = socket.socketpair()
        self._ours.setblocking(False)  # noqa: FBT003 - a socket takes it like that
        self._insisted = False

    def fileno(self) -> int:
        """Return a descriptor that is readable once, and as long as, a stop was asked for."""
        return self._theirs.fileno()

    def check(self) -> None:
        """Raise `Stopped` when a signal asked for it."""
        if self.signum is not None:
            raise Stopped(self.signum)

    def ask(self, signum: int) -> None:
        """Record the first request; raise `Stopped` on the second, and on no later one.

        Raising once at most lets whoever cleans up try again when it is disturbed (F19).
        """
        if self.signum is None:
            self.signum = signum
            self._ours.send(b"\0")
        elif not self._insisted:
            self._insisted = True
            raise Stopped(self.signum)

    def close(self) -> None:
        """Give the descriptors back."""
        self._ours.close()
        self._theirs.close()


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Have SIGINT and SIGTERM ask for a stop (F18, F20).

    Outside of the main thread Python lets nobody handle signals: the request never comes there.
    """
    request = StopRequest()

    def handle(signum: int, _frame: FrameType | None) -> None:
        request.ask(signum)

    in_main = threading.current_thread() is threading.main_thread()
    before = {signum: signal.signal(signum, handle) for signum in STOP_SIGNALS if in_main}
    try:
        yield request
    finally:
        for signum, handler in before.items():
            signal.signal(signum, signal.SIG_DFL if handler is None else handler)
        request.close()
