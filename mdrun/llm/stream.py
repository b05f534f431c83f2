"""Streams of events on their way to a note."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdrun.llm.server import CallerGone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mdrun.llm.client import Reply
    from mdrun.llm.server import Exchange


@dataclass(slots=True)
class Stream:
    """Events on their way to a note: passed on as they come, but for the last.

    With the last one its client hangs up, and the note goes on: what it got must be recorded by then.
    """

    exchange: Exchange
    held_back: bytes = b""

    async def passed_on(self, reply: Reply, chunks: AsyncIterator[bytes]) -> bytes:
        """Pass on all but the last event, and return all of them.

        Where the note hangs up, those behind are read all the same if they are to be recorded: it
        would hang up again when they are replayed. If not, this is cancelled.
        """
        content = bytearray()
        sent = 0
        await self.exchange.begin(reply.status, reply.headers)
        async for chunk in chunks:
            content += chunk
            last = _LAST_EVENT.search(content, max(0, sent - _LONGEST_MARK))
            if last is None:
                with suppress(CallerGone):
                    await self.exchange.send(bytes(content[sent:]))
                sent = len(content)
            elif last["end"]:
                break
        self.held_back = bytes(content[sent:])
        return bytes(content)

    async def end(self) -> None:
        """Pass on the last event."""
        await self.exchange.send(self.held_back)
        self.exchange.end()


_LAST_EVENT = re.compile(
    rb"^(?:data: ?\[DONE\]|event: ?response\.(?:completed|incomplete|failed)\b)(?:.*?(?P<end>\r?\n\r?\n))?",
    re.MULTILINE | re.DOTALL,
)
_LONGEST_MARK = 40
"""Bytes; no beginning of a last event is longer."""
