"""Values that look secret, and texts without them."""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING

from mdrun.clip import Text, size
from mdrun.terminal import plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

MASK = "***"
MASK_IN_MARKDOWN = "\ufdd0"
"""Stands for the mask until Markdown is parsed: in words its signs need a backslash, and in code they show one."""

_TELLING_NAME = re.compile("key|token|secret|password", re.IGNORECASE)
_NAME_OF_A_PLACE = re.compile(r"_(?:path|file|dir|home|sock|parallelism)$", re.IGNORECASE)
_SHORTEST = 8


def secrets_in(environment: Mapping[str, str]) -> frozenset[str]:
    """Return the values of variables whose names tell of a secret, in every form a text may show them (F74)."""
    return frozenset(
        form
        for name, value in environment.items()
        if _TELLING_NAME.search(name) and not _NAME_OF_A_PLACE.search(name)
        for form in _forms(value.strip())
        if len(form) >= _SHORTEST
    )


def mask(text: str, secrets: Collection[str], mark: str = MASK) -> tuple[str, int]:
    """Return `text` with `mark` for every secret, and how many were masked; secrets that overlap count as one."""
    spans = _merged(sorted(span for secret in secrets if secret for span in _found(secret, text)))
    pieces: list[str] = []
    done = 0
    for start, end in spans:
        pieces += text[done:start], mark
        done = end
    return "".join((*pieces, text[done:])), len(spans)


def mask_text(text: Text, secrets: Collection[str]) -> tuple[Text, int]:
    """Mask a text with a hole; what may be half a secret at the edge of the hole is left out too."""
    head, masked_in_head = mask(text.head, secrets)
    if not text.left_out:
        return Text(head), masked_in_head
    tail, masked_in_tail = mask(text.tail, secrets)
    longest = max(map(len, secrets), default=1)
    end = max(0, len(head) - longest + 1)
    left_out = text.left_out + size(head[end:]) + size(tail[: longest - 1])
    return Text(head[:end], left_out, tail[longest - 1 :]), masked_in_head + masked_in_tail


def _forms(value: str) -> Iterator[str]:
    """Spell a secret as it is printed, in a `repr`, in JSON, in HTML and XML."""
    yield plain(value).head
    yield repr(value)[1:-1]
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield escape(value, quote=False)
    yield escape(value)


def _found(secret: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(secret)
    while start >= 0:
        yield start, start + len(secret)
        start = text.find(secret, start + len(secret))


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join the spans that overlap, so that no rest of a secret stays."""
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
