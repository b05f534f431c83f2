"""The end of what a stream said, where mdrun finds it when the kernel is no more."""

from __future__ import annotations

import mmap
import struct

SIZE = 1 << 18
"""Bytes that are kept; mdrun knows it as well."""
COUNT = struct.Struct("<Q")
"""How many bytes were said in all; it stands in front of them."""


class Spill:
    """A file whose memory outlives the process: the last bytes of a stream, going round.

    A message is on its way for a while, in threads a dying process does not wait for.
    What was written here was written (F1-F3).
    """

    def __init__(self, path: str) -> None:
        with open(path, "w+b") as file:
            file.truncate(COUNT.size + SIZE)
            self._memory = mmap.mmap(file.fileno(), COUNT.size + SIZE)
        self._count = 0

    def add(self, text: str) -> None:
        """Keep `text`; the caller sees to it that nobody else does meanwhile."""
        data = text.encode("utf-8", "surrogatepass")
        kept = data[-SIZE:]
        begin = (self._count + len(data) - len(kept)) % SIZE
        first = kept[: SIZE - begin]
        self._put(begin, first)
        self._put(0, kept[len(first) :])
        self._count += len(data)
        COUNT.pack_into(self._memory, 0, self._count)

    def _put(self, begin: int, data: bytes) -> None:
        self._memory[COUNT.size + begin : COUNT.size + begin + len(data)] = data
