"""Who asks a language model, what they may do, and what became of it."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from mdrun.settings import Mode

Source = Literal["recorded", "new", "same", "live", "local", "failed", "refused"]
"""Where an answer came from: a recording; upstream, and recorded now, or as it was recorded before;
upstream; the local model.

Or it is none: upstream failed, or the gateway refused to ask.
"""


LOOK_AGAIN = 0.01
"""Seconds between two looks whether a call is done."""
OVER_THE_LIMIT = "over the limit"
"""What a call is said to be that a note may not make any more."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a note, and what became of it."""

    source: Source
    model: str = ""
    """The one that says it answered; for a failure, what it was: `429`, `no recording`."""
    tokens: int = 0
    seconds: float = 0.0


def _new_token() -> str:
    return f"mdrun-{os.urandom(16).hex()}"


@dataclass(slots=True)
class Caller:
    """A note while it runs: the gateway's thread fills in what is read when the note is done."""

    note: str
    """Relative to the vault."""
    root: Path
    mode: Mode
    named: str = ""
    """The note as the user named it."""
    writes: bool = True
    """Whether new answers may be recorded."""
    upstream: str | None = None
    """`local` or a URL, in place of the user's own."""
    max_calls: int | None = None
    token: str = field(default_factory=_new_token)
    """What its requests carry in place of a key."""
    begun: int = 0
    """Requests that have come in."""
    calls: list[Call] = field(default_factory=list)
    """Those that are done."""
    asked: Counter[str] = field(default_factory=Counter)
    """How often each request, by its key, was answered."""
    hosts: dict[str, None] = field(default_factory=dict)
    """Hosts that were asked for and are out of reach."""
    troubles: dict[str, None] = field(default_factory=dict)
    """What went wrong between the gateway and others, for the report."""
    keys: set[str] = field(default_factory=set)
    """What upstreams were asked with: secrets, wherever they turn up."""
    unwritten: dict[str, None] = field(default_factory=dict)
    """Why answers could not be recorded."""

    def wait(self, patience: float) -> None:
        """Wait, `patience` seconds at most, for what is still being recorded of streams the note has left."""
        until = time.monotonic() + patience
        while len(self.calls) < self.begun and time.monotonic() < until:
            time.sleep(LOOK_AGAIN)

    @property
    def offline(self) -> bool:
        """Whether the note must not reach the network."""
        return self.mode in {"replay", "local"}

    @property
    def records(self) -> bool:
        """Whether new answers are to be recorded."""
        return self.writes and self.mode in {"auto", "record"}

    @property
    def uses_recordings(self) -> bool:
        """Whether what was recorded, and what was not, matters to the note."""
        return self.mode in {"replay", "auto", "record"}


NO_ANSWER = 424
"""The status of what mdrun itself has to say to a request; no client tries it again."""


class Refused(Exception):
    """There is no answer to a request, for a reason that whoever asked can read."""

    def __init__(self, message: str, what: str, status: int = NO_ANSWER) -> None:
        super().__init__(message)
        self.what = what
        """In a word or two, for the report."""
        self.status = status
