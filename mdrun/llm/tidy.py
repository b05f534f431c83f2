"""Answers of the small local model without what differs from one run to the next."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mdrun.llm.request import Json

_ID = re.compile(r"(chatcmpl-|resp_|msg_|rs_|fc_|call_)?[A-Za-z0-9]{32}")
_IDS = ("id", "item_id", "call_id")
_EVENT_END = b"\n\n"


async def tidied(chunks: AsyncIterator[bytes], key: str, slot: int, *, is_stream: bool) -> AsyncIterator[bytes]:
    """Yield an answer with ids made of the request's key, and without the time it took.

    A stream is yielded event by event, as they come; anything else, whole.
    """
    tidy = _Tidy(f"{key}-{slot}")
    rest = b""
    async for chunk in chunks:
        rest += chunk
        while is_stream and _EVENT_END in rest:
            event, _, rest = rest.partition(_EVENT_END)
            yield tidy.event(event) + _EVENT_END
    if rest:
        yield tidy.event(rest) if is_stream else tidy.json(rest)


class _Tidy:
    """Knows which id it gave in the place of which."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._given: dict[str, str] = {}

    def event(self, event: bytes) -> bytes:
        lines = event.split(b"\n")
        return b"\n".join(b"data: " + self.json(line[5:]) if line.startswith(b"data:") else line for line in lines)

    def json(self, content: bytes) -> bytes:
        try:
            value = json.loads(content)
        except ValueError:
            return content.strip()
        return json.dumps(self._steady(value), ensure_ascii=False).encode()

    def _steady(self, value: Json) -> Json:
        if isinstance(value, list):
            return [self._steady(member) for member in value]
        if isinstance(value, dict):
            kept = ((name, member) for name, member in value.items() if name != "timings")
            return {name: self._id(member) if name in _IDS else self._steady(member) for name, member in kept}
        return value

    def _id(self, value: Json) -> Json:
        text = str(value)
        found = _ID.fullmatch(text)
        if not found:
            return value
        if text not in self._given:
            digits = sha256(f"{self._seed}-{len(self._given)}".encode()).hexdigest()[:32]
            self._given[text] = f"{found[1] or ''}{digits}"
        return self._given[text]
