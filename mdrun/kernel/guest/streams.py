"""Standard output and error of a kernel, with all that children and C code write to them."""
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import codecs
import contextlib
import os
import sys
import threading
from typing import Any

from ipykernel.iostream import OutStream

from .spill import Spill

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows
    fcntl = None  # type: ignore[assignment]

PIPE_SIZE = 1 << 20
"""Bytes that C code can write while it keeps every Python thread from reading them (F32)."""
F_SETPIPE_SZ = 1031
"""Linux only; Python's fcntl knows it from 3.10 on."""
READ_SIZE = 1 << 16


class NoteStream(OutStream):
    """A stream that also reads its file descriptor, and knows when it has read all of it."""

    flush_interval = 0.05
    folder = ""
    """Where the streams' last words are kept; set before the first stream is made."""

    def __init__(self, session: Any, pub_thread: Any, name: str, *args: Any, **kwargs: Any) -> None:
        self._mark = b"\0" + os.urandom(16) + b"\0"
        self._reached = threading.Event()
        self._spill = Spill(os.path.join(self.folder, f"{name}.spill"))
        kwargs["watchfd"] = "force"
        super().__init__(session, pub_thread, name, *args, **kwargs)

    def fileno(self) -> int:
        """Return a descriptor whose text comes out here."""
        return self._pipe_end

    def write(self, string: str) -> Any:
        """Write, and keep what was written for the case that this process dies."""
        written = super().write(string)
        if self._is_master_process():  # pragma: no branch - no forked child writes its count
            with self._buffer_lock:
                self._spill.add(string)
        return written

    def close(self) -> None:
        """Flush, and stay open: what later blocks say has to arrive as well (F33)."""
        self.flush()

    def ask_mark(self) -> None:
        """Put a mark behind everything written to the descriptor so far."""
        self._reached.clear()
        os.write(self._pipe_end, self._mark)

    def await_mark(self, limit: float = 1.0) -> None:
        """Return when the mark was read, so that all before it is in the stream (F31)."""
        self._reached.wait(limit)

    def _setup_stream_redirects(self, name: str) -> None:
        self._read_end, self._pipe_end = os.pipe()
        _widen(self._pipe_end)
        descriptor = self._original_stdstream_fd = getattr(sys, name).fileno()
        self._original_stdstream_copy = os.dup(descriptor)
        os.dup2(self._pipe_end, descriptor)
        self._exc = None
        self.watch_fd_thread = threading.Thread(target=self._watch_pipe_fd, daemon=True)
        self.watch_fd_thread.start()

    def _watch_pipe_fd(self) -> None:
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        pending = b""
        while True:
            pending += os.read(self._read_end, READ_SIZE)
            *marked, pending = pending.split(self._mark)
            for before in marked:
                self._say(decode(before))
                self._reached.set()
            kept = _beginning(self._mark, pending)
            said, pending = (
                pending[: len(pending) - kept],
                pending[len(pending) - kept :],
            )
            self._say(decode(said))

    def _say(self, text: str) -> None:
        if text and self.pub_thread is not None:
            self.write(text)


def _beginning(mark: bytes, data: bytes) -> int:
    """Return how many bytes at the end of `data` may be the beginning of `mark`."""
    longest = min(len(mark) - 1, len(data))
    return next((size for size in range(longest, 0, -1) if data.endswith(mark[:size])), 0)


def _widen(pipe: int) -> None:
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, F_SETPIPE_SZ, PIPE_SIZE)
