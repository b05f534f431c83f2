"""Errors kept from doing harm on their way out: by their message, by names that change, or by coming twice."""

from __future__ import annotations

import re
import traceback
from functools import wraps
from typing import Any

from .frames import message_of

CELL = re.compile(r'File "<cell \d+>", line')
INNER = re.compile(r'File "<code \d+ within cell \d+>", line')
UNNAMED = re.compile(r"Thread-\d+( \(.*\))?")
"""What Python calls a thread that nobody named."""


class Failures:
    """Remembers what a block failed of: IPython makes a picture in several ways, and each tells the same failure."""

    def __init__(self) -> None:
        self._told: list[dict[str, Any]] = []

    def forget(self) -> None:
        """Begin anew, with a block."""
        self._told.clear()

    def is_new(self, content: dict[str, Any]) -> bool:
        """Tell whether an error says what none did before it."""
        if content in self._told:
            return False
        self._told.append(content)
        return True


def tell_message(result: Any) -> None:
    """See to it that a reply can be made of a block's result: ipykernel takes the message (F33)."""
    for name in ("error_before_exec", "error_in_exec"):
        error = getattr(result, name, None)
        if isinstance(error, BaseException) and not _has_message(error):
            stand_in = type(type(error).__name__, (Exception,), {})
            setattr(result, name, stand_in(message_of(error)))


def without_counters(text: str) -> str:
    """Return a traceback that names no cell: their numbers change when the note does."""
    return INNER.sub('File "<code>", line', CELL.sub("line", text))


def hide_counters() -> None:
    """Have Python's own tracebacks, which a note may print or log, name no cell."""
    format_frames = traceback.StackSummary.format

    @wraps(format_frames)
    def format_without(*args: Any, **kwargs: Any) -> list[str]:
        return [without_counters(line) for line in format_frames(*args, **kwargs)]

    traceback.StackSummary.format = format_without  # type: ignore[method-assign]


def named(thread: Any) -> str:
    """Return a thread's name, if it was given one."""
    if thread is None or UNNAMED.fullmatch(thread.name):
        return "a thread"
    return str(thread.name)


def _has_message(error: BaseException) -> bool:
    try:
        str(error)
    except BaseException:  # noqa: BLE001 - it is the user's code
        return False
    return True
