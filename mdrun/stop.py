"""Signals as a value: asked to stop once, mdrun ends in good order; asked twice, at once."""

from __future__ import annotations

import signal
import socket
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from mdrun.errors import Stopped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether a signal asked mdrun to stop, for those who look and those who wait."""

    def __init__(self) -> None:
        self._signum: int | None = None
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)  # noqa: FBT003 - a socket takes it like that
        self._looking = threading.RLock()
        self._asked = self._insisted = False

    def fileno(self) -> int:
        """Return a descriptor that is readable as long as a stop is asked for.

        Another signal makes it readable as well, until `signum` is looked at.
        """
        return self._theirs.fileno()

    @property
    def signum(self) -> int | None:
        """The signal that was the first to ask."""
        with self._looking:
            while self._signum is None and (number := self._first_byte()):
                if number in STOP_SIGNALS:
                    self._signum = number
                else:
                    self._theirs.recv(1)
        return self._signum

    def check(self) -> None:
        """Raise `Stopped` when a signal asked for it."""
        if (signum := self.signum) is not None:
            raise Stopped(signum)

    def ask(self, signum: int) -> None:
        """Record the first request; raise `Stopped` on the second, and on no later one.

        Raising once at most lets whoever cleans up try again when it is disturbed (F19).
        """
        if not self._asked:
            self._asked = True
            self._signum = self._signum or signum
            self._ours.send(bytes([signum]))
        elif not self._insisted:
            self._insisted = True
            raise Stopped(self._signum or signum)

    @contextmanager
    def woken_by_signals(self) -> Iterator[None]:
        """Have each signal make the descriptor readable before Python handles it.

        Python does so between two of its own instructions only: a signal that comes when the last
        of them is over, and the wait for a kernel not begun, would be handled after that wait.
        """
        before = signal.set_wakeup_fd(self._ours.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)

    def close(self) -> None:
        """Give the descriptors back."""
        self._ours.close()
        self._theirs.close()

    def _first_byte(self) -> int:
        """Return the number of the first signal that came and was not looked at yet, or 0."""
        try:
            return self._theirs.recv(1, socket.MSG_PEEK)[0]
        except OSError:
            return 0


@contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """Have SIGINT and SIGTERM ask for a stop (F18, F20).

    Outside of the main thread Python lets nobody handle signals: the request never comes there.
    """
    with closing(StopRequest()) as request:
        if threading.current_thread() is not threading.main_thread():
            yield request
            return
        with request.woken_by_signals(), _handled(request):
            yield request


@contextmanager
def _handled(request: StopRequest) -> Iterator[None]:
    def handle(signum: int, _frame: FrameType | None) -> None:
        request.ask(signum)

    before = {signum: signal.signal(signum, handle) for signum in STOP_SIGNALS}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, signal.SIG_DFL if handler is None else handler)
