"""One block's turn: what was asked, what came back, and when it is over."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mdrun.errors import OutputLost
from mdrun.events import Error, event_from, pages_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mdrun.errors import MdrunError
    from mdrun.events import Event
    from mdrun.kernel.channels import Message

TAKEN_UP = 10.0
"""Seconds a kernel may take to begin with a block."""
OTHER_HALF = 10.0
"""Seconds of silence in which a reply's idle, or an idle's reply, has to follow (F7)."""
INTERRUPTED = frozenset({"KeyboardInterrupt", "CancelledError"})


class Ending(Protocol):
    """Makes the exception that ends a turn early."""

    def __call__(self, *, killed: bool) -> MdrunError:
        """Return it, told whether the kernel had to be killed."""
        ...


@dataclass(slots=True)
class Turn:
    """A request being executed; it is over when both its reply and its idle were seen."""

    request: str
    allowed: float = math.inf
    """Seconds the block may take, counted from when the kernel takes it up."""
    deadline: float = math.inf
    size: int = 0
    """Bytes said so far."""
    ending: Ending | None = None
    """Why the kernel was interrupted, when it was."""
    muted: bool = False
    """Whether nothing more is wanted."""
    reply: Message | None = None
    idle: bool = False
    heard: float = math.inf
    """When the kernel last said something, once half of the end was seen."""
    failed: bool = False

    @classmethod
    def within(cls, request: str, seconds: float | None) -> Turn:
        """Return a turn that is to end in time, counted from when the kernel takes it up."""
        if seconds is None:
            return cls(request)
        return cls(request, seconds, time.monotonic() + seconds + TAKEN_UP)

    @property
    def over(self) -> bool:
        """Whether the kernel has said all it has to say.

        An interrupt may hit the kernel's own code and cost the reply; idle it is all the same.
        """
        return self.idle and (self.reply is not None or self.ending is not None)

    @property
    def is_beyond_grace(self) -> bool:
        """Whether an interrupt was given its time to show, and did not."""
        return self.ending is not None and not self.over and time.monotonic() >= self.deadline

    @property
    def until(self) -> float:
        """How long to wait for the next message."""
        return min(self.deadline, self.heard + OTHER_HALF)

    def take(self, message: Message) -> Event | None:
        """Note what a message says about the turn, and return what it says to the reader."""
        if message.channel == "iopub":
            self.size += message.size
        if message.parent == self.request:
            self._note_progress(message)
        if self.idle or self.reply is not None:
            self.heard = time.monotonic()
        event = event_from(message.body) if message.channel == "iopub" else None
        return None if event is None or self._unwanted(event) else event

    def check_halves(self) -> None:
        """Raise `OutputLost` when one half of the end came long ago, and nothing since."""
        if time.monotonic() >= self.heard + OTHER_HALF:
            missing = "end of its output" if self.reply is not None else "reply"
            message = f"the block ended, but the {missing} never came"
            raise OutputLost(message)

    def last_words(self) -> Iterator[Event]:
        """Yield what only the reply tells: pages, and a failure no error message told (F43, F76)."""
        if self.reply is None or self.ending is not None:
            return
        yield from pages_from(self.reply.body)
        content = self.reply.content
        if content["status"] == "aborted":
            message = "the kernel did not run the block"
            raise OutputLost(message)
        if content["status"] == "error" and not self.failed:
            yield Error(
                str(content.get("ename", "Error")),
                str(content.get("evalue", "")),
                traceback=tuple(content.get("traceback", ())),
            )

    def _note_progress(self, message: Message) -> None:
        if message.type == "execute_reply":
            self.reply = message
        elif message.type == "execute_input" and self.ending is None:
            self.deadline = time.monotonic() + self.allowed
        elif message.type == "status" and message.content["execution_state"] == "idle":
            self.idle = True

    def _unwanted(self, event: Event) -> bool:
        if isinstance(event, Error):
            self.failed = True
            return self.ending is not None and event.ename in INTERRUPTED
        return self.muted
