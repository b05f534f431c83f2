"""What a kernel had said when it died, and no message brought."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal

from mdrun.events import Stream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mdrun.kernel.channels import Message

SIZE = 1 << 18
COUNT = struct.Struct("<Q")
CONTINUED = range(0x80, 0xC0)
"""Bytes that go on with a character of UTF-8."""

Name = Literal["stdout", "stderr"]


class LastWords:
    """Compares what arrived with what the guest's `Spill` kept of each stream (F1-F3)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._arrived: dict[str, int] = {"stdout": 0, "stderr": 0}

    def hear(self, message: Message) -> None:
        """Count what arrived."""
        if message.type == "stream":
            text = message.content["text"]
            self._arrived[message.content["name"]] += len(text.encode("utf-8", "surrogatepass"))

    def missing(self) -> Iterator[Stream]:
        """Yield what was said but did not arrive, as far as it was kept."""
        names: tuple[Name, ...] = ("stdout", "stderr")
        for name in names:
            if text := self._rest(name):
                yield Stream(name, text)

    def _rest(self, name: Name) -> str:
        try:
            memory = (self._folder / f"{name}.spill").read_bytes()
        except FileNotFoundError:
            return ""  # a kernel of another making
        (count,) = COUNT.unpack_from(memory)
        length = min(max(0, count - self._arrived[name]), SIZE)
        begin = (count - length) % SIZE
        turned = memory[COUNT.size + begin :] + memory[COUNT.size : COUNT.size + begin]
        data = turned[:length]
        while data and data[0] in CONTINUED:
            data = data[1:]
        return data.decode("utf-8", "surrogatepass")
