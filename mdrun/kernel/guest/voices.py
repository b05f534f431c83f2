"""The streams a note speaks through: those of the start, and whatever it puts in their place."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = ("stdout", "stderr")


class Voices:
    """Has all output sent, and ipykernel's own code spared from what a note makes of `sys.stdout`.

    Nothing here fails because of what the note put there: None, a closed file, anything (F33).
    """

    def __init__(self) -> None:
        self._ours = {name: getattr(sys, name) for name in NAMES}
        self._aside: dict[str, Any] = {}
        self._fflush = _c_flush()

    def flush(self) -> None:
        """Send all output, that of C code and of children included (F31)."""
        for name in NAMES:
            # Python's own streams keep back what is meant for the descriptors.
            _flush(getattr(sys, name, None))
            _flush(getattr(sys, f"__{name}__", None))
        self._fflush(None)
        marked = [each for each in self._ours.values() if hasattr(each, "ask_mark")]
        for stream in marked:
            stream.ask_mark()
        for stream in marked:
            stream.await_mark()
        for stream in self._ours.values():
            _flush(stream)

    def put_aside(self) -> None:
        """Flush, and take the streams of the start in place of those that cannot be flushed."""
        for name, ours in self._ours.items():
            current = getattr(sys, name, None)
            if current is not ours:
                # What the stand-in passed on comes before what ipykernel sends next.
                _flush(ours)
            if not _flush(current):
                self._aside[name] = current
                setattr(sys, name, ours)

    def put_back(self) -> None:
        """Give the note back what was put aside."""
        for name, theirs in self._aside.items():
            setattr(sys, name, theirs)
        self._aside.clear()

    def spared(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """Return `act` with streams that can be flushed while it runs."""

        def steady(*args: Any, **kwargs: Any) -> Any:
            with self._steady():
                return act(*args, **kwargs)

        return steady

    @contextlib.contextmanager
    def _steady(self) -> Iterator[None]:
        self.put_aside()
        try:
            yield
        finally:
            self.put_back()


def _flush(stream: Any) -> bool:
    try:
        stream.flush()
    except Exception:  # noqa: BLE001 - it may be anything
        return False
    return True


def _c_flush() -> Any:
    try:
        return ctypes.CDLL(None).fflush
    except (OSError, TypeError, AttributeError):  # a system without libc in the process
        return lambda _stream: 0
